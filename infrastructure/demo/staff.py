"""The simulated staff: operators who decide what the rules could not, adjudicators, supervisors."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from infrastructure.demo.acts import happened
from infrastructure.demo.agenda import Rounds
from infrastructure.demo.casework import Casework
from infrastructure.demo.habits import Desk, Entry, pick
from infrastructure.demo.hotline import Hotline
from infrastructure.demo.script import Script

Json = dict[str, Any]

FOR_THE_RULES_S = 5.0
"""For so long operators leave a new appeal to the rules: it is in their queue from the first moment."""

FOR_OPINIONS_S = 60.0
"""For so long they wait for opinions."""

BETWEEN_LOOKS_S = 3.0
"""Between two looks at an appeal about which opinions were asked for."""

OPERATORS = 4


class Operators:
    """They decide what the rules could not.

    The first service that the rules offer; the first place that they offer, and where they offer none, a
    district drawn by lot (a real operator would call the citizen back). Some appeals they conclude without
    handling, some they discuss with agencies first, as the script says; of a confidential report they read
    what the informant said and tell the agency the matter in words of their own.

    Attributes:
        sees_returns: whether returned orders were in the queue: adjudicators decide about those.
    """

    def __init__(
        self,
        hotline: Hotline,
        rounds: Rounds,
        script: Script,
        casework: Casework,
        agencies: Sequence[str],
    ) -> None:
        self._hotline = hotline
        self._rounds = rounds
        self._script = script
        self._casework = casework
        self._agencies = agencies
        self._districts = hotline.districts()
        self.sees_returns = False
        self._seen: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._left: set[str] = set()

    def work(self) -> int:
        """Work off one page of the queue, the most urgent first; how many appeals were ripe for it."""
        waiting = self._hotline.queue()
        self.sees_returns = any(item["status"] == "returned" for item in waiting)
        now = time.monotonic()
        self._seen = {item["appeal_id"]: self._seen.get(item["appeal_id"], now) for item in waiting}
        ripe = [item for item in waiting if self._is_ripe(item, now)]
        with ThreadPoolExecutor(OPERATORS) as desks:
            list(desks.map(self._decide, ripe))
        return len(ripe)

    def _is_ripe(self, item: Json, now: float) -> bool:
        appeal_id = item["appeal_id"]
        if item["status"] == "returned" or appeal_id in self._left or self._casework.decides(appeal_id):
            return False
        if now - self._asked.get(appeal_id, now - BETWEEN_LOOKS_S) < BETWEEN_LOOKS_S:
            return False
        return now - self._seen[appeal_id] >= FOR_THE_RULES_S

    def _decide(self, item: Json) -> None:
        appeal_id = item["appeal_id"]
        answer = self._hotline.candidates(appeal_id)
        if not answer.ok:
            return
        plan = self._script.plan_of(appeal_id)
        lot = pick(self._script.seed, appeal_id, len(self._districts))
        decision = decision_for(answer.body, self._districts, lot)
        opinions = answer.body.get("opinions") or ()
        if opinions:
            decision |= {"reasons": REASONS}
        if plan.entry is Entry.CONFIDENTIAL:
            self._hotline.command("operator", "reveal", appeal_id, {"reason": TO_DISPATCH})
            decision |= {"released_text": RELEASED}
        elif self._is_answered_otherwise(appeal_id, opinions, decision["agency_id"]):
            return
        # The limit begins anew when an appeal comes back: another decision, not the same once more.
        self._dispatch(appeal_id, decision, f"demo-{appeal_id}-{item['due_at']}")

    def _is_answered_otherwise(self, appeal_id: str, opinions: Sequence[Json], agency_id: str) -> bool:
        """Whether it was concluded, or opinions are waited for, instead of being dispatched."""
        match self._script.plan_of(appeal_id).desk:
            case Desk.CONCLUDE:
                return self._conclude(appeal_id)
            case Desk.CONSULT:
                return self._consult(appeal_id, opinions, agency_id)
            case Desk.DISPATCH:
                return False

    def _conclude(self, appeal_id: str) -> bool:
        """End it without handling; False when that was done before and the citizen did not accept it."""
        order = self._hotline.order(appeal_id, "operator")
        if order.ok and "AppealConcluded" in happened(order.body):
            return False
        outcomes = conclusions(datetime.now(UTC))
        body = outcomes[pick(self._script.seed, f"outcome {appeal_id}", len(outcomes))]
        return self._hotline.command("operator", "conclude", appeal_id, body, f"demo-{appeal_id}").ok

    def _consult(self, appeal_id: str, opinions: Sequence[Json], agency_id: str) -> bool:
        """Ask two agencies whose duty it is; False when they have said, or have not for a long time."""
        self._asked[appeal_id] = time.monotonic()
        if opinions:
            open_ones = [each for each in opinions if each["status"] not in ("done", "cancelled")]
            for opinion in open_ones:
                self._rounds.expect(opinion["agency_id"])
            return bool(open_ones) and time.monotonic() - self._seen[appeal_id] < FOR_OPINIONS_S
        asked = [
            agency_id,
            self._agencies[pick(self._script.seed, f"opinion {appeal_id}", len(self._agencies))],
        ]
        body = {"agency_ids": list(dict.fromkeys(asked)), "text": WHOSE_DUTY}
        consulted = self._hotline.command("operator", "consult", appeal_id, body, f"demo-{appeal_id}").ok
        for each in asked:
            self._rounds.expect(each)
        return consulted

    def _dispatch(self, appeal_id: str, decision: Json, key: str) -> None:
        """Somebody else may have been faster; what the hotline will not have so is left to real operators."""
        answer = self._hotline.command("operator", "dispatch", appeal_id, decision, key)
        if answer.ok:
            self._rounds.expect(decision["agency_id"])
        elif answer.refused:
            self._left.add(appeal_id)


class Adjudicators:
    """They decide about returns: as the script says, else the district that supervises the agency gets the order.

    Where there is none, a district drawn by lot.
    """

    def __init__(self, hotline: Hotline, rounds: Rounds, script: Script) -> None:
        self._hotline = hotline
        self._rounds = rounds
        self._script = script
        self._districts = hotline.districts()

    def work(self) -> int:
        """Decide all disputes of one page; how many there were."""
        disputes = self._hotline.disputes()
        for item in disputes:
            self._decide(item["appeal_id"])
        return len(disputes)

    def _decide(self, appeal_id: str) -> None:
        answer = self._hotline.order(appeal_id, "adjudicator")
        if not answer.ok or answer.body["status"] != "returned":
            return
        order = answer.body
        verdict = self._script.plan_of(appeal_id).verdict
        decision: Json = {"verdict": verdict, "text": VERDICTS[verdict]}
        agency_id = order["agency_id"]
        if verdict != "uphold":
            others = [each for each in self._districts if each != order["agency_id"]]
            agency_id = order.get("copy_to") or others[pick(self._script.seed, appeal_id, len(others))]
            decision |= {"agency_id": agency_id}
        key = f"demo-{appeal_id}-{order['version']}"
        if self._hotline.command("adjudicator", "adjudicate", appeal_id, decision, key).ok:
            self._rounds.expect(agency_id)


class Supervisors:
    """They decide about extensions and holds of the demo's own orders; others are left to real supervisors."""

    def __init__(self, hotline: Hotline, script: Script, casework: Casework) -> None:
        self._hotline = hotline
        self._script = script
        self._casework = casework

    def work(self) -> int:
        """Decide what is known to wait for a decision; how much that was."""
        requests = [
            item
            for district in set(self._casework.requests.values())
            for item in self._hotline.requests(district)
            if self._script.row_of(item["appeal_id"]) is not None
        ]
        for item in requests:
            granted = not self._script.plan_of(item["appeal_id"]).refused
            decision = {"granted": granted, "text": DECISIONS[granted]}
            self._hotline.decide(item["work_order_id"], decision, f"demo-{item['work_order_id']}")
            self._casework.stir(item["appeal_id"])
        return len(requests)


