"""Random citizens, agencies and operators, who make mistakes, repeat themselves and change their minds."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from hotline.domain.side_orders import VERDICTS
from tests.journeys.pump import City
from tests.unit.builders_directory import EAST, EAST_ZHONGSHAN, RIVERSIDE, WEST_ZHONGSHAN

AGENCIES = (EAST, "990102", RIVERSIDE, EAST_ZHONGSHAN, WEST_ZHONGSHAN, "waterworks", "lamp-office", "990101")
_TEXTS = (
    "河边街道的路灯不亮",
    "中山街道路灯不亮",
    "家里停水",
    "噪声扰民",
    "拖欠工资",
    "有人昏迷，着火了",
    "说不清楚的事 🙏",
)
_SERVICES = (None, None, "street.lamp", "street.noise", "water.outage", "labour.wages", "other")
_PLACES = (None, {"district": EAST}, {"subdistrict": RIVERSIDE}, {"subdistrict": WEST_ZHONGSHAN})


@dataclass
class People:
    """Everybody in a city, driven by one random source."""

    city: City
    rng: random.Random
    receipts: list[dict[str, Any]] = field(default_factory=list)
    acknowledged_keys: dict[str, str] = field(default_factory=dict)
    phones: list[str] = field(default_factory=list)
    surveys_answered: int = 0
    answered: dict[str, str] = field(default_factory=dict)
    """The survey that a citizen has answered last, by number: its link still works for a while."""
    judged: int = 0
    changed: int = 0
    called: int = 0

    def register(self, number: int) -> None:
        """A citizen registers; one in five clicks twice."""
        phone = f"139{number:08d}"
        appeal: dict[str, Any] = {"text": f"{self.rng.choice(_TEXTS)}，电话{phone}"}
        for name, choices in (("service_code", _SERVICES), ("place", _PLACES)):
            if (choice := self.rng.choice(choices)) is not None:
                appeal[name] = choice
        if self.rng.random() < 0.6:
            appeal["contact"] = {"phone": phone, "name": "王女士"}
            self.phones.append(phone)
        key = f"life-{number:06d}"
        for _ in range(2 if self.rng.random() < 0.2 else 1):
            receipt = self.city.register(key=key, **appeal)
            assert (
                self.acknowledged_keys.setdefault(key, receipt["tracking_number"])
                == receipt["tracking_number"]
            )
        self.receipts.append(receipt)

    def act(self, *, well: bool = False) -> None:
        """One round of everybody; ``well``: nobody is idle, nothing is returned, and everyone is content."""
        for agency_id in dict.fromkeys(AGENCIES):
            for order in self.city.orders(agency_id):
                if not well:
                    self._answer_order(order)
        self._dispatch_by_hand(all_of_them=well)
        for receipt in self.receipts if well else self.rng.sample(self.receipts, len(self.receipts) // 6):
            self._follow(receipt, well=well)
        if not well:
            self._think_again()
        self._judge(all_of_them=well)
        self._call(all_of_them=well)

    def finish_orders(self) -> None:
        """Every agency does at its desk what is left to do."""
        for agency_id in dict.fromkeys(AGENCIES):
            claims = {"sub": "zhang", "role": "agency", "agency_id": agency_id}
            for row in self.city.insist("GET", "/orders", claims=claims).body["orders"]:
                path = f"/orders/{row['work_order_id']}"
                for verb, body in (
                    ("acknowledge", None),
                    ("contact", {"channel": "phone"}),
                    ("resolve", {"text": "好"}),
                ):
                    self.city.insist("POST", f"{path}/{verb}", body, claims=claims)

    def _answer_order(self, order: dict[str, Any]) -> None:
        if not order.get("reply_token") or not order["allowed"]:
            return
        mood = self.rng.random()
        if mood < 0.12:
            self.city.reply(order, "return", ground="not_our_duty", text="不归我们管")
        elif mood < 0.20:
            return
        elif mood < 0.25:
            stranger = {**order, "agency_id": "lamp-office"}
            self.city.reply(stranger, "acknowledge")
        else:
            steps: list[tuple[str, dict[str, Any]]] = [
                ("acknowledge", {}),
                ("record_contact", {"channel": "phone"}),
                ("report_progress", {"text": "在办"}),
                ("resolve", {"text": "已办结"}),
            ]
            if mood < 0.45:
                self.rng.shuffle(steps)
            for command, action in steps[: self.rng.choice((1, 2, 4, 4, 4))]:
                self.city.reply(order, command, f"{order['message_id']}-{command}", **action)

    def _dispatch_by_hand(self, *, all_of_them: bool) -> None:
        for number in self.city.waiting_for_operators():
            if all_of_them or self.rng.random() < 0.5:
                agency_id = self.rng.choice(AGENCIES)
                self.city.operator("POST", f"/orders/{number}.1/dispatch", {"agency_id": agency_id})

    def _think_again(self) -> None:
        """Some citizens answer otherwise than they did; some agencies want their order left out."""
        for number, token in list(self.answered.items()):
            mood = self.rng.random()
            if mood < 0.08:
                answers = {"contacted": True, "resolved": mood < 0.05, "satisfied": mood < 0.03}
                reply = self.city.insist("POST", f"/surveys/{token}", answers)
                self.changed += reply.status == 200
                assert reply.status in (200, 410), reply
            elif mood < 0.16:
                review = {
                    "about": "exclusion",
                    "reason": "untrue",
                    "text": "查无此事",
                    "attachments": ["a01"],
                }
                self._ask_for(number, review)
            elif mood < 0.24:
                self._ask_for(number, {"about": "dissatisfaction", "text": "已多次上门", "attachments": []})

    def _ask_for(self, number: str, review: dict[str, Any]) -> None:
        reply = self.city.operator("POST", f"/orders/{number}.1/review", review)
        assert reply.status in (201, 409), reply

    def _call(self, *, all_of_them: bool) -> None:
        """Two operators call those who have not answered, and some who have."""
        for name in ("li", "wu"):
            claims = {"sub": name, "role": "operator"}
            listed = self.city.insist("GET", "/callbacks", query={"limit": "100"}, claims=claims)
            for call in listed.body["calls"]:
                path, mood = f"/callbacks/{call['work_order_id']}", self.rng.random()
                taken = self.city.insist("POST", f"{path}/claim", claims=claims)
                if taken.status != 200:
                    assert taken.status in (404, 409), taken
                    continue
                if all_of_them or mood < 0.6:
                    answers = {
                        "contacted": True,
                        "resolved": all_of_them or mood < 0.4,
                        "satisfied": mood < 0.3,
                    }
                    told = self.city.insist("POST", f"{path}/answers", answers, claims=claims)
                else:
                    outcome = {"outcome": "busy" if mood < 0.8 else "no_answer"}
                    told = self.city.insist("POST", f"{path}/attempts", outcome, claims=claims)
                assert told.status in (200, 404, 409, 410), told
                self.called += told.status == 200

    def _judge(self, *, all_of_them: bool) -> None:
        claims = {"sub": "qian", "role": "adjudicator"}
        for about, verdicts in VERDICTS.items():
            query = {"about": about, "limit": "100"}
            listed = self.city.insist("GET", "/supervision/reviews", query=query, claims=claims)
            for review in listed.body["reviews"]:
                if all_of_them or self.rng.random() < 0.5:
                    body = {"verdict": self.rng.choice(verdicts), "text": "核查属实"}
                    path = f"/supervision/reviews/{review['work_order_id']}/judge"
                    reply = self.city.insist("POST", path, body, claims=claims)
                    assert reply.status in (200, 404, 409), reply
                    self.judged += reply.status == 200

    def _follow(self, receipt: dict[str, Any], *, well: bool) -> None:
        status = self.city.track(receipt)
        mood = 1.0 if well else self.rng.random()
        if "survey" in status and (well or mood < 0.5):
            self.city.answer(receipt, resolved=well or mood < 0.35, satisfied=mood < 0.3)
            self.surveys_answered += 1
            self.answered[receipt["tracking_number"]] = status["survey"]["token"]
        elif mood < 0.04:
            self.city.citizen("POST", receipt, "/withdrawal")
        elif mood < 0.10:
            self.city.citizen("POST", receipt, "/supplements", {"text": "补充说明"})
