"""The case: one appeal and its lead work order, from registration to the citizen's last word.

A case acts; callers never set its status. Each command checks the lifecycle table, moves the
clocks, and records the event that says so. The store writes state and events in one item, and the
orders beside the lead order that a command opens or ends in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, cast

from pydantic import Field, PrivateAttr

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType, Language
from hotline.domain.calendar import Limit
from hotline.domain.chronicle import Chronicle, citing
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.errors import BoundExceeded, NotFound, SidesOpen, SurveyClosed, TransitionNotAllowed
from hotline.domain.events import Event
from hotline.domain.lifecycle import ClockAction, Command, Status, transition
from hotline.domain.model import Frozen
from hotline.domain.side_orders import SideKind, SideOrder, SideRef
from hotline.domain.sla import RungName
from hotline.domain.timekeeper import Rung, Timekeeper

SurveyTrigger = Literal["resolved", "limit", "joint"]
"""The agency said done, the handling limit passed (条例 Art 23), or the joint order is done."""
ClosedBy = Literal["answered", "no_answer"]
Conclusion = Literal[
    "answered_at_once",
    "legal_route",
    "no_new_facts",
    "secret",
    "outside_duties",
    "dissuaded",
    "emergency_handoff",
]
"""Outcomes that are not handling (条例 Art 11 and its items 1 to 6)."""
Result = Literal["done", "constraint"]
"""Solved, or an objective constraint explained to the citizen (条例 Art 15)."""
Verdict = Literal["redirect", "designate"]


class Assignment(Frozen):
    """Who shall handle an appeal, and by which rule of which catalogue version.

    ``verdict`` is set when an objection has been decided (条例 Art 12): ``redirect`` gives the order to
    whom the objection names or the adjudicator finds, ``designate`` takes the right to return it again.
    """

    agency_id: str
    copy_to: str | None = None
    service_code: str
    tier: str
    district: str | None = None
    subdistrict: str | None = None
    rule_id: str
    catalogue_version: str
    decided_by: str
    """``given`` (the citizen chose), the classifier's name, ``operator`` or ``adjudicator``."""
    confidence: float | None = None
    verdict: Verdict | None = None


class Answers(Frozen):
    """The citizen's answers to the three questions (条例 Art 32; the wording is ours)."""

    contacted: bool
    resolved: bool
    satisfied: bool


class Survey(Frozen):
    """The survey that is or was open; ``number`` counts from 1 and is part of its token."""

    number: int
    trigger: SurveyTrigger
    opened_at: datetime
    expires_at: datetime
    answered: bool = False


class Timer(NamedTuple):
    """The next moment at which a case wants to be looked at."""

    at: datetime
    kind: str


