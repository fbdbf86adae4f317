"""Work calendars with the holidays of the years around today.

Public holidays and make-up days (调休) come from ``public_holidays.py``: as the State Council announced
them or, for a year whose notice is not out, as far as the law fixes them; such a year is *provisional*.
``calendar_days.csv`` overrules single days, and a year whose notice the package does not have yet can be
entered there in full and declared in ``calendar_years.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hotline.domain.calendar import Limit, Window, WorkCalendar
from hotline.domain.errors import CalendarYearMissing
from infrastructure.directory.public_holidays import announced_workday, lawful_workday, published
from infrastructure.directory.reading import Folder, Line, Problems
from infrastructure.directory.rows import (
    CalendarDayRow,
    CalendarRow,
    CalendarYearRow,
    CityRow,
    ClockRuleRow,
    PolicyRow,
    RungRow,
    SideRuleRow,
)

MARGIN = timedelta(days=60)
"""How long before a limit reaches a provisional year people are told at every check."""

T = TypeVar("T")
_ONE_DAY = timedelta(days=1)
_SATURDAY = 6


def build_calendars(folder: Folder, today: date, problems: Problems) -> dict[str, WorkCalendar]:
    """Expand every calendar from last year to the year after next; what cannot be built is a problem."""
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
    """Say when a limit is about to be counted in a year whose holidays are not announced yet."""
    for line in folder.rows(CalendarRow):
        calendar = calendars.get(line.row.calendar_id)
        if calendar is None or calendar.kind != "statutory":
            continue
        longest = _longest_limit(folder, calendar.calendar_id)
        words = f"a limit of {longest.amount} {longest.unit} on calendar {calendar.calendar_id!r}"
        try:
            first = _first_provisional(calendar, longest, today)
        except CalendarYearMissing as error:
            what = f"{words} reaches {error.facts['year']}, further than holidays can be foreseen: shorten it"
            problems.error("calendars.csv", line.number, "calendar_id", what)
            continue
        if first:
            day, year = first
            problems.warn(
                "calendars.csv", line.number, "calendar_id", f"From {day} on, {words} {_remedy(year)}"
            )


def _remedy(year: int) -> str:
    return (
        f"is counted with provisional holidays for {year}: those that the law fixes, without make-up days. When "
        f"the State Council's notice for {year} is out, upgrade the package chinesecalendar, or enter the notice "
        f"in calendar_days.csv and declare the year in calendar_years.csv; then import again. Due times that are "
        f"already printed on orders stand."
    )


def _first_provisional(calendar: WorkCalendar, limit: Limit, today: date) -> tuple[date, int] | None:
    """The first day within the margin on which a due time is provisional, and the year that is the cause.

    Raises:
        CalendarYearMissing: the limit reaches beyond the calendar.
    """
    zone = ZoneInfo(calendar.timezone)
    for number in range(MARGIN.days + 1):
        day = today + number * _ONE_DAY
        due = calendar.due(datetime.combine(day, time(), zone), limit)
        if calendar.is_provisional(due):
            return day, min(year for year in calendar.provisional_years if year >= day.year)
    return None


def _longest_limit(folder: Folder, calendar_id: str) -> Limit:
    """The longest limit that is counted on a calendar."""
    rules: list[ClockRuleRow | SideRuleRow | RungRow] = [
        *(line.row for line in folder.rows(ClockRuleRow)),
        *(line.row for line in folder.rows(SideRuleRow)),
        *(line.row for line in folder.rows(RungRow)),
    ]
    limits = [Limit(amount=row.amount, unit=row.unit) for row in rules if row.calendar_id == calendar_id]
    for line in folder.rows(PolicyRow):
        if line.row.calendar_id == calendar_id and line.row.unit and line.row.value.isdecimal():
            limits.append(Limit(amount=int(line.row.value), unit=line.row.unit))
    return max(limits, key=lambda limit: limit.duration, default=Limit(amount=1, unit="days"))


def _build(
    line: Line[CalendarRow], folder: Folder, zone: str, today: date, problems: Problems
) -> WorkCalendar | None:
    row = line.row
    windows = _told(line, "windows", problems, lambda: tuple(Window.parse(each) for each in row.windows))
    weekdays = _told(line, "weekday_windows", problems, lambda: _weekday_windows(row.weekday_windows))
    days = [each for each in folder.rows(CalendarDayRow) if each.row.calendar_id == row.calendar_id]
    if row.kind == "statutory":
        declared = {each.row.year for each in folder.rows(CalendarYearRow) if _is_of(row, each)}
        years = declared | set(range(today.year - 1, today.year + 3))
    else:
        declared = years = set()
    closed, opened = _exceptions(years, declared, days, row.kind, problems)
    if windows is None or weekdays is None:
        return None
    try:
        return WorkCalendar(
            calendar_id=row.calendar_id,
            kind=row.kind,
            timezone=zone,
            windows=windows,
            weekday_windows=weekdays,
            closed_on=frozenset(closed),
            opened_on=frozenset(opened),
            years=frozenset(years),
            provisional_years=frozenset(year for year in years - declared if not published(year)),
        )
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            problems.error("calendars.csv", line.number, str((each["loc"] or ("windows",))[0]), each["msg"])
    return None


def _is_of(row: CalendarRow, line: Line[CalendarYearRow]) -> bool:
    return line.row.calendar_id == row.calendar_id


def _told(line: Line[CalendarRow], column: str, problems: Problems, read: Callable[[], T]) -> T | None:
    """What a cell says; None, with the problem noted, when it cannot be read."""
    try:
        return read()
    except ValidationError as error:
        what = "; ".join(each["msg"] for each in error.errors(include_url=False))
    except ValueError as error:
        what = str(error)
    problems.error("calendars.csv", line.number, column, what)
    return None


def _weekday_windows(items: tuple[str, ...]) -> dict[int, tuple[Window, ...]]:
    """Read ``5=09:00-12:00|6=``.

    Raises:
        ValueError: an item has another form, or a weekday is both open and closed.
    """
    found: dict[int, tuple[Window, ...]] = {}
    closed: set[int] = set()
    for item in items:
        weekday, equals, window = (part.strip() for part in item.partition("="))
        if not equals or weekday not in set("1234567"):
            raise ValueError(
                f"{item!r} must be written 5=09:00-12:00, or 6= for closed; 1 is Monday, 7 Sunday"
            )
        day = int(weekday)
        closed |= set() if window else {day}
        if day in closed and (window or day in found):
            raise ValueError(f"weekday {day} is closed and open")
        found[day] = (*found.get(day, ()), *([Window.parse(window)] if window else ()))
    return found


def _exceptions(
    years: set[int],
    declared: set[int],
    days: list[Line[CalendarDayRow]],
    kind: str,
    problems: Problems,
) -> tuple[set[date], set[date]]:
    """Weekdays off and weekend days on: known or foreseen ones first, overruled by hand second."""
    closed: set[date] = set()
    opened: set[date] = set()
    for year in years:
        for day in _days_of(year):
            _put(day, _opens(day, declared), closed, opened)
    for line in days:
        if kind != "statutory":
            what = f"a {kind} calendar has no holidays and no make-up days"
            problems.error("calendar_days.csv", line.number, "calendar_id", what)
        elif line.row.date.year not in years:
            what = f"{line.row.date.year} is not a known year: declare it in calendar_years.csv"
            problems.error("calendar_days.csv", line.number, "date", what)
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
        day += _ONE_DAY


def _opens(day: date, declared: set[int]) -> bool:
    """Whether people work on a day, before calendar_days.csv is heard."""
    if published(day.year):
        return announced_workday(day)
    return day.isoweekday() < _SATURDAY if day.year in declared else lawful_workday(day)
