"""The case: one appeal and its lead work order, from registration to the citizen's last word.

A case acts; callers never set its status. Each command checks the lifecycle table, moves the
clocks, and records the event that says so. The store writes state and events in one item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.appeal import AppealType, Language
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.errors import NotFound, SurveyClosed, TransitionNotAllowed
from hotline.domain.events import Event
from hotline.domain.lifecycle import ClockAction, Command, Status, transition
from hotline.domain.model import Frozen

SurveyTrigger = Literal["resolved", "limit"]
ClosedBy = Literal["answered", "no_answer"]


class Timekeeper(Protocol):
    """Starts clocks by the policy in force (``domain/timekeeping.py``)."""

    def start(self, kind: ClockKind, tier: str, now: datetime, *, again: bool = False) -> Clock:
        """A running clock of that kind and tier; ``again`` when the citizen sent the order back."""
        ...

    def pause(self, clock: Clock, now: datetime) -> Clock:
        """The clock, keeping the open time that remains."""
        ...

    def return_until(self, now: datetime) -> datetime:
        """Until when an agency may return an order dispatched now."""
        ...

    def survey_expires_at(self, now: datetime) -> datetime:
        """Until when a survey opened now can be answered."""
        ...

    def unresolved_silence_reopens(self) -> bool:
        """Whether an order that nobody resolved goes back when its survey expires unanswered."""
        ...


class Assignment(Frozen):
    """Who shall handle an appeal, and by which rule of which catalogue version."""

    agency_id: str
    copy_to: str | None = None
    service_code: str
    tier: str
    district: str | None = None
    subdistrict: str | None = None
    rule_id: str
    catalogue_version: str
    decided_by: str
    """``given`` (the citizen chose), the classifier's name, or ``operator``."""
    confidence: float | None = None


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


