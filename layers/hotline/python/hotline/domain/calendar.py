"""When an office is open, and what a time limit means on its calendar.

Three kinds: ``24x7`` never closes (条例 Art 19: water, power, gas and heat are on duty around the
clock); ``daily`` is open in its windows on every day of the year; ``statutory`` is open in its windows
on working days: Monday to Friday, less the public holidays, plus the make-up days (调休) that the State
Council announces for one year at a time. A year that is not announced yet is *provisional*: it has the
holidays that the law itself fixes (全国年节及纪念日放假办法 Art 2, 6), and no make-up days. A due time that
was printed on an order stands, also when the announcement then says otherwise (条例 Art 13).
Whether the "days" of the Beijing standard are calendar or working days is not known to us; the
calendar is therefore data of each rule, and the meaning of a day on it is our documented default.

Arithmetic is done in UTC on whole days, so a limit of fifteen days looks at about twenty days and
never counts minutes, and a day on which a zone changes its clocks has the hours that it really has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice, pairwise, takewhile
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from hotline.domain.errors import CalendarYearMissing
from hotline.domain.model import Frozen

Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO weekday: 1 is Monday, 7 is Sunday."""

_SATURDAY = 6
_WEEK = range(1, 8)
_ONE_DAY = timedelta(days=1)
_NONE = timedelta()


class Limit(Frozen):
    """How long something may take; what a unit means is the calendar's business.

    Example:
        >>> Limit(amount=24, unit="hours").duration
        datetime.timedelta(days=1)
    """

    amount: int = Field(gt=0, le=100_000)
    unit: Literal["minutes", "hours", "days"]

    @property
    def duration(self) -> timedelta:
        """The limit as plain time: what it is on a calendar that never closes."""
        return timedelta(**{self.unit: self.amount})


class Window(Frozen):
    """A stretch of an open day, in minutes after local midnight; ``closes`` is not part of it.

    Example:
        >>> Window.parse("13:00-18:00")
        Window(opens=780, closes=1080)
    """

    opens: int = Field(ge=0, lt=24 * 60)
    closes: int = Field(gt=0, le=24 * 60)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("a window must close after it opens, on the same day (24:00 at the latest)")
        return self

    @classmethod
    def parse(cls, text: str) -> Window:
        """Read ``HH:MM-HH:MM``; the end of the day is ``24:00``.

        Raises:
            ValueError: the text has another form, or closes before it opens.
        """
        opens, _, closes = text.partition("-")
        return cls(opens=_minute_of_day(opens), closes=_minute_of_day(closes))


