"""The public holidays of China: as announced, and before that as far as the law fixes them.

The State Council announces holidays and make-up days (调休) in autumn for the next year; the package
``chinesecalendar`` carries its notices. Which days are holidays at all is law (全国年节及纪念日放假办法 Art 2:
13 days a year, four of them by the lunar calendar or the sun), and so is that one which falls on a
Saturday or Sunday is made up for on a working day (Art 6); the package ``holidays`` computes both, taking
the next working day. So a year before its notice already has about as many working days as it will
have, and lacks what only the notice can say: the bridges and the make-up days that pay for them.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

import chinese_calendar
import holidays

_SATURDAY = 6
_LOCALES = {"zh": "zh_CN", "en": "en_US"}


def published(year: int) -> bool:
    """Whether the State Council's notice for a year is known."""
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def announced_workday(day: date) -> bool:
    """Whether people work on a day of a published year, by the notice."""
    return bool(chinese_calendar.is_workday(day))


def lawful_workday(day: date) -> bool:
    """Whether people work on a day as far as the law alone can tell.

    Example:
        >>> lawful_workday(date(2030, 10, 1)), lawful_workday(date(2030, 10, 8))
        (False, True)
    """
    year = _holidays_of(day.year, "zh")
    return day in year.weekend_workdays or (day.isoweekday() < _SATURDAY and day not in year)


def holiday_name(day: date, language: Literal["zh", "en"]) -> str | None:
    """What a holiday is called; None for an ordinary day, a weekend and a make-up day.

    Example:
        >>> holiday_name(date(2026, 10, 1), "zh"), holiday_name(date(2026, 10, 5), "en")
        ('国庆节', 'National Day (observed)')
    """
    return _holidays_of(day.year, language).get(day)


@cache
def _holidays_of(year: int, language: str) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year, language=_LOCALES[language])
