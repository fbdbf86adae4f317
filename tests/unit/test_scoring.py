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
    Interval,
    Rate,
    Ratio,
    Scorecard,
    formula_for,
    precise_enough,
    score,
)
from hotline.domain.tallies import Outcome, PartDone, Tally, add_up, month_of

CALM = settings(deadline=None, max_examples=60)
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
    assert Tally.of([outcome()]) == Tally(
        closed=1,
        answered=1,
        contacted_in_time=1,
        contact_confirmed=1,
        contacted=1,
        resolved=1,
        resolved_first_time=1,
        satisfied=1,
        handled_in_time=1,
    )


def test_silence_is_counted_but_never_as_satisfied_resolved_or_contacted() -> None:
    tally = Tally.of([silent()])
    assert (tally.closed, tally.answered, tally.unanswered) == (1, 0, 1)
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


# --- exclusions, judgements, corrections -----------------------------------------------------------


def test_an_excluded_order_counts_in_nothing_but_the_exclusions() -> None:
    assert Tally.of([outcome(closed_by="excluded", reopened=2)]) == Tally(excluded=1)


def test_a_dissatisfaction_judged_unreasonable_is_closed_but_neither_answered_nor_unanswered() -> None:
    tally = Tally.of([outcome(closed_by="unreasonable", satisfied=False)])
    assert (tally.closed, tally.unreasonable) == (1, 1)
    assert (tally.answered, tally.unanswered, tally.contacted, tally.resolved) == (0, 0, 0, 0)
    assert (tally.contacted_in_time, tally.contact_confirmed) == (1, 1)


def test_a_contact_counts_as_confirmed_unless_the_citizen_denies_it() -> None:
    month = [outcome(), silent(), outcome(contacted=False), outcome(contacted_in_time=False)]
    tally = Tally.of(month)
    assert (tally.contacted_in_time, tally.contact_confirmed, tally.contacted) == (3, 2, 2)


def test_what_is_taken_back_leaves_nothing_behind() -> None:
    for one in (outcome(reopened=2), silent(), outcome(closed_by="excluded"), *parts(1)):
        assert add_up([one, one.model_copy(update={"weight": -1})]) == {}


def test_a_correction_that_comes_first_is_read_as_nothing_until_the_closing_has_come() -> None:
    before = outcome(satisfied=False, weight=-1)
    now = outcome()
    ((_, unsettled),) = add_up([before, now]).items()
    assert (unsettled.closed, unsettled.satisfied) == (0, 1)
    assert unsettled.settled() == Tally()
    ((_, settled),) = add_up([before, now, outcome(satisfied=False)]).items()
    assert settled.settled() == Tally.of([now])


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
        ("response", "closed/answered", "closed / answered can exceed 1: an order that counts as closed"),
        ("response", "contacted_in_time/answered", "adds 1 above and 0 below"),
        ("response", "resolved/satisfied", "can exceed 1"),
        ("response", "reopenings/closed", "adds 2 above and 1 below"),
        ("response", "happy/closed", "no count is called 'happy'; counts are closed, excluded"),
        ("response", "resolved + satisfied / answered", "adds 2 above and 1 below"),
        ("response", "resolved + reopened / closed", "can exceed 1"),
        ("response", "excluded / closed", "an order that counts as excluded adds 1 above and 0 below"),
        ("parts", "assists_in_time + summons_in_time / assists", "can exceed 1"),
        ("response_weight", "-1", "greater than or equal to 0"),
        ("response_weight", "much", "valid integer"),
        ("version", "", "pattern"),
        ("respons", "resolved/closed", "not permitted"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused(field: str, text: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Formula.model_validate({"version": "f", field: text})


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("resolved / answered", "50.00"),
        ("resolved / closed", "20.00"),
        ("resolved + unanswered / closed", "60.00"),
        ("resolved + unreasonable / answered + unreasonable", "66.67"),
        ("resolved / answered + unreasonable", "33.33"),
        ("resolved_first_time + reopened / closed", "20.00"),
        ("contacted_in_time / closed", "80.00"),
        ("contact_confirmed / closed", "60.00"),
        ("excluded / closed + excluded", "16.67"),
        ("answered + unanswered + unreasonable / closed", "100.00"),
    ],
)
def test_what_silence_a_judgement_or_a_denial_is_worth_is_data(text: str, percent: str) -> None:
    month = [
        outcome(),
        outcome(contacted=False, resolved=False, satisfied=False),
        silent(),
        silent(contacted_in_time=False),
        outcome(closed_by="unreasonable", resolved=False, satisfied=False),
        outcome(closed_by="excluded"),
    ]
    rate = Ratio.model_validate(text).of(Tally.of(month))
    assert rate is not None
    assert str(rate.percent) == percent


