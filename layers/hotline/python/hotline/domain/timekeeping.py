"""Starts and pauses clocks by the policy and calendars in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from hotline.domain.calendar import Limit, WorkCalendar
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.side_orders import SideKind
from hotline.domain.sla import Bound, ClockRule, RuleName, SlaPolicy, Term
from hotline.domain.survey_policy import SurveyPolicy
from hotline.domain.timekeeper import Rung, SurveyTimes

if TYPE_CHECKING:
    from hotline.domain.appeal import AppealType
    from hotline.domain.directory import Directory

_MISSED = timedelta(hours=1)
_SECOND = timedelta(seconds=1)

Superiors = Callable[[str, int], str | None]
"""The agency so many steps above another."""


class PolicyTimekeeper:
    """The SLA policy with its calendars, as the case needs them (条例 Art 13)."""

    def __init__(
        self,
        policy: SlaPolicy,
        calendars: Mapping[str, WorkCalendar],
        superiors: Superiors = lambda agency_id, steps: None,
        survey: SurveyPolicy | None = None,
    ) -> None:
        self._policy = policy
        self._survey = survey or SurveyPolicy()
        self._calendars = calendars
        self._superiors = superiors

    @classmethod
    def of(cls, directory: Directory) -> PolicyTimekeeper:
        """By one version of the city's directory."""
        return cls(directory.sla, directory.calendars, directory.superior, directory.survey)

    def start(self, kind: ClockKind, tier: str, now: datetime, *, again: bool = False) -> Clock:
        """Start a clock of the tier; the clock remembers the rule that set its due time.

        Raises:
            CalendarYearMissing: the due date lies in a year without known holidays.
        """
        if kind == "adjudication":
            return self._start_side(kind, self._policy.side_rule(kind), now)
        name = cast("RuleName", "reopen" if again and kind == "handling" else kind)
        rule = self._policy.rule(tier, name)
        return Clock.start(
            kind, self._policy.rule_id(tier, name), rule, self._calendars[rule.calendar_id], now
        )

    def pause(self, clock: Clock, now: datetime) -> Clock:
        """Pause on the clock's own calendar."""
        return clock.pause(now, self._calendars[clock.calendar_id])

    def resume(self, clock: Clock, now: datetime) -> Clock:
        """Resume on the clock's own calendar."""
        return clock.resume(now, self._calendars[clock.calendar_id])

    def extend(self, clock: Clock, limit: Limit) -> Clock:
        """Move the due time on the clock's own calendar."""
        return clock.extend(limit, self._calendars[clock.calendar_id])

    def start_side(self, kind: SideKind, now: datetime) -> Clock:
        """Start the limit of what is asked beside the lead order; the same for every tier."""
        return self._start_side(kind.value, self._policy.side_rule(kind.value), now)

    def _start_side(self, kind: ClockKind, rule: ClockRule, now: datetime) -> Clock:
        rule_id = f"{self._policy.version}/any/{kind}"
        return Clock.start(kind, rule_id, rule, self._calendars[rule.calendar_id], now)

    def rung(self, tier: str, number: int, warn_at: datetime, due_at: datetime, now: datetime) -> Rung | None:
        """The ladder's rung and its moment, counted from the handling limit's warning or from the limit.

        One that was missed by more than ``_MISSED`` (no sweep came) waits until its calendar is open, so
        that the night stays quiet even then.
        """
        rungs = self._policy.ladders.get(tier, ())
        if number >= len(rungs):
            return None
        rung = rungs[number]
        calendar = self._calendars[rung.after.calendar_id]
        at = calendar.due(warn_at if rung.since == "warn" else due_at, rung.after.limit)
        if now - at > _MISSED:
            at = calendar.after(now, _SECOND) - _SECOND
        return Rung(rung.rung, at)

    def superior(self, agency_id: str, steps: int) -> str | None:
        """Who stands above: sub-district, district, city (条例 Art 20)."""
        return self._superiors(agency_id, steps)

    def bound(self, kind: SideKind) -> Bound | None:
        """What the policy allows of extensions and holds."""
        return self._policy.extensions if kind is SideKind.EXTENSION else self._policy.holds

    def longest(self, bound: Bound, now: datetime) -> datetime:
        """The end of the longest one that begins now."""
        return self._calendars[bound.longest.calendar_id].due(now, bound.longest.limit)

    def return_until(self, now: datetime) -> datetime:
        """The end of the return window of an order dispatched now (条例 Art 12)."""
        window = self._policy.return_window
        return self._calendars[window.calendar_id].due(now, window.limit)

    def plan_survey(self, appeal_type: AppealType, now: datetime) -> SurveyTimes:
        """Until when the citizen can answer, and when an operator calls who has not."""
        plan = self._survey.plan(appeal_type)
        call_at = self._due(now, plan.call_after) if plan.call_after else None
        expires_at = self._due(now, plan.expiry or self._policy.survey_expiry)
        return SurveyTimes(expires_at, call_at if call_at and call_at < expires_at else None)

    def answer_stands_from(self, appeal_type: AppealType, answered_at: datetime) -> datetime:
        """The end of the window in which an answer can be changed."""
        return self._due(answered_at, self._survey.plan(appeal_type).change_window)

    def reopen_limit(self) -> int:
        """Which "not resolved" of the citizen's brings in the superior and a reviewer."""
        return self._survey.reopen_limit

    def _due(self, now: datetime, term: Term) -> datetime:
        return self._calendars[term.calendar_id].due(now, term.limit)

    def unresolved_silence_reopens(self) -> bool:
        """Whether silence on an order that nobody resolved sends it back instead of closing it."""
        return self._policy.unanswered_unresolved == "reopen"
