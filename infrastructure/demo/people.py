"""The simulated people of a run: citizens, operators, agencies. Each does one thing at a time, when told to.

All of them may be killed at any point: what they do next follows from what the stack says and from lots that
fall the same each time, and whatever they send carries the same key when it is sent again.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from hotline.domain.phones import e164, takes_texts
from infrastructure.demo.agenda import Rounds
from infrastructure.demo.habits import Citizen, Habits, phone_of, pick
from infrastructure.demo.hotline import AgencyQueues, Hotline
from infrastructure.demo.journal import Journal, Posted
from infrastructure.demo.rows import Row

Json = dict[str, Any]

SPACING_S = 1
"""Between the replies to one order, kept by SQS's own delay: sent together, they still arrive in order."""

LONGEST_S = 10.0
"""At the most between two looks at an appeal; soon after its agency has answered it is looked at anyway."""

FOR_THE_RULES_S = 5.0
"""For so long operators leave a new appeal to the rules: it is in their queue from the first moment."""

OPERATORS = 4

_SURVEY_TOKEN = re.compile(r"([0-9A-Z]{17})\.(\d+)\.[\w-]+")

Next = float | Literal["ended"]
"""In how many seconds to look at an appeal again, or that there is nothing more to do."""


class Citizens:
    """They post, perhaps twice, take back, wait, and answer the survey."""

    def __init__(self, hotline: Hotline, journal: Journal, habits: Habits, seed: int) -> None:
        self._hotline = hotline
        self._journal = journal
        self._habits = habits
        self._seed = seed
        self._answered: set[tuple[str, int]] = set()

    def who(self, row: int) -> Citizen:
        """The citizen of a row."""
        return self._habits.citizen(self._seed, row)

    def phone(self, row: Row) -> str | None:
        """The number that this citizen leaves."""
        return (row.phone or phone_of(self._seed, row.number)) if self.who(row.number).leaves_phone else None

    def post(self, row: Row) -> Posted:
        """Post an appeal and keep the receipt."""
        phone = self.phone(row)
        body = {**row.body, "contact": {"phone": phone}} if phone else row.body
        key = f"demo-{self._journal.run}-{row.number}"
        answers = [self._hotline.register(body, key) for _ in range(1 + self.who(row.number).posts_twice)]
        refusal = next((answer.problem for answer in answers if not answer.ok), None)
        if refusal is None and len({answer.body["tracking_number"] for answer in answers}) > 1:
            refusal = "the same Idempotency-Key led to two appeals"
        if refusal is not None:
            self._journal.refused(row.number, refusal)
            return Posted(row.number, None, None, "refused", refusal)
        receipt = answers[0].body
        self._journal.posted(row.number, receipt["tracking_number"], receipt["secret_key"])
        return Posted(row.number, receipt["tracking_number"], receipt["secret_key"], None, None)

    def look(self, row: Row, number: str, secret_key: str, looks: int) -> tuple[str | None, Next]:
        """See how far an appeal is, and do what this citizen does then.

        Who left a phone waits for the text message; everybody else, and now and then they as well, asks
        with number and key.

        Args:
            looks: how many times this citizen has looked before; patience grows.

        Returns:
            The status as far as it was seen, and when to look again.
        """
        citizen, mobile = self.who(row.number), self._mobile(row)
        if mobile and not citizen.withdraws:
            if token := self._fresh_link(mobile, number):
                return self._asked(citizen, number, token)
            if looks % 4 != 3:
                return None, 1.5
        answer = self._hotline.track(number, secret_key)
        if not answer.ok:
            return answer.problem, 2.0
        appeal = answer.body
        status = appeal["status"]
        if appeal["status_type"] == "ended":
            return status, "ended"
        if citizen.withdraws:
            self._hotline.withdraw(number, secret_key)
            return status, 1.0
        if status == "surveying" and not mobile:
            return self._asked(citizen, number, appeal["survey"]["token"])
        return status, 1.5 if mobile else LONGEST_S if appeal["status_type"] == "waiting" else min(
            1.0 + looks, LONGEST_S
        )

    def texts(self, row: Row, number: str) -> Mapping[int, int] | None:
        """Text messages about an appeal, by survey; None for a citizen whom no text can reach."""
        mobile = self._mobile(row)
        if mobile is None:
            return None
        return Counter(survey for appeal_id, survey, _ in self._links(mobile) if appeal_id == number)

    def _asked(self, citizen: Citizen, number: str, token: str) -> tuple[str, Next]:
        """The survey is open: answer it, or say nothing."""
        if citizen.silent:
            return "surveying", "ended"
        survey = int(token.split(".")[1])
        resolved = not (citizen.unresolved_at_first and survey == 1)
        answers = {"contacted": True, "resolved": resolved, "satisfied": resolved and citizen.satisfied}
        result = self._hotline.answer_survey(token, {**answers, "comment": _COMMENTS[resolved]})
        self._answered.add((number, survey))
        if not result.ok:
            return result.problem, 2.0
        return result.body["status"], "ended" if result.body["status"] == "closed" else LONGEST_S

    def _fresh_link(self, mobile: str, number: str) -> str | None:
        """The token in a text message that this citizen has not answered yet."""
        links = ((survey, token) for appeal_id, survey, token in self._links(mobile) if appeal_id == number)
        return next((token for survey, token in links if (number, survey) not in self._answered), None)

    def _mobile(self, row: Row) -> str | None:
        number = e164(self.phone(row) or "")
        return number if number and takes_texts(number) else None

    def _links(self, mobile: str) -> list[tuple[str, int, str]]:
        """Survey links that reached a phone: appeal, number of the survey, token."""
        found = (_SURVEY_TOKEN.search(text) for text in self._hotline.text_messages(mobile))
        return [(match[1], int(match[2]), match[0]) for match in found if match]


