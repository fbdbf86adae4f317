"""What a case asks of the time limits in force; ``domain/timekeeping.py`` answers by the city's policy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from hotline.domain.appeal import AppealType
    from hotline.domain.calendar import Limit
    from hotline.domain.clock import Clock, ClockKind
    from hotline.domain.side_orders import SideKind
    from hotline.domain.sla import Bound, RungName


class Rung(NamedTuple):
    """A step of the escalation ladder and the moment for it."""

    rung: RungName
    at: datetime


class SurveyTimes(NamedTuple):
    """When a survey expires, and when the citizen is called unless they answer before; None: never."""

    expires_at: datetime
    call_at: datetime | None


class Timekeeper(Protocol):
    """Starts clocks by the policy in force."""

    def start(self, kind: ClockKind, tier: str, now: datetime, *, again: bool = False) -> Clock:
        """A running clock of that kind and tier; ``again`` when the citizen sent the order back."""
        ...

    def pause(self, clock: Clock, now: datetime) -> Clock:
        """The clock, keeping the open time that remains."""
        ...

    def resume(self, clock: Clock, now: datetime) -> Clock:
        """The clock, running on with the open time that was left."""
        ...

    def extend(self, clock: Clock, limit: Limit) -> Clock:
        """The clock with its due time moved by ``limit``."""
        ...

    def start_side(self, kind: SideKind, now: datetime) -> Clock:
        """The clock of what is asked of somebody beside the lead order."""
        ...

    def rung(self, tier: str, number: int, warn_at: datetime, due_at: datetime, now: datetime) -> Rung | None:
        """A rung of the tier's ladder, counted from 0, and when it is to be taken; None above the last one."""
        ...

    def superior(self, agency_id: str, steps: int) -> str | None:
        """The agency that many steps above; None beyond the city."""
        ...

    def bound(self, kind: SideKind) -> Bound | None:
        """How often and how long extensions or holds may be granted; None refuses all."""
        ...

    def longest(self, bound: Bound, now: datetime) -> datetime:
        """Until when something that is bounded may last when it begins now."""
        ...

    def return_until(self, now: datetime) -> datetime:
        """Until when an agency may return an order dispatched now."""
        ...

    def plan_survey(self, appeal_type: AppealType, now: datetime) -> SurveyTimes:
        """Until when a survey opened now can be answered, and when the citizen is called."""
        ...

    def answer_stands_from(self, appeal_type: AppealType, answered_at: datetime) -> datetime:
        """From when an answer can no longer be changed."""
        ...

    def reopen_limit(self) -> int:
        """How often a citizen may send an order back before others look at it."""
        ...

    def unresolved_silence_reopens(self) -> bool:
        """Whether an order that nobody resolved goes back when its survey expires unanswered."""
        ...
