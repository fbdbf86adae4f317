"""The case: one appeal and its lead work order, from registration to the citizen's last word.

A case acts; callers never set its status. Each command checks the lifecycle table, moves the
clocks, and records the event that says so. The store writes state and events in one item, and the
orders beside the lead order that a command opens or ends in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hotline.domain.actor import SYSTEM, Actor
from hotline.domain.appeal import AppealType, Language
from hotline.domain.calendar import Limit
from hotline.domain.case_core import must_lie_ahead
from hotline.domain.case_parts import (
    Answers,
    Assignment,
    Conclusion,
    Result,
    Survey,
    SurveyTrigger,
    Verdict,
)
from hotline.domain.case_review import ReviewedCase
from hotline.domain.chronicle import citing
from hotline.domain.errors import (
    SidesOpen,
    TransitionNotAllowed,
)
from hotline.domain.events import Event
from hotline.domain.lifecycle import Command, Status, transition
from hotline.domain.side_orders import (
    SideKind,
    SideOrder,
)
from hotline.domain.timekeeper import Timekeeper

__all__ = [
    "Answers",
    "Assignment",
    "Case",
    "Change",
    "Conclusion",
    "Survey",
    "SurveyTrigger",
    "Verdict",
    "emergency_numbers",
]

_DISPATCHES = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_REPORT_TO_THE_LEAD = frozenset({SideKind.ASSIST, SideKind.SUMMONS})


class Case(ReviewedCase):
    """One appeal with its lead order: what befalls it, from registration to its end."""

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
        spoken: str | None = None,
    ) -> Case:
        """Take an appeal in: the dispatch clock starts, an emergency hand-off is recorded."""
        case = cls(
            appeal_id=appeal_id,
            appeal_type=appeal_type,
            channel=channel,
            language=language,
            spoken=spoken,
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
        ask_at: datetime | None = None,
    ) -> None:
        """办结: the agency says done, with evidence. The citizen decides whether it is.

        Args:
            ask_at: when the citizen is asked, if not at once.
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
        self.ask_at = ask_at if self.status is Status.RESOLVED else None

    # ------------------------------------------------------------------ orders beside the lead order

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
        must_lie_ahead(until, at, self.status, Command.HOLD)
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

    # ------------------------------------------------------------------ clocks

    def fire_timers(self, now: datetime, *, command_id: str, timekeeper: Timekeeper) -> bool:
        """Record every warning, breach, review, rung, survey, call and expiry that is due; each exactly once.

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
        if self.status is Status.RESOLVED and self.ask_at is not None and self.ask_at <= now:
            self._open_survey("limit", now, command_id, timekeeper)
        survey = self.survey
        if self.status is Status.SURVEYING and survey is not None:
            if survey.expires_at <= now:
                self._expire_survey(survey, now, command_id, timekeeper)
            elif survey.call_at is not None and survey.call_at <= now:
                self._call(survey, now, command_id, timekeeper)
        return (self.version, self.next_timer()) != before

    # ------------------------------------------------------------------ inside

    def _rule_in_force(self) -> str | None:
        """The rule that dispatched the order to its present holder."""
        for event in reversed(self.events):
            if event.name in _DISPATCHES:
                return str(event.facts["rule"])
        return None


def emergency_numbers(events: Iterable[Event]) -> list[str]:
    """The emergency lines that the citizen was told at registration (条例 Art 11(1))."""
    for event in events:
        if event.name == "EmergencyHandedOff":
            return list(event.facts["numbers"])
    return []


class Change(NamedTuple):
    """A case, or an order beside its lead order, after a write; and the version that it had before."""

    changed: Case | SideOrder
    version_before: int
