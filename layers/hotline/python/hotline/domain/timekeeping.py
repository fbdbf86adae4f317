"""Starts and pauses clocks by the policy and calendars in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hotline.domain.calendar import WorkCalendar
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.sla import RuleName, SlaPolicy


class PolicyTimekeeper:
    """The SLA policy with its calendars, as the case needs them (条例 Art 13)."""

    def __init__(self, policy: SlaPolicy, calendars: Mapping[str, WorkCalendar]) -> None:
        self._policy = policy
        self._calendars = calendars

    def start(self, kind: ClockKind, tier: str, now: datetime, *, again: bool = False) -> Clock:
        """Start a clock of the tier; the clock remembers the rule that set its due time.

        Raises:
            CalendarYearMissing: the due date lies in a year without known holidays.
        """
        name: RuleName = "reopen" if again and kind == "handling" else kind
        rule = self._policy.rule(tier, name)
        return Clock.start(
            kind, self._policy.rule_id(tier, name), rule, self._calendars[rule.calendar_id], now
        )

    def pause(self, clock: Clock, now: datetime) -> Clock:
        """Pause on the clock's own calendar."""
        return clock.pause(now, self._calendars[clock.calendar_id])

    def return_until(self, now: datetime) -> datetime:
        """The end of the return window of an order dispatched now (条例 Art 12)."""
        window = self._policy.return_window
        return self._calendars[window.calendar_id].due(now, window.limit)

    def survey_expires_at(self, now: datetime) -> datetime:
        """Until when the citizen can answer."""
        expiry = self._policy.survey_expiry
        return self._calendars[expiry.calendar_id].due(now, expiry.limit)

    def unresolved_silence_reopens(self) -> bool:
        """Whether silence on an order that nobody resolved sends it back instead of closing it."""
        return self._policy.unanswered_unresolved == "reopen"