class WorkCalendar(Frozen):
    """The open time of an office.

    Attributes:
        timezone: IANA name of the zone in which days and windows are meant.
        windows: the open windows of an open day, in order (not for ``24x7``).
        weekday_windows: other windows for some weekdays; an empty tuple closes that weekday.
            A make-up Saturday keeps ``windows`` unless weekday 6 is listed here.
        closed_on: public holidays that fall on a weekday (``statutory`` only, as all that follows).
        opened_on: make-up working days that fall on a weekend.
        years: the years whose holidays are known; no other may be touched.
        provisional_years: those of them whose announcement is not out yet.

    Example:
        >>> office = WorkCalendar(calendar_id="office", kind="statutory", timezone="Asia/Shanghai",
        ...     windows=(Window.parse("09:00-12:00"), Window.parse("13:00-18:00")), years={2026})
        >>> friday_evening = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
        >>> office.due(friday_evening, Limit(amount=2, unit="hours")).isoformat()
        '2026-03-09T03:00:00+00:00'
    """

    calendar_id: str = Field(min_length=1)
    kind: Literal["24x7", "daily", "statutory"]
    timezone: str
    windows: tuple[Window, ...] = ()
    weekday_windows: Mapping[Weekday, tuple[Window, ...]] = Field(default_factory=dict)
    closed_on: frozenset[date] = frozenset()
    opened_on: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    provisional_years: frozenset[int] = frozenset()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no such time zone: {name!r}") from None
        return name

    @field_validator("windows")
    @classmethod
    def _in_order(cls, windows: tuple[Window, ...]) -> tuple[Window, ...]:
        if any(later.opens < earlier.closes for earlier, later in pairwise(windows)):
            raise ValueError("windows must be in order and must not overlap")
        return windows

    @field_validator("weekday_windows")
    @classmethod
    def _each_in_order(cls, weekdays: Mapping[int, tuple[Window, ...]]) -> Mapping[int, tuple[Window, ...]]:
        for windows in weekdays.values():
            cls._in_order(windows)
        return weekdays

    @model_validator(mode="after")
    def _windows_fit_the_kind(self) -> Self:
        if self.kind == "24x7" and (self.windows or self.weekday_windows):
            raise ValueError("a 24x7 calendar has none: it never closes")
        if self.kind != "24x7" and not self.windows:
            raise ValueError(f"a {self.kind} calendar needs windows")
        if self.kind == "daily" and not any(self.weekday_windows.get(day, self.windows) for day in _WEEK):
            raise ValueError("a daily calendar must open on some weekday")
        return self

    @model_validator(mode="after")
    def _days_fit_the_years(self) -> Self:
        if both := self.closed_on & self.opened_on:
            raise ValueError(f"both closed and opened: {min(both).isoformat()}")
        if unknown := self.provisional_years - self.years:
            raise ValueError(f"provisional, but not among the years: {min(unknown)}")
        return self

    def due(self, start: datetime, limit: Limit) -> datetime:
        """Find the last moment at which something begun at ``start`` is in time.

        Minutes and hours are counted open time. Days are 24 hours each on ``24x7``; on the other
        kinds they are open days: the day of ``start`` is not counted, and the limit ends with the
        last window of the last day (our default; 条例 Art 13 leaves it to the rules).

        Raises:
            CalendarYearMissing: the answer depends on a year whose holidays are not known.
        """
        if self.kind != "24x7" and limit.unit == "days":
            return self._end_of_open_day(self.local_date(start), limit.amount)
        return self.after(start, limit.duration)

    def after(self, start: datetime, open_time: timedelta) -> datetime:
        """Find the first moment by which ``open_time`` of open time has passed since ``start``.

        Raises:
            CalendarYearMissing: the answer depends on a year whose holidays are not known.
        """
        start = to_utc(start)
        if self.kind == "24x7" or open_time <= _NONE:
            return start + max(open_time, _NONE)
        for opens, closes in self._open_spans(start, _days_from(self.local_date(start))):
            if open_time <= closes - opens:
                return opens + open_time
            open_time -= closes - opens
        raise AssertionError("days never end")  # pragma: no cover

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Measure the open time between two moments; zero when ``end`` is not after ``start``.

        Raises:
            CalendarYearMissing: a day between the two is in a year whose holidays are not known.
        """
        return sum((closes - opens for opens, closes in self.open_between(start, end)), _NONE)

    def open_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield what is open between two moments as (opens, closes), in order, disjoint, never empty.

        Raises:
            CalendarYearMissing: a day between the two is in a year whose holidays are not known.
        """
        start, end = to_utc(start), to_utc(end)
        if end <= start:
            return
        if self.kind == "24x7":
            yield start, end
            return
        last_day = self.local_date(end - datetime.resolution)
        days = takewhile(lambda day: day <= last_day, _days_from(self.local_date(start)))
        for opens, closes in self._open_spans(start, days):
            if opens < end:
                yield opens, min(closes, end)

    def is_working_day(self, day: date) -> bool:
        """Tell whether the office opens at all on a local date.

        Raises:
            CalendarYearMissing: the holidays of that year are not known.
        """
        return self.kind == "24x7" or bool(self._windows_on(day))

    def is_provisional(self, due: datetime) -> bool:
        """Tell whether a due time was counted with holidays that are not announced yet."""
        return self.local_date(due).year in self.provisional_years

    def local_date(self, moment: datetime) -> date:
        """The day in the office's own time zone."""
        return to_utc(moment).astimezone(ZoneInfo(self.timezone)).date()

    def _windows_on(self, day: date) -> tuple[Window, ...]:
        if self.kind == "statutory":
            if day.year not in self.years:
                raise CalendarYearMissing(self.calendar_id, day.year)
            if day in self.closed_on or (day.isoweekday() >= _SATURDAY and day not in self.opened_on):
                return ()
        return self.weekday_windows.get(day.isoweekday(), self.windows)

    def _end_of_open_day(self, after: date, number: int) -> datetime:
        open_days = (day for day in _days_from(after + _ONE_DAY) if self._windows_on(day))
        last_day = next(islice(open_days, number - 1, None))
        return self._moment(last_day, self._windows_on(last_day)[-1].closes)

    def _open_spans(self, since: datetime, days: Iterator[date]) -> Iterator[tuple[datetime, datetime]]:
        """Yield what is open on ``days`` from ``since`` on, in order, disjoint, never empty.

        A window inside the hour that a zone skips in spring moves with the clocks; ``since`` then
        keeps it from being counted together with the window after it.
        """
        for day in days:
            for window in self._windows_on(day):
                opens = max(since, self._moment(day, window.opens))
                closes = self._moment(day, window.closes)
                if opens < closes:
                    yield opens, closes
                    since = closes

    def _moment(self, day: date, minute: int) -> datetime:
        wall_time = datetime.combine(day, time()) + timedelta(minutes=minute)
        return wall_time.replace(tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)


def _days_from(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in count())


def to_utc(moment: datetime) -> datetime:
    """Show a moment in UTC.

    Raises:
        ValueError: the moment carries no time zone; nothing here guesses one.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment must carry its time zone")
    return moment.astimezone(UTC)


def _minute_of_day(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    if not (len(hour) == len(minute) == 2 and hour.isdecimal() and minute.isdecimal() and minute < "60"):
        raise ValueError(f"not a time of day as HH:MM: {text.strip()!r}")
    return int(hour) * 60 + int(minute)
