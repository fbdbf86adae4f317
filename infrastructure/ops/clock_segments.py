"""The minutes of a clock's life, in segments that a person can read. Pure.

Example, an hour of an office whose lunch begins at 12:00 (local times)::

    11:30 12:00  open     30 min   total 30 min
    12:00 13:00  closed
    13:00 13:30  open     30 min   total 1 h
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.calendar import WorkCalendar
from infrastructure.ops.clock_lives import Step

State = Literal["open", "make_up", "closed", "weekend", "holiday", "paused"]
"""``make_up`` is open too: a Saturday or Sunday that is worked (调休)."""

HolidayName = Callable[[str, date], str | None]
"""What a day is called on a calendar when it is a holiday."""

_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta()
_SATURDAY = 6


class Segment(NamedTuple):
    """A stretch of one kind.

    Attributes:
        end: None while a pause lasts.
        name: of the holiday, or of the event that began the pause.
        open_time: how much of it counts.
        total: open time from the start of the clock to the end of the segment.
        working_day: the how manieth open day after the first ends here; only of a limit in days that
            has not been paused.
    """

    start: datetime
    end: datetime | None
    state: State
    name: str | None
    open_time: timedelta
    total: timedelta
    working_day: int | None = None


class _Stretch(NamedTuple):
    start: datetime
    end: datetime
    state: State
    name: str | None


def segments_of(steps: Sequence[Step], holiday_name: HolidayName) -> list[Segment]:
    """From the start to the due time, or into the pause that still lasts; cut where something befell it."""
    cuts = [step.event.at for step in steps]
    first, began = steps[0], steps[0].clock.started_at
    counts_days = first.limit is not None and first.limit.unit == "days" and first.calendar.kind != "24x7"
    told: list[Segment] = []
    total, days = _NOTHING, 0
    for run in _runs(steps):
        if run.paused_by is not None:
            told.append(Segment(run.start, run.end, "paused", run.paused_by, _NOTHING, total))
            counts_days = False
            continue
        assert run.end is not None
        for stretch in _cut(_stretches(run.calendar, run.start, run.end, holiday_name), cuts):
            open_time = stretch.end - stretch.start if stretch.state in ("open", "make_up") else _NOTHING
            total += open_time
            ends_day = counts_days and open_time and _ends_a_day(run.calendar, stretch.end, began)
            days += bool(ends_day)
            told.append(Segment(*stretch, open_time, total, days if ends_day else None))
    return told


class _Run(NamedTuple):
    """A time during which the clock ran, or stood still because of an event."""

    start: datetime
    end: datetime | None
    calendar: WorkCalendar
    paused_by: str | None = None


def _runs(steps: Sequence[Step]) -> Iterator[_Run]:
    """Run until the pause or the limit, whichever comes first; rest; run on with what was left."""
    began: datetime | None = steps[0].clock.started_at
    paused: Step | None = None
    before = steps[0]
    for step in steps[1:]:
        if step.what == "paused" and began is not None:
            end = min(step.event.at, before.clock.due_at)
            if end > began:
                yield _Run(began, end, before.calendar)
            began, paused = None, step
        elif paused is not None and step.what in ("resumed", "stopped"):
            yield _Run(paused.event.at, step.event.at, step.calendar, paused.event.name)
            began = step.event.at if step.what == "resumed" and before.clock.remaining else None
            paused = None
        before = step
    if paused is not None:
        yield _Run(paused.event.at, None, paused.calendar, paused.event.name)
    elif began is not None and before.clock.due_at > began:
        yield _Run(began, before.clock.due_at, before.calendar)


def _stretches(
    calendar: WorkCalendar, start: datetime, end: datetime, holiday_name: HolidayName
) -> list[_Stretch]:
    """Open and closed, in turn; what is closed for the same reason is one stretch, over midnights too."""
    found: list[_Stretch] = []
    edge = start
    for opens, closes in calendar.open_between(start, end):
        _add(found, _closed(calendar, edge, opens, holiday_name))
        made_up = calendar.local_date(opens) in calendar.opened_on
        found.append(_Stretch(opens, closes, "make_up" if made_up else "open", None))
        edge = closes
    _add(found, _closed(calendar, edge, end, holiday_name))
    return found


def _add(found: list[_Stretch], more: Iterable[_Stretch]) -> None:
    for stretch in more:
        last = found[-1] if found else None
        if last and last.end == stretch.start and last[2:] == stretch[2:]:
            found[-1] = last._replace(end=stretch.end)
        else:
            found.append(stretch)


def _closed(
    calendar: WorkCalendar, start: datetime, end: datetime, holiday_name: HolidayName
) -> Iterator[_Stretch]:
    """A closed time, day by day with the reason of each."""
    zone = ZoneInfo(calendar.timezone)
    while start < end:
        day = calendar.local_date(start)
        midnight = datetime.combine(day + _ONE_DAY, time(), zone).astimezone(start.tzinfo)
        yield _Stretch(start, min(midnight, end), *_reason(calendar, day, holiday_name))
        start = midnight


def _reason(calendar: WorkCalendar, day: date, holiday_name: HolidayName) -> tuple[State, str | None]:
    if calendar.kind == "statutory" and day not in calendar.opened_on:
        weekend = day.isoweekday() >= _SATURDAY
        name = holiday_name(calendar.calendar_id, day) if weekend or day in calendar.closed_on else None
        if day in calendar.closed_on or name:
            return "holiday", name
        if weekend:
            return "weekend", None
    return "closed", None


def _cut(stretches: Iterable[_Stretch], moments: Iterable[datetime]) -> Iterator[_Stretch]:
    for stretch in stretches:
        inside = sorted({each for each in moments if stretch.start < each < stretch.end})
        for start, end in pairwise((stretch.start, *inside, stretch.end)):
            yield stretch._replace(start=start, end=end)


def _ends_a_day(calendar: WorkCalendar, moment: datetime, began: datetime) -> bool:
    """Whether nothing more opens on the local day, and it is not the day of the start."""
    day = calendar.local_date(moment - datetime.resolution)
    midnight = datetime.combine(day + _ONE_DAY, time(), ZoneInfo(calendar.timezone))
    return day != calendar.local_date(began) and not any(calendar.open_between(moment, midnight))
