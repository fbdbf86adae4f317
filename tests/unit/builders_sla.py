"""Calendars, rules and moments for the tests of time limits. The figures are examples, not a city's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar

from hotline.domain.calendar import Limit, Window, WorkCalendar
from hotline.domain.sla import Bound, ClockRule, Rung, SideRule, SlaPolicy, Term, Tier

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


def term(text: str, calendar_id: str = "24x7") -> Term:
    """Build a limit on a calendar."""
    return Term(limit=limit(text), calendar_id=calendar_id)


SIDE_LIMITS: Mapping[SideRule, str] = {
    "adjudication": "24 hours",
    "assist": "3 days",
    "opinion": "24 hours",
    "summons": "2 hours",
    "supervision": "24 hours",
    "escalation": "2 days",
    "extension": "12 hours",
    "hold": "24 hours",
    "callback": "24 hours",
    "verification": "72 hours",
    "review": "72 hours",
}

LADDER = (
    Rung(rung="urge", since="warn", after=term("1 minutes")),
    Rung(rung="supervise", since="breach", after=term("1 hours")),
    Rung(rung="escalate", since="breach", after=term("1 days")),
    Rung(rung="escalate", since="breach", after=term("3 days")),
)


def policy(*tiers: Tier, ladder: Sequence[Rung] = ()) -> SlaPolicy:
    """Build a policy; one general tier when none is given, and no ladder."""
    tiers = tiers or (tier(),)
    return SlaPolicy(
        version="sla-1",
        tiers=tiers,
        survey_expiry=term("3 days"),
        return_window=term("24 hours"),
        side_rules={name: rule(text) for name, text in SIDE_LIMITS.items()},
        ladders={each.tier_id: tuple(ladder) for each in tiers} if ladder else {},
        extensions=Bound(count=2, longest=term("10 days")),
        holds=Bound(count=1, longest=term("90 days")),
    )
