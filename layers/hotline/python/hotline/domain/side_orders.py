"""Orders beside the lead order: somebody else is asked for something, by a limit, about one appeal.

One appeal has one lead order (首接负责, 条例 Art 14) and any number of these. Each is an item of its own,
with its own version, inbox entry, clock and events; the case knows which of them are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.chronicle import Chronicle, citing
from hotline.domain.clock import Clock
from hotline.domain.errors import Forbidden, NotFound, TransitionNotAllowed
from hotline.domain.model import Frozen

SUPERVISORS = "~supervisors"
"""Begins the inboxes of those who decide; they have no queue."""

LEAD = "lead"
"""Where a list names the kind of an order: one that is not beside another."""


class SideKind(StrEnum):
    """What is asked."""

    ASSIST = "assist"
    """协办: do a part, and report to the lead (条例 Art 14)."""
    OPINION = "opinion"
    """会商: say whose duty it is, before dispatch (Art 12)."""
    SUMMONS = "summons"
    """吹哨: come to the place (Art 16)."""
    SUPERVISION = "supervision"
    """督办: answer in writing to a supervisor."""
    ESCALATION = "escalation"
    """提级: the superior studies it and gives a written opinion (Art 20)."""
    EXTENSION = "extension"
    """延期: a supervisor decides about more time (Art 15)."""
    HOLD = "hold"
    """挂账: a supervisor decides about a wait until a review date (Art 15)."""

    @property
    def decided_by_supervisor(self) -> bool:
        """Whether a supervisor holds it, not an agency."""
        return self in (SideKind.EXTENSION, SideKind.HOLD)


class SideStatus(StrEnum):
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    ARRIVED = "arrived"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing can happen any more."""
        return self in (SideStatus.DONE, SideStatus.CANCELLED)


