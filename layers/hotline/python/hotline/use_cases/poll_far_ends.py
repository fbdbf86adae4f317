"""办: take over what became of orders at agencies whose own system speaks Open311.

What is seen there turns into the same commands that any agency's system sends (``take_replies``), under
ids made of what was seen: looked at twice, or by two at once, it happens once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError
from hotline.domain.far_ends import (
    AROUND,
    THERE,
    Accepted,
    FarEnd,
    FarReport,
    FarRequest,
    FarState,
    FarUpdate,
    NotYet,
    key_of,
)
from hotline.domain.model import Frozen
from hotline.domain.orders import AgencyReply
from hotline.domain.side_orders import SideKind
from hotline.domain.tokens import Tokens
from hotline.ports import Clock as Now
from hotline.ports import FarEnds, FarRequests
from hotline.use_cases.send_far_requests import found_in
from hotline.use_cases.take_replies import TakeReplies

AT_ONCE = 50
"""Requests that are asked for in one call."""

UPDATES_AT_MOST = 5
"""So many updates of one request are taken over in one turn; the rest in the next."""

TEXT_AT_MOST = 2000

LOOK_BACK = timedelta(days=1)
"""Updates of this long before the last answer are asked for once more: clocks differ, and turns are cut short."""

FIRST_LOOK_BACK = timedelta(days=30)

CLOSED_WITHOUT_WORDS = "承办单位系统已将该工单标记为办结，未附说明。"
"""What the citizen reads when an agency closes a request without a word; the survey asks what is true."""

CONTACT = {"command": "record_contact", "channel": "hotline"}
"""What an agency writes is told to the citizen by the hotline: that is its first contact."""

Look = dict[str, Any]


class PollReport(Frozen):
    """What one run did.

    Attributes:
        asked, silent: far ends that were asked, and those of them that did not answer as they should.
        taken: commands that were carried out.
        stuck: requests that a person should look at, over all far ends that were asked.
    """

    asked: int = 0
    silent: int = 0
    taken: int = 0
    stuck: int = 0


class Step(NamedTuple):
    """One command that follows from what was seen, and the key under which it is remembered.

    What is only a step on the way (``holds_up`` is false) may be impossible because the order is past it.
    """

    key: str
    action: Look
    closes: bool = False
    holds_up: bool = True


class PollFarEnds:
    """Asks every far end whose turn it is."""

    def __init__(
        self,
        *,
        requests: FarRequests,
        far_ends: FarEnds,
        take_replies: TakeReplies,
        directories: Directories,
        tokens: Tokens,
        now: Now,
    ) -> None:
        self._requests = requests
        self._far_ends = far_ends
        self._take_replies = take_replies
        self._directories = directories
        self._tokens = tokens
        self._now = now

    def __call__(self, may_go_on: Callable[[], bool] = lambda: True) -> PollReport:
        """Ask them one after the other; one that fails holds up nobody."""
        asked = silent = taken = stuck = 0
        for far_end in self._directories.current().far_ends.values():
            if not may_go_on():
                break
            every = timedelta(minutes=far_end.poll_minutes)
            if not self._requests.take_turn(far_end.agency_id, self._now(), every):
                continue
            asked += 1
            try:
                taken += self.poll(far_end)
            except HotlineError:
                silent += 1
            else:
                self._requests.answered(far_end.agency_id, self._now())
            watched = self._requests.watched(far_end.agency_id)
            stuck += sum(each.trouble(self._now()) is not None for each in watched)
        return PollReport(asked=asked, silent=silent, taken=taken, stuck=stuck)

    def poll(self, far_end: FarEnd) -> int:
        """Ask one far end about all its open requests; how many commands came of it.

        Raises:
            FarEndUnavailable, FarAnswerLost, FarEndRefused: it did not answer as it should.
        """
        watched = self._requests.watched(far_end.agency_id)
        there = [each for each in watched if each.state in THERE or each.resent]
        looked_up = [self._looked_up(far_end, each) for each in there]
        numbered = [each for each in looked_up if each is not None and each.request_id]
        if not numbered:
            return 0
        updates = self._updates(far_end) if far_end.updates else {}
        taken = 0
        for start in range(0, len(numbered), AT_ONCE):
            some = numbered[start : start + AT_ONCE]
            ids = [each.request_id for each in some if each.request_id]
            reports = {each.request_id: each for each in self._far_ends.reports(far_end, ids)}
            taken += self._take_over(some, reports, updates)
        return taken

    def _looked_up(self, far_end: FarEnd, request: FarRequest) -> FarRequest | None:
        """The request with its number, if its token has become one; None when somebody else is at it."""
        looked_up = request
        if request.resent:
            looked_up = self._without_twins(far_end, request)
        if looked_up.request_id is None and looked_up.token is not None:
            number = self._far_ends.number_of(far_end, looked_up.token)
            if number is not None:
                looked_up = looked_up.accepted(Accepted(number))
        return request if looked_up is request else self._keep(looked_up)

    def _without_twins(self, far_end: FarEnd, request: FarRequest) -> FarRequest:
        """One that was sent again after a doubt may be there twice by now: then a person is told."""
        now = self._now()
        listed = self._far_ends.find(far_end, request.service_code, request.begun_at - AROUND, now + AROUND)
        return request.looked_for_twins(len(found_in(listed, request)), now)

    def _updates(self, far_end: FarEnd) -> dict[str, list[FarUpdate]]:
        """What was published since it last answered, and for a while before, by request."""
        health, now = self._requests.health(far_end.agency_id), self._now()
        since = (health.answered_at or now - FIRST_LOOK_BACK) - LOOK_BACK
        by_request: dict[str, list[FarUpdate]] = {}
        for update in self._far_ends.updates(far_end, since, now + AROUND):
            by_request.setdefault(update.request_id, []).append(update)
        return by_request

    # --- commands ------------------------------------------------------------------------------------

    def _take_over(
        self,
        some: Sequence[FarRequest],
        reports: dict[str, FarReport],
        updates: dict[str, list[FarUpdate]],
    ) -> int:
        planned: list[tuple[FarRequest, Step]] = []
        for request in some:
            report = reports.get(request.request_id or "")
            if report is not None:
                steps = steps_of(request, report, updates.get(request.request_id or "", ()))
                planned += ((request, step) for step in steps)
        if not planned:
            return 0
        failed = self._take_replies([(self._reply(*each), 1) for each in planned])
        done: dict[str, tuple[FarRequest, list[Step]]] = {}
        blocked: set[str] = set()
        for place, (request, step) in enumerate(planned):
            if place in failed and step.holds_up:
                blocked.add(request.message_id)  # what was said later waits too
            elif place in failed:
                continue
            elif request.message_id not in blocked:
                done.setdefault(request.message_id, (request, []))[1].append(step)
        for request, steps in done.values():
            closes = any(step.closes for step in steps)
            self._keep(request.taken_over(tuple(step.key for step in steps), closed=closes))
        return len(planned) - len(failed)

    def _reply(self, request: FarRequest, step: Step) -> AgencyReply:
        return AgencyReply.model_validate(
            {
                "schema": "hotline.reply/1",
                "work_order_id": request.work_order_id,
                "agency_id": request.agency_id,
                "reply_token": self._tokens.reply_token(request.work_order_id, request.agency_id),
                "command_id": key_of("open311", f"{request.reference} {step.key}"),
                "action": step.action,
            }
        )

    def _keep(self, request: FarRequest) -> FarRequest | None:
        """Remember it; somebody who was faster has seen the same, so nothing is lost."""
        try:
            return self._requests.put(request)
        except NotYet:
            return None


def steps_of(request: FarRequest, report: FarReport, updates: Sequence[FarUpdate] = ()) -> list[Step]:
    """The commands that follow from how a request stands, without those that have been taken over.

    A request that is closed there is "done" here, by the agency's word; the citizen's is asked for as always.
    """
    if request.state is not FarState.OPEN:
        return []
    of_lead = _LeadSteps() if request.leads else _SideSteps(request.side)
    words = list(_words_of(report, updates))
    last = next((text for _, text in reversed(words)), "")
    steps = [*of_lead.seen_there()]
    fresh = [each for each in words if each[0] not in request.seen][:UPDATES_AT_MOST]
    if report.closed:
        closing = _clean(report.notes) or last
        fresh = [each for each in fresh if each[1] != closing]
        for key, text in fresh:
            steps += of_lead.said(key, text)
        steps += of_lead.closed(closing or CLOSED_WITHOUT_WORDS)
    else:
        for key, text in fresh:
            steps += of_lead.said(key, text)
    unseen: dict[str, Step] = {}
    for step in steps:
        if step.key not in request.seen:
            unseen.setdefault(step.key, step)
    return list(unseen.values())


def _words_of(report: FarReport, updates: Sequence[FarUpdate]) -> Iterator[tuple[str, str]]:
    for update in updates:
        if text := _clean(update.text):
            yield key_of("update", update.update_id), text
    if text := _clean(report.notes):
        yield key_of("notes", text), text


class _LeadSteps:
    """Commands about a lead order."""

    def seen_there(self) -> Iterator[Step]:
        yield Step("acknowledge", {"command": "acknowledge"}, holds_up=False)

    def said(self, key: str, text: str) -> Iterator[Step]:
        yield Step("contact", CONTACT, holds_up=False)
        yield Step(key, {"command": "report_progress", "text": text})

    def closed(self, text: str) -> Iterator[Step]:
        yield Step("contact", CONTACT, holds_up=False)
        yield Step("closed", {"command": "resolve", "text": text}, closes=True)


class _SideSteps:
    """Commands about what was asked beside a lead order; only the end is reported."""

    def __init__(self, side: str | None) -> None:
        self._side = side

    def seen_there(self) -> Iterator[Step]:
        if self._side != SideKind.OPINION:
            yield Step("acknowledge", {"command": "acknowledge"}, holds_up=False)

    def said(self, key: str, text: str) -> Iterator[Step]:
        return iter(())

    def closed(self, text: str) -> Iterator[Step]:
        if self._side == SideKind.SUMMONS:
            yield Step("arrive", {"command": "arrive"}, holds_up=False)
        yield Step("closed", {"command": "report", "text": text}, closes=True)


def _clean(text: str) -> str:
    """Somebody else's words as our texts can be: without control characters, and not endless."""
    kept = "".join(each for each in text if each == "\n" or each.isprintable())
    return kept.strip()[:TEXT_AT_MOST]
