"""An agency whose own system speaks Open311, in memory, and what is known of it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from hotline.domain.far_ends import (
    Accepted,
    FarAnswerLost,
    FarEnd,
    FarEndHealth,
    FarEndRefused,
    FarEndUnavailable,
    FarReport,
    FarRequest,
    FarUpdate,
    NotYet,
)
from hotline.domain.orders import OrderMessage
from hotline.use_cases.deliver_orders import TOLD, deliver_orders
from hotline.use_cases.poll_far_ends import PollFarEnds, PollReport
from hotline.use_cases.send_far_requests import SendFarRequests
from hotline.use_cases.take_replies import TakeReplies
from tests.unit.builders import AGENCY, Hotline
from tests.unit.builders_directory import tiny_parts

Trouble = Literal["ok", "down", "busy", "lost", "lost-late", "half", "refused"]
"""How a try ends: ``down`` and ``busy`` keep nothing, ``lost`` and ``half`` keep it and do not say so."""


def far_parts(**changes: Any) -> dict[str, Any]:
    """The tiny city, whose sub-district is reached by Open311."""
    parts = tiny_parts()
    row = {
        "agency_id": AGENCY,
        "endpoint": "https://open311.east.example/v2",
        "services": {"street.noise": "SL", "*": "OTHER"},
        "list_limit": 200,
    }
    parts["core"]["open311_agencies"] = [{**row, **changes}]
    return parts


class MemoryFarRequests:
    """``ports.FarRequests``."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], FarRequest] = {}
        self.turns: dict[str, FarEndHealth] = {}
        self.fail_after_put = 0
        """So many writes are stored, and then their worker dies."""

    def of_order(self, work_order_id: str) -> list[FarRequest]:
        found = [each for each in self.kept.values() if each.work_order_id == work_order_id]
        return sorted(found, key=lambda each: int(each.message_id.rpartition(":")[2]))

    def put(self, request: FarRequest) -> FarRequest:
        key = (request.work_order_id, request.message_id)
        stored = self.kept.get(key)
        if (stored.version if stored else 0) != request.version:
            raise NotYet
        self.kept[key] = request.model_copy(update={"version": request.version + 1})
        if self.fail_after_put:
            self.fail_after_put -= 1
            raise Died
        return self.kept[key]

    def watched(self, agency_id: str) -> list[FarRequest]:
        return [each for each in self.kept.values() if each.agency_id == agency_id and each.watched]

    def take_turn(self, agency_id: str, now: datetime, every: timedelta) -> bool:
        turn = self.health(agency_id)
        if turn.asked_at is not None and turn.asked_at > now - every:
            return False
        self.turns[agency_id] = turn.model_copy(update={"asked_at": now, "failures": turn.failures + 1})
        return True

    def answered(self, agency_id: str, now: datetime) -> None:
        self.turns[agency_id] = self.health(agency_id).model_copy(update={"answered_at": now, "failures": 0})

    def health(self, agency_id: str) -> FarEndHealth:
        return self.turns.get(agency_id, FarEndHealth(agency_id=agency_id))


class Died(Exception):
    """The worker was killed."""


class Kept(NamedTuple):
    """A request as the far end has it."""

    request_id: str
    form: Mapping[str, str]
    at: datetime