def test_a_month_is_scored_by_the_formula_that_had_begun_by_then() -> None:
    old, newer = Formula(version="f-1"), Formula(version="f-2", effective_from="202604")
    assert [formula_for(month, (newer, old)).version for month in ("202603", "202604", "202712")] == [
        "f-1",
        "f-2",
        "f-2",
    ]
    with pytest.raises(LookupError, match="202603"):
        formula_for("202603", (newer,))


# --- parts (条例 Art 33) ---------------------------------------------------------------------------


def parts(done: int, late: int = 0, *, kind: str = "assist", side: str = "asked") -> list[PartDone]:
    """Build assists or summonses, so many in time and so many late."""
    where: dict[str, Any] = {"agency_id": "a1", "district": "d1", "month": "202603", "kind": kind}
    return [PartDone(**where, side=side, in_time=number < done) for number in range(done + late)]


def test_parts_weigh_once_there_are_enough_of_them() -> None:
    few = score(Tally.of([outcome(), *parts(0, 9)]), OURS)
    enough = score(Tally.of([outcome(), *parts(0, 10)]), OURS)
    assert few.composite is not None
    assert enough.composite is not None
    assert (few.composite.value, enough.composite.value) == (1, Fraction(3, 4))
    assert few.parts_rate == Rate(numerator=0, denominator=9)


def test_who_only_helps_others_is_scored_by_that_alone() -> None:
    card = score(Tally.of(parts(9, 1, kind="summons")), OURS)
    assert card.composite == Rate(numerator=9, denominator=10)
    assert (card.response_rate, card.resolution_rate) == (None, None)


def test_who_calls_others_is_not_scored_by_their_parts() -> None:
    called = Tally.of([outcome(), *parts(20, side="asking")])
    assert score(called, OURS).composite == score(Tally.of([outcome()]), OURS).composite


def test_parts_without_weight_change_nothing_and_do_not_score_alone() -> None:
    without = Formula(version="f", parts_weight=0)
    assert score(Tally.of([outcome(), *parts(0, 50)]), without).composite == Rate(numerator=1, denominator=1)
    assert score(Tally.of(parts(50)), without).composite is None


# --- intervals ------------------------------------------------------------------------------------


def test_every_rate_has_the_interval_of_wilson() -> None:
    card = score(Tally.of([outcome()] * 3), OURS)
    assert card.resolution_interval == Interval(low=4385, high=10_000)
    assert card.composite_interval == Interval(low=4385, high=10_000)
    assert score(Tally(), OURS).resolution_interval is None


def test_one_order_is_one_piece_of_evidence_however_often_it_counts_below_the_line() -> None:
    twice = Ratio.model_validate("contacted_in_time + handled_in_time / closed + closed")
    once = Ratio.model_validate("contacted_in_time / closed")
    tally = Tally.of([outcome()] * 20)
    assert twice.of(tally) == Rate(numerator=40, denominator=40)
    assert twice.interval_of(tally) == once.interval_of(tally)


