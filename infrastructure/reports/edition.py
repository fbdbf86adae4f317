"""How one language tells figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hotline.domain.appeal import Language
from hotline.domain.directory import Directory
from hotline.domain.phrases import Phrase
from hotline.domain.scoring import Interval, Rate
from hotline.use_cases.public_scorecards import FEWEST_IN_PUBLIC
from infrastructure.reports.names import Names

NOTHING = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Edition:
    """A bulletin in one language.

    Attributes:
        key: begins the ids of this edition's parts of the page.
    """

    def __init__(self, directory: Directory, language: Language) -> None:
        self.language = language
        self.key = language[:2]
        self._directory = directory
        self._names = Names(directory, language)
        self._zone = ZoneInfo(directory.city.timezone)

    def say(self, zh: str, en: str) -> str:
        """One of two texts."""
        return en if self.language == "en" else zh

    def word(self, words: Mapping[str, Phrase], code: str | None) -> str:
        """What people read in the place of a code."""
        found = words.get(code or "unknown")
        return self.say(found.zh, found.en) if found else str(code)

    def name(self, kind: str, code: Any) -> str:
        """The name of an agency, a place or a service."""
        return self._names.of(kind, code) or self.say("未确定", "not known")

    @property
    def city(self) -> str:
        """The city's name."""
        return self.say(self._directory.city.name_zh, self._directory.city.name_en)

    def count(self, number: int | None) -> str:
        """A whole number.

        Example: ``12,345``
        """
        return NOTHING if number is None else f"{number:,}"

    def percent(self, value: float | None) -> str:
        """A number of percent."""
        return NOTHING if value is None else f"{value:.2f}%"

    def shown(self, rate: Rate | None, cases: int | None = None) -> float | None:
        """A rate in percent; None of one that rests on so few that it would tell what somebody said.

        Args:
            cases: what it rests on, if that is not what it is a share of.
        """
        if rate is None or (rate.denominator if cases is None else cases) < FEWEST_IN_PUBLIC:
            return None
        return float(rate.percent)

    def rate(self, rate: Rate | None, cases: int | None = None) -> str:
        """A rate that may be shown."""
        return self.percent(self.shown(rate, cases))

    def share(self, part: int, whole: int) -> str:
        """A part of a whole, as a rate that may be shown."""
        return self.rate(Rate(numerator=part, denominator=whole) if whole else None)

    def interval(self, interval: Interval | None) -> str:
        """Between which bounds a rate lies."""
        return NOTHING if interval is None else f"{interval.low / 100:.1f}–{interval.high / 100:.1f}%"

    def of(self, rate: Rate | None) -> str:
        """The two counts of a rate that may be shown."""
        return (
            NOTHING
            if rate is None or self.shown(rate) is None
            else f"{rate.numerator:,} / {rate.denominator:,}"
        )

    def duration(self, seconds: int | None) -> str:
        """A time in the unit that suits it, with one digit after the point."""
        if seconds is None:
            return NOTHING
        if seconds < _HOUR:
            return f"{seconds / _MINUTE:.0f} {self.say('分钟', 'min')}"
        if seconds < 2 * _DAY:
            return f"{seconds / _HOUR:.1f} {self.say('小时', 'h')}"
        return f"{seconds / _DAY:,.1f} {self.say('天', 'days')}"

    def month(self, month: str) -> str:
        """A month in words.

        Example: ``2026年3月``, ``March 2026``
        """
        first = date(int(month[:4]), int(month[4:]), 1)
        return self.say(f"{first.year}年{first.month}月", f"{_ENGLISH[first.month - 1]} {first.year}")

    def short_month(self, month: str) -> str:
        """A month as the label of an axis."""
        return f"{month[:4]}-{month[4:]}"

    def day(self, day: date) -> str:
        """A day in words."""
        return self.say(
            f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_ENGLISH[day.month - 1]} {day.year}"
        )

    def local_day(self, moment: datetime) -> str:
        """The city's day of a moment; one without a zone is in UTC, as the lake has them."""
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return self.day(aware.astimezone(self._zone).date())

    def change(self, now: int, before: int) -> str:
        """How much more or less, in percent."""
        return NOTHING if before == 0 else f"{(now - before) * 100 / before:+.1f}%"


_ENGLISH = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
