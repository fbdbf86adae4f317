"""The demo in a city within this process: whatever its people do is taken by the real functions, and it adds up."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from hotline.domain.phones import e164
from infrastructure.demo import run as demo
from infrastructure.demo import staff
from infrastructure.demo.account import ending
from infrastructure.demo.habits import Habits
from infrastructure.demo.hotline import Answer, Timings
from infrastructure.demo.hotline import Hotline as DeployedHotline
from infrastructure.demo.journal import Journal
from infrastructure.demo.proportions import proportions
from infrastructure.demo.rows import Row, row_of
from infrastructure.demo.run import Outcome, Run, Settings
from infrastructure.local.identity import staff_claims
from tests.api_events import api_event
from tests.aws_stack import STACK
from tests.journeys.pump import City, Waiting
from tests.unit.builders_directory import EAST_ZHONGSHAN, RIVERSIDE, WEST_ZHONGSHAN, tiny_parts

Json = dict[str, Any]

HABITS = Habits(
    withdrawn=0.05,
    confidential=0.1,
    repeated=0.1,
    folded=0.4,
    unmerged=0.4,
    contested=0.5,
    returned=0.12,
    upheld=0.34,
    designated=0.33,
    assisted=0.1,
    summoned=0.1,
    extended=0.1,
    held=0.1,
    refused=0.3,
    escalated=0.05,
    urged=0.05,
    supervised=0.05,
    staged=0.5,
)
"""Everything that can happen, in sixty lives."""

PEOPLE = 4
"""Threads that call the city at once; more would only wait for each other."""

really_sleep = time.sleep


class BusyCity:
    """A city with the clock of this machine, where one thing happens at a time although many want something."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.agencies = sorted(agency["agency_id"] for agency in tiny_parts()["agencies"])
        self.texts: dict[str, list[str]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._pump = threading.Thread(target=self._carry)
        self._trouble: BaseException | None = None

    def __enter__(self) -> BusyCity:
        self._pump.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pump.join()
        assert self._trouble is None, self._trouble

    def call(
        self, method: str, url: str, body: Json | None, headers: Mapping[str, str], claims: Json | None
    ) -> Answer:
        """One call of the API."""
        address = urlsplit(url)
        with self._now():
            route, function = self.city._route(method, address.path)
            event = api_event(
                method,
                address.path,
                route=route.path,
                body=body,
                headers=headers,
                query=dict(parse_qsl(address.query)),
                claims=claims,
            )
            answer = self.city.invoke(function.name, event)
        assert answer["statusCode"] < 500, (method, url, answer)
        return Answer(answer["statusCode"], json.loads(answer["body"] or "{}"))

    def queue(self, name: str) -> list[Waiting]:
        """What lies in a queue."""
        with self._now():
            return list(self.city.queues.setdefault(name, []))

    def take_out(self, name: str, message_ids: set[str]) -> None:
        """Delete messages."""
        with self._now():
            queue = self.city.queues[name]
            queue[:] = [message for message in queue if message.message_id not in message_ids]

    def put_in(self, name: str, body: str, delay_s: int) -> None:
        """Send a message that is held back for a while."""
        with self._now():
            self.city.enqueue(name, body)
            self.city.queues[name][-1].visible_at += timedelta(seconds=delay_s)

    def keep_text(self, message: Any) -> None:
        """Carry a text message."""
        self.texts.setdefault(e164(message.to.phone) or "", []).append(message.text)

    def _now(self) -> threading.Lock:
        self.city.clock.at = datetime.now(UTC)
        return self._lock

    def _carry(self) -> None:
        try:
            while not self._over.wait(0.005):
                with self._now():
                    self.city.pump()
        except BaseException as error:
            self._trouble = error


class Hotline(DeployedHotline):
    """The API without a network, the phones without a supplier."""

    def __init__(self, busy: BusyCity) -> None:
        self.timings = Timings()
        self.stop = threading.Event()
        self._busy = busy

    def text_messages(self, phone: str) -> list[str]:
        return list(self._busy.texts.get(phone, ()))

    def upload_evidence(self, appeal_id: str, agency_id: str, picture: bytes) -> str | None:
        return None  # this city has no buckets, and no service that asks for evidence

    def _staff(
        self,
        method: str,
        path: str,
        name: str,
        role: str,
        agency: str | None = None,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        claims = {"sub": staff_claims(role, agency)["sub"], "role": role}
        return self._busy.call(method, path, body, headers or {}, claims)

    def _call(
        self,
        method: str,
        path: str,
        name: str,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return self._busy.call(method, path, body, headers or {}, None)


class AgencyQueues:
    """The agencies' queues, and the one for their replies."""

    def __init__(self, busy: BusyCity) -> None:
        self.agencies = busy.agencies
        self._busy = busy

    def receive(self, agency_id: str) -> list[Json]:
        waiting = self._busy.queue(f"{STACK}-agency-{agency_id}")[:10]
        return [{"Body": message.body, "ReceiptHandle": message.message_id} for message in waiting]

    def delete(self, agency_id: str, received: Sequence[Json]) -> None:
        self._busy.take_out(f"{STACK}-agency-{agency_id}", {each["ReceiptHandle"] for each in received})

    def reply(self, replies: Sequence[tuple[Json, int]]) -> None:
        for reply, delay_s in replies:
            self._busy.put_in("RepliesQueue", json.dumps(reply, ensure_ascii=False), delay_s)


@pytest.fixture
def busy(quick_city: City, monkeypatch: pytest.MonkeyPatch, log: object) -> Iterator[BusyCity]:
    """A city that the demo takes for a deployed stack."""
    busy = BusyCity(quick_city)
    monkeypatch.setattr("time.sleep", really_sleep)
    monkeypatch.setattr(quick_city, "send", busy.keep_text)
    monkeypatch.setattr(demo, "Hotline", lambda stack: Hotline(busy))
    monkeypatch.setattr(demo, "AgencyQueues", lambda stack: AgencyQueues(busy))
    monkeypatch.setattr(demo, "dead_letters", lambda stack: dead_letters(quick_city))
    for threads in ("POSTERS", "LOOKERS", "AGENCY_HANDS"):
        monkeypatch.setattr(demo, threads, PEOPLE)
    for module, patience in ((demo, "UNSEEN_S"), (demo, "AFTER_RESOLVE_S"), (staff, "FOR_THE_RULES_S")):
        monkeypatch.setattr(module, patience, 1.0)
    with busy:
        yield busy


def dead_letters(city: City) -> dict[str, int]:
    return {name: len(messages) for name, messages in city.dead_letters().items()}


def rows(count: int) -> list[Row]:
    """Appeals that the rules can dispatch, and every fifth one that they cannot."""
    places = (RIVERSIDE, EAST_ZHONGSHAN, WEST_ZHONGSHAN)
    return [
        row_of(
            {"text": f"第{number}号院反映的事情说不清楚"}
            if number % 5 == 0
            else {
                "text": f"第{number}号院门口的路灯不亮，老人摔了一跤",
                "place": {"subdistrict": places[number % 3]},
            },
            {},
            number,
        )
        for number in range(1, count + 1)
    ]


def run(journal: Path, appeals: Sequence[Row], habits: Habits) -> Run:
    return Run({}, Journal(journal), appeals, Settings(1, habits, None))  # type: ignore[arg-type]


def what_is_wrong(outcome: Outcome) -> list[str]:
    orders = {each.row: each.order for each in outcome.seen}
    return [f"{problem} {orders[problem.row]}" for problem in outcome.problems]


def test_everything_that_can_happen_happens_and_every_appeal_is_accounted_for(
    busy: BusyCity, tmp_path: Path
) -> None:
    """With messages that come twice and out of order."""
    busy.city.faults.duplicated, busy.city.faults.shuffled = 0.1, True
    outcome = run(tmp_path / "run.sqlite", rows(60), HABITS).replay(lambda far: None)
    assert what_is_wrong(outcome) == []
    assert outcome.dead == {}
    assert len(outcome.seen) == 66
    assert None not in {ending(each) for each in outcome.seen}
    assert {each.name for each in proportions(outcome.seen, HABITS) if each.seen == 0} == set()


def test_a_demo_that_is_stopped_anywhere_goes_on_with_what_was_planned(
    busy: BusyCity, tmp_path: Path
) -> None:
    stopped = run(tmp_path / "run.sqlite", rows(30), HABITS)

    def stop_at_half(far: demo.Progress) -> None:
        if far.over >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.replay(stop_at_half)
    outcome = run(tmp_path / "run.sqlite", rows(30), HABITS).replay(lambda far: None)
    assert what_is_wrong(outcome) == []
    assert outcome.dead == {}
    assert len(outcome.seen) == 33