class MemoryFarEnd:
    """``ports.FarEnds``: one city department's server, as nasty as a test plans it.

    Attributes:
        plan: how the next tries to create something end; ``ok`` when it is empty.
        appears_after: how long a request takes to appear in its list.
        tokens: it answers with a token, which becomes a number when a test says so.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.plan: list[Trouble] = []
        self.appears_after = timedelta(0)
        self.late: list[tuple[datetime, Mapping[str, str]]] = []
        self.requests: dict[str, Kept] = {}
        self.standing: dict[str, tuple[bool, str]] = {}
        self.published: list[FarUpdate] = []
        self.told: dict[str, str] = {}
        self.tokens = False
        self.numbered: set[str] = set()
        self.down = False
        self.asked = 0

    def create(self, far_end: FarEnd, form: Mapping[str, str]) -> Accepted:
        what = self.plan.pop(0) if self.plan else "ok"
        if what == "down":
            raise FarEndUnavailable("no answer")
        if what == "busy":
            raise FarEndUnavailable("HTTP 429")
        if what == "refused":
            raise FarEndRefused("HTTP 400")
        if what == "lost-late":
            self.late.append((self._now() + timedelta(hours=2), form))
            raise FarAnswerLost("no answer")
        request_id = self._keep(form)
        if what in ("lost", "half"):
            raise FarAnswerLost("no answer")
        return Accepted(None, f"t-{request_id}") if self.tokens else Accepted(request_id)

    def find(self, far_end: FarEnd, service_code: str, since: datetime, until: datetime) -> list[FarReport]:
        self._settle()
        if self.down:
            raise FarEndUnavailable("no answer")
        return [
            self._report(each)
            for each in self.requests.values()
            if each.form["service_code"] == service_code
            and since <= each.at <= until
            and each.at + self.appears_after <= self._now()
        ]

    def reports(self, far_end: FarEnd, request_ids: Sequence[str]) -> list[FarReport]:
        self._settle()
        self.asked += 1
        if self.down:
            raise FarAnswerLost("HTTP 502")
        return [self._report(self.requests[each]) for each in request_ids if each in self.requests]

    def number_of(self, far_end: FarEnd, token: str) -> str | None:
        return token[2:] if token[2:] in self.numbered else None

    def updates(self, far_end: FarEnd, since: datetime, until: datetime) -> list[FarUpdate]:
        return list(self.published)

    def post_update(
        self, far_end: FarEnd, request: FarRequest, update_id: str, text: str, at: datetime
    ) -> None:
        if update_id in self.told:
            raise FarEndRefused("HTTP 400")
        self.told[update_id] = text

    def says(self, request_id: str, notes: str = "", closed: bool = False) -> None:
        """What the agency writes about a request."""
        self.standing[request_id] = (closed, notes)

    def with_reference(self, reference: str) -> list[Kept]:
        """The requests that carry a reference; more than one is what must not be."""
        self._settle()
        return [each for each in self.requests.values() if reference in each.form["description"]]

    def _keep(self, form: Mapping[str, str]) -> str:
        request_id = f"10{len(self.requests) + 1}"
        self.requests[request_id] = Kept(request_id, dict(form), self._now())
        return request_id

    def _settle(self) -> None:
        for at, form in list(self.late):
            if at <= self._now():
                self.late.remove((at, form))
                self._keep(form)

    def _report(self, kept: Kept) -> FarReport:
        closed, notes = self.standing.get(kept.request_id, (False, ""))
        return FarReport(kept.request_id, closed, notes, kept.form["description"])


class FarHotline(Hotline):
    """The hotline, and the far end of its sub-district."""

    def __init__(self, **changes: Any) -> None:
        super().__init__(far_parts(**changes))
        self.far_requests = MemoryFarRequests()
        self.far_end = MemoryFarEnd(self.clock)

    def deliver_all(self) -> None:
        """Let the delivery worker take every event there was."""
        deliver_orders(
            [each for each in self.events() if each.name in TOLD],
            cases=self.cases,
            words=self.words,
            deliveries=self.deliveries,
            queues=self.queues,
            directories=self.directories,
            tokens=self.tokens,
            now=self.clock,
        )

    def messages(self) -> list[OrderMessage]:
        """What waits for the far end's worker."""
        self.deliver_all()
        return self.queues.of(AGENCY)

    def send(self, message: OrderMessage, again: bool = False) -> None:
        """Let the worker take one message."""
        SendFarRequests(
            requests=self.far_requests,
            far_ends=self.far_end,
            directories=self.directories,
            now=self.clock,
        )(message, again=again)

    def poll(self) -> PollReport:
        """Let the scheduled poll come by, when it is time."""
        self.clock.pass_(minutes=16)
        return PollFarEnds(
            requests=self.far_requests,
            far_ends=self.far_end,
            take_replies=TakeReplies(
                cases=self.cases,
                words=self.words,
                queues=self.queues,
                directories=self.directories,
                tokens=self.tokens,
                now=self.clock,
            ),
            directories=self.directories,
            tokens=self.tokens,
            now=self.clock,
        )()

    def sent(self) -> str:
        """The id of an appeal that is at the far end."""
        appeal_id = self.dispatched()
        self.send(self.messages()[-1])
        return appeal_id

    def far(self, appeal_id: str) -> FarRequest:
        """What is known of an appeal's latest request there."""
        return self.far_requests.of_order(f"{appeal_id}.1")[-1]
