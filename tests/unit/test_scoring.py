"""The three rates: what is counted, what is divided by what, and that sums add up."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.domain.scoring import (
    Formula,
    Outcome,
    PartDone,
    Rate,
    Ratio,
    Scorecard,
    Tally,
    month_of,
    score,
)

CALM = settings(deadline=None, max_examples=100)
OURS = Formula(version="formula-1")


def outcome(**facts: Any) -> Outcome:
    """Build the outcome of an order that went well, but for the facts given."""
    return Outcome(
        **{
            "agency_id": "a1",
            "district": "d1",
            "month": "202603",
            "contacted_in_time": True,
            "contacted": True,
            "resolved": True,
            "satisfied": True,
            "handled_in_time": True,
            "reopened": 0,
            "closed_by": "answered",
            **facts,
        }
    )


def silent(**facts: Any) -> Outcome:
    """Build the outcome of an order whose survey nobody answered."""
    return outcome(contacted=None, resolved=None, satisfied=None, closed_by="no_answer", **facts)


# --- what is counted ------------------------------------------------------------------------------


def test_an_order_that_went_well_counts_once_under_everything_good() -> None:
    assert Tally().add(outcome()) == Tally(
        closed=1,
        answered=1,
        contacted_in_time=1,
        contacted=1,
        resolved=1,
        resolved_first_time=1,
        satisfied=1,
        handled_in_time=1,
    )


def test_silence_is_counted_but_never_as_satisfied_resolved_or_contacted() -> None:
    tally = Tally().add(silent())
    assert (tally.closed, tally.answered) == (1, 0)
    assert (tally.contacted, tally.resolved, tally.resolved_first_time, tally.satisfied) == (0, 0, 0, 0)


def test_no_and_an_open_question_are_both_not_a_yes() -> None:
    tally = Tally.of([outcome(satisfied=False), outcome(satisfied=None)])
    assert (tally.answered, tally.resolved, tally.satisfied) == (2, 2, 0)


def test_an_order_sent_back_counts_as_one_reopened_order_however_often() -> None:
    tally = Tally.of([outcome(reopened=3), outcome(reopened=1), outcome()])
    assert (tally.reopened, tally.reopenings) == (2, 4)
    assert (tally.resolved, tally.resolved_first_time) == (3, 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"closed_by": "no_answer"},
        {"contacted": None, "resolved": None, "satisfied": None},
        {"month": "202613"},
        {"month": "2026-03"},
        {"reopened": -1},
        {"agency_id": ""},
        {"closed_by": "withdrawn"},
    ],
)
def test_an_outcome_that_contradicts_itself_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        outcome(**facts)


@pytest.mark.parametrize(
    ("kind", "side", "in_time", "counts"),
    [
        ("assist", "asked", True, {"assists": 1, "assists_in_time": 1}),
        ("assist", "asked", False, {"assists": 1}),
        ("assist", "asking", True, {"assists_called": 1}),
        ("summons", "asked", True, {"summons": 1, "summons_in_time": 1}),
        ("summons", "asked", False, {"summons": 1}),
        ("summons", "asking", False, {"summons_called": 1}),
    ],
)
def test_a_part_counts_for_each_side_under_its_own_name(
    kind: Any, side: Any, in_time: bool, counts: dict[str, int]
) -> None:
    part = PartDone(agency_id="a1", district="d1", month="202603", kind=kind, side=side, in_time=in_time)
    assert Tally.of([part]) == Tally(**counts)


@pytest.mark.parametrize(
    "counts",
    [{"closed": 1, "answered": 2}, {"closed": 5, "resolved": 1}, {"closed": -1}, {"assists_in_time": 1}],
)
def test_a_tally_whose_part_exceeds_its_whole_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Tally(**counts)


def test_the_month_is_the_citys_and_not_that_of_utc() -> None:
    new_years_eve_in_utc = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert month_of(new_years_eve_in_utc, "Asia/Shanghai") == "202601"
    assert month_of(new_years_eve_in_utc, "America/New_York") == "202512"


# --- what is divided by what ----------------------------------------------------------------------


def test_our_default_formula_asks_only_those_who_answered() -> None:
    tally = Tally.of([outcome(), outcome(satisfied=False), silent(contacted_in_time=False), silent()])
    card = score(tally, OURS)
    assert card.response_rate == Rate(numerator=3, denominator=4)
    assert card.resolution_rate == Rate(numerator=2, denominator=2)
    assert card.satisfaction_rate == Rate(numerator=1, denominator=2)
    assert card.survey_coverage == Rate(numerator=2, denominator=4)
    assert card.composite is not None
    assert card.composite.value == Fraction(3, 4)


def test_a_rate_without_cases_is_unknown_and_neither_nought_nor_full() -> None:
    card = score(Tally(), OURS)
    assert card.response_rate is card.resolution_rate is card.satisfaction_rate is None
    assert card.survey_coverage is card.composite is None


def test_with_silence_alone_only_response_and_coverage_are_known() -> None:
    card = score(Tally.of([silent(), silent()]), OURS)
    assert card.response_rate == Rate(numerator=2, denominator=2)
    assert card.survey_coverage == Rate(numerator=0, denominator=2)
    assert card.satisfaction_rate is None
    assert card.composite is None


def test_an_unknown_rate_of_no_weight_leaves_the_composite_known() -> None:
    only_response = Formula(version="f", resolution_weight=0, satisfaction_weight=0)
    card = score(Tally.of([silent(), silent(contacted_in_time=False)]), only_response)
    assert card.composite == Rate(numerator=1, denominator=2)


def test_weights_are_shares_of_the_composite() -> None:
    weighted = Formula(version="f", response_weight=30, resolution_weight=35, satisfaction_weight=35)
    card = score(Tally.of([outcome(), outcome(resolved=False, satisfied=False)]), weighted)
    assert card.composite is not None
    assert card.composite.value == Fraction(65, 100)


def test_a_card_names_its_formula_and_comes_back_from_its_stored_form_unchanged() -> None:
    card = score(Tally.of([outcome(), silent(), outcome(satisfied=False)]), OURS)
    assert card.formula_version == "formula-1"
    assert Scorecard.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("above", "below", "percent"), [(2, 3, "66.67"), (1, 3, "33.33"), (1, 1, "100.00"), (1, 800, "0.13")]
)
def test_percent_is_rounded_half_up_to_two_digits(above: int, below: int, percent: str) -> None:
    assert Rate(numerator=above, denominator=below).percent == Decimal(percent)


# --- formulas as data -----------------------------------------------------------------------------


def test_a_row_of_a_table_is_a_formula() -> None:
    table = io.StringIO(
        "version,response,resolution,satisfaction,survey_coverage,"
        "response_weight,resolution_weight,satisfaction_weight\n"
        "city-2,contacted_in_time + handled_in_time / closed + closed,resolved_first_time/answered,"
        "satisfied/answered,answered/closed,30,35,35\n"
    )
    formula = Formula.model_validate(next(csv.DictReader(table)))
    tally = Tally.of([outcome(), outcome(reopened=1, handled_in_time=False)])
    assert score(tally, formula).response_rate == Rate(numerator=3, denominator=4)
    assert score(tally, formula).resolution_rate == Rate(numerator=1, denominator=2)
    assert formula.satisfaction_weight == 35


def test_a_formula_comes_back_from_its_stored_form_unchanged() -> None:
    formula = Formula(version="f", resolution=Ratio.model_validate("resolved_first_time/closed"))
    assert Formula.model_validate_json(formula.model_dump_json()) == formula


@pytest.mark.parametrize(
    ("field", "text", "complaint"),
    [
        ("response", "contacted_in_time", "count/count"),
        ("response", "", "count/count"),
        ("response", "closed/answered", "'closed' is not a part of 'answered'"),
        ("response", "contacted_in_time/answered", "not a part of 'answered'"),
        ("response", "resolved/satisfied", "not a part of 'satisfied'"),
        ("response", "reopenings/closed", "'reopenings' is not a part"),
        ("response", "happy/closed", "parts are answered, contacted_in_time"),
        ("response", "resolved + satisfied / answered", "as many counts"),
        ("response_weight", "-1", "greater than or equal to 0"),
        ("response_weight", "much", "valid integer"),
        ("version", "", "pattern"),
        ("respons", "resolved/closed", "not permitted"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused(field: str, text: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Formula.model_validate({"version": "f", field: text})


def test_a_formula_that_weighs_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least one weight"):
        Formula(version="f", response_weight=0, resolution_weight=0, satisfaction_weight=0)


# --- properties -----------------------------------------------------------------------------------

PLACES = {"a1": "d1", "a2": "d1", "a3": "d2", "a4": "city"}
yes_no_open = st.sampled_from([True, False, None])


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    agency_id = draw(st.sampled_from(sorted(PLACES)))
    answers = draw(st.tuples(yes_no_open, yes_no_open, yes_no_open))
    return outcome(
        agency_id=agency_id,
        district=PLACES[agency_id],
        contacted_in_time=draw(st.booleans()),
        contacted=answers[0],
        resolved=answers[1],
        satisfied=answers[2],
        handled_in_time=draw(st.booleans()),
        reopened=draw(st.integers(0, 3)),
        closed_by="no_answer" if answers == (None, None, None) else "answered",
    )


months = st.lists(outcomes(), max_size=30)
ratios = st.lists(
    st.sampled_from(
        ["resolved/answered", "resolved_first_time/resolved", "reopened/closed", "contacted/closed"]
    ),
    min_size=1,
    max_size=3,
).map(
    lambda parts: "{}/{}".format(
        "+".join(part.split("/")[0] for part in parts), "+".join(part.split("/")[1] for part in parts)
    )
)
formulas = st.builds(
    lambda response, resolution, weight: Formula.model_validate(
        {"version": "f", "response": response, "resolution": resolution, "response_weight": weight}
    ),
    ratios,
    ratios,
    st.integers(0, 100),
)


@CALM
@given(months, formulas)
def test_every_rate_lies_between_nought_and_one(month: list[Outcome], formula: Formula) -> None:
    card = score(Tally.of(month), formula)
    rates = [
        card.response_rate,
        card.resolution_rate,
        card.satisfaction_rate,
        card.survey_coverage,
        card.composite,
    ]
    assert all(rate is None or 0 <= rate.value <= 1 for rate in rates)


@CALM
@given(months, st.randoms(use_true_random=False))
def test_the_order_of_counting_does_not_matter(month: list[Outcome], chance: random.Random) -> None:
    shuffled = chance.sample(month, len(month))
    assert score(Tally.of(shuffled), OURS) == score(Tally.of(month), OURS)


@CALM
@given(months)
def test_agencies_add_up_to_districts_and_districts_to_the_city(month: list[Outcome]) -> None:
    by_agency: defaultdict[str, Tally] = defaultdict(Tally)
    for one in month:
        by_agency[one.agency_id] = by_agency[one.agency_id].add(one)
    by_district: defaultdict[str, Tally] = defaultdict(Tally)
    for agency_id, tally in by_agency.items():
        by_district[PLACES[agency_id]] = by_district[PLACES[agency_id]].merge(tally)
    for district, tally in by_district.items():
        assert tally == Tally.of(one for one in month if one.district == district)
    city = Tally()
    for tally in by_district.values():
        city = city.merge(tally)
    assert city == Tally.of(month)


@CALM
@given(months, months, months)
def test_merging_commutes_associates_and_has_a_zero(
    first: list[Outcome], second: list[Outcome], third: list[Outcome]
) -> None:
    a, b, c = Tally.of(first), Tally.of(second), Tally.of(third)
    assert a.merge(b) == b.merge(a)
    assert a.merge(b).merge(c) == a.merge(b.merge(c))
    assert a.merge(Tally()) == a


@CALM
@given(months)
def test_more_silence_never_moves_resolution_or_satisfaction(month: list[Outcome]) -> None:
    tally = Tally.of(month)
    before, after = score(tally, OURS), score(tally.add(silent()), OURS)
    assert after.satisfaction_rate == before.satisfaction_rate
    assert after.resolution_rate == before.resolution_rate
