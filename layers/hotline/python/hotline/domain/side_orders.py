"""Orders beside the lead order: somebody else is asked for something, by a limit, about one appeal.

One appeal has one lead order (首接负责, 条例 Art 14) and any number of these. Each is an item of its own,
with its own version, inbox entry, clock and events; the case knows which of them are open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from pydantic import Field

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.chronicle import Chronicle, citing
from hotline.domain.clock import Clock
from hotline.domain.errors import Forbidden, NotFound, TransitionNotAllowed
from hotline.domain.model import Frozen

SUPERVISORS = "~supervisors"
"""Begins the inboxes of those who decide; they have no queue."""

CALLBACKS = "~callbacks"
"""The operators' list of citizens to be called."""

REVIEWERS = "~reviewers"
"""Begins the inboxes of those who judge: one for each subject, such as ``~reviewers/exclusion``."""

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
    CALLBACK = "callback"
    """回访: an operator calls the citizen (Art 23)."""
    VERIFICATION = "verification"
    """复核回访: another operator calls once more, to see whether the first answer holds."""
    REVIEW = "review"
    """复核: a reviewer judges an exclusion (剔除), a dissatisfaction, or a suspicion (Art 32, 35)."""

    @property
    def decided_by_supervisor(self) -> bool:
        """Whether a supervisor decides about more time."""
        return self in (SideKind.EXTENSION, SideKind.HOLD)

    @property
    def called(self) -> bool:
        """Whether an operator calls the citizen."""
        return self in (SideKind.CALLBACK, SideKind.VERIFICATION)

    @property
    def asked_of_agency(self) -> bool:
        """Whether an agency holds it, and not somebody of the hotline."""
        return not (self.decided_by_supervisor or self.called or self is SideKind.REVIEW)

    @property
    def outlives_case(self) -> bool:
        """Whether it may be open although the order is closed."""
        return self in (SideKind.VERIFICATION, SideKind.REVIEW)


ReviewSubject = Literal["exclusion", "dissatisfaction", "suspicion"]
Verdict = Literal["granted", "refused", "reasonable", "unreasonable", "confirmed", "dismissed"]

VERDICTS: Mapping[str, tuple[Verdict, Verdict]] = {
    "exclusion": ("granted", "refused"),
    "dissatisfaction": ("reasonable", "unreasonable"),
    "suspicion": ("confirmed", "dismissed"),
}
"""What a reviewer may find, by the subject of the review."""

CallOutcome = Literal["no_answer", "busy", "call_back", "language", "wrong_number", "no_number", "refused"]
"""How a call ended that brought no answers; after the last three nobody calls again."""

HOPELESS: frozenset[CallOutcome] = frozenset({"wrong_number", "no_number", "refused"})


def reviewers_of(subject: str) -> str:
    """The inbox of a subject.

    Example:
        >>> reviewers_of("exclusion")
        '~reviewers/exclusion'
    """
    return f"{REVIEWERS}/{subject}"


class SideStatus(StrEnum):
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    """An operator is calling."""
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
    CLAIM = "claim"
    ATTEMPT = "attempt"
    END_CALL = "end_call"
    JUDGE = "judge"
    CANCEL = "cancel"


class _Step(NamedTuple):
    """What a command does to an order of these kinds in these statuses."""

    kinds: frozenset[SideKind]
    status: frozenset[SideStatus]
    to: SideStatus | None
    event: str
    roles: frozenset[Role]


