"""督: take stock: count what lies open with every agency, and what today has brought.

What is due by the end of the city's day is read in full each time: O(overdue + due today). What is due later
changes little by the hour and is most of what is open, so it is counted once an hour, or each time while
there is little of it. A bound on read units holds whatever lies there: inboxes that it does not reach keep the
figures of before and come first the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.directory import Directories, Directory, Level
from hotline.domain.errors import Unavailable
from hotline.domain.outcomes import district_of_agency
from hotline.domain.side_orders import CALLBACKS
from hotline.domain.stock import (
    TREND_DAYS,
    Day,
    Inbox,
    Snapshot,
    Stock,
    day_of_events,
    end_of,
    remembered,
)
from hotline.ports import OPERATORS, DayEvents, InboxCounts, Snapshots

UNITS_AT_MOST = 25_000
"""Read units of one count: 700 agencies with 500,000 open orders take about 19,000, and 4,000 between the hours."""

LATER_EVERY = timedelta(hours=1)
LATER_AT_ONCE = 20_000
"""So many orders that are due later are counted each time: that costs less than 700 empty inboxes."""

PAST_DAYS_AT_ONCE = 3
"""So many past days are counted in one go: after an outage, or in a new city, the trend fills by itself."""


class _Counted(NamedTuple):
    inboxes: tuple[Inbox, ...]
    units: float


def take_stock(
    *,
    counts: InboxCounts,
    events: DayEvents,
    snapshots: Snapshots,
    directories: Directories,
    now: datetime,
    units: float = UNITS_AT_MOST,
    past_days: int = PAST_DAYS_AT_ONCE,
) -> Snapshot:
    """Count, and put the snapshot in the place of the one before; a later one that is there stays.

    Args:
        units: read units after which no further inbox is looked at.
        past_days: so many days that are over may be counted besides today.
    """
    directory = directories.current()
    zone = ZoneInfo(directory.city.timezone)
    today = now.astimezone(zone).date()
    before = snapshots.latest()
    with_later = _counts_later(before, now, zone)
    counted = _count_inboxes(counts, directory, before, now, end_of(today, zone), with_later, units)
    stock = by_district(counted.inboxes, directory)
    days, flows_at = _count_days(events, directory, before, now, past_days)
    snapshot = Snapshot(
        taken_at=now,
        later_at=now if with_later or before is None else before.later_at,
        flows_at=flows_at,
        inboxes=counted.inboxes,
        days=tuple(
            each.model_copy(update={"stock": stock}) if each.day == today else each
            for each in remembered(days, today)
        ),
        units=round(counted.units, 1),
    )
    snapshots.keep(snapshot)
    return snapshot


def by_district(inboxes: Iterable[Inbox], directory: Directory) -> Mapping[str, Stock]:
    """What lies with the agencies of each district; ``city`` for those that belong to none."""
    found: dict[str, list[Stock]] = {}
    for each in inboxes:
        if each.inbox in directory.agencies:
            found.setdefault(district_of_agency(each.inbox, directory), []).append(each.stock)
    return {district: Stock.sum(stocks) for district, stocks in sorted(found.items())}


def _counts_later(before: Snapshot | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether what is due later is counted this time: at midnight it becomes due today."""
    if before is None or now - before.later_at >= LATER_EVERY:
        return True
    if before.later_at.astimezone(zone).date() != now.astimezone(zone).date():
        return True
    return sum(each.stock.later for each in before.inboxes) < LATER_AT_ONCE


def _count_inboxes(
    counts: InboxCounts,
    directory: Directory,
    before: Snapshot | None,
    now: datetime,
    day_ends: datetime,
    with_later: bool,
    units: float,
) -> _Counted:
    """Look into every inbox, those first that were not looked at for longest."""
    known = {each.inbox: each for each in before.inboxes} if before else {}
    spent = 0.0
    found: dict[str, Inbox] = {}
    for inbox in sorted(
        _inboxes(directory), key=lambda name: (name in known and known[name].counted_at, name)
    ):
        earlier = known.get(inbox)
        if spent >= units:
            if earlier is not None:
                found[inbox] = earlier
            continue
        due = counts.due_by(inbox, day_ends)
        spent += due.units
        later, held_later = (earlier.stock.later, earlier.held_later) if earlier else (0, 0)
        if with_later or earlier is None:
            after = counts.due_after(inbox, day_ends)
            spent += after.units
            later, held_later = after.orders, after.held
        found[inbox] = Inbox(
            inbox=inbox,
            stock=Stock(
                overdue=sum(at < now for at in due.limits),
                due_today=sum(at >= now for at in due.limits),
                later=later,
                held=due.held + held_later,
                first_due_at=min((at for at in due.limits if at < now), default=None),
            ),
            counted_at=now,
            held_later=held_later,
        )
    return _Counted(tuple(found[name] for name in sorted(found)), spent)


def _inboxes(directory: Directory) -> list[str]:
    """Every agency's, and the desks': dispatch, calls, and what waits for the supervisors of each place."""
    districts = (each.code for each in directory.jurisdictions.values() if each.level is Level.DISTRICT)
    supervisors = (directory.supervisors_of(district) for district in (None, *districts))
    return [*directory.agencies, OPERATORS, CALLBACKS, *supervisors]


def _count_days(
    events: DayEvents, directory: Directory, before: Snapshot | None, now: datetime, past_days: int
) -> tuple[list[Day], datetime | None]:
    """Today anew, and some of the days before that were not counted since they ended, the latest first.

    While the lake is out of reach the figures of before stand, with the moment of which they are.
    """
    zone = ZoneInfo(directory.city.timezone)
    today = now.astimezone(zone).date()
    known = {each.day: each for each in before.days} if before else {}
    past = [today - timedelta(days=age) for age in range(1, TREND_DAYS)]
    unsettled = [day for day in past if day not in known or not known[day].settled(zone)]
    try:
        for day in (today, *unsettled[:past_days]):
            counted = day_of_events(day, events.of_day(day), directory, now)
            stock = known[day].stock if day in known else {}
            known[day] = counted.model_copy(update={"stock": stock})
    except Unavailable:
        known.setdefault(today, Day(day=today, counted_at=now))
        return list(known.values()), before.flows_at if before else None
    return list(known.values()), now
