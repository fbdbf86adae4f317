"""Work calendars with the holidays of the years that are known.

Public holidays and make-up days (调休) are announced for one year at a time. They come from the
maintained package ``chinesecalendar``; ``calendar_days.csv`` overrules single days, and a year that
the package does not have yet can be entered there in full and declared in ``calendar_years.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from pydantic import ValidationError

from hotline.domain.calendar import Limit, Window, WorkCalendar
from hotline.domain.errors import CalendarYearMissing
from infrastructure.directory.reading import Folder, Line, Problems
from infrastructure.directory.rows import (
    CalendarDayRow,
    CalendarRow,
    CalendarYearRow,
    CityRow,
    ClockRuleRow,
    PolicyRow,
)

MARGIN = timedelta(days=60)
"""How long before a limit can no longer be computed people are told every day."""
_SATURDAY = 6


def build_calendars(folder: Folder, today: date, problems: Problems) -> dict[str, WorkCalendar]:
    """Expand every calendar from last year on; what cannot be built is a problem."""
    zone = next((line.row.timezone for line in folder.rows(CityRow)), "UTC")
    calendars = {}
    for line in folder.rows(CalendarRow):
        calendar = _build(line, folder, zone, today, problems)
        if calendar:
            calendars[calendar.calendar_id] = calendar
    return calendars


def check_horizon(
    folder: Folder, calendars: dict[str, WorkCalendar], today: date, problems: Problems
) -> None:
    """Say loudly when a clock may soon need a year whose holidays nobody has entered."""
    for line in folder.rows(CalendarRow):
        calendar = calendars.get(line.row.calendar_id)
        if calendar is None or calendar.kind == "24x7":
            continue
        if today.year not in calendar.years:
            problems.error("calendars.csv", line.number, "calendar_id", _remedy(calendar, today.year))
            continue
        longest = _longest_limit(folder, calendar.calendar_id)
        fails_on = _first_failure(calendar, longest, today)
        if fails_on and fails_on <= today + MARGIN:
            message = (
                f"{_remedy(calendar, fails_on.year + 1)} From {fails_on} on, a limit of {longest.amount} "
                f"{longest.unit} can no longer be computed, and the orders that need it wait."
            )
            problems.warn("calendars.csv", line.number, "calendar_id", message)


def _remedy(calendar: WorkCalendar, year: int) -> str:
    return (
        f"calendar {calendar.calendar_id!r} has no holidays for {year}. Upgrade the package chinesecalendar, "
        f"or enter the State Council's notice for {year} in calendar_days.csv and declare the year in "
        f"calendar_years.csv; then import again."
    )


def _first_failure(calendar: WorkCalendar, limit: Limit, today: date) -> date | None:
    """The first day from today on which the limit cannot be computed, within the known years."""
    day = today
    while day.year in calendar.years:
        try:
            calendar.due(datetime.combine(day, time(), ZoneInfo(calendar.timezone)), limit)
        except CalendarYearMissing:
            return day
        day += timedelta(days=1)
    return None


def _longest_limit(folder: Folder, calendar_id: str) -> Limit:
    """The longest limit that is counted on a calendar."""
    rules = [line.row for line in folder.rows(ClockRuleRow) if line.row.calendar_id == calendar_id]
    limits = [Limit(amount=rule.amount, unit=rule.unit) for rule in rules]
    for line in folder.rows(PolicyRow):
        if line.row.calendar_id == calendar_id and line.row.unit and line.row.value.isdecimal():
            limits.append(Limit(amount=int(line.row.value), unit=line.row.unit))
    return max(limits, key=lambda limit: limit.duration, default=Limit(amount=1, unit="days"))


def _build(
    line: Line[CalendarRow], folder: Folder, zone: str, today: date, problems: Problems
) -> WorkCalendar | None:
    row = line.row
    years = set(_known_years(row, folder, today)) if row.kind == "statutory" else set()
    days = [each for each in folder.rows(CalendarDayRow) if each.row.calendar_id == row.calendar_id]
    closed, opened = _exceptions(years, days, problems)
    try:
        return WorkCalendar(
            calendar_id=row.calendar_id,
            kind=row.kind,
            timezone=zone,
            windows=tuple(Window.parse(window) for window in row.windows),
            closed_on=frozenset(closed),
            opened_on=frozenset(opened),
            years=frozenset(years),
        )
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            problems.error("calendars.csv", line.number, str((each["loc"] or ("windows",))[0]), each["msg"])
    except ValueError as error:
        problems.error("calendars.csv", line.number, "windows", str(error))
    return None


def _known_years(row: CalendarRow, folder: Folder, today: date) -> Iterator[int]:
    declared = (line.row for line in folder.rows(CalendarYearRow))
    yield from (each.year for each in declared if each.calendar_id == row.calendar_id)
    yield from (year for year in range(today.year - 1, today.year + 3) if published(year))


def published(year: int) -> bool:
    """Whether the package has the holidays of a year."""
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def _exceptions(
    years: set[int], days: list[Line[CalendarDayRow]], problems: Problems
) -> tuple[set[date], set[date]]:
    """Weekdays off and weekend days on, published first, overruled by hand second."""
    closed: set[date] = set()
    opened: set[date] = set()
    for year in years:
        for day in _days_of(year):
            _put(day, _opens(day), closed, opened)
    for line in days:
        if line.row.date.year not in years:
            problems.error(
                "calendar_days.csv",
                line.number,
                "date",
                f"{line.row.date.year} is not a known year: declare it in calendar_years.csv",
            )
        _put(line.row.date, line.row.day == "open", closed, opened)
    return closed, opened


def _put(day: date, is_open: bool, closed: set[date], opened: set[date]) -> None:
    """File a day as an exception, if it is one: a Monday off, a Saturday on."""
    closed.discard(day)
    opened.discard(day)
    weekend = day.isoweekday() >= _SATURDAY
    if is_open and weekend:
        opened.add(day)
    if not is_open and not weekend:
        closed.add(day)


def _days_of(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += timedelta(days=1)


def _opens(day: date) -> bool:
    if published(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.isoweekday() < _SATURDAY