_COMMENTS = {True: "谢谢。 Thank you.", False: "问题还在，请再来看看。 It is still there, please come again."}


class Operators:
    """They decide what the rules could not, and where a returned order goes.

    For an appeal without an agency: the first service that the rules offer; the first place that they offer,
    and where they offer none, a district drawn by lot (a real operator would call the citizen back).
    For a returned order: the district that supervises the agency, and if there is none, the same agency again.
    """

    def __init__(self, hotline: Hotline, rounds: Rounds, seed: int) -> None:
        self._hotline = hotline
        self._rounds = rounds
        self._seed = seed
        self._districts = hotline.districts()
        self._seen: dict[str, float] = {}

    def work(self) -> int:
        """Work off one page of the queue, the most urgent first; how many appeals were ripe for it."""
        waiting = self._hotline.queue()
        now = time.monotonic()
        self._seen = {item["appeal_id"]: self._seen.get(item["appeal_id"], now) for item in waiting}
        ripe = [
            item
            for item in waiting
            if item["status"] == "returned" or now - self._seen[item["appeal_id"]] >= FOR_THE_RULES_S
        ]
        with ThreadPoolExecutor(OPERATORS) as desks:
            list(desks.map(self._work_on, ripe))
        return len(ripe)

    def _work_on(self, item: Json) -> None:
        decide = self._redirect if item["status"] == "returned" else self._decide
        decide(item["appeal_id"])

    def _decide(self, appeal_id: str) -> None:
        answer = self._hotline.candidates(appeal_id)
        if answer.ok:
            lot = pick(self._seed, appeal_id, len(self._districts))
            self._dispatch(appeal_id, decision_for(answer.body, self._districts, lot), "first")

    def _redirect(self, appeal_id: str) -> None:
        answer = self._hotline.order(appeal_id, "operator")
        if answer.ok and answer.body["status"] == "returned":
            order = answer.body
            agency_id = order.get("copy_to") or order["agency_id"]
            self._dispatch(appeal_id, {"agency_id": agency_id}, str(order["version"]))

    def _dispatch(self, appeal_id: str, decision: Json, occasion: str) -> None:
        """A refusal needs nothing: the appeal stays in the queue, or somebody else was faster."""
        if self._hotline.dispatch(appeal_id, decision, f"demo-{appeal_id}-{occasion}").ok:
            self._rounds.expect(decision["agency_id"])


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