class SideCommand(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    REPORT_STAGE = "report_stage"
    REPORT = "report"
    DECIDE = "decide"
    CANCEL = "cancel"


class _Step(NamedTuple):
    """What a command does to an order of these kinds in these statuses."""

    kinds: frozenset[SideKind]
    status: frozenset[SideStatus]
    to: SideStatus | None
    event: str
    roles: frozenset[Role]


_AGENCY = frozenset({Role.AGENCY})
_ASKED_AGENCIES = frozenset(kind for kind in SideKind if not kind.decided_by_supervisor)
_FIELD = frozenset({SideKind.ASSIST, SideKind.SUMMONS, SideKind.SUPERVISION, SideKind.ESCALATION})
_OPEN = frozenset(status for status in SideStatus if not status.ended)
_HERE = frozenset({SideStatus.ASKED, SideStatus.ACKNOWLEDGED})

STEPS: Mapping[SideCommand, _Step] = {
    SideCommand.ACKNOWLEDGE: _Step(
        _FIELD, frozenset({SideStatus.ASKED}), SideStatus.ACKNOWLEDGED, "SideOrderAcknowledged", _AGENCY
    ),
    SideCommand.ARRIVE: _Step(
        frozenset({SideKind.SUMMONS}), _HERE, SideStatus.ARRIVED, "SideOrderArrived", _AGENCY
    ),
    SideCommand.REPORT_STAGE: _Step(
        frozenset({SideKind.ASSIST, SideKind.SUMMONS}), _OPEN, None, "SideOrderStageReported", _AGENCY
    ),
    SideCommand.REPORT: _Step(_ASKED_AGENCIES, _OPEN, SideStatus.DONE, "SideOrderDone", _AGENCY),
    SideCommand.DECIDE: _Step(
        frozenset({SideKind.EXTENSION, SideKind.HOLD}),
        _OPEN,
        SideStatus.DONE,
        "SideOrderDone",
        frozenset({Role.SUPERVISOR, Role.ADMIN}),
    ),
    SideCommand.CANCEL: _Step(
        frozenset(SideKind),
        _OPEN,
        SideStatus.CANCELLED,
        "SideOrderCancelled",
        frozenset({Role.SYSTEM, Role.OPERATOR, Role.SUPERVISOR, Role.ADJUDICATOR, Role.ADMIN, Role.AGENCY}),
    ),
}


class SideRef(Frozen):
    """What the case remembers of an open order beside it."""

    kind: SideKind
    agency_id: str


class SideOrder(Chronicle):
    """One thing asked of one agency, or of the supervisors.

    Attributes:
        number: 2, 3 …: the lead order is 1.
        agency_id: who is asked; ``~supervisors/<district>`` for a decision.
        asked_by: the agency that waits for it; None when the hotline does.
        terms: what exactly is asked: ``{"amount": 5, "unit": "days"}`` of an extension, ``{"until": …}``
            (epoch seconds) of a hold.
        clock: until when; for a summons until the arrival.
        staged: how often the limit was met with reasons and a stage report instead of the whole (Art 14).
    """

    appeal_id: str
    number: int
    kind: SideKind
    status: SideStatus = SideStatus.ASKED
    agency_id: str
    asked_by: str | None = None
    headline: str
    service_code: str | None = None
    district: str | None = None
    tier: str
    clock: Clock
    terms: dict[str, Any] = Field(default_factory=dict)
    staged: int = 0

    @property
    def work_order_id(self) -> str:
        """Its number, beside the lead order's ``.1``."""
        return f"{self.appeal_id}.{self.number}"

    @property
    def in_time(self) -> bool:
        """Whether it was done, or the place was reached, within the limit."""
        return self.clock.stopped_at is not None and not self.clock.late(self.clock.stopped_at)

    def next_timer(self) -> tuple[datetime, str] | None:
        """The next warning or breach; None when nothing is being timed."""
        if self.status.ended or (following := self.clock.next_timer()) is None:
            return None
        return following[0], f"{self.kind}.{following[1]}"

    def must_be_held_by(self, actor: Actor) -> None:
        """Refuse an agency that is not the one asked, as if the order did not exist.

        Raises:
            NotFound: it is another agency's.
        """
        if actor.role is Role.AGENCY and actor.agency_id != self.agency_id:
            raise NotFound("work order")

    @classmethod
    def ask(
        cls,
        *,
        appeal_id: str,
        number: int,
        kind: SideKind,
        agency_id: str,
        asked_by: str | None,
        headline: str,
        service_code: str | None,
        district: str | None,
        tier: str,
        clock: Clock,
        terms: Mapping[str, Any],
        note_id: str | None,
        by: Actor,
        at: datetime,
        command_id: str,
    ) -> SideOrder:
        """Ask; the clock runs from now. Made by ``Case.open_side``, which knows whether it may be."""
        side = cls(
            appeal_id=appeal_id,
            number=number,
            kind=kind,
            agency_id=agency_id,
            asked_by=asked_by,
            headline=headline,
            service_code=service_code,
            district=district,
            tier=tier,
            clock=clock,
            terms=dict(terms),
        )
        facts: dict[str, Any] = {"kind": kind.value, "agency": agency_id, **terms, **citing(note_id)}
        side._record("SideOrderAsked", by, at, command_id, facts)
        return side

    def acknowledge(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """签收."""
        self._step(SideCommand.ACKNOWLEDGE, by, at, command_id, {})

    def arrive(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """报到: the summoned agency is at the place; the clock stops (条例 Art 16)."""
        self._step(SideCommand.ARRIVE, by, at, command_id, {})
        self._stop(at, command_id)

    def report_stage(self, note_id: str, clock: Clock, *, by: Actor, at: datetime, command_id: str) -> None:
        """Reasons and a stage report instead of the whole (条例 Art 14); a new limit begins, once.

        Args:
            clock: the new limit, started now.

        Raises:
            TransitionNotAllowed: the limit has passed, or a stage report was given before.
        """
        if self.staged or self.clock.late(at):
            raise TransitionNotAllowed(
                self.status.value,
                SideCommand.REPORT_STAGE.value,
                "阶段性报告须在时限内提交，且只能一次",
                "A stage report must come within the limit, and only once",
            )
        self._step(SideCommand.REPORT_STAGE, by, at, command_id, {"note": note_id})
        self.staged += 1
        if self.clock.stopped_at is None:
            self.clock = clock

    def report(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """The assist's report, the opinion, the answer. Called through ``Case.end_side``.

        Raises:
            TransitionNotAllowed: a summoned agency has not arrived yet.
        """
        if self.kind is SideKind.SUMMONS and self.status is not SideStatus.ARRIVED:
            raise TransitionNotAllowed(self.status.value, SideCommand.REPORT.value)
        self._end(SideCommand.REPORT, "reported", by, at, command_id, {"note": note_id})

    def decide(self, granted: bool, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """A supervisor's decision. Called through ``Case.end_side``."""
        outcome = "granted" if granted else "refused"
        self._end(SideCommand.DECIDE, outcome, by, at, command_id, {"note": note_id})

    def cancel(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """Nothing is owed any more. Called through ``Case.end_side``."""
        self._end(SideCommand.CANCEL, "cancelled", by, at, command_id, {})

    def fire_timers(self, now: datetime, *, command_id: str) -> bool:
        """Record the warning and the breach that are due; each exactly once."""
        before = self.version
        if self.status.ended:
            return False
        warned = self.clock.warn(now)
        if warned is not self.clock:
            self.clock = warned
            self._record("SideOrderWarned", SYSTEM, now, command_id, self.clock.facts)
        self._note_breach(now, command_id)
        return self.version > before

    def _end(
        self,
        command: SideCommand,
        outcome: str,
        by: Actor,
        at: datetime,
        command_id: str,
        facts: Mapping[str, Any],
    ) -> None:
        self._check(command, by)
        # What is taken back before it was due says nothing about whoever owed it; afterwards it does.
        decided = command is not SideCommand.CANCEL or self.clock.stopped_at or self.clock.late(at)
        self._stop(at, command_id)
        counted = {"in_time": int(self.in_time)} if decided else {}
        kind = {"kind": self.kind.value, "agency": self.agency_id, "outcome": outcome}
        asker = {"asker": self.asked_by} if self.asked_by else {}
        self._step(command, by, at, command_id, {**kind, **asker, **counted, **facts})

    def _check(self, command: SideCommand, by: Actor) -> _Step:
        if command is not SideCommand.CANCEL:
            self.must_be_held_by(by)
        elif by.role is Role.AGENCY and by.agency_id != self.asked_by:
            raise NotFound("work order")
        step = STEPS[command]
        if self.kind not in step.kinds or self.status not in step.status:
            raise TransitionNotAllowed(self.status.value, command.value)
        if by.role not in step.roles:
            raise Forbidden(by.role.value, command.value)
        return step

    def _step(
        self, command: SideCommand, by: Actor, at: datetime, command_id: str, facts: Mapping[str, Any]
    ) -> None:
        step = self._check(command, by)
        self.status = step.to or self.status
        self._record(step.event, by, at, command_id, facts)

    def _stop(self, at: datetime, command_id: str) -> None:
        if self.clock.stopped_at is None:
            self._note_breach(at, command_id)
            self.clock = self.clock.stop(at)

    def _note_breach(self, at: datetime, command_id: str) -> None:
        breached = self.clock.breach_if_late(at)
        if breached is not self.clock:
            self.clock = breached
            self._record("SideOrderBreached", SYSTEM, at, command_id, self.clock.facts)


def commands_for_side(side: SideOrder, by: Actor) -> tuple[SideCommand, ...]:
    """What a caller may do now; whoever asked may only take it back."""
    mine = by.role is not Role.AGENCY or by.agency_id == side.agency_id
    asked = by.role is not Role.AGENCY or by.agency_id == side.asked_by
    return tuple(
        command
        for command, step in STEPS.items()
        if (asked if command is SideCommand.CANCEL else mine)
        and side.kind in step.kinds
        and side.status in step.status
        and by.role in step.roles
    )
