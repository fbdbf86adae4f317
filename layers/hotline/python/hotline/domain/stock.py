"""督: what lies open with whom, and what the days brought: the figures of the city's dashboard.

A :class:`Snapshot` holds all of them as they were at one moment, so that a page reads one item. It is counted
anew every few minutes from what is there; nothing is added to it, so counting twice changes nothing.

Every figure lies with one agency or one district, and sums are made of those: agencies add up to districts and
districts to the city.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.directory import Directory, Level
from hotline.domain.model import Frozen

UNPLACED = "unplaced"
"""Where events are counted whose district nobody knows."""

TREND_DAYS = 35
"""So many days a snapshot remembers, today counted: five weeks, each weekday five times."""

HEAT_DAYS = 7
"""Of so many it remembers sub-districts and services: a week, so that weekends do not colour the map."""

SETTLED_AFTER = timedelta(hours=2)
"""So long after midnight a day is counted once more: every event has reached the lake by then."""

DESK = "~"
"""Begins the inbox of a desk of the hotline's own, which is no agency's."""

_COUNTED_AS = MappingProxyType(
    {
        "AppealRegistered": "registered",
        "WorkOrderDispatched": "dispatched",
        "WorkOrderResolved": "resolved",
        "WorkOrderClosed": "closed",
        "WorkOrderReopened": "reopened",
    }
)
"""Event → what it adds to; of a closing only one that is not handled together with another appeal."""

COUNTED_EVENTS = tuple(_COUNTED_AS)


class Stock(Frozen):
    """Orders that somebody has to act on.

    Attributes:
        overdue: the limit has passed.
        due_today: it passes before the city's day ends.
        later: it passes on another day.
        held: on hold (挂账), whatever the limit was; in none of the others.
        first_due_at: the limit of the one that is overdue for longest.
    """

    overdue: int = 0
    due_today: int = 0
    later: int = 0
    held: int = 0
    first_due_at: datetime | None = None

    @property
    def open(self) -> int:
        """All of them."""
        return self.overdue + self.due_today + self.later + self.held

    @classmethod
    def sum(cls, stocks: Iterable[Stock]) -> Stock:
        """Several together.

        Example:
            >>> Stock.sum([Stock(overdue=1), Stock(overdue=2, later=3)]).open
            6
        """
        found = tuple(stocks)
        firsts = [each.first_due_at for each in found if each.first_due_at]
        return cls(
            overdue=sum(each.overdue for each in found),
            due_today=sum(each.due_today for each in found),
            later=sum(each.later for each in found),
            held=sum(each.held for each in found),
            first_due_at=min(firsts, default=None),
        )


class Inbox(Frozen):
    """What lies in one inbox, an agency's or a desk's.

    Attributes:
        counted_at: when all but ``later`` was counted.
        held_later: of those on hold, the ones that were counted together with ``later``.
    """

    inbox: str
    stock: Stock
    counted_at: datetime
    held_later: int = 0


class Flow(Frozen):
    """How many orders came and went in a time."""

    registered: int = 0
    dispatched: int = 0
    resolved: int = 0
    closed: int = 0
    reopened: int = 0

    @classmethod
    def sum(cls, flows: Iterable[Flow]) -> Flow:
        """Several together."""
        found = tuple(flows)
        return cls(**{name: sum(getattr(each, name) for each in found) for name in cls.model_fields})


class Happened(NamedTuple):
    """So many events of a name, about one place and service, as the lake knows them."""

    name: str
    district: str | None
    subdistrict: str | None
    service_code: str | None
    times: int


class Day(Frozen):
    """What a day brought.

    Attributes:
        day: the city's own.
        counted_at: when its events were counted.
        districts: by district; ``unplaced`` for events whose district nobody knows.
        places: by sub-district, where it is known; only of the last days.
        services: registered appeals by district and service; only of the last days.
        stock: what lay open when the day was last looked at, by district; empty of days before the first
            snapshot, for the lake does not tell it.
    """

    day: date
    counted_at: datetime
    districts: Mapping[str, Flow] = {}
    places: Mapping[str, Flow] = {}
    services: Mapping[str, Mapping[str, int]] = {}
    stock: Mapping[str, Stock] = {}

    def settled(self, zone: ZoneInfo) -> bool:
        """Whether nothing can follow any more."""
        return self.counted_at >= end_of(self.day, zone) + SETTLED_AFTER


class Snapshot(Frozen):
    """All figures of a moment.

    Attributes:
        taken_at: when.
        later_at: when ``later`` of the inboxes was last counted, which costs a read of every open order.
        flows_at: when today's events were last counted; earlier than ``taken_at`` while the lake is out of reach.
        inboxes: of every agency and desk, by name.
        days: oldest first, the last one is today.
        units: read units that the count took.
    """

    taken_at: datetime
    later_at: datetime
    flows_at: datetime | None = None
    inboxes: tuple[Inbox, ...] = ()
    days: tuple[Day, ...] = ()
    units: float = 0

    def stocks(self) -> Mapping[str, Stock]:
        """What lies with each agency."""
        return {each.inbox: each.stock for each in self.inboxes if not each.inbox.startswith(DESK)}


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day of the city is over.

    Example:
        >>> end_of(date(2026, 5, 6), ZoneInfo("Asia/Shanghai")).isoformat()
        '2026-05-07T00:00:00+08:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), zone)


def day_of_events(day: date, happened: Iterable[Happened], directory: Directory, counted_at: datetime) -> Day:
    """Add up the events of a day; what a place or a service is unknown of is counted without it."""
    districts: dict[str, dict[str, int]] = {}
    places: dict[str, dict[str, int]] = {}
    services: dict[str, dict[str, int]] = {}
    for each in happened:
        what = _COUNTED_AS[each.name]
        place = directory.jurisdictions.get(each.subdistrict or "")
        known = place is not None and place.level is Level.SUBDISTRICT
        district = directory.district_of(each.subdistrict if known else each.district) or UNPLACED
        _add(districts, district, what, each.times)
        if known and place is not None:
            _add(places, place.code, what, each.times)
        if what == "registered" and each.service_code and each.service_code in directory.services:
            _add(services, district, each.service_code, each.times)
    return Day(
        day=day,
        counted_at=counted_at,
        districts={code: Flow(**flow) for code, flow in sorted(districts.items())},
        places={code: Flow(**flow) for code, flow in sorted(places.items())},
        services={code: dict(sorted(counts.items())) for code, counts in sorted(services.items())},
    )


def remembered(days: Iterable[Day], today: date) -> Iterator[Day]:
    """The days that a snapshot keeps, oldest first, with as much of each as it keeps."""
    for each in sorted(days, key=lambda day: day.day):
        age = (today - each.day).days
        if HEAT_DAYS <= age < TREND_DAYS:
            yield each.model_copy(update={"places": {}, "services": {}})
        elif 0 <= age < HEAT_DAYS:
            yield each


def _add(sums: dict[str, dict[str, int]], where: str, what: str, times: int) -> None:
    found = sums.setdefault(where, {})
    found[what] = found.get(what, 0) + times
