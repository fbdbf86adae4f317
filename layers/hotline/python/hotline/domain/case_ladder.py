"""督: pressing for what is owed: the rungs of the escalation ladder, by the sweep or by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hotline.domain.actor import SYSTEM, Actor
from hotline.domain.case_core import CaseCore
from hotline.domain.chronicle import citing
from hotline.domain.lifecycle import Command, transition
from hotline.domain.side_orders import (
    SideKind,
    SideRef,
)
from hotline.domain.sla import RungName
from hotline.domain.timekeeper import Rung, Timekeeper


class PressedCase(CaseCore):
    """A case that climbs its ladder while an agency owes it."""

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