class Case(BaseModel):
    """One appeal with its lead order.

    ``version`` is the number of events so far. ``events`` are those still kept in the case item;
    older ones have been moved to history items and ``first_event`` says where the list begins.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    appeal_id: str
    version: int = 0
    status: Status = Status.REGISTERED
    appeal_type: AppealType
    channel: str
    language: Language
    headline: str
    registered_at: datetime
    key_hash: bytes
    fingerprint: bytes
    """SHA-256 prefix of the registering body: tells a retry from another appeal under the same key."""
    citizen_index: str | None = None
    tier: str
    service_code: str | None = None
    district: str | None = None
    subdistrict: str | None = None
    agency_id: str | None = None
    copy_to: str | None = None
    return_until: datetime | None = None
    resolved_at: datetime | None = None
    reopened: int = 0
    survey: Survey | None = None
    last_answers: str | None = None
    """The citizen's latest answers as three letters (contacted, resolved, satisfied), such as ``ynn``."""
    clocks: dict[ClockKind, Clock] = Field(default_factory=dict)
    events: list[Event] = Field(default_factory=list)
    first_event: int = 1

    _loaded_version: int = PrivateAttr(default=0)

    # ------------------------------------------------------------------ reading

    @property
    def work_order_id(self) -> str:
        """The lead order's number."""
        return f"{self.appeal_id}.1"

    @property
    def loaded_version(self) -> int:
        """The version that the store holds; what the conditional write expects to find."""
        return self._loaded_version

    @property
    def new_events(self) -> list[Event]:
        """Events recorded since the case was loaded."""
        return [event for event in self.events if event.number > self._loaded_version]

    def mark_stored(self) -> None:
        """Called by the store: everything recorded so far is safe."""
        self._loaded_version = self.version

    @property
    def awaits_operator(self) -> bool:
        """Whether an operator has to decide: referred, returned, or left lying by the rules.

        A fresh appeal is the rules' own for the moments that they need; when the dispatch clock warns
        and nobody has dispatched it, it is shown to the operators whatever the reason.
        """
        if self.status is Status.RETURNED:
            return True
        if self.status is not Status.REGISTERED:
            return False
        referred = any(event.name == "DispatchReferred" for event in self.events)
        return referred or self.clocks["dispatch"].warned_at is not None

    def knows(self, command_id: str) -> bool:
        """Whether this command has been carried out before."""
        return any(event.command_id == command_id for event in self.events)

    def next_timer(self) -> Timer | None:
        """The earliest warning, breach or survey expiry; None when nothing is being timed."""
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

    # ------------------------------------------------------------------ 派 dispatch

    def refer(
        self, reasons: Sequence[str], candidates: Sequence[str], *, at: datetime, command_id: str
    ) -> None:
        """Leave the decision to an operator, with what is known so far."""
        facts = {"reasons": list(reasons), "candidates": list(candidates)[:3]}
        self._apply(Command.REFER, SYSTEM, at, command_id, facts)

    def dispatch(
        self, assignment: Assignment, *, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """Give the lead order to an agency (条例 Art 11, 12): for the first time or after a return."""
        command = Command.REDISPATCH if self.status is Status.RETURNED else Command.DISPATCH
        row = transition(self.status, command, by.role)
        self.return_until = timekeeper.return_until(at)
        self.agency_id = assignment.agency_id
        self.copy_to = assignment.copy_to
        self.service_code = assignment.service_code
        self.tier = assignment.tier
        self.district = assignment.district or self.district
        self.subdistrict = assignment.subdistrict or self.subdistrict
        facts = {
            "agency": assignment.agency_id,
            "rule": assignment.rule_id,
            "catalogue": assignment.catalogue_version,
            "by": assignment.decided_by,
        }
        if assignment.confidence is not None:
            facts["confidence"] = f"{assignment.confidence:.2f}"
        self._move_clocks(row.clocks, at, command_id, timekeeper)
        self.status = row.to
        self._record(row.event, by, at, command_id, facts)

    # ------------------------------------------------------------------ 办 handling

    def acknowledge(self, *, by: Actor, at: datetime, command_id: str) -> None:
        """签收: the agency has seen the order."""
        self._apply(Command.ACKNOWLEDGE, by, at, command_id, {})

    def return_(
        self, reason: str, note_id: str, *, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper
    ) -> None:
        """退单: not our duty, within the return window (条例 Art 12).

        Raises:
            TransitionNotAllowed: the window has passed.
        """
        self.must_be_held_by(by)
        row = transition(self.status, Command.RETURN, by.role)
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
        self._record(
            row.event, by, at, command_id, {"agency": self.agency_id, "reason": reason, "note": note_id}
        )

    def record_contact(self, channel: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """响应: the citizen has been contacted (条例 Art 15); the response clock stops at the first time."""
        self._apply(Command.RECORD_CONTACT, by, at, command_id, {"channel": channel})

    def report_progress(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """Tell the citizen and the hotline how far it is (条例 Art 15)."""
        self._apply(Command.REPORT_PROGRESS, by, at, command_id, {"note": note_id})

    def resolve(self, note_id: str, *, by: Actor, at: datetime, command_id: str) -> None:
        """办结: the agency says done, with evidence. The citizen decides whether it is.

        Raises:
            TransitionNotAllowed: nothing is open to resolve.
        """
        if self.status is Status.SURVEYING and self.resolved_at is not None:
            raise TransitionNotAllowed(self.status.value, Command.RESOLVE.value)
        self._apply(Command.RESOLVE, by, at, command_id, {"note": note_id})
        self.resolved_at = at

    # ------------------------------------------------------------------ clocks

    def fire_timers(self, now: datetime, *, command_id: str, timekeeper: Timekeeper) -> bool:
        """Record every warning, breach and survey expiry that is due; each exactly once.

        Returns:
            Whether anything happened; False for a sweep that came second.
        """
        before = self.version
        if self.status.ended:
            return False
        for kind, clock in list(self.clocks.items()):
            warned = clock.warn(now)
            if warned is not clock:
                self.clocks[kind] = warned
                self._record("ClockWarned", SYSTEM, now, command_id, _limit_of(warned))
            self._note_breach(kind, now, command_id)
        survey = self.survey
        if self.status is Status.SURVEYING and survey is not None and survey.expires_at <= now:
            self._expire_survey(survey, now, command_id, timekeeper)
        return self.version > before

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
        transition(self.status, Command.CLOSE if answers.resolved else Command.REOPEN, by.role)
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
        response, handling = self.clocks["response"], self.clocks["handling"]
        facts: dict[str, Any] = {
            "outcome": closed_by,
            "agency": self.agency_id,
            "response_in_time": int(response.stopped_at is not None and not response.late(at)),
            "handled_in_time": int(
                self.resolved_at is not None and self.reopened == 0 and not handling.late(at)
            ),
            "reopened": self.reopened,
        }
        if self.last_answers:
            facts["answers"] = self.last_answers
        if note_id:
            facts["note"] = note_id
        self._apply(Command.CLOSE, by, at, command_id, facts)

    def _reopen(
        self, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper, note_id: str | None
    ) -> None:
        self.reopened += 1
        self.resolved_at = None
        facts = {"note": note_id} if note_id else {}
        if by.role is Role.CITIZEN and self.last_answers:
            facts["answers"] = self.last_answers
        self._apply(Command.REOPEN, by, at, command_id, facts, timekeeper)

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
            else:
                started: ClockKind = "response" if kind == "response" else "handling"
                self.clocks[started] = timekeeper.start(started, self.tier, at, again=self.reopened > 0)

    def _stop(self, kind: str, at: datetime, command_id: str) -> None:
        for name in list(self.clocks):
            if kind in (name, "all") and self.clocks[name].stopped_at is None:
                self._note_breach(name, at, command_id)
                self.clocks[name] = self.clocks[name].stop(at)

    def _note_breach(self, kind: ClockKind, at: datetime, command_id: str) -> None:
        """Record once that a limit has passed; by the sweep, or by the late answer that overtook it.

        The limit's last second is in time, so nothing is recorded in it (FAULTS F35).
        """
        clock = self.clocks[kind]
        if not clock.late(at):
            return
        breached = clock.breach(at)
        if breached is not clock:
            self.clocks[kind] = breached
            self._record("ClockBreached", SYSTEM, at, command_id, _limit_of(breached))

    def _record(self, name: str, by: Actor, at: datetime, command_id: str, facts: Mapping[str, Any]) -> None:
        self.version += 1
        self.events.append(
            Event(
                number=self.version,
                name=name,
                at=at,
                actor=by.signature,
                command_id=command_id,
                facts=dict(facts),
            )
        )


def emergency_numbers(events: Iterable[Event]) -> list[str]:
    """The emergency lines that the citizen was told at registration (条例 Art 11(1))."""
    for event in events:
        if event.name == "EmergencyHandedOff":
            return list(event.facts["numbers"])
    return []


def _limit_of(clock: Clock) -> dict[str, Any]:
    return {"clock": clock.kind, "due_at": int(clock.due_at.timestamp())}


class CaseChange(NamedTuple):
    """A case after a write, and the version that it had before."""

    case: Case
    version_before: int
