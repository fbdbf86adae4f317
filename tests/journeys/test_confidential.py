"""保密举报, whatever happens: nothing that the informant said or left reaches an agency, the bus or a log."""

from __future__ import annotations

import contextlib
import json
import random
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hotline.observability import logger
from tests.aws_stack import forget_everything
from tests.journeys.conftest import city_on_a_dictionary
from tests.journeys.pump import City, Reply
from tests.unit.builders_directory import EAST, EAST_ZHONGSHAN, RIVERSIDE, WEST

RELEASED = "辖区内有工地夜间倾倒渣土，请核查"
READERS = (RIVERSIDE, EAST_ZHONGSHAN, EAST, WEST, "lamp-office")
CITY = timedelta(hours=8)
FORWARD = {
    "registered": ("dispatch",),
    "returned": ("dispatch",),
    "dispatched": ("acknowledge", "return_"),
    "acknowledged": ("contact",),
    "in_progress": ("resolve", "progress"),
    "surveying": ("not_solved", "not_solved", "solved"),
}
STEPS = (
    *("forward",) * 6,
    *("supplement", "look", "look_as_supervisor", "dispatch", "progress", "resolve", "return_"),
    *("reply", "reply"),
    *("not_solved", "a_day_passes", "withdraw"),
)


class Hunt:
    """A confidential report with a marker in everything that the informant says, and the hunt for them."""

    def __init__(self, city: City, log: StringIO, rng: random.Random, *, confidential: bool = True) -> None:
        self.city = city
        self.log = log
        self._rng = rng
        self._confidential = confidential
        self.markers: list[str] = []
        self.seen_by_agencies: list[object] = []
        self.receipt: dict[str, Any] = {}

    # ------------------------------------------------------------------ what happens

    def register(self, by_channel: bool, language: str, about: str | None) -> None:
        """The informant reports, on the web or by a channel's gateway."""
        happened = self.city.clock() - timedelta(seconds=self._rng.randrange(100_000, 900_000))
        lat, long = (round(base + self._rng.random(), 9) for base in (39.5, 116.5))
        phone = f"139{self._rng.randrange(10**8):08d}"
        self.markers += [str(lat), str(long), phone, str(int(happened.timestamp()))]
        self.markers += [happened.strftime("%Y-%m-%dT%H:%M:%S"), (happened + CITY).strftime("T%H:%M:%S")]
        appeal: dict[str, Any] = {
            "type": self._rng.choice(["举报", "complaint"]),
            "text": f"{self._word('text')} 隔壁工地每晚偷倒渣土，着火了也不管 {self._word('text')}",
            "service_code": "street.noise",
            "place": {
                "subdistrict": RIVERSIDE,
                "address_text": self._word("address"),
                "lat": lat,
                "long": long,
            },
            "contact": {
                "name": self._word("name"),
                "phone": phone,
                "email": f"{self._word('mail')}@example.com",
            },
            "language": language,
            "happened_at": happened.isoformat(),
        }
        if self._confidential:
            appeal |= {"confidential": True} | ({"about_agency": about} if about else {})
        if by_channel:
            record = {"schema": "hotline.channel-record/1", "record_id": self._word("record")}
            body = {**record, "appeal": {**appeal, "channel": "phone"}}
            self.city.enqueue("ChannelRecordsQueue", json.dumps(body, ensure_ascii=False))
            self.city.settle()
            (case,) = self.items("CasesTable", "#")
            self.number = case["pk"]["S"][2:]
        else:
            self.receipt = self.city.register(**appeal)
            self.number = self.receipt["tracking_number"]
        self.city.settle()

    def step(self, name: str) -> None:
        """Something happens, or is refused; then every agency looks at what it can."""
        if name == "forward":
            (case,) = self.items("CasesTable", "#")
            name = self._rng.choice(FORWARD.get(case["s"]["S"], ("look",)))
        getattr(self, name)()
        self.city.settle()
        for agency_id in READERS:
            orders = [
                f"/orders/{self.number}.{number}{of}" for number in "123" for of in ("", "/attachments")
            ]
            for path in ("/orders", *orders):
                self.seen_by_agencies.append(self._as_agency(agency_id, "GET", path).body)

    def supplement(self) -> None:
        self._as_citizen("/supplements", {"text": self._word("supplement")})

    def withdraw(self) -> None:
        if self._rng.random() < 0.2:
            self._as_citizen("/withdrawal", None)

    def look(self) -> None:
        reason = {"reason": self._word("reason")}
        reply = self.city.operator("POST", f"/dispatch/queue/{self.number}/reveal", reason)
        assert reply.status == 200 or not self._confidential
        assert not self._confidential or self.markers[2] in str(reply.body), "the hotline itself can read it"

    def look_as_supervisor(self) -> None:
        claims = {"sub": "chen", "role": "supervisor", "district": self._rng.choice([EAST, WEST])}
        body = {"reason": self._word("reason")}
        self.city.insist("POST", f"/dispatch/queue/{self.number}/reveal", body, claims=claims)

    def dispatch(self) -> None:
        body = {"agency_id": self._rng.choice([RIVERSIDE, EAST_ZHONGSHAN])}
        body |= {"released_text": RELEASED} if self._confidential else {}
        self.city.operator("POST", f"/orders/{self.number}.1/dispatch", body)

    def acknowledge(self) -> None:
        self._as_holder("acknowledge", None)

    def contact(self) -> None:
        self._as_holder("contact", {"channel": "hotline"})

    def progress(self) -> None:
        self._as_holder("progress", {"text": "已派人查看"})

    def resolve(self) -> None:
        self._as_holder("resolve", {"text": "已查处"})

    def return_(self) -> None:
        if self._rng.random() < 0.4:
            self._as_holder("return", {"ground": "not_our_duty", "text": "属城管"})

    def reply(self) -> None:
        """The agency's system answers whatever it was told, in its turn or not, and asks others to help."""
        for agency_id in READERS:
            for order in self._queue_of(agency_id):
                if "reply_token" in order:
                    self.city.reply(order, "acknowledge")
                    self.city.settle()
                    self.city.reply(order, "request_assist", agency_ids=[WEST], text="请协助核查")

    def solved(self) -> None:
        self._answer(resolved=True)

    def not_solved(self) -> None:
        self._answer(resolved=False)

    def a_day_passes(self) -> None:
        self.city.pass_(days=1, sweep_every=timedelta(hours=6))

    # ------------------------------------------------------------------ the hunt

    def leaks(self) -> dict[str, list[str]]:
        """The markers that are somewhere else than in the sealed table, by place."""
        city = self.city
        places: dict[str, object] = {
            name: self.items(name) for name in ("CasesTable", "TextsTable", "EffectsTable", "ScorecardsTable")
        }
        places |= {
            "answers to agencies": self.seen_by_agencies,
            "queues of agencies": [self._queue_of(agency_id) for agency_id in READERS],
            "bus": city.on_the_bus,
            "stream": city.tables.records(),
            "log": self.log.getvalue(),
            "dead letters": {
                name: [message.body for message in dead] for name, dead in city.dead_letters().items()
            },
            "index": [city.tokens.citizen_index(f"+86{self.markers[2]}") in str(self.items("CasesTable"))],
        }
        told = {name: json.dumps(_plain(what), ensure_ascii=False) for name, what in places.items()}
        found = {name: [each for each in self.markers if each in text] for name, text in told.items()}
        return {name: markers for name, markers in found.items() if markers or told[name] == "[true]"}

    def sealed(self) -> str:
        return json.dumps(_plain(self.items("SealedTable")), ensure_ascii=False)

    def items(self, table: str, sort_key: str | None = None) -> list[dict[str, Any]]:
        """The items of a table."""
        found = self.city.tables.items(self.city.lookup(table, None))
        return [item for item in found if sort_key in (None, item["sk"]["S"])]

    # ------------------------------------------------------------------ inside

    def _word(self, where: str) -> str:
        self.markers.append(f"{where}-{self._rng.getrandbits(64):016x}")
        return self.markers[-1]

    def _answer(self, *, resolved: bool) -> None:
        if not self.receipt:
            return
        survey = self.city.track(self.receipt).get("survey")
        if survey:
            answers = {"contacted": False, "resolved": resolved, "satisfied": resolved}
            body = {**answers, "comment": self._word("comment")}
            assert self.city.insist("POST", f"/surveys/{survey['token']}", body).status == 200

    def _as_citizen(self, what: str, body: object) -> None:
        if self.receipt:
            self.city.citizen("POST", self.receipt, what, body)

    def _as_holder(self, command: str, body: object) -> None:
        for agency_id in (RIVERSIDE, EAST_ZHONGSHAN):
            reply = self._as_agency(agency_id, "POST", f"/orders/{self.number}.1/{command}", body)
            self.seen_by_agencies.append(reply.body)

    def _as_agency(self, agency_id: str, method: str, path: str, body: object = None) -> Reply:
        claims = {"sub": "zhang", "role": "agency", "agency_id": agency_id}
        return self.city.insist(method, path, body, claims=claims)

    def _queue_of(self, agency_id: str) -> list[dict[str, Any]]:
        waiting = self.city.queues.get(f"hotline-agency-{agency_id}", ())
        return [json.loads(message.body) for message in waiting]


