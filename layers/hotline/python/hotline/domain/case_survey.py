"""访: the citizen is asked, and the answer decides; for a while it can be changed (条例 Art 23, 32)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.case_core import CaseCore
from hotline.domain.case_ladder import PressedCase
from hotline.domain.case_parts import (
    AnsweredBy,
    Answers,
    ClosedBy,
    Survey,
    SurveyTrigger,
)
from hotline.domain.chronicle import citing
from hotline.domain.clock import ClockKind
from hotline.domain.errors import (
    SurveyClosed,
    TransitionNotAllowed,
)
from hotline.domain.events import Event
from hotline.domain.lifecycle import Command, Status, transition
from hotline.domain.side_orders import (
    CALLBACKS,
    ReviewSubject,
    SideKind,
    SideOrder,
    SideRef,
    reviewers_of,
)
from hotline.domain.timekeeper import Timekeeper

_HANDLING: tuple[ClockKind, ...] = ("response", "handling")
_WORDS_OF_THE_CITIZEN = frozenset(
    {"WorkOrderClosed", "WorkOrderReopened", "ConclusionContested", "SurveyAnswerChanged"}
)
_BESIDE_THE_ANSWER = frozenset(
    {
        "SideOrderOpened",
        "SideOrderClosed",
        "ClockWarned",
        "InformantRevealed",
        "AppealSupplemented",
        "ExcludedFromAssessment",
    }
)
_NOT_COUNTED = frozenset({"note", "how", "changed"})


class SurveyedCase(PressedCase):
    """A case whose citizen is asked, answers, and may answer otherwise."""

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
        self, leader: CaseCore, *, at: datetime, command_id: str, timekeeper: Timekeeper
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
        plan = timekeeper.plan_survey(self.appeal_type, at)
        reachable = self.citizen_index is not None and not self.confidential
        self.ask_at = None
        self.survey = Survey(
            number=(self.survey.number if self.survey else 0) + 1,
            trigger=trigger,
            opened_at=at,
            expires_at=plan.expires_at,
            call_at=plan.call_at if reachable else None,
        )

    def _call(self, survey: Survey, now: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        """Put the citizen on the operators' list of calls: the message was not answered (条例 Art 23)."""
        terms = {"survey": survey.number, "language": self.spoken or self.language}
        self.open_side(
            SideKind.CALLBACK,
            CALLBACKS,
            by=SYSTEM,
            at=now,
            command_id=command_id,
            timekeeper=timekeeper,
            terms=terms,
        )
        self.survey = survey.model_copy(update={"call_at": None})

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
        how: AnsweredBy = "link",
    ) -> None:
        """The citizen's word: "not resolved" sends the order back to the same agency.

        One answer counts; for a while it can be changed, and the change is recorded.

        Raises:
            SurveyClosed: this survey has been answered, has expired, or was replaced by a later one.
        """
        survey = self.survey
        if survey is None or survey.number != number:
            raise SurveyClosed
        if survey.answered:
            self._change_answer(survey, answers, note_id, how, at, command_id, by, timekeeper)
            return
        if self.status is not Status.SURVEYING or at >= survey.expires_at:
            raise SurveyClosed
        refused = Command.CONTEST if self.conclusion else Command.REOPEN
        transition(self.status, Command.CLOSE if answers.resolved else refused, by.role)
        self.survey = survey.model_copy(update={"answered": True, "call_at": None})
        self.last_answers = answers.letters
        if answers.resolved:
            self._close("answered", by, at, command_id, _told(how, note_id))
        else:
            self._reopen(by, at, command_id, timekeeper, _told(how, note_id))

    def _change_answer(
        self,
        survey: Survey,
        answers: Answers,
        note_id: str | None,
        how: AnsweredBy,
        at: datetime,
        command_id: str,
        by: Actor,
        timekeeper: Timekeeper,
    ) -> None:
        """Answer otherwise: within the policy's window, as long as nothing has followed from the first answer.

        Raises:
            SurveyClosed: it is too late.
        """
        last, until = self._last_word(), self.answer_changes_until(timekeeper)
        if last is None or until is None or at >= until:
            raise SurveyClosed
        told = _told(how, note_id)
        refused = Command.CONTEST if self.conclusion else Command.REOPEN
        if self.status is Status.CLOSED:
            transition(self.status, Command.CHANGE_ANSWER if answers.resolved else refused, by.role)
            self.last_answers = answers.letters
            if answers.resolved:
                self._correct(
                    Command.CHANGE_ANSWER, by, at, command_id, {"answers": answers.letters, **told}, told
                )
            else:
                self._reopen(by, at, command_id, timekeeper, {**self._standing(), **told})
        elif self.status is Status.IN_PROGRESS and answers.resolved:
            # Nothing has come of the first "no" yet: the order stands as if it had never been sent back.
            transition(self.status, Command.CLOSE, by.role)
            self.last_answers = answers.letters
            self.reopened -= 1
            response, handling = (int(letter == "y") for letter in last.facts["stood"])
            stood = {"response_in_time": response, "handled_in_time": handling, "changed": 1}
            self._close("answered", by, at, command_id, {**told, **stood})
        else:
            raise SurveyClosed

    def answer_changes_until(self, timekeeper: Timekeeper) -> datetime | None:
        """Until when the citizen may answer otherwise; None when nothing can be changed."""
        last = self._last_word()
        if last is None or last.facts.get("outcome") == "judged":
            return None
        return timekeeper.answer_stands_from(self.appeal_type, last.at)

    def _last_word(self) -> Event | None:
        """The citizen's latest answer, if nothing but questions about it has happened since."""
        for event in reversed(self.events):
            if event.name in _WORDS_OF_THE_CITIZEN and "answers" in event.facts:
                return event
            if event.name not in _BESIDE_THE_ANSWER:
                return None
        return None

    def _expire_survey(self, survey: Survey, now: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        if self.resolved_at is None and timekeeper.unresolved_silence_reopens():
            self._reopen(SYSTEM, now, command_id, timekeeper, {})
        else:
            self._close("no_answer", SYSTEM, now, command_id, {})

    def _close(
        self, closed_by: ClosedBy, by: Actor, at: datetime, command_id: str, told: Mapping[str, Any]
    ) -> None:
        facts: dict[str, Any] = {"outcome": closed_by, "reopened": self.reopened}
        if self.conclusion:
            facts["conclusion"] = self.conclusion
        else:
            facts |= self._handling_facts(at)
        if self.excluded:
            facts["excluded"] = self.excluded
        if self.contested:
            facts["contested"] = list(self.contested)
        if self.merged_into:
            facts["into"] = self.merged_into
        if self.last_answers:
            facts["answers"] = self.last_answers
        self._apply(Command.CLOSE, by, at, command_id, {**facts, **told})

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
        self, by: Actor, at: datetime, command_id: str, timekeeper: Timekeeper, told: Mapping[str, Any]
    ) -> None:
        facts: dict[str, Any] = dict(told)
        asked = by.role is not Role.SYSTEM
        if asked:
            facts |= {"answers": self.last_answers} if self.last_answers else {}
            self._leave_ladder()
        if self.conclusion:
            # A word on the hotline's own answer: no agency's, when one gets the order after all.
            facts["outcome"] = self.conclusion
            self.contested += (self.conclusion,)
            self.conclusion = self.last_answers = None
            self._apply(Command.CONTEST, by, at, command_id, facts, timekeeper)
        else:
            if asked:
                stood = facts.get("was") or self._handling_facts(at)
                facts["stood"] = "".join(
                    "y" if stood[name] else "n" for name in ("response_in_time", "handled_in_time")
                )
            self.reopened += 1
            self._apply(Command.REOPEN, by, at, command_id, facts, timekeeper)
        self.resolved_at = self.merged_into = None
        if asked and not self.conclusion and self.reopened >= timekeeper.reopen_limit():
            self._end_the_loop(at, command_id, timekeeper)

    def _end_the_loop(self, at: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        """Sent back too often: the next superior studies it, and a reviewer judges the dissatisfaction."""
        if self.status is not Status.IN_PROGRESS:
            return
        superior = self.next_superior(timekeeper)
        if superior is not None:
            self.open_side(
                SideKind.ESCALATION,
                superior,
                by=SYSTEM,
                at=at,
                command_id=command_id,
                timekeeper=timekeeper,
            )
        if not self.under_review("dissatisfaction"):
            self.ask_review("dissatisfaction", by=SYSTEM, at=at, command_id=command_id, timekeeper=timekeeper)

    # ------------------------------------------------------------------ what a closed order counts, and who looks at it

    def under_review(self, about: ReviewSubject) -> bool:
        """Whether a review of that subject is open."""
        return SideRef(kind=SideKind.REVIEW, agency_id=reviewers_of(about)) in self.open_sides.values()

    def ask_review(
        self,
        about: ReviewSubject,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
        terms: Mapping[str, Any] | None = None,
        note_id: str | None = None,
    ) -> SideOrder:
        """Ask a reviewer: to exclude the order, to judge a dissatisfaction, or to look into a suspicion.

        Args:
            terms: ``{"reason": …}`` of an exclusion, ``{"score": …, "signals": […]}`` of a suspicion.

        Raises:
            TransitionNotAllowed: it is being reviewed, or there is nothing to judge: no agency answers for it,
                it is excluded already, or the citizen has said neither "not resolved" nor "not satisfied".
            Forbidden: an agency does not report suspicions about itself.
        """
        nothing = {
            "exclusion": self.excluded is not None,
            "dissatisfaction": "n" not in (self.last_answers or "")[1:],
            "suspicion": False,
        }
        if nothing[about] or self.agency_id is None or self.merged_into or self.conclusion:
            raise TransitionNotAllowed(self.status.value, Command.REQUEST_REVIEW.value)
        return self.open_side(
            SideKind.REVIEW,
            reviewers_of(about),
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=note_id,
            terms={"about": about, **(terms or {})},
        )

    def _correct(
        self,
        command: Command,
        by: Actor,
        at: datetime,
        command_id: str,
        facts: Mapping[str, Any],
        changed: Mapping[str, Any],
    ) -> None:
        """Record what a closed order counts from now on, beside what it counted before."""
        standing = self._standing()
        if standing:
            counts = {name: value for name, value in changed.items() if name != "note"}
            answers = {"answers": self.last_answers} if self.last_answers else {}
            standing["now"] = {**standing["was"], **answers, **counts}
        self._apply(command, by, at, command_id, {**facts, **standing})

    def _closing(self) -> Event | None:
        """The event that closed it; None while it is open."""
        if self.status is not Status.CLOSED:
            return None
        return next(event for event in reversed(self.events) if event.name == "WorkOrderClosed")

    def _standing(self) -> dict[str, Any]:
        """What a closed order counts (``was``), and since when; nothing while it is open."""
        closing = self._closing()
        if closing is None:
            return {}
        was = {name: value for name, value in closing.facts.items() if name not in _NOT_COUNTED}
        for event in self.events:
            if event.number > closing.number and "now" in event.facts:
                was = event.facts["now"]
        return {"was": was, "closed_at": int(closing.at.timestamp())}


def _told(how: AnsweredBy, note_id: str | None) -> dict[str, Any]:
    """How the citizen answered, if not by the link, and the words that came with it."""
    return ({} if how == "link" else {"how": how}) | citing(note_id)
