"""The months of a simulated year."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Period(NamedTuple):
    """The months that are scored.

    Example:
        >>> Period.of(date(2025, 11, 1), 3, "Asia/Shanghai").months
        ('202511', '202512', '202601')
    """

    start: datetime
    end: datetime
    months: tuple[str, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, first: date, months: int, timezone: str) -> Period:
        """So many months from the first."""
        zone = ZoneInfo(timezone)
        days = [_month_after(first, number) for number in range(months + 1)]
        moments = [datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) for day in days]
        return cls(moments[0], moments[-1], tuple(f"{day:%Y%m}" for day in days[:-1]), zone)


def _month_after(first: date, number: int) -> date:
    months = first.year * 12 + first.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)
