"""督: what a caller sees of the dashboard: the whole city, or the own district and nothing of another.

Every figure that a page shows comes from here, so this is the one place where rows are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from hotline.domain.actor import Role
from hotline.domain.directory import Level
from hotline.domain.errors import NotFound
from hotline.domain.outcomes import district_of_agency
from hotline.domain.side_orders import CALLBACKS
from hotline.domain.stock import HEAT_DAYS, UNPLACED, Day, Flow, Stock
from hotline.ports import OPERATORS

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directory
    from hotline.domain.stock import Snapshot

STALE_AFTER = timedelta(minutes=15)
"""Three counts have failed: pages say that the figures are old."""

SHADES = 5
"""Shades of the heat map, besides none."""


class BoardAgency(NamedTuple):
    """An agency and what lies with it; ``district`` is ``city`` of one that belongs to none."""

    agency_id: str
    name_zh: str
    name_en: str
    district: str
    stock: Stock


class BoardPlace(NamedTuple):
    """A district or sub-district; ``shade`` compares the week's appeals with those of the other places."""

    code: str
    name_zh: str
    name_en: str
    tile: tuple[int, int] | None
    today: Flow
    week: Flow
    stock: Stock
    shade: int


class BoardService(NamedTuple):
    """A service and how many appeals came about it."""

    service_code: str
    name_zh: str
    name_en: str
    today: int
    week: int


class BoardDay(NamedTuple):
    """A day of the trend; ``stock`` is None of a day at whose end nobody counted."""

    day: date
    flow: Flow
    stock: Stock | None


class Desks(NamedTuple):
    """What waits for the hotline itself; the first two are None for who sees one district only.

    ``requests``: for the supervisors of the own district, or of the city: districts decide about their own.
    """

    operators: Stock | None
    callbacks: Stock | None
    requests: Stock


