"""Calendars, rules and moments for the tests of time limits. The figures are examples, not a city's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

from hotline.domain.calendar import Limit, Window, WorkCalendar
from hotline.domain.sla import ClockRule, SlaPolicy, Term, Tier

BEIJING = ZoneInfo("Asia/Shanghai")
ROUND_THE_CLOCK = WorkCalendar(calendar_id="24x7", kind="24x7", timezone="Asia/Shanghai")
OFFICE_HOURS = (Window.parse("09:00-12:00"), Window.parse("13:00-18:00"))


def beijing(text: str) -> datetime:
    """Read a Beijing wall time.

    Example: ``beijing("2026-03-06 20:00")`` is 12:00 UTC.
    """
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING).astimezone(UTC)


def limit(text: str) -> Limit:
    """Read a limit.

    Example: ``limit("7 days")``
    """
    amount, unit = text.split()
    return Limit.model_validate({"amount": int(amount), "unit": unit})


@cache
def office(first_year: int = 2024, last_year: int = 2026) -> WorkCalendar:
    """Build the statutory calendar from the published holidays, 9 to 12 and 13 to 18 o'clock."""
    days = [
        date(first_year, 1, 1) + timedelta(days=number)
        for number in range((date(last_year + 1, 1, 1) - date(first_year, 1, 1)).days)
    ]
    return WorkCalendar(
        calendar_id="statutory",
        kind="statutory",
        timezone="Asia/Shanghai",
        windows=OFFICE_HOURS,
        closed_on=frozenset(d for d in days if d.isoweekday() < 6 and not chinese_calendar.is_workday(d)),
        opened_on=frozenset(d for d in days if d.isoweekday() > 5 and chinese_calendar.is_workday(d)),
        years=frozenset(range(first_year, last_year + 1)),
    )


def rule(text: str, calendar: WorkCalendar = ROUND_THE_CLOCK, warn_fraction: str = "0.8") -> ClockRule:
    """Build a watched limit on a calendar."""
    return ClockRule.model_validate(
        {"limit": limit(text), "calendar_id": calendar.calendar_id, "warn_fraction": warn_fraction}
    )


def tier(tier_id: str = "general", reopen: ClockRule | None = None) -> Tier:
    """Build a tier of everyday limits."""
    return Tier(
        tier_id=tier_id,
        dispatch=rule("24 hours"),
        response=rule("24 hours"),
        handling=rule("7 days"),
        reopen=reopen,
    )


def policy(*tiers: Tier) -> SlaPolicy:
    """Build a policy; one general tier when none is given."""
    return SlaPolicy(
        version="sla-1",
        tiers=tiers or (tier(),),
        survey_expiry=Term(limit=limit("3 days"), calendar_id="24x7"),
        return_window=Term(limit=limit("24 hours"), calendar_id="24x7"),
    )
