"""The dashboard of a district shows that district and nothing of another; sums are those of the rows shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.outcomes import district_of_agency
from hotline.domain.side_orders import CALLBACKS
from hotline.domain.stock import (
    COUNTED_EVENTS,
    HEAT_DAYS,
    Flow,
    Happened,
    Inbox,
    Snapshot,
    Stock,
    day_of_events,
)
from hotline.ports import OPERATORS
from hotline.use_cases.read_board import SHADES, Board
from hotline.use_cases.take_stock import by_district
from tests.unit.builders_directory import (
    EAST,
    EAST_ZHONGSHAN,
    RIVERSIDE,
    WEST,
    WEST_ZHONGSHAN,
    tiny_directory,
)

NOW = datetime(2026, 5, 6, 4, 0, tzinfo=UTC)
TODAY = date(2026, 5, 6)
CITY = tiny_directory()
EVERYTHING = Actor(role=Role.SUPERVISOR, subject="sun")
EASTERN = Actor(role=Role.SUPERVISOR, subject="zhou", district=EAST)

COUNTS = st.integers(min_value=0, max_value=9)
STOCKS = st.builds(Stock, overdue=COUNTS, due_today=COUNTS, later=COUNTS, held=COUNTS)
INBOXES = [*CITY.agencies, OPERATORS, CALLBACKS, *(CITY.supervisors_of(each) for each in (None, EAST, WEST))]
PLACES = st.sampled_from([None, EAST, WEST, RIVERSIDE, EAST_ZHONGSHAN, WEST_ZHONGSHAN])
SERVICES = st.sampled_from([None, "street.lamp", "water.outage"])
HAPPENED = st.lists(
    st.builds(Happened, st.sampled_from(COUNTED_EVENTS), PLACES, PLACES, SERVICES, COUNTS), max_size=8
)

SLOW_TO_BEGIN = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
"""The first snapshot waits for its models to be built."""


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A city of two days."""
    stocks = draw(st.fixed_dictionaries(dict.fromkeys(INBOXES, STOCKS)))
    inboxes = tuple(Inbox(inbox=name, stock=stock, counted_at=NOW) for name, stock in stocks.items())
    days = [
        day_of_events(TODAY - timedelta(days=age), draw(HAPPENED), CITY, NOW).model_copy(
            update={"stock": by_district(inboxes, CITY)}
        )
        for age in (1, 0)
    ]
    return Snapshot(taken_at=NOW, later_at=NOW, flows_at=NOW, inboxes=inboxes, days=tuple(days))


def board(snapshot: Snapshot, by: Actor = EVERYTHING, now: datetime = NOW) -> Board:
    return Board(snapshot, CITY, by, now)


@SLOW_TO_BEGIN
@given(snapshots())
def test_a_districts_board_is_made_of_that_districts_rows_alone(snapshot: Snapshot) -> None:
    foreign = snapshot.model_copy(
        update={
            "inboxes": tuple(
                each
                for each in snapshot.inboxes
                if district_of_agency(each.inbox, CITY) == EAST or each.inbox == CITY.supervisors_of(EAST)
            ),
            "days": tuple(
                day.model_copy(
                    update={
                        "districts": {EAST: day.districts.get(EAST, Flow())},
                        "places": {
                            code: flow for code, flow in day.places.items() if CITY.district_of(code) == EAST
                        },
                        "services": {EAST: day.services.get(EAST, {})},
                        "stock": {EAST: day.stock[EAST]},
                    }
                )
                for day in snapshot.days
            ),
        }
    )
    seen, alone = board(snapshot, EASTERN), board(foreign, EASTERN)
    assert {row.district for row in seen.agencies} == {EAST}
    for name in ("agencies", "stock", "desks", "today", "unplaced"):
        assert getattr(seen, name) == getattr(alone, name), name
    assert seen.trend() == alone.trend()
    assert seen.places() == alone.places()
    assert seen.places_in(EAST) == alone.places_in(EAST)
    assert seen.services() == alone.services() == board(snapshot).services(EAST)
    with pytest.raises(NotFound):
        seen.places_in(WEST)
    with pytest.raises(NotFound):
        seen.agency("waterworks")


@SLOW_TO_BEGIN
@given(snapshots())
def test_sums_are_those_of_the_rows_shown(snapshot: Snapshot) -> None:
    whole = board(snapshot)
    assert Stock.sum(row.stock for row in whole.agencies) == whole.stock
    assert whole.trend()[-1].stock == whole.stock
    placed = sum(place.week.registered for place in whole.places())
    assert placed + whole.unplaced == sum(day.flow.registered for day in whole.trend())
    for place in whole.places():
        inside = sum(each.week.registered for each in whole.places_in(place.code))
        assert inside <= place.week.registered
    assert all(0 <= place.shade <= SHADES for place in whole.places())


def a_week() -> Snapshot:
    days = [
        day_of_events(
            TODAY - timedelta(days=age),
            [Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", 10)],
            CITY,
            NOW,
        )
        for age in range(HEAT_DAYS, -1, -1)
    ]
    return Snapshot(taken_at=NOW, later_at=NOW, flows_at=NOW, days=tuple(days))


def test_the_map_is_of_seven_days_and_the_fullest_place_the_darkest() -> None:
    east, west = board(a_week()).places()
    assert (east.week.registered, east.today.registered, east.shade) == (70, 10, SHADES)
    assert (west.week.registered, west.shade) == (0, 0)
    (lamps,) = board(a_week()).services()
    assert (lamps.week, lamps.today) == (70, 10)


def test_figures_are_live_for_a_quarter_of_an_hour() -> None:
    assert not board(a_week(), now=NOW + timedelta(minutes=15)).stale
    assert board(a_week(), now=NOW + timedelta(minutes=16)).stale


def test_a_place_that_is_no_district_has_no_map() -> None:
    for code in ("990000", RIVERSIDE, "nowhere"):
        with pytest.raises(NotFound):
            board(a_week()).places_in(code)