class Board:
    """A snapshot as one caller may see it."""

    def __init__(self, snapshot: Snapshot, directory: Directory, by: Actor, now: datetime) -> None:
        self._snapshot = snapshot
        self._directory = directory
        self._by = by
        self._now = now

    @property
    def taken_at(self) -> datetime:
        """Of what moment the figures are."""
        return self._snapshot.taken_at

    @property
    def flows_at(self) -> datetime | None:
        """Of what moment today's events are; None while none were ever counted."""
        return self._snapshot.flows_at

    @property
    def stale(self) -> bool:
        """Whether the figures are too old to be called live."""
        return self._now - self.taken_at > STALE_AFTER

    @property
    def flows_stale(self) -> bool:
        """The same of what the day has brought."""
        return self.flows_at is None or self._now - self.flows_at > STALE_AFTER

    @property
    def district(self) -> str | None:
        """The one district that the caller sees; None for the whole city."""
        return self._by.district if self._by.role is Role.SUPERVISOR else None

    def sees(self, district: str) -> bool:
        """Whether a district's rows are the caller's to see."""
        return self.district in (None, district)

    @cached_property
    def agencies(self) -> tuple[BoardAgency, ...]:
        """Whose orders are overdue for longest and most stands first."""
        rows = (
            BoardAgency(agency_id, agency.name_zh, agency.name_en, district, stock)
            for agency_id, stock in self._snapshot.stocks().items()
            if (agency := self._directory.agencies.get(agency_id)) is not None
            and self.sees(district := district_of_agency(agency_id, self._directory))
        )
        return tuple(sorted(rows, key=lambda row: (-row.stock.overdue, -row.stock.open, row.agency_id)))

    def agency(self, agency_id: str) -> BoardAgency:
        """One of them.

        Raises:
            NotFound: there is none, or it is another district's.
        """
        for row in self.agencies:
            if row.agency_id == agency_id:
                return row
        raise NotFound("agency")

    @cached_property
    def stock(self) -> Stock:
        """Everything that the caller sees."""
        return Stock.sum(row.stock for row in self.agencies)

    @cached_property
    def desks(self) -> Desks:
        """What waits for the hotline itself: to be dispatched, to be called, to be decided."""
        lying = {each.inbox: each.stock for each in self._snapshot.inboxes}
        requests = lying.get(self._directory.supervisors_of(self.district), Stock())
        if self.district:
            return Desks(None, None, requests)
        return Desks(lying.get(OPERATORS, Stock()), lying.get(CALLBACKS, Stock()), requests)

    @property
    def today(self) -> Flow:
        """What today has brought."""
        return self._flow(self._snapshot.days[-1])

    @property
    def unplaced(self) -> int:
        """Appeals of the week whose district nobody knows; the city's."""
        if self.district:
            return 0
        return sum(day.districts.get(UNPLACED, Flow()).registered for day in self._week())

    def trend(self) -> tuple[BoardDay, ...]:
        """Day by day, oldest first."""
        return tuple(
            BoardDay(
                each.day,
                self._flow(each),
                Stock.sum(stock for where, stock in each.stock.items() if self.sees(where))
                if each.stock
                else None,
            )
            for each in self._snapshot.days
        )

    def places(self) -> tuple[BoardPlace, ...]:
        """The districts that the caller sees."""
        wanted = (
            each.code
            for each in self._directory.jurisdictions.values()
            if each.level is Level.DISTRICT and self.sees(each.code)
        )
        return self._places(wanted, lambda day: day.districts)

    def places_in(self, district: str) -> tuple[BoardPlace, ...]:
        """The sub-districts of a district.

        Raises:
            NotFound: there is no such district, or it is another one than the caller's.
        """
        place = self._directory.jurisdictions.get(district)
        if place is None or place.level is not Level.DISTRICT or not self.sees(district):
            raise NotFound("district")
        inside = (each.code for each in self._directory.jurisdictions.values() if each.parent == district)
        return self._places(inside, lambda day: day.places)

    def services(self, district: str | None = None) -> tuple[BoardService, ...]:
        """What people complain about, most of it first; in one district, or wherever the caller sees."""
        week: dict[str, int] = {}
        today: dict[str, int] = {}
        for day in self._week():
            for where, counts in day.services.items():
                if self.sees(where) and district in (None, where):
                    for code, times in counts.items():
                        week[code] = week.get(code, 0) + times
                        if day is self._snapshot.days[-1]:
                            today[code] = today.get(code, 0) + times
        names = self._directory.services
        rows = (
            BoardService(code, names[code].name_zh, names[code].name_en, today.get(code, 0), times)
            for code, times in week.items()
            if code in names
        )
        return tuple(sorted(rows, key=lambda row: (-row.week, row.service_code)))

    def _places(
        self, codes: Iterator[str], of_day: Callable[[Day], Mapping[str, Flow]]
    ) -> tuple[BoardPlace, ...]:
        stocks: dict[str, list[Stock]] = {}
        for row in self.agencies:
            governs = self._directory.agencies[row.agency_id].jurisdiction
            for where in {governs, row.district}:
                stocks.setdefault(where, []).append(row.stock)
        found = []
        for code in codes:
            flows = [of_day(day).get(code, Flow()) for day in self._week()]
            place = self._directory.jurisdictions[code]
            found.append((place, flows[-1], Flow.sum(flows), Stock.sum(stocks.get(code, ()))))
        most = max((week.registered for _, _, week, _ in found), default=0)
        return tuple(
            BoardPlace(
                place.code,
                place.name_zh,
                place.name_en,
                place.tile,
                today,
                week,
                stock,
                -(-SHADES * week.registered // most) if most else 0,
            )
            for place, today, week, stock in found
        )

    def _flow(self, day: Day) -> Flow:
        return Flow.sum(flow for where, flow in day.districts.items() if self.sees(where))

    def _week(self) -> tuple[Day, ...]:
        last = self._snapshot.days[-1].day
        return tuple(day for day in self._snapshot.days if (last - day.day).days < HEAT_DAYS)