def _plain(what: Any) -> Any:
    """JSON of anything, with what is compressed made readable."""
    if isinstance(what, Mapping):
        return {name: _plain(value) for name, value in what.items()}
    if isinstance(what, list | tuple):
        return [_plain(value) for value in what]
    if isinstance(what, bytes):
        try:
            return zlib.decompress(what).decode()
        except zlib.error:
            return what.hex()
    return what


@contextlib.contextmanager
def hunt(seed: int, *, confidential: bool = True) -> Iterator[Hunt]:
    """A fresh city with one informant; everything that is logged or printed is caught."""
    log = StringIO()
    with pytest.MonkeyPatch.context() as patches, contextlib.redirect_stdout(log):
        patches.setattr(logger().registered_handler, "stream", log)
        yield Hunt(city_on_a_dictionary(patches), log, random.Random(seed), confidential=confidential)
    forget_everything()


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32),
    by_channel=st.sampled_from([False, False, False, True]),
    language=st.sampled_from(["zh-CN", "en"]),
    about=st.sampled_from([None, "lamp-office", WEST]),
    steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=14),
)
@example(
    seed=1,
    by_channel=False,
    language="en",
    about="lamp-office",
    steps=[
        *("look", "supplement", "dispatch", "reply", "contact", "supplement", "resolve"),
        *("not_solved", "look", "resolve", "solved", "look_as_supervisor"),
    ],
)
def test_nothing_of_a_confidential_report_is_ever_found_where_agencies_or_logs_are(
    seed: int, by_channel: bool, language: str, about: str | None, steps: list[str]
) -> None:
    with hunt(seed) as informant:
        informant.register(by_channel, language, about)
        for name in steps:
            informant.step(name)
        assert informant.leaks() == {}
        said = informant.sealed()
        assert [each for each in informant.markers[:3] if each not in said] == [], "it must be kept somewhere"


def test_the_hunt_finds_what_is_not_confidential() -> None:
    with hunt(7, confidential=False) as informant:
        informant.register(by_channel=False, language="zh-CN", about=None)
        for name in ("forward", "supplement"):
            informant.step(name)
        assert {"TextsTable", "answers to agencies", "queues of agencies"} <= set(informant.leaks())
        assert "index" in informant.leaks()


def test_a_confidential_report_lives_through_all_of_it() -> None:
    with hunt(3) as informant:
        informant.register(by_channel=False, language="en", about="lamp-office")
        for name in ("dispatch", "acknowledge", "contact", "resolve", "not_solved", "resolve", "solved"):
            informant.step(name)
        shown = informant.city.track(informant.receipt)
        assert shown["status"] == "closed"
        assert [entry["event"] for entry in shown["timeline"]].count("WorkOrderReopened") == 1
        assert informant.city.survey_texts == [f"survey/{informant.number}/{n}" for n in (1, 2)]
        assert datetime.fromisoformat(shown["registered_at"]).tzinfo == UTC