class Case(Chronicle):
    """One appeal with its lead order.

    Attributes:
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
        contested: the conclusions that the citizen did not accept, oldest first.
        merged_into: the appeal that it is handled together with; ``members``: how many are handled with it.
        sides: how many orders beside the lead order there ever were; ``open_sides``: those still open.
    """

    appeal_id: str
    status: Status = Status.REGISTERED
    appeal_type: AppealType
    channel: str
    language: Language
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
        if self.status is Status.ON_HOLD and self.resumes_at is not None:
            timers.append(Timer(self.resumes_at, "hold.review"))
        if self.rung_at is not None and self._may_climb:
            timers.append(Timer(self.rung_at, "ladder.climb"))
        return min(timers, default=None)

    def must_be_held_by(self, actor: Actor) -> None:
        """Refuse an agency that does not hold the order, as if the order did not exist.

        Raises:
            NotFound: the order is another agency's.
        """
        if actor.role is Role.AGENCY and actor.agency_id != self.agency_id:
            raise NotFound("work order")

    # ------------------------------------------------------------------ 接 intake

    @classmethod
    def register(
        cls,
        *,
        appeal_id: str,
        appeal_type: AppealType,
        channel: str,
        language: Language,
        headline: str,
        key_hash: bytes,
        fingerprint: bytes,
        citizen_index: str | None,
        confidential: bool = False,
        about_agency: str | None = None,
        tier: str,
        service_code: str | None,
        district: str | None,
        subdistrict: str | None,
        emergency_numbers: Sequence[str],
        command_id: str,
        by: Actor,
        at: datetime,
        timekeeper: Timekeeper,
    ) -> Case:
        """Take an appeal in: the dispatch clock starts, an emergency hand-off is recorded."""
        case = cls(
            appeal_id=appeal_id,
            appeal_type=appeal_type,
            channel=channel,
            language=language,
            headline=headline,
            registered_at=at,
            key_hash=key_hash,
            fingerprint=fingerprint,
            citizen_index=citizen_index,
            confidential=confidential,
            about_agency=about_agency,
            tier=tier,
            service_code=service_code,
            district=district,
            subdistrict=subdistrict,
            clocks={"dispatch": timekeeper.start("dispatch", tier, at)},
        )
        case._record("AppealRegistered", by, at, command_id, {})
        if emergency_numbers:
            case._record("EmergencyHandedOff", by, at, command_id, {"numbers": list(emergency_numbers)})
        return case

    def supplement(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """Add the citizen's further words."""
        self._apply(Command.SUPPLEMENT, by, at, command_id, {"note": note_id})

    def withdraw(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """Take the appeal back; nothing more is owed and nothing is scored."""
        self._apply(Command.WITHDRAW, by, at, command_id, {})

    def reveal(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """Record that somebody of the hotline looks at a confidential informant, and why."""
        self._apply(Command.REVEAL, by, at, command_id, {"note": note_id})

    # ------------------------------------------------------------------ 派 dispatch

    def refer(
        self, reasons: Sequence[str], candidates: Sequence[str], *, at: datetime, command_id: str
    ) -> None:
        """Leave the decision to an operator, with what is known so far."""
        facts = {"reasons": list(reasons), "candidates": list(candidates)[:3]}
        self._apply(Command.REFER, SYSTEM, at, command_id, facts)

    @property
    def consulted(self) -> bool:
        """Whether agencies were asked whose duty it is since it last had an agency (会商, 条例 Art 12)."""
        for event in reversed(self.events):
            if event.name in _DISPATCHES:
                return False
            if event.name == "SideOrderOpened" and event.facts["kind"] == SideKind.OPINION:
                return True
        return False

    def dispatch(
        self,
        assignment: Assignment,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        note_id: str | None = None,
    ) -> None:
        """Give the lead order to an agency (条例 Art 11, 12): for the first time or after a return.

        Args:
            note_id: the reasons, after a consultation or a dispute.
        """
        command = Command.REDISPATCH if self.status is Status.RETURNED else Command.DISPATCH
        row = transition(self.status, command, by.role)
        facts: dict[str, Any] = {
            "agency": assignment.agency_id,
            "rule": assignment.rule_id,
            "catalogue": assignment.catalogue_version,
            "by": assignment.decided_by,
        }
        if assignment.confidence is not None:
            facts["confidence"] = f"{assignment.confidence:.2f}"
        if command is Command.REDISPATCH:
            facts |= {"verdict": assignment.verdict or "redirect", "from": self.agency_id}
            facts |= {"against": rule} if (rule := self._rule_in_force()) else {}
        facts |= citing(note_id)
        self.return_until = timekeeper.return_until(at)
        self.designated = assignment.verdict == "designate"
        self.agency_id = assignment.agency_id
        self.copy_to = assignment.copy_to
        self.service_code = assignment.service_code
        self.tier = assignment.tier
        self.district = assignment.district or self.district
        self.subdistrict = assignment.subdistrict or self.subdistrict
        self._leave_ladder()
        self._move_clocks(row.clocks, at, command_id, timekeeper)
        self.status = row.to
        self._record(row.event, by, at, command_id, facts)

    def uphold(
        self, note_id: str, *, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """The objection is not accepted: the same agency goes on and cannot return it again (条例 Art 12).

        The time of the dispute does not count; an unfounded objection does not buy a new limit either.
        """
        facts = {"agency": self.agency_id, "note": note_id}
        facts |= {"rule": rule} if (rule := self._rule_in_force()) else {}
        self._apply(Command.UPHOLD, by, at, command_id, facts, timekeeper)
        self.designated = True
        self._plan_rung(at, timekeeper)

    def conclude(
        self,
        conclusion: Conclusion,
        note_id: str,
        facts: Mapping[str, Any],
        *,
        by: Actor,
        at: datetime,
        command_id: str,
    ) -> None:
        """End without handling, for a reason that the law knows (条例 Art 11); the citizen may contest it."""
        told = {"outcome": conclusion, "note": note_id, **facts}
        self._apply(Command.CONCLUDE, by, at, command_id, told)
        self.conclusion = conclusion
        self.agency_id = self.copy_to = None
        self.resolved_at = at

    # ------------------------------------------------------------------ 并单 repeats

    def merge_into(
        self, leader: Case, *, by: Actor, at: datetime, command_id: str, note_id: str | None = None
    ) -> None:
        """Be handled together with another appeal; both are to be saved in one transaction.

        Raises:
            TransitionNotAllowed: either is past it or confidential, they are the same, or others are merged
                into this one.
        """
        if self.confidential or leader.confidential:
            raise TransitionNotAllowed(
                self.status.value,
                Command.MERGE.value,
                "保密举报不能并单",
                "A confidential report is handled alone",
            )
        if leader.appeal_id == self.appeal_id or self.members:
            raise TransitionNotAllowed(
                self.status.value,
                Command.MERGE.value,
                "不能并入自身，也不能并入已合并其他诉求的件",
                "An appeal cannot join itself, nor can one that others have joined",
            )
        transition(self.status, Command.MERGE, by.role)
        leader._apply(Command.JOIN, by, at, command_id, {"member": self.appeal_id})
        leader.members += 1
        self._apply(Command.MERGE, by, at, command_id, {"into": leader.appeal_id} | citing(note_id))
        self.merged_into = leader.appeal_id
        self.rung_at = None

    def unmerge(
        self,
        leader: Case,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        note_id: str | None = None,
    ) -> None:
        """Stand alone again: back to the operators, with a dispatch limit of its own."""
        facts = {"from": leader.appeal_id} | citing(note_id)
        self._apply(Command.UNMERGE, by, at, command_id, facts, timekeeper)
        self.merged_into = self.agency_id = self.copy_to = None
        leader.let_go(self.appeal_id, by=by, at=at, command_id=command_id)

    def let_go(self, member: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """A member stands alone again; an ended leader stays as it is."""
        if not self.status.ended:
            self._apply(Command.LEAVE, by, at, command_id, {"member": member})
            self.members -= 1

    # ------------------------------------------------------------------ 办 handling

    def acknowledge(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """签收: the agency has seen the order."""
        self._apply(Command.ACKNOWLEDGE, by, at, command_id, {})

    def return_(
        self, reason: str, note_id: str, *, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """退单: not our duty, within the return window (条例 Art 12).

        Raises:
            TransitionNotAllowed: the window has passed, or the agency was designated.
        """
        self.must_be_held_by(by)
        row = transition(self.status, Command.RETURN, by.role)
        if self.designated:
            raise TransitionNotAllowed(
                self.status.value,
                Command.RETURN.value,
                "该件已指定承办或已裁定维持，不得再次退单",
                "The agency was designated or its objection decided; the order cannot be returned again",
            )
        if self.return_until is not None and at > self.return_until:
            raise TransitionNotAllowed(
                self.status.value,
                Command.RETURN.value,
                "退单期限已过，请继续办理或联系热线协调",
                "The return window has passed; handle the order or ask the hotline to coordinate",
                return_until=self.return_until.isoformat(),
            )
        self._move_clocks(row.clocks, at, command_id, timekeeper)
        self.status = row.to
        self.returns += 1
        self.rung_at = None
        self._record(
            row.event, by, at, command_id, {"agency": self.agency_id, "reason": reason, "note": note_id}
        )

    def record_contact(self, channel: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """响应: the citizen has been contacted (条例 Art 15); the response clock stops at the first time."""
        self._apply(Command.RECORD_CONTACT, by, at, command_id, {"channel": channel})

    def report_progress(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """Tell the citizen and the hotline how far it is (条例 Art 15)."""
        self._apply(Command.REPORT_PROGRESS, by, at, command_id, {"note": note_id})

    def resolve(
        self,
        note_id: str,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        result: Result = "done",
        without_assists: bool = False,
    ) -> None:
        """办结: the agency says done, with evidence. The citizen decides whether it is.

        Args:
            result: ``constraint`` when an objective constraint was explained instead (条例 Art 15).
            without_assists: the note says why it is done although an assist has not reported (Art 14).

        Raises:
            TransitionNotAllowed: nothing is open to resolve.
            SidesOpen: an assist has not reported and no reason was given.
        """
        if self.status is Status.SURVEYING and self.resolved_at is not None:
            raise TransitionNotAllowed(self.status.value, Command.RESOLVE.value)
        self.must_be_held_by(by)
        transition(self.status, Command.RESOLVE, by.role)
        waiting = [number for number, side in self.open_sides.items() if side.kind in _REPORT_TO_THE_LEAD]
        if waiting and not without_assists:
            raise SidesOpen([f"{self.appeal_id}.{number}" for number in waiting])
        facts: dict[str, Any] = {"note": note_id}
        if result != "done":
            facts["result"] = result
        if waiting:
            facts["without"] = waiting
        self._apply(Command.RESOLVE, by, at, command_id, facts)
        self.resolved_at = at

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

        None outlives its case, no opinion the dispatch, and no request for time the agency's "done".
        """
        if self.status.ended or self.status is Status.MERGED or self.conclusion:
            return list(self.open_sides)
        needed = frozenset(SideKind)
        if self.status not in (Status.REGISTERED, Status.RETURNED):
            needed -= {SideKind.OPINION}
        if self.status not in (Status.ACKNOWLEDGED, Status.IN_PROGRESS):
            needed -= {SideKind.EXTENSION, SideKind.HOLD}
        if self.status in (Status.REGISTERED, Status.RETURNED):
            needed &= {SideKind.OPINION}
        return [number for number, side in self.open_sides.items() if side.kind not in needed]

    def cancel_idle(self, sides: Iterable[SideOrder], *, at: datetime, command_id: str) -> None:
        """Cancel those of ``sides`` that ``idle_sides`` names; the case may already have ended."""
        for side in sides:
            side.cancel(by=SYSTEM, at=at, command_id=command_id)
            del self.open_sides[side.number]
            self._changed_sides[side.number] = side

    def extend(
        self,
        limit: Limit,
        side: SideOrder,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        note_id: str | None = None,
    ) -> None:
        """延期: move the handling limit; the side is the request that was granted (条例 Art 15).

        Args:
            note_id: what the citizen is told about it.

        Raises:
            TransitionNotAllowed: the limit has passed.
        """
        handling = self.clocks["handling"]
        if handling.late(at):
            raise TransitionNotAllowed(
                self.status.value,
                Command.GRANT_EXTENSION.value,
                "办理时限已过，不能再延期",
                "The handling limit has passed; it can no longer be extended",
            )
        moved = timekeeper.extend(handling, limit)
        facts: dict[str, Any] = {
            "side": side.number,
            "amount": limit.amount,
            "unit": limit.unit,
            "due_at": int(moved.due_at.timestamp()),
        }
        facts |= citing(note_id)
        self._apply(Command.GRANT_EXTENSION, by, at, command_id, facts)
        self.clocks["handling"] = moved
        self.extensions += 1
        self.overdue_since = self.rung_at = None

    def hold(
        self,
        until: datetime,
        side: SideOrder,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        note_id: str | None = None,
    ) -> None:
        """挂账: wait for what the agency cannot change, until a review date (条例 Art 15).

        Args:
            note_id: what the citizen is told about it.

        Raises:
            TransitionNotAllowed: the review date has passed.
        """
        _must_lie_ahead(until, at, self.status, Command.HOLD)
        facts: dict[str, Any] = {"side": side.number, "until": int(until.timestamp())}
        facts |= citing(note_id)
        self._apply(Command.HOLD, by, at, command_id, facts, timekeeper)
        self.resumes_at = until
        self.holds += 1
        self.overdue_since = self.rung_at = None

    def resume(self, *, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        """Go on after a hold: at its review date by itself, or earlier by hand."""
        self._apply(Command.RESUME, by, at, command_id, {}, timekeeper)
        self.resumes_at = None
        self._plan_rung(at, timekeeper)

    def urge(self, note_id: str | None, *, by: Actor, at: datetime, command_id: str) -> None:
        """催办: remind the agency.

        Raises:
            TransitionNotAllowed: nothing is owed: the agency has said done.
        """
        transition(self.status, Command.URGE, by.role)
        self._must_be_owed(Command.URGE)
        facts: dict[str, Any] = {"agency": self.agency_id}
        facts |= citing(note_id)
        self._apply(Command.URGE, by, at, command_id, facts)

    # ------------------------------------------------------------------ clocks

    def fire_timers(self, now: datetime, *, command_id: str, timekeeper: Timekeeper) -> bool:
        """Record every warning, breach, review, rung and survey expiry that is due; each exactly once.

        Returns:
            Whether anything happened, or is to happen at another moment; False for a sweep that came second.
        """
        if self.status.ended:
            return False
        before = self.version, self.next_timer()
        for kind, clock in list(self.clocks.items()):
            warned = clock.warn(now)
            if warned is not clock:
                self.clocks[kind] = warned
                self._record("ClockWarned", SYSTEM, now, command_id, warned.facts)
            self._note_breach(kind, now, command_id)
        if self.status is Status.ON_HOLD and self.resumes_at is not None and self.resumes_at <= now:
            self.resume(by=SYSTEM, at=now, command_id=command_id, timekeeper=timekeeper)
        self._climb(now, command_id, timekeeper)
        survey = self.survey
        if self.status is Status.SURVEYING and survey is not None and survey.expires_at <= now:
            self._expire_survey(survey, now, command_id, timekeeper)
        return (self.version, self.next_timer()) != before

    # ------------------------------------------------------------------ 访 survey

    def open_survey(
        self, trigger: SurveyTrigger, *, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """Ask the citizen: after "done", or when the handling limit has passed (条例 Art 23).

        Raises:
            TransitionNotAllowed: already asking, or the limit has not passed.
        """
        handling = self.clocks.get("handling")
        if trigger == "limit" and (handling is None or handling.breached_at is None):
            raise TransitionNotAllowed(self.status.value, Command.OPEN_SURVEY.value)
        if trigger == "resolved" and self.status is not Status.RESOLVED:
            raise TransitionNotAllowed(self.status.value, Command.OPEN_SURVEY.value)
        self._open_survey(trigger, at, command_id, timekeeper)

    def open_joint_survey(
        self, leader: Case, *, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """Ask a citizen whose appeal was handled together with another: their word counts for itself.

        Raises:
            TransitionNotAllowed: the appeal is not merged into that one, or that one is not done.
        """
        done = leader.resolved_at is not None or leader.status is Status.CLOSED
        if self.merged_into != leader.appeal_id or not done:
            raise TransitionNotAllowed(self.status.value, Command.OPEN_SURVEY.value)
        self._open_survey("joint", at, command_id, timekeeper)
        self.agency_id, self.copy_to = leader.agency_id, leader.copy_to
        self.tier, self.service_code = leader.tier, leader.service_code
        self.conclusion = leader.conclusion
        self.resolved_at = leader.resolved_at or at
        self.clocks |= {kind: leader.clocks[kind] for kind in _HANDLING if kind in leader.clocks}

    def _open_survey(
        self, trigger: SurveyTrigger, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        self._apply(Command.OPEN_SURVEY, SYSTEM, at, command_id, {"trigger": trigger})
        self.survey = Survey(
            number=(self.survey.number if self.survey else 0) + 1,
            trigger=trigger,
            opened_at=at,
            expires_at=timekeeper.survey_expires_at(at),
        )

    def answer_survey(
        self,
        number: int,
        answers: Answers,
        note_id: str | None,
        *,
        at: datetime,
        command_id: str,
        by: Actor,
        timekeeper: Timekeeper,
    ) -> None:
        """The citizen's word: "not resolved" sends the order back to the same agency.

        Raises:
            SurveyClosed: this survey has been answered, has expired, or was replaced by a later one.
        """
        survey = self.survey
        if self.status is not Status.SURVEYING or survey is None or survey.number != number:
            raise SurveyClosed
        if survey.answered or at >= survey.expires_at:
            raise SurveyClosed
        refused = Command.CONTEST if self.conclusion else Command.REOPEN
        transition(self.status, Command.CLOSE if answers.resolved else refused, by.role)
        self.survey = survey.model_copy(update={"answered": True})
        self.last_answers = "".join(
            "y" if answer else "n" for answer in (answers.contacted, answers.resolved, answers.satisfied)
        )
        if answers.resolved:
            self._close("answered", by, at, command_id, note_id)
        else:
            self._reopen(by, at, command_id, timekeeper, note_id)

    def _expire_survey(self, survey: Survey, now: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        if self.resolved_at is None and timekeeper.unresolved_silence_reopens():
            self._reopen(SYSTEM, now, command_id, timekeeper, None)
        else:
            self._close("no_answer", SYSTEM, now, command_id, None)

    def _close(
        self, closed_by: ClosedBy, by: Actor, at: datetime, command_id: str, note_id: str | None
    ) -> None:
        facts: dict[str, Any] = {"outcome": closed_by, "reopened": self.reopened}
        if self.conclusion:
            facts["conclusion"] = self.conclusion
        else:
            facts |= self._handling_facts(at)
        if self.contested:
            facts["contested"] = list(self.contested)
        if self.merged_into:
            facts["into"] = self.merged_into
        if self.last_answers:
            facts["answers"] = self.last_answers
        facts |= citing(note_id)
        self._apply(Command.CLOSE, by, at, command_id, facts)

    def _handling_facts(self, at: datetime) -> dict[str, Any]:
        response, handling = self.clocks["response"], self.clocks["handling"]
        return {
            "agency": self.agency_id,
            "response_in_time": int(response.stopped_at is not None and not response.late(at)),
            "handled_in_time": int(
                self.resolved_at is not None and self.reopened == 0 and not handling.late(at)
            ),
        }

    def _reopen(
        self, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper, note_id: str | None
    ) -> None:
        self.resolved_at = None
        facts: dict[str, Any] = citing(note_id)
        if by.role is Role.CITIZEN:
            facts |= {"answers": self.last_answers} if self.last_answers else {}
            self._leave_ladder()
        if self.conclusion:
            # A word on the hotline's own answer: no agency's, when one gets the order after all.
            facts["outcome"] = self.conclusion
            self.contested += (self.conclusion,)
            self.conclusion = self.last_answers = None
            self._apply(Command.CONTEST, by, at, command_id, facts, timekeeper)
        else:
            self.reopened += 1
            self._apply(Command.REOPEN, by, at, command_id, facts, timekeeper)
        self.merged_into = None

    # ------------------------------------------------------------------ 督 the ladder

    @property
    def _may_climb(self) -> bool:
        """Whether an agency owes the order: its handling limit runs, or has passed, unanswered."""
        handling = self.clocks.get("handling")
        if handling is None or handling.stopped_at or handling.paused_at:
            return False
        return self.status in _CLIMBING

    def _leave_ladder(self) -> None:
        """Begin at the foot again: another agency, or the citizen, expects something new."""
        self.overdue_since = self.rung_at = None
        self.rung = self.escalated = 0

    def _next_rung(self, now: datetime, timekeeper: Timekeeper) -> Rung | None:
        """The ladder's next rung, once the handling limit has been warned of."""
        handling = self.clocks["handling"]
        if self.overdue_since is None and handling.warned_at is None:
            return None
        due_at = self.overdue_since or handling.due_at
        return timekeeper.rung(self.tier, self.rung, min(handling.warn_at, due_at), due_at, now)

    def _plan_rung(self, now: datetime, timekeeper: Timekeeper) -> None:
        following = self._next_rung(now, timekeeper) if self._may_climb else None
        self.rung_at = following.at if following else None

    def _climb(self, now: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        """Urge, supervise or escalate, as far as is due; the moments are the policy's."""
        if not self._may_climb:
            return
        while (following := self._next_rung(now, timekeeper)) is not None and following.at <= now:
            self._take_rung(following.rung, now, command_id, timekeeper)
            self.rung += 1
        self.rung_at = following.at if following else None

    def _take_rung(self, rung: RungName, now: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        """Do what the rung says; where that is being asked already, or nobody stands above, urge again."""
        kind, asked = SideKind.SUPERVISION, self.agency_id
        if rung == "escalate":
            kind, asked = SideKind.ESCALATION, self.next_superior(timekeeper)
        already = asked and SideRef(kind=kind, agency_id=asked) in self.open_sides.values()
        if rung == "urge" or asked is None or already:
            self.urge(None, by=SYSTEM, at=now, command_id=command_id)
        else:
            self.open_side(kind, asked, by=SYSTEM, at=now, command_id=command_id, timekeeper=timekeeper)

    def next_superior(self, timekeeper: Timekeeper) -> str | None:
        """Who is asked next when the holder cannot solve it (条例 Art 20): one step above whoever was last.

        None above the city.
        """
        if self.agency_id is None:
            return None
        asked = {side.agency_id for side in self.open_sides.values() if side.kind is SideKind.ESCALATION}
        steps = self.escalated + 1
        while (superior := timekeeper.superior(self.agency_id, steps)) in asked:
            steps += 1
        return superior

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
            _must_lie_ahead(datetime.fromtimestamp(terms["until"], UTC), at, self.status, _OPENS[kind])
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

    def _rule_in_force(self) -> str | None:
        """The rule that dispatched the order to its present holder."""
        for event in reversed(self.events):
            if event.name in _DISPATCHES:
                return str(event.facts["rule"])
        return None


_DISPATCHES = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_PRESSING = frozenset({Command.SUPERVISE, Command.ESCALATE})
_FOR_THE_DESK = frozenset({"DispatchReferred", "ConclusionContested", "AppealUnmerged"})
_REPORT_TO_THE_LEAD = frozenset({SideKind.ASSIST, SideKind.SUMMONS})
_HANDLING: tuple[ClockKind, ...] = ("response", "handling")
_CLIMBING = frozenset({Status.DISPATCHED, Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.SURVEYING})
_OPENS: Mapping[SideKind, Command] = {
    SideKind.ASSIST: Command.REQUEST_ASSIST,
    SideKind.OPINION: Command.CONSULT,
    SideKind.SUMMONS: Command.SUMMON,
    SideKind.SUPERVISION: Command.SUPERVISE,
    SideKind.ESCALATION: Command.ESCALATE,
    SideKind.EXTENSION: Command.REQUEST_EXTENSION,
    SideKind.HOLD: Command.REQUEST_HOLD,
}


def emergency_numbers(events: Iterable[Event]) -> list[str]:
    """The emergency lines that the citizen was told at registration (条例 Art 11(1))."""
    for event in events:
        if event.name == "EmergencyHandedOff":
            return list(event.facts["numbers"])
    return []


def _must_lie_ahead(until: datetime, at: datetime, status: Status, command: Command) -> None:
    if until <= at:
        raise TransitionNotAllowed(
            status.value, command.value, "复核日期须在将来", "The review date must lie ahead"
        )


class Change(NamedTuple):
    """A case, or an order beside its lead order, after a write; and the version that it had before."""

    changed: Case | SideOrder
    version_before: int