def test_a_comparison_needs_every_rate_that_weighs_to_be_known_precisely() -> None:
    answered_by_few = Tally.of([outcome()] * 8 + [silent()] * 200)
    assert not precise_enough(answered_by_few, OURS)
    assert precise_enough(answered_by_few, Formula(version="f", resolution_weight=0, satisfaction_weight=0))
    assert precise_enough(Tally.of([outcome()] * 9), OURS)


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
    said = "no_answer" if answers == (None, None, None) else "answered"
    return outcome(
        agency_id=agency_id,
        district=PLACES[agency_id],
        contacted_in_time=draw(st.booleans()),
        contacted=answers[0],
        resolved=answers[1],
        satisfied=answers[2],
        handled_in_time=draw(st.booleans()),
        reopened=draw(st.integers(0, 3)),
        closed_by=draw(st.sampled_from([said, said, said, "unreasonable", "excluded"])),
    )


months = st.lists(outcomes(), max_size=30)


SOUND = (
    "resolved / answered",
    "resolved_first_time / resolved",
    "reopened / closed",
    "contact_confirmed / contacted_in_time",
    "resolved + unanswered / closed",
    "resolved + unreasonable / answered + unreasonable",
    "resolved_first_time + reopened / closed",
    "contacted_in_time + handled_in_time / closed + closed",
    "contacted + satisfied / answered + closed",
    "answered + unanswered + unreasonable / closed",
    "contacted_in_time + contacted / contact_confirmed + answered + unreasonable",
    "excluded / closed + excluded",
)
"""Sound, all of them, even where no part has a whole of its own below."""
ratios = st.sampled_from(SOUND)
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


def rates_of(tally: Tally, formula: Formula) -> list[Rate | None]:
    card = score(tally, formula)
    three = [card.response_rate, card.resolution_rate, card.satisfaction_rate]
    return [*three, card.survey_coverage, card.parts_rate, card.composite]


@CALM
@given(months, formulas)
def test_of_a_tally_that_fits_together_no_rate_needs_to_be_cut_off(
    month: list[Outcome], formula: Formula
) -> None:
    tally = Tally.of(month)
    for ratio in (formula.response, formula.resolution):
        above, below = (sum(getattr(tally, name) for name in names) for names in dict(ratio).values())
        assert 0 <= above <= below


@CALM
@given(st.lists(outcomes(), max_size=12), st.data(), formulas)
def test_however_corrections_overtake_closings_every_rate_lies_between_nought_and_one(
    month: list[Outcome], data: st.DataObject, formula: Formula
) -> None:
    """Each closing may be taken back or corrected; only some of all that has arrived yet, in any order."""
    said = [each for one in month for each in (one, one.model_copy(update={"weight": -1}))]
    said += [each.model_copy(update={"weight": 1}) for each in data.draw(st.lists(outcomes(), max_size=6))]
    arrived = [each for each in said if data.draw(st.booleans())]
    for counts in add_up(arrived).values():
        rates = rates_of(counts.settled(), formula)
        assert all(rate is None or 0 <= rate.value <= 1 for rate in rates)


@CALM
@given(months, formulas)
def test_the_interval_of_a_rate_holds_the_rate(month: list[Outcome], formula: Formula) -> None:
    card = score(Tally.of(month), formula)
    for rate, interval in (
        (card.response_rate, card.response_interval),
        (card.resolution_rate, card.resolution_interval),
        (card.composite, card.composite_interval),
    ):
        assert (rate is None) == (interval is None)
        assert rate is None or interval is None or interval.low <= rate.value * 10_000 <= interval.high


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
        by_agency[one.agency_id] = by_agency[one.agency_id].merge(Tally.of([one]))
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
    before, after = score(tally, OURS), score(tally.merge(Tally.of([silent()])), OURS)
    assert after.satisfaction_rate == before.satisfaction_rate
    assert after.resolution_rate == before.resolution_rate