_AGENCY = frozenset({Role.AGENCY})
_ASKED_AGENCIES = frozenset(kind for kind in SideKind if kind.asked_of_agency)
_CALLS = frozenset(kind for kind in SideKind if kind.called)
_DESK = frozenset({Role.OPERATOR, Role.ADMIN})
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
    SideCommand.CLAIM: _Step(
        _CALLS,
        frozenset({SideStatus.ASKED, SideStatus.CLAIMED}),
        SideStatus.CLAIMED,
        "CallClaimed",
        _DESK,
    ),
    SideCommand.ATTEMPT: _Step(
        _CALLS, frozenset({SideStatus.CLAIMED}), SideStatus.ASKED, "CallAttempted", _DESK
    ),
    SideCommand.END_CALL: _Step(
        _CALLS, frozenset({SideStatus.CLAIMED}), SideStatus.DONE, "SideOrderDone", _DESK
    ),
    SideCommand.JUDGE: _Step(
        frozenset({SideKind.REVIEW}),
        _OPEN,
        SideStatus.DONE,
        "SideOrderDone",
        frozenset({Role.ADJUDICATOR, Role.SUPERVISOR, Role.ADMIN}),
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
        agency_id: who is asked; ``~supervisors/<district>`` for a decision about time, ``~callbacks`` for a
            call, ``~reviewers/<subject>`` for a review.
        asked_by: the agency that waits for it; None when the hotline does.
        terms: what exactly is asked: ``{"amount": 5, "unit": "days"}`` of an extension, ``{"until": …}``
            (epoch seconds) of a hold.
        clock: until when; for a summons until the arrival.
        staged: how often the limit was met with reasons and a stage report instead of the whole (Art 14).
        attempts: how often the citizen was called without an answer; ``next_at``: not before then again.
        claimed_by, claimed_until: the operator who is calling, and until when nobody else may.
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
    attempts: int = 0
    next_at: datetime | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None

    @property
    def listed_at(self) -> datetime:
        """Where it stands in its inbox: by its limit; a call by when it may be made."""
        if self.kind.called:
            return self.next_at or self.events[0].at
        return self.clock.due_at

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

    def claim(self, until: datetime, *, by: Actor, at: datetime, command_id: str) -> None:
        """Take a call; nobody else may for that long.

        Raises:
            TransitionNotAllowed: another operator is calling; it is too early to call again; or this one has
                asked the citizen before, and somebody else is to verify.
        """
        claimed = (
            self.claimed_until is not None and at < self.claimed_until and self.claimed_by != by.signature
        )
        if claimed or (self.next_at is not None and at < self.next_at):
            raise TransitionNotAllowed(
                self.status.value,
                SideCommand.CLAIM.value,
                "该回访任务正由他人处理，或未到再次拨打时间",
                "Somebody else is calling, or it is too early to call again",
            )
        if self.kind is SideKind.VERIFICATION and self.terms.get("asked_by") == by.signature:
            raise TransitionNotAllowed(
                self.status.value,
                SideCommand.CLAIM.value,
                "复核回访须由另一名话务员进行",
                "A second call is made by another operator",
            )
        self._step(SideCommand.CLAIM, by, at, command_id, {})
        self.claimed_by, self.claimed_until = by.signature, until

    def attempt(
        self,
        outcome: CallOutcome,
        next_at: datetime,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        language: str | None = None,
    ) -> None:
        """The call brought nothing; the citizen is called again, not before ``next_at``.

        Args:
            language: the language or dialect that is needed, when nobody understood the other.
        """
        self._must_be_claimed_by(by, SideCommand.ATTEMPT)
        facts: dict[str, Any] = {
            "kind": self.kind.value,
            "outcome": outcome,
            "next_at": int(next_at.timestamp()),
        }
        if language:
            facts["language"] = language
            self.terms = {**self.terms, "language": language}
        self._step(SideCommand.ATTEMPT, by, at, command_id, facts)
        self.attempts += 1
        self.next_at = next_at
        self.claimed_by = self.claimed_until = None

    def end_call(
        self,
        outcome: str,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        answers: str | None = None,
        note_id: str | None = None,
    ) -> None:
        """The citizen has answered, or will not be called again. Called through ``Case.end_side``.

        Args:
            outcome: ``reached``, ``unreachable`` after the last attempt, or why nobody calls again; of a
                verification also ``agreed`` and ``disagreed``.
            answers: what the citizen said, as in ``Case.last_answers``.
        """
        self._must_be_claimed_by(by, SideCommand.END_CALL)
        facts = ({"answers": answers} if answers else {}) | citing(note_id)
        self._end(SideCommand.END_CALL, outcome, by, at, command_id, {"attempts": self.attempts + 1, **facts})

    def judge(self, verdict: Verdict, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """A reviewer's finding, with reasons. Called through ``Case.judge``.

        Raises:
            TransitionNotAllowed: the verdict is none of this subject's; or whoever asked would judge.
        """
        if verdict not in VERDICTS[self.terms["about"]] or self.events[0].actor == by.signature:
            raise TransitionNotAllowed(
                self.status.value,
                SideCommand.JUDGE.value,
                "该结论不适用于此项复核，或申请人不得自行复核",
                "This verdict does not fit the subject, or whoever asked for the review may not decide it",
            )
        about = {"about": self.terms["about"]}
        self._end(SideCommand.JUDGE, verdict, by, at, command_id, {"note": note_id, **about})

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

    def _must_be_claimed_by(self, by: Actor, command: SideCommand) -> None:
        if self.claimed_by not in (None, by.signature):
            raise TransitionNotAllowed(
                self.status.value,
                command.value,
                "该回访任务正由他人处理",
                "Somebody else has taken this call",
            )

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