def decision_for(candidates: Json, districts: Sequence[str], lot: int) -> Json:
    """What an operator decides.

    Example:
        >>> decision_for({"services": [{"service_code": "road.damage"}], "places": []}, ["110101", "110105"], 1)
        {'agency_id': '110105', 'service_code': 'road.damage', 'district': '110105'}
    """
    services, places = candidates.get("services") or (), candidates.get("places") or ()
    service = {"service_code": services[0]["service_code"]} if services else {}
    if candidates.get("agency_id"):
        return {"agency_id": candidates["agency_id"], **service}
    place = places[0] if places else districts[lot]
    return {"agency_id": place, **service, "district" if len(place) == 6 else "subdistrict": place}


def conclusions(now: datetime) -> list[Json]:
    """Outcomes that are not handling, each with what the law wants stated (条例 Art 11)."""
    return [
        {"outcome": "answered_at_once", "text": "可在网上办理，材料见办事指南。 See the service guide."},
        {"outcome": "legal_route", "route": "litigation", "text": "请依法向法院起诉。 Please go to court."},
        {"outcome": "outside_duties", "told": "market", "text": "请与商家协商。 Please ask the merchant."},
        {"outcome": "secret", "text": "涉及他人隐私，不能公开。 It concerns somebody's privacy."},
        {"outcome": "dissuaded", "law": "治安管理处罚法", "text": "请依法表达诉求。 Please keep to the law."},
        {
            "outcome": "emergency_handoff",
            "number": "110",
            "reference": "demo",
            "acknowledged_at": (now - timedelta(minutes=1)).isoformat(timespec="seconds"),
        },
    ]


RELEASED = "有群众反映一处问题，请核查处理。 A citizen reports a matter in confidence; please look into it."
"""What an operator tells an agency of a confidential report: nothing of what the informant said."""

TO_DISPATCH = "为派单阅读举报原件。 Read in order to dispatch it."
WHOSE_DUTY = "请说明是否属于贵单位职责。 Is this your duty?"
REASONS = "经会商，由该单位牵头办理。 After consultation this agency leads."
VERDICTS: Mapping[str, str] = {
    "uphold": "属退单单位职责，维持原派单。 It is your duty; the dispatch stands.",
    "redirect": "异议成立，改派。 The objection is right; another agency gets it.",
    "designate": "职责交叉，指定该单位承办。 Several could; this one is designated.",
}
DECISIONS: Mapping[bool, str] = {
    True: "理由充分，同意。 Granted.",
    False: "理由不充分，请按期办结。 Not granted; please keep to the limit.",
}
