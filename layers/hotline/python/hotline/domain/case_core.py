"""The state of a case, the orders beside its lead order, and how a command moves clocks and leaves an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import Field, PrivateAttr

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType, Language
from hotline.domain.calendar import Limit
from hotline.domain.case_parts import (
    Conclusion,
    Survey,
    Timer,
)
from hotline.domain.chronicle import Chronicle
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.errors import (
    BoundExceeded,
    Forbidden,
    NotFound,
    TransitionNotAllowed,
)
from hotline.domain.lifecycle import ClockAction, Command, Status, transition
from hotline.domain.side_orders import (
    SideKind,
    SideOrder,
    SideRef,
)
from hotline.domain.timekeeper import Timekeeper

_PRESSING = frozenset({Command.SUPERVISE, Command.ESCALATE})
_FOR_THE_DESK = frozenset({"DispatchReferred", "ConclusionContested", "AppealUnmerged"})
CLIMBING = frozenset({Status.DISPATCHED, Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.SURVEYING})
_OPENS: Mapping[SideKind, Command] = {
    SideKind.ASSIST: Command.REQUEST_ASSIST,
    SideKind.OPINION: Command.CONSULT,
    SideKind.SUMMONS: Command.SUMMON,
    SideKind.SUPERVISION: Command.SUPERVISE,
    SideKind.ESCALATION: Command.ESCALATE,
    SideKind.EXTENSION: Command.REQUEST_EXTENSION,
    SideKind.HOLD: Command.REQUEST_HOLD,
    SideKind.CALLBACK: Command.CALL,
    SideKind.VERIFICATION: Command.VERIFY,
    SideKind.REVIEW: Command.REQUEST_REVIEW,
}
_OUTLIVING = frozenset(kind for kind in SideKind if kind.outlives_case)


class CaseCore(Chronicle):
    """The state of one appeal with its lead order, and what every command needs.

    Attributes:
        language: of notices and pages; ``spoken``: the language or dialect in which a caller wants to be called.
        confidential: the informant is hidden from every agency; what was said lies sealed.
        about_agency: the agency that a confidential report is about; it never gets the order.
        designated: the holder may not return the order (any more).
        returns: how often it was returned; ``extensions``, ``holds``: how many were granted.
        resumes_at: the review date of a hold (挂账); it comes back by itself.
        overdue_since: the first handling limit that was missed since the order was dispatched, sent back by
            the citizen, extended or held; silence that only asks again does not take the ladder down.
        rung, rung_at: how many rungs of the escalation ladder were climbed, and when the next one is due.
        escalated: how many levels above the holder were asked (条例 Art 20).
        conclusion: why it was not for handling (条例 Art 11); None for an order.
        ask_at: when the citizen is asked about what is resolved, where the policy waits for the limit.
        excluded: why it counts in nobody's assessment (剔除); None when it does.
        contested: the conclusions that the citizen did not accept, oldest first.
        merged_into: the appeal that it is handled together with; ``members``: how many are handled with it.
        sides: how many orders beside the lead order there ever were; ``open_sides``: those still open.
    """

    appeal_id: str
    status: Status = Status.REGISTERED
    appeal_type: AppealType
    channel: str
    language: Language
    spoken: str | None = None
    headline: str
    registered_at: datetime
    key_hash: bytes
    fingerprint: bytes
    """Keyed hash of the registering body: tells a retry from another appeal under the same key."""
    citizen_index: str | None = None
    confidential: bool = False
    about_agency: str | None = None
    tier: str
    service_code: str | None = None
    district: str | None = None
    subdistrict: str | None = None
    agency_id: str | None = None
    copy_to: str | None = None
    return_until: datetime | None = None
    designated: bool = False
    returns: int = 0
    resolved_at: datetime | None = None
    ask_at: datetime | None = None
    excluded: str | None = None
    reopened: int = 0
    extensions: int = 0
    holds: int = 0
    resumes_at: datetime | None = None
    overdue_since: datetime | None = None
    rung: int = 0
    rung_at: datetime | None = None
    escalated: int = 0
    conclusion: Conclusion | None = None
    contested: tuple[Conclusion, ...] = ()
    merged_into: str | None = None
    members: int = 0
    sides: int = 0
    open_sides: dict[int, SideRef] = Field(default_factory=dict)
    survey: Survey | None = None
    last_answers: str | None = None
    """The citizen's latest answers as three letters (contacted, resolved, satisfied), such as ``ynn``."""
    clocks: dict[ClockKind, Clock] = Field(default_factory=dict)

    _changed_sides: dict[int, SideOrder] = PrivateAttr(default_factory=dict)

    # ------------------------------------------------------------------ reading

    @property
    def work_order_id(self) -> str:
        """The lead order's number."""
        return f"{self.appeal_id}.1"

    @property
    def changed_sides(self) -> list[SideOrder]:
        """Orders beside the lead order that were opened or ended since the case was loaded."""
        return list(self._changed_sides.values())

    def mark_stored(self) -> None:
        """Called by the store: everything recorded so far is safe, the orders beside it too."""
        super().mark_stored()
        for side in self._changed_sides.values():
            side.mark_stored()
        self._changed_sides.clear()

    @property
    def awaits_operator(self) -> bool:
        """Whether somebody at the hotline has to decide: referred, returned, contested, or left lying.

        A fresh appeal is the rules' own for the moments that they need; when the dispatch clock warns
        and nobody has dispatched it, it is shown to the operators whatever the reason. What has a longer
        past than its item holds (many have joined it) was referred long ago.
        """
        if self.status is Status.RETURNED:
            return True
        if self.status is not Status.REGISTERED:
            return False
        referred = self.first_event > 1 or any(event.name in _FOR_THE_DESK for event in self.events)
        return referred or self.clocks["dispatch"].warned_at is not None

    @property
    def owed(self) -> Clock:
        """The clock of whoever has to act next: the desk, an adjudicator, or the agency."""
        if self.status is Status.RETURNED:
            return self.clocks["adjudication"]
        return self.clocks["dispatch" if self.status is Status.REGISTERED else "handling"]

    def next_timer(self) -> Timer | None:
        """The earliest warning, breach, rung, review or survey expiry; None when nothing is being timed."""
        if self.status.ended:
            return None
        timers = [
            Timer(at, f"{clock.kind}.{what}")
            for clock in self.clocks.values()
            if (following := clock.next_timer()) is not None
            for at, what in (following,)
        ]
        if self.status is Status.SURVEYING and self.survey is not None:
            timers.append(Timer(self.survey.expires_at, "survey.expire"))
            if self.survey.call_at is not None:
                timers.append(Timer(self.survey.call_at, "survey.call"))
        if self.status is Status.RESOLVED and self.ask_at is not None:
            timers.append(Timer(self.ask_at, "survey.open"))
        if self.status is Status.ON_HOLD and self.resumes_at is not None:
            timers.append(Timer(self.resumes_at, "hold.review"))
        if self.rung_at is not None and self._may_climb:
            timers.append(Timer(self.rung_at, "ladder.climb"))
        return min(timers, default=None)

    @property
    def _may_climb(self) -> bool:
        """Whether an agency owes the order: its handling limit runs, or has passed, unanswered."""
        handling = self.clocks.get("handling")
        if handling is None or handling.stopped_at or handling.paused_at:
            return False
        return self.status in CLIMBING

    def must_be_held_by(self, actor: Actor) -> None:
        """Refuse an agency that does not hold the order, as if the order did not exist.

        Raises:
            NotFound: the order is another agency's.
        """
        if actor.role is Role.AGENCY and actor.agency_id != self.agency_id:
            raise NotFound("work order")

    # ------------------------------------------------------------------ orders beside the lead order

    def open_side(
        self,
        kind: SideKind,
        agency_id: str,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        note_id: str | None = None,
        terms: Mapping[str, Any] | None = None,
    ) -> SideOrder:
        """Ask somebody for a part, an opinion, presence, an answer or a decision.

        Raises:
            TransitionNotAllowed: not now; or a decision was asked for too late, or is being waited for.
            BoundExceeded: as many extensions or holds as the policy allows were granted, or it is too long.
        """
        self.must_be_held_by(by)
        transition(self.status, _OPENS[kind], by.role)
        if kind is SideKind.REVIEW and by.role is Role.AGENCY and (terms or {})["about"] == "suspicion":
            raise Forbidden(by.role.value, _OPENS[kind].value)
        if _OPENS[kind] in _PRESSING:
            self._must_be_owed(_OPENS[kind])
        if kind.decided_by_supervisor:
            self._check_request(kind, terms or {}, at, timekeeper)
        elif any(side == SideRef(kind=kind, agency_id=agency_id) for side in self.open_sides.values()):
            raise TransitionNotAllowed(
                self.status.value,
                _OPENS[kind].value,
                "该单位已有同类未办结的协同任务",
                "The same is already being asked of this agency",
            )
        self.sides += 1
        side = SideOrder.ask(
            appeal_id=self.appeal_id,
            number=self.sides + 1,
            kind=kind,
            agency_id=agency_id,
            asked_by=by.agency_id if by.role is Role.AGENCY else None,
            headline=self.headline,
            service_code=self.service_code,
            district=self.district,
            tier=self.tier,
            clock=timekeeper.start_side(kind, at),
            terms=terms or {},
            note_id=note_id,
            by=by,
            at=at,
            command_id=command_id,
        )
        self._changed_sides[side.number] = side
        self.open_sides[side.number] = SideRef(kind=kind, agency_id=agency_id)
        self.escalated += kind is SideKind.ESCALATION
        facts = {"side": side.number, "kind": kind.value, "agency": agency_id}
        self._apply(_OPENS[kind], by, at, command_id, facts)
        return side

    def end_side(self, side: SideOrder, *, by: Actor, at: datetime, command_id: str) -> None:
        """Note that an order beside the lead order has ended; both are saved in one transaction.

        The caller lets the side act first (``report``, ``decide``, ``cancel``).
        """
        if side.number not in self.open_sides:
            raise NotFound("work order")
        row = transition(self.status, Command.END_SIDE, by.role)
        del self.open_sides[side.number]
        self._changed_sides[side.number] = side
        outcome = side.events[-1].facts["outcome"]
        facts = {"side": side.number, "kind": side.kind.value, "agency": side.agency_id, "outcome": outcome}
        self._record(row.event, by, at, command_id, facts)

    def idle_sides(self) -> list[int]:
        """Open orders beside the lead order that nobody needs any more in this status.

        Only what is asked about the citizen's word outlives its case, no opinion the dispatch, no request for
        time the agency's "done", and no call the survey.
        """
        needed = frozenset(SideKind)
        if self.status is Status.CLOSED:
            needed = _OUTLIVING
        elif self.status.ended:
            needed = frozenset()
        elif self.status is Status.MERGED or self.conclusion:
            needed = _OUTLIVING | {SideKind.CALLBACK}
        if self.status is not Status.SURVEYING:
            needed -= {SideKind.CALLBACK}
        if self.status not in (Status.REGISTERED, Status.RETURNED):
            needed -= {SideKind.OPINION}
        if self.status not in (Status.ACKNOWLEDGED, Status.IN_PROGRESS):
            needed -= {SideKind.EXTENSION, SideKind.HOLD}
        if self.status in (Status.REGISTERED, Status.RETURNED):
            needed &= {SideKind.OPINION, *_OUTLIVING}
        return [number for number, side in self.open_sides.items() if side.kind not in needed]

    def cancel_idle(self, sides: Iterable[SideOrder], *, at: datetime, command_id: str) -> None:
        """Cancel those of ``sides`` that ``idle_sides`` names; the case may already have ended."""
        for side in sides:
            side.cancel(by=SYSTEM, at=at, command_id=command_id)
            del self.open_sides[side.number]
            self._changed_sides[side.number] = side

    # ------------------------------------------------------------------ inside

    def _apply(
        self,
        command: Command,
        by: Actor,
        at: datetime,
        command_id: str,
        facts: Mapping[str, Any],
        timekeeper: Timekeeper | None = None,
    ) -> None:
        self.must_be_held_by(by)
        row = transition(self.status, command, by.role)
        self._move_clocks(row.clocks, at, command_id, timekeeper)
        self.status = row.to
        self._record(row.event, by, at, command_id, facts)

    def _move_clocks(
        self,
        actions: Sequence[ClockAction],
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper | None,
    ) -> None:
        for action in actions:
            verb, _, kind = action.value.partition(" ")
            if verb == "stop":
                self._stop(kind, at, command_id)
            elif timekeeper is None:
                raise ValueError(f"{action.value} needs a timekeeper")
            elif verb == "pause":
                self._note_breach("handling", at, command_id)
                self.clocks["handling"] = timekeeper.pause(self.clocks["handling"], at)
            elif verb == "resume":
                self.clocks["handling"] = timekeeper.resume(self.clocks["handling"], at)
            else:
                again = kind == "handling" and self.reopened > 0
                started = cast("ClockKind", kind)
                self.clocks[started] = timekeeper.start(started, self.tier, at, again=again)

    def _stop(self, kind: str, at: datetime, command_id: str) -> None:
        for name in list(self.clocks):
            if kind in (name, "all") and self.clocks[name].stopped_at is None:
                self._note_breach(name, at, command_id)
                self.clocks[name] = self.clocks[name].stop(at)

    def _note_breach(self, kind: ClockKind, at: datetime, command_id: str) -> None:
        """Record once that a limit has passed; by the sweep, or by the late answer that overtook it."""
        clock = self.clocks[kind]
        breached = clock.breach_if_late(at)
        if breached is not clock:
            self.clocks[kind] = breached
            if kind == "handling":
                self.overdue_since = self.overdue_since or breached.due_at
            self._record("ClockBreached", SYSTEM, at, command_id, breached.facts)

    def _check_request(
        self, kind: SideKind, terms: Mapping[str, Any], at: datetime, timekeeper: Timekeeper
    ) -> None:
        """Before expiry, one at a time, within the policy's bounds (条例 Art 15: only where lawful)."""
        if self.clocks["handling"].late(at) or any(
            side.kind.decided_by_supervisor for side in self.open_sides.values()
        ):
            raise TransitionNotAllowed(
                self.status.value,
                _OPENS[kind].value,
                "须在办理时限内申请，且一次只能有一项申请待审批",
                "Ask before the handling limit passes, and one request at a time",
            )
        bound = timekeeper.bound(kind)
        granted = self.extensions if kind is SideKind.EXTENSION else self.holds
        if bound is None or granted >= bound.count:
            raise BoundExceeded(kind.value, count=bound.count if bound else 0)
        if kind is SideKind.HOLD:
            must_lie_ahead(datetime.fromtimestamp(terms["until"], UTC), at, self.status, _OPENS[kind])
            wanted, longest = terms["until"], int(timekeeper.longest(bound, at).timestamp())
        else:
            limit, due_at = Limit(amount=terms["amount"], unit=terms["unit"]), self.clocks["handling"]
            wanted = int(timekeeper.extend(due_at, limit).due_at.timestamp())
            longest = int(timekeeper.longest(bound, due_at.due_at).timestamp())
        if wanted > longest:
            raise BoundExceeded(kind.value, count=bound.count, longest=longest)

    def _must_be_owed(self, command: Command) -> None:
        """Nobody is pressed for what is done."""
        if self.resolved_at is not None:
            raise TransitionNotAllowed(self.status.value, command.value)


def must_lie_ahead(until: datetime, at: datetime, status: Status, command: Command) -> None:
    if until <= at:
        raise TransitionNotAllowed(
            status.value, command.value, "复核日期须在将来", "The review date must lie ahead"
        )
