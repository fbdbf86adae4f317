"""The slow truth about clocks: every minute of three real years, marked open or closed one by one.

Nothing here knows ``WorkCalendar``: days come from the State Council's notices, windows are written down
again, and whatever is asked is answered by counting marks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate

import chinese_calendar

from tests.unit.builders_sla import BEIJING

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2026, 12, 31)
DAY = 1440
MINUTE = timedelta(minutes=1)

OFFICE_DAY = bytes(9 <= minute // 60 < 12 or 13 <= minute // 60 < 18 for minute in range(DAY))
MORNING = bytes(9 <= minute // 60 < 12 for minute in range(DAY))
DAYTIME = bytes(8 <= minute // 60 < 20 for minute in range(DAY))
ALL_DAY = bytes([1]) * DAY
CLOSED = bytes(DAY)


class MinuteCounter:
    """Marks from a first moment on; minutes are numbered from there.

    Attributes:
        open_before: how many open minutes there are before each minute.
    """

    def __init__(self, first: datetime, marks: bytes) -> None:
        self.first = first
        self.marks = marks
        self.open_before = array("l", accumulate(marks, initial=0))

    def moment(self, minute: int) -> datetime:
        """When a minute begins."""
        return self.first + minute * MINUTE

    def open_minutes(self, start: int, end: int) -> int:
        """Count what is open between two minutes."""
        return max(0, self.open_before[end] - self.open_before[start])

    def elapsed(self, start: int, end: int) -> timedelta:
        """The same as a duration."""
        return self.open_minutes(start, end) * MINUTE

    def due(self, start: int, open_minutes: int) -> int | None:
        """Find the first minute before which ``open_minutes`` have passed; None beyond the last day."""
        end = bisect_left(self.open_before, self.open_before[start] + open_minutes)
        return end if end < len(self.open_before) else None

    def end_of_open_day(self, start: int, number: int) -> int | None:
        """Find the end of the last open minute of the nth open day after the day of ``start``.

        Days begin at multiples of 1,440: the first moment must be a midnight of the place.
        """
        midnight = start - start % DAY
        while number:
            midnight += DAY
            if midnight >= len(self.marks):
                return None
            number -= any(self.marks[midnight : midnight + DAY])
        return self.marks.rindex(1, midnight, midnight + DAY) + 1


def three_years(marks_of: Callable[[date], bytes]) -> MinuteCounter:
    """2024 to 2026 in Beijing, each day marked by itself."""
    days = (FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
    first = datetime(FIRST_DAY.year, 1, 1, tzinfo=BEIJING).astimezone(UTC)
    return MinuteCounter(first, b"".join(map(marks_of, days)))


def office_marks(day: date) -> bytes:
    """9 to 12 and 13 to 18 on working days, make-up days included."""
    return OFFICE_DAY if chinese_calendar.is_workday(day) else CLOSED


def short_friday_marks(day: date) -> bytes:
    """The same, but mornings only on Fridays, and no make-up Saturday."""
    if day.isoweekday() == 6 or not chinese_calendar.is_workday(day):
        return CLOSED
    return MORNING if day.isoweekday() == 5 else OFFICE_DAY