class Agencies:
    """All agencies of the city. They handle whatever is on their queues, whoever filed it."""

    def __init__(
        self,
        hotline: Hotline,
        queues: AgencyQueues,
        journal: Journal,
        rounds: Rounds,
        habits: Habits,
        seed: int,
    ) -> None:
        self._hotline = hotline
        self._queues = queues
        self._journal = journal
        self._rounds = rounds
        self._habits = habits
        self._seed = seed

    def work(self, agency_id: str) -> list[Json]:
        """Take in what waits on one agency's queue, answer it, then delete it; the messages."""
        received = self._queues.receive(agency_id)
        messages = [json.loads(each["Body"]) for each in received]
        if received:
            self._journal.received(messages, agency_id)
            self._queues.reply([reply for message in messages for reply in self._replies(message)])
            self._queues.delete(agency_id, received)
        self._rounds.polled(agency_id, found=bool(received))
        return messages

    def _replies(self, message: Json) -> Iterator[tuple[Json, int]]:
        """The replies to one message, each with the seconds that SQS holds it back."""
        work_order_id, agency_id = message["work_order_id"], message["agency_id"]
        for number, action in enumerate(self._actions(message)):
            reply = {
                "schema": "hotline.reply/1",
                "work_order_id": work_order_id,
                "agency_id": agency_id,
                "reply_token": self._journal.reply_token(work_order_id, agency_id),
                "command_id": f"{_short(message['message_id'])}/{number}",
                "officer": "demo",
                "action": action,
            }
            yield reply, number * SPACING_S

    def _actions(self, message: Json) -> Sequence[Json]:
        match message["kind"]:
            case "dispatched":
                return self._take_on(message)
            case "reopened":
                return [CONTACT, RESOLVE_AGAIN]
            case "reply_refused":
                return self._after_refusal(message)
        return []

    def _take_on(self, message: Json) -> Sequence[Json]:
        """Handle an order, or return it: the first agency does so by lot, the next one never."""
        order = message["work_order_id"]
        self._rounds.expect(message["agency_id"][:6])  # a sub-district's district gets a copy
        first = self._journal.first_order(order) == message["message_id"]
        if first and self._habits.returns(self._seed, order):
            return [RETURN]
        progress = [PROGRESS] if self._habits.reports_progress(self._seed, order) else []
        return [ACKNOWLEDGE, CONTACT, *progress, RESOLVE]

    def _after_refusal(self, message: Json) -> Sequence[Json]:
        """Do what is left to do: with a picture where evidence is asked for, else by the order's status."""
        if message["refused"]["problem"] == "invalid-input":
            attachment = self._hotline.upload_evidence(message["appeal_id"], message["agency_id"], PICTURE)
            return [{**RESOLVE, "attachments": [attachment]}] if attachment else []
        return LEFT_TO_DO.get(message["status"], [])


ACKNOWLEDGE: Json = {"command": "acknowledge"}
CONTACT: Json = {"command": "record_contact", "channel": "phone"}
PROGRESS: Json = {"command": "report_progress", "text": "已派员到现场查看。 Somebody is on site."}
RESOLVE: Json = {"command": "resolve", "text": "已处理完毕，现场恢复正常。 Dealt with; all is well again."}
RESOLVE_AGAIN: Json = {"command": "resolve", "text": "已再次上门处理。 Dealt with once more, on site."}
RETURN: Json = {"command": "return", "ground": "not_our_duty", "text": "不属于我单位职责。 Not our duty."}

LEFT_TO_DO: Mapping[str, Sequence[Json]] = {
    "dispatched": [ACKNOWLEDGE, CONTACT, RESOLVE],
    "acknowledged": [CONTACT, RESOLVE],
    "in_progress": [RESOLVE],
}
"""After a refused reply, by the order's status. Otherwise nothing: the order is over or elsewhere."""


def picture(width: int = 16, height: int = 16) -> bytes:
    """A plain green PNG: the simulated agencies' evidence."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    rows = (b"\0" + b"\x20\xa0\x40" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


PICTURE = picture()


def _short(message_id: str) -> str:
    """Stands for a message in the ids of the replies to it; a refusal's id contains that of what it refuses."""
    return hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest()
