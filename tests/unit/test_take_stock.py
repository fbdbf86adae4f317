"""The dashboard's figures: counted from what is there, whole, and at a bounded price."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.domain.errors import Unavailable
from hotline.domain.outcomes import CITY_WIDE
from hotline.domain.side_orders import CALLBACKS
from hotline.domain.stock import (
    COUNTED_EVENTS,
    HEAT_DAYS,
    TREND_DAYS,
    UNPLACED,
    Flow,
    Happened,
    Inbox,
    Snapshot,
    Stock,
    day_of_events,
)
from hotline.ports import OPERATORS, DueOrders, LaterOrders
from hotline.use_cases import take_stock as taking
from hotline.use_cases.take_stock import by_district, take_stock
from tests.unit.builders_directory import (
    EAST,
    RIVERSIDE,
    WEST,
    WEST_ZHONGSHAN,
    FixedDirectory,
    tiny_directory,
)

NOW = datetime(2026, 5, 6, 4, 0, tzinfo=UTC)  # noon in the city
TODAY = date(2026, 5, 6)
CITY = tiny_directory()


class Lying:
    """``ports.InboxCounts`` over lists of limits; a look costs half a unit, and one for each order."""

    def __init__(self) -> None:
        self.limits: dict[str, list[datetime]] = {}
        self.held: dict[str, list[datetime]] = {}
        self.looked: list[tuple[str, str]] = []

    def put(self, inbox: str, *hours: float, held: bool = False) -> None:
        """Orders that are due so many hours from now."""
        place = self.held if held else self.limits
        place.setdefault(inbox, []).extend(NOW + timedelta(hours=each) for each in hours)

    def due_by(self, inbox: str, until: datetime) -> DueOrders:
        self.looked.append(("due", inbox))
        limits = [at for at in self.limits.get(inbox, []) if at < until]
        held = sum(at < until for at in self.held.get(inbox, []))
        return DueOrders(limits, held, 0.5 + len(limits))

    def due_after(self, inbox: str, since: datetime) -> LaterOrders:
        self.looked.append(("later", inbox))
        orders = sum(at >= since for at in self.limits.get(inbox, []))
        return LaterOrders(orders, sum(at >= since for at in self.held.get(inbox, [])), 0.5 + orders)


class Told:
    """``ports.DayEvents``; ``away`` as when the bucket cannot be reached."""

    def __init__(self) -> None:
        self.days: dict[date, list[Happened]] = {}
        self.asked: list[date] = []
        self.away = False

    def of_day(self, day: date) -> list[Happened]:
        if self.away:
            raise Unavailable("s3")
        self.asked.append(day)
        return self.days.get(day, [])


class Kept:
    """``ports.Snapshots``."""

    def __init__(self) -> None:
        self.snapshot: Snapshot | None = None

    def latest(self) -> Snapshot | None:
        return self.snapshot

    def keep(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot


class Office:
    """Takes stock, with everything that it needs."""

    def __init__(self) -> None:
        self.lying, self.told, self.kept = Lying(), Told(), Kept()
        self.now = NOW

    def take(self, units: float = 1e9, past_days: int = 3) -> Snapshot:
        self.lying.looked.clear()
        self.told.asked.clear()
        return take_stock(
            counts=self.lying,
            events=self.told,
            snapshots=self.kept,
            directories=FixedDirectory(CITY),
            now=self.now,
            units=units,
            past_days=past_days,
        )


def stock_of(snapshot: Snapshot, inbox: str) -> Stock:
    (found,) = (each.stock for each in snapshot.inboxes if each.inbox == inbox)
    return found


def test_orders_are_overdue_due_today_later_or_on_hold_and_never_two_of_these() -> None:
    office = Office()
    office.lying.put(RIVERSIDE, -30, -1, 1, 11.9, 12, 100)
    office.lying.put(RIVERSIDE, -5, 50, held=True)
    found = stock_of(office.take(), RIVERSIDE)
    assert (found.overdue, found.due_today, found.later, found.held) == (2, 2, 2, 2)
    assert found.first_due_at == NOW - timedelta(hours=30)
    assert found.open == 8


def test_desks_are_counted_too_and_are_nobodys_agency() -> None:
    office = Office()
    for desk in (OPERATORS, CALLBACKS, CITY.supervisors_of(None), CITY.supervisors_of(EAST)):
        office.lying.put(desk, -1, 3)
    snapshot = office.take()
    assert stock_of(snapshot, CITY.supervisors_of(EAST)).open == 2
    assert snapshot.stocks().keys() == CITY.agencies.keys()
    assert Stock.sum(snapshot.stocks().values()).open == 0


def test_what_is_due_later_is_counted_by_the_hour_once_there_is_much_of_it() -> None:
    office = Office()
    office.lying.put(RIVERSIDE, *[100.0] * taking.LATER_AT_ONCE)
    office.take()
    office.lying.put(RIVERSIDE, 101, -1)
    office.lying.put(RIVERSIDE, 101, held=True)
    office.now += timedelta(minutes=5)
    between = office.take()
    assert {what for what, _ in office.lying.looked} == {"due"}
    assert (stock_of(between, RIVERSIDE).later, stock_of(between, RIVERSIDE).overdue) == (20_000, 1)
    office.now += timedelta(minutes=55)
    hourly = stock_of(office.take(), RIVERSIDE)
    assert (hourly.later, hourly.held) == (20_001, 1)
    office.now += timedelta(minutes=5)
    assert stock_of(office.take(), RIVERSIDE).held == 1


def test_midnight_makes_another_day_of_later() -> None:
    office = Office()
    office.now = NOW + timedelta(hours=11, minutes=58)
    office.lying.put(RIVERSIDE, *[20.0] * taking.LATER_AT_ONCE)
    assert stock_of(office.take(), RIVERSIDE).later == taking.LATER_AT_ONCE
    office.now += timedelta(minutes=5)
    after = stock_of(office.take(), RIVERSIDE)
    assert (after.due_today, after.later) == (taking.LATER_AT_ONCE, 0)


def test_a_flood_costs_no_more_than_the_bound_and_everybody_has_a_turn() -> None:
    office = Office()
    for agency_id in CITY.agencies:
        office.lying.put(agency_id, *[-1.0] * 100)
    inboxes = len(office.take().inboxes)
    office.now += timedelta(minutes=5)
    for _ in range(inboxes):
        snapshot = office.take(units=150)
        assert snapshot.units < 150 + 102
        assert len(snapshot.inboxes) == inboxes
        office.now += timedelta(minutes=5)
        if all(each.counted_at > NOW for each in snapshot.inboxes):
            break
    else:
        raise AssertionError("somebody was never counted")


def test_taking_stock_twice_gives_the_same() -> None:
    office = Office()
    office.lying.put(RIVERSIDE, -1, 5)
    office.told.days[TODAY] = [Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", 3)]
    first = office.take(past_days=TREND_DAYS)
    assert office.take(past_days=TREND_DAYS) == first


def test_events_are_added_up_by_where_they_happened() -> None:
    office = Office()
    office.told.days[TODAY] = [
        Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", 3),
        Happened("AppealRegistered", EAST, None, "street.lamp", 2),
        Happened("AppealRegistered", None, None, None, 1),
        Happened("WorkOrderClosed", None, WEST_ZHONGSHAN, "nobody's", 4),
        Happened("WorkOrderReopened", "000000", "unheard of", None, 1),
    ]
    day = office.take().days[-1]
    assert day.districts[EAST] == Flow(registered=5)
    assert day.districts[WEST] == Flow(closed=4)
    assert day.districts[UNPLACED] == Flow(registered=1, reopened=1)
    assert day.places == {RIVERSIDE: Flow(registered=3), WEST_ZHONGSHAN: Flow(closed=4)}
    assert day.services == {EAST: {"street.lamp": 5}}


def test_past_days_fill_by_themselves_and_are_settled_once() -> None:
    office = Office()
    yesterday = TODAY - timedelta(days=1)
    office.told.days[yesterday] = [Happened("WorkOrderClosed", EAST, None, None, 2)]
    office.take(past_days=2)
    assert office.told.asked == [TODAY, yesterday, TODAY - timedelta(days=2)]
    office.take(past_days=2)
    assert office.told.asked == [TODAY, TODAY - timedelta(days=3), TODAY - timedelta(days=4)]
    while len(office.take().days) < TREND_DAYS:
        pass
    office.take()
    assert office.told.asked == [TODAY]
    assert office.take().days[-2].districts == {EAST: Flow(closed=2)}


def test_yesterday_keeps_what_lay_open_and_is_counted_again_until_nothing_can_follow() -> None:
    office = Office()
    office.lying.put(RIVERSIDE, -1)
    office.take(past_days=TREND_DAYS)
    office.now += timedelta(hours=13)
    office.told.days[TODAY] = [Happened("WorkOrderClosed", EAST, None, None, 1)]
    after_midnight = office.take()
    assert office.told.asked == [TODAY + timedelta(days=1), TODAY]
    assert after_midnight.days[-2].stock[EAST].overdue == 1
    office.now += timedelta(hours=2)
    office.take()
    assert office.told.asked[1:] == [TODAY]
    office.take()
    assert office.told.asked[1:] == []


def test_only_a_week_keeps_places_and_only_five_weeks_are_kept() -> None:
    office = Office()
    for age in range(TREND_DAYS + 3):
        office.told.days[TODAY - timedelta(days=age)] = [
            Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", 1)
        ]
    days = office.take(past_days=TREND_DAYS).days
    assert len(days) == TREND_DAYS
    assert [bool(each.places) for each in days] == [False] * (TREND_DAYS - HEAT_DAYS) + [True] * HEAT_DAYS
    assert all(each.districts for each in days)


def test_a_lake_out_of_reach_leaves_the_flows_as_they_were_and_says_since_when() -> None:
    office = Office()
    office.told.days[TODAY] = [Happened("AppealRegistered", EAST, RIVERSIDE, None, 3)]
    office.take()
    office.told.away = True
    office.lying.put(RIVERSIDE, -1)
    office.now += timedelta(minutes=5)
    snapshot = office.take()
    assert (snapshot.taken_at, snapshot.flows_at) == (office.now, NOW)
    assert snapshot.days[-1].districts[EAST].registered == 3
    assert stock_of(snapshot, RIVERSIDE).overdue == 1


def test_a_lake_that_was_never_there_is_no_reason_not_to_count_orders() -> None:
    office = Office()
    office.told.away = True
    snapshot = office.take()
    assert (snapshot.flows_at, snapshot.days[-1].districts) == (None, {})


SLOW_TO_BEGIN = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
"""The first value waits for its model to be built."""

COUNTS = st.integers(min_value=0, max_value=9)
STOCKS = st.builds(Stock, overdue=COUNTS, due_today=COUNTS, later=COUNTS, held=COUNTS)


@SLOW_TO_BEGIN
@given(st.dictionaries(st.sampled_from(sorted(CITY.agencies)), STOCKS))
def test_agencies_add_up_to_districts_and_districts_to_the_city(stocks: dict[str, Stock]) -> None:
    inboxes = [Inbox(inbox=name, stock=stock, counted_at=NOW) for name, stock in stocks.items()]
    inboxes.append(Inbox(inbox=OPERATORS, stock=Stock(overdue=5), counted_at=NOW))
    districts = by_district(inboxes, CITY)
    assert Stock.sum(districts.values()) == Stock.sum(stocks.values())
    assert set(districts) <= {EAST, WEST, CITY_WIDE}


PLACES = st.sampled_from([None, EAST, WEST, RIVERSIDE, WEST_ZHONGSHAN, "elsewhere"])
HAPPENED = st.builds(Happened, st.sampled_from(COUNTED_EVENTS), PLACES, PLACES, PLACES, COUNTS)


@SLOW_TO_BEGIN
@given(st.lists(HAPPENED, max_size=12))
def test_every_event_is_in_one_district_and_in_at_most_one_place_of_it(happened: list[Happened]) -> None:
    day = day_of_events(TODAY, happened, CITY, NOW)
    total = Flow.sum(day.districts.values())
    assert sum(total.model_dump().values()) == sum(each.times for each in happened)
    for district in (EAST, WEST):
        inside = Flow.sum(flow for code, flow in day.places.items() if CITY.district_of(code) == district)
        whole = day.districts.get(district, Flow())
        assert all(getattr(inside, name) <= getattr(whole, name) for name in Flow.model_fields)
