"""What a case asks of the time limits in force; ``domain/timekeeping.py`` answers by the city's policy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from hotline.domain.calendar import Limit
    from hotline.domain.clock import Clock, ClockKind
    from hotline.domain.side_orders import SideKind
    from hotline.domain.sla import Bound, RungName


class Rung(NamedTuple):
    """A step of the escalation ladder and the moment for it."""

    rung: RungName
    at: datetime


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

    def survey_expires_at(self, now: datetime) -> datetime:
        """Until when a survey opened now can be answered."""
        ...

    def unresolved_silence_reopens(self) -> bool:
        """Whether an order that nobody resolved goes back when its survey expires unanswered."""
        ...
