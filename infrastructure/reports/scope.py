"""What a report is about: which days, which part of the city, and as it was known when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from infrastructure.lake.questions import ALL
from infrastructure.ops.periods import Period

LOOKED_BACK = timedelta(days=366)
"""How far before a period the beginnings of what ended in it are looked for."""

WORST = 20
"""So many rows have the lists of the worst."""


class Scope(NamedTuple):
    """A stretch of whole city days of the city or a part of it.

    Attributes:
        first, last: city days, both counted.
        as_of: the last city day whose corrections are taken in.
        now: the moment at which open orders are looked at, in UTC.
        district, agency: a code, or ``*`` for all.
        worst: so many rows have the lists of the worst.
    """

    first: date
    last: date
    as_of: date
    now: datetime
    district: str = ALL
    agency: str = ALL
    worst: int = WORST

    @classmethod
    def of(cls, period: Period, today: date, now: datetime, **part: Any) -> Scope:
        """A period as it is known today; what is open is looked at when it ended, or now."""
        last = period.end.date() - timedelta(days=1)
        seen = min(period.end.astimezone(UTC), now)
        return cls(period.start.date(), last, max(last, today), seen, **part)

    @property
    def month(self) -> str:
        """The month in which it ends, ``yyyymm``."""
        return f"{self.last:%Y%m}"

    def back(self, months: int) -> Scope:
        """The same, beginning with the first day of the month so many months before the last, itself counted.

        Example:
            >>> scope = Scope(date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1), datetime.now(UTC))
            >>> scope.back(12).first
            datetime.date(2025, 4, 1)
        """
        counted = self.last.year * 12 + self.last.month - months
        return self._replace(first=date(counted // 12, counted % 12 + 1, 1))

    @property
    def values(self) -> dict[str, object]:
        """As parameters of the questions."""
        return {
            "first": self.first,
            "last": self.last,
            "since": self.first - LOOKED_BACK,
            "as_of": self.as_of,
            "now": f"{self.now.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            "district": self.district,
            "agency": self.agency,
            "most": self.worst,
        }


def today_in(timezone: str, now: datetime) -> date:
    """The city's day."""
    return now.astimezone(ZoneInfo(timezone)).date()
