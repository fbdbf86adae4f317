"""复核: what a reviewer finds, and a second call; never decided by the agency (条例 Art 32, 35)."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import SYSTEM, Actor
from hotline.domain.case_core import CLIMBING
from hotline.domain.case_survey import SurveyedCase
from hotline.domain.errors import (
    TransitionNotAllowed,
)
from hotline.domain.lifecycle import Command, Status
from hotline.domain.side_orders import (
    CALLBACKS,
    SideKind,
    SideOrder,
    SideRef,
)
from hotline.domain.side_orders import Verdict as Finding
from hotline.domain.timekeeper import Timekeeper


class ReviewedCase(SurveyedCase):
    """A case about which reviewers judge."""

    def judge(
        self,
        side: SideOrder,
        verdict: Finding,
        note_id: str,
        *,
        by: Actor,
        at: datetime,
        command_id: str,
        timekeeper: Timekeeper,
    ) -> None:
        """A reviewer's finding and what follows from it; what is closed is corrected, never rewritten.

        ``granted`` takes the order out of every assessment (剔除). ``unreasonable`` ends the loop: an order
        that was sent back is closed, and the citizen's "no" weighs as the formula says. ``confirmed`` demands
        a written answer of the agency while the order is open; a closed one keeps the finding.
        """
        side.judge(verdict, note_id, by=by, at=at, command_id=command_id)
        self.end_side(side, by=by, at=at, command_id=command_id)
        facts = {"side": side.number, "note": note_id}
        about = side.terms["about"]
        if about == "exclusion" and verdict == "granted":
            self.excluded = side.terms["reason"]
            changed = {"excluded": self.excluded}
            self._correct(Command.EXCLUDE, by, at, command_id, {"reason": self.excluded, **facts}, changed)
        elif about == "dissatisfaction":
            changed = {"judged": verdict}
            self._correct(Command.JUDGE, by, at, command_id, {**changed, **facts}, changed)
            if verdict == "unreasonable" and self.status is Status.IN_PROGRESS:
                self._close("judged", by, at, command_id, changed)
        elif verdict == "confirmed" and self.status in CLIMBING and self.resolved_at is None:
            self._demand_answer(at, command_id, timekeeper)

    def _demand_answer(self, at: datetime, command_id: str, timekeeper: Timekeeper) -> None:
        asked = self.agency_id
        if asked and SideRef(kind=SideKind.SUPERVISION, agency_id=asked) not in self.open_sides.values():
            self.open_side(
                SideKind.SUPERVISION, asked, by=SYSTEM, at=at, command_id=command_id, timekeeper=timekeeper
            )

    def verify_answer(self, *, at: datetime, command_id: str, timekeeper: Timekeeper) -> SideOrder:
        """Ask another operator to call once more, to see whether the answer holds (复核回访).

        Raises:
            TransitionNotAllowed: nothing was answered, or nobody can be called.
        """
        closing = self._closing()
        answered = closing is not None and closing.facts["outcome"] == "answered"
        if closing is None or not answered or self.confidential or self.citizen_index is None:
            raise TransitionNotAllowed(self.status.value, Command.VERIFY.value)
        return self.open_side(
            SideKind.VERIFICATION,
            CALLBACKS,
            by=SYSTEM,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            terms={
                "answers": self.last_answers,
                "asked_by": (self._last_word() or closing).actor,
                "language": self.spoken or self.language,
            },
        )
