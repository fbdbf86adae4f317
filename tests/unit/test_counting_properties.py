"""Whatever the order, the repeats and the corrections: sums say how orders stand, and rates are shares."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.events import Envelope
from hotline.domain.outcomes import counted_of, district_of_agency
from hotline.domain.scoring import Ratio, score
from hotline.domain.tallies import Counts, Tally, Where, add_up
from hotline.use_cases.count_outcomes import count_outcomes
from infrastructure.simulation.checks import rates_within
from infrastructure.simulation.counting import CITY, MemoryTallies, OneDirectory, scorecards, whole_of
from tests.unit.builders_directory import EAST, EAST_ZHONGSHAN, RIVERSIDE, WEST_ZHONGSHAN, tiny_directory

CITY_OF_TWO = tiny_directory()
AGENCIES = (RIVERSIDE, EAST_ZHONGSHAN, WEST_ZHONGSHAN, EAST, "waterworks")
BEGIN = datetime(2026, 2, 27, 12, tzinfo=UTC)

answers = st.sampled_from(["yyy", "yyn", "ynn", "nyy", "nnn", None])
agencies = st.sampled_from(AGENCIES)


class Order(NamedTuple):
    """One order: its events, and each standing that counts in the end, with the moment of its closing."""

    events: list[Envelope]
    stands: list[tuple[dict[str, Any], datetime]]


@st.composite
def orders(draw: st.DrawFn, number: int) -> Order:
    """A closing, what corrects it one after the other, and perhaps another closing after it was sent back."""
    order = Order([], [])
    at = BEGIN + timedelta(hours=draw(st.integers(0, 24 * 40)))
    agency_id = draw(agencies)
    for _ in range(draw(st.integers(1, 2))):
        closed_at, standing = at, draw(standings(agency_id))
        _append(order, number, "WorkOrderClosed", at, standing)
        for _ in range(draw(st.integers(0, 3))):
            at += timedelta(hours=1)
            name, fields = draw(corrections)
            now = standing | fields
            facts = {"was": standing, "now": now, "closed_at": int(closed_at.timestamp())}
            _append(order, number, name, at, facts)
            standing = now
        at += timedelta(days=1)
        if not draw(st.booleans()):
            order.stands.append((standing, closed_at))
            break
        facts = {"answers": "ynn", "was": standing, "closed_at": int(closed_at.timestamp())}
        _append(order, number, "WorkOrderReopened", at, facts)
        at += timedelta(days=draw(st.integers(1, 20)))
    return order


@st.composite
def standings(draw: st.DrawFn, agency_id: str) -> dict[str, Any]:
    """What a closing counts."""
    word = draw(answers)
    facts: dict[str, Any] = {
        "agency": agency_id,
        "outcome": "answered" if word else "no_answer",
        "response_in_time": draw(st.integers(0, 1)),
        "handled_in_time": draw(st.integers(0, 1)),
        "reopened": draw(st.integers(0, 2)),
    }
    if word:
        facts["answers"] = word
    if draw(st.integers(0, 9)) == 0:
        facts["excluded"] = "not-a-duty"
    return facts


corrections = st.one_of(
    st.tuples(st.just("SurveyAnswerChanged"), st.builds(lambda word: {"answers": word or "yyy"}, answers)),
    st.just(("ExcludedFromAssessment", {"excluded": "force_majeure"})),
    st.tuples(
        st.just("DissatisfactionJudged"),
        st.builds(lambda found: {"judged": found}, st.sampled_from(["reasonable", "unreasonable"])),
    ),
)

years = st.integers(0, 12).flatmap(lambda size: st.tuples(*(orders(number) for number in range(size))))
shuffles = st.randoms(use_true_random=False)


def _append(order: Order, number: int, name: str, at: datetime, facts: Mapping[str, Any]) -> None:
    appeal_id = f"{number:017d}"
    order.events.append(
        Envelope(
            event_id=f"{appeal_id}:{len(order.events) + 7}",
            name=name,
            occurred_at=at,
            correlation_id=appeal_id,
            causation_id="x",
            actor="citizen",
            data=dict(facts),
        )
    )


def counted(events: Iterable[Envelope], chosen: random.Random) -> dict[Where, Counts]:
    """Count them as they come: shuffled, some of them twice, in batches of any size."""
    arriving = list(events)
    arriving += [each for each in arriving if chosen.random() < 0.3]
    chosen.shuffle(arriving)
    tallies, directories = MemoryTallies(), OneDirectory(CITY_OF_TWO)
    while arriving:
        size = chosen.randint(1, 10)
        batch, arriving = arriving[:size], arriving[size:]
        assert count_outcomes(batch, tallies=tallies, directories=directories) == {}
    return {where: sums for where, sums in tallies.sums.items() if any(value for _, value in sums)}


def events_of(year: Iterable[Order]) -> list[Envelope]:
    return [event for order in year for event in order.events]


@settings(max_examples=40)
@given(years, shuffles)
def test_sums_say_how_orders_stand_in_the_end(year: tuple[Order, ...], chosen: random.Random) -> None:
    """In the month of the closing, whatever became of it: the standings alone would have counted the same."""
    standing = add_up(
        each
        for order in year
        for facts, closed_at in order.stands
        for each in counted_of("WorkOrderClosed", facts, closed_at, CITY_OF_TWO)
    )
    assert counted(events_of(year), chosen) == standing


@settings(max_examples=40)
@given(years, shuffles, shuffles)
def test_order_and_repeats_change_nothing(
    year: tuple[Order, ...], one: random.Random, other: random.Random
) -> None:
    events = events_of(year)
    assert counted(events, one) == counted(events, other)


@settings(max_examples=40)
@given(years, shuffles)
def test_when_all_have_come_no_count_is_below_nought(year: tuple[Order, ...], chosen: random.Random) -> None:
    for sums in counted(events_of(year), chosen).values():
        assert dict(sums.settled()) == dict(sums)


@settings(max_examples=40)
@given(years, shuffles, st.integers(0, 40))
def test_rates_are_shares_even_while_events_are_on_their_way(
    year: tuple[Order, ...], chosen: random.Random, missing: int
) -> None:
    events = events_of(year)
    chosen.shuffle(events)
    cards = scorecards(counted(events[missing:], chosen), CITY_OF_TWO)
    assert rates_within(cards).passed


@settings(max_examples=40)
@given(years, shuffles)
def test_agencies_add_up_to_districts_and_these_to_the_city(
    year: tuple[Order, ...], chosen: random.Random
) -> None:
    sums = counted(events_of(year), chosen)
    districts, city = whole_of(sums)
    for (month, district, _), whole in districts.items():
        own = [each for where, each in sums.items() if where[:2] == (month, district)]
        assert Tally.sum(each.settled() for each in own) == whole.settled()
    for (month, _, _), whole in city.items():
        of_month = [each for where, each in districts.items() if where[0] == month]
        assert Tally.sum(each.settled() for each in of_month) == whole.settled()
    assert all(CITY == where[1] == where[2] for where in city)
    assert all(where[1] == district_of_agency(where[2], CITY_OF_TWO) for where in sums)


@settings(max_examples=40)
@given(years, shuffles)
def test_whatever_is_excluded_is_counted_in_public_and_in_nothing_else(
    year: tuple[Order, ...], chosen: random.Random
) -> None:
    sums = counted(events_of(year), chosen)
    stands = [facts for order in year for facts, _ in order.stands]
    assert sum(each.excluded for each in sums.values()) == sum("excluded" in facts for facts in stands)
    assert sum(each.closed for each in sums.values()) == sum("excluded" not in facts for facts in stands)


@settings(max_examples=40)
@given(st.sampled_from(["resolved/answered", "resolved + satisfied/answered + answered"]), years, shuffles)
def test_a_sum_s_rate_lies_between_those_of_its_parts(
    ratio: str, year: tuple[Order, ...], chosen: random.Random
) -> None:
    """So that no city is better than its best district, nor worse than its worst."""
    rule, sums = Ratio.model_validate(ratio), counted(events_of(year), chosen)
    for (month, _, _), whole in whole_of(sums)[1].items():
        parts = [rule.of(each.settled()) for where, each in sums.items() if where[0] == month]
        rates = [rate.value for rate in parts if rate is not None]
        if (rate := rule.of(whole.settled())) is not None:
            assert min(rates) <= rate.value <= max(rates)
            assert score(whole.settled(), CITY_OF_TWO.formula_for(month)).tally == whole.settled()
