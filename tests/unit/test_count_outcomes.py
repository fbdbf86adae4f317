"""评: counted exactly once, and counted again to the same numbers (I5)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.events import Envelope
from hotline.domain.outcomes import CITY_WIDE, outcome_of
from hotline.domain.scoring import Tally
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.count_outcomes import count_outcomes, district_of_agency, read_scores, recount
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import AGENCY, NOON, RESOLVE, Hotline
from tests.unit.builders_directory import EAST, RIVERSIDE

MONTH = "202603"


def closed(hotline: Hotline, *verdicts: bool | None) -> Envelope:
    """The closing of an appeal whose citizen was asked once for each verdict; None is silence."""
    appeal_id = hotline.in_progress()
    for number, verdict in enumerate(verdicts, start=1):
        hotline.act(appeal_id, RESOLVE)
        hotline.open_surveys(hotline.event(appeal_id, "WorkOrderResolved"))
        if verdict is None:
            hotline.clock.pass_(days=7)
            hotline.sweep()
        else:
            hotline.answer(
                hotline.tokens.survey_token(SurveyRef(appeal_id, number)),
                AnswerSurvey(contacted=True, resolved=verdict, satisfied=verdict),
            )
    return hotline.event(appeal_id, "WorkOrderClosed")


def count(hotline: Hotline, *events: Envelope) -> None:
    assert count_outcomes(events, tallies=hotline.tallies, directories=hotline.directories) == {}


def test_a_closing_is_counted_under_its_agency_district_and_month() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, True))
    assert hotline.tallies.tallies == {
        (MONTH, EAST, AGENCY): Tally(
            closed=1,
            answered=1,
            contacted_in_time=1,
            contacted=1,
            resolved=1,
            resolved_first_time=1,
            satisfied=1,
            handled_in_time=1,
        )
    }


def test_silence_counts_as_closed_and_as_nothing_else_that_pleases() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, None))
    (tally,) = hotline.tallies.tallies.values()
    assert (tally.closed, tally.answered, tally.resolved, tally.satisfied) == (1, 0, 0, 0)


def test_the_last_word_counts_even_when_silence_followed_it() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, False, None))
    (tally,) = hotline.tallies.tallies.values()
    assert (tally.answered, tally.resolved, tally.reopened, tally.reopenings) == (1, 0, 1, 1)


def test_the_month_is_the_citys() -> None:
    facts = {
        "agency": AGENCY,
        "outcome": "no_answer",
        "response_in_time": 1,
        "handled_in_time": 1,
        "reopened": 0,
    }
    new_year = NOON.replace(month=12, day=31, hour=16)
    assert outcome_of(facts, new_year, Hotline().directories.current()).month == "202701"


def test_city_wide_and_unknown_agencies_are_counted_under_the_city() -> None:
    directory = Hotline().directories.current()
    assert district_of_agency("waterworks", directory) == CITY_WIDE
    assert district_of_agency("an agency of last year", directory) == CITY_WIDE
    assert district_of_agency(RIVERSIDE, directory) == EAST


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_whatever_comes_twice_or_in_another_order_the_recount_gives_the_same(data: st.DataObject) -> None:
    hotline = Hotline()
    verdicts = st.lists(st.booleans(), max_size=1).map(lambda first: [not each for each in first if each])
    histories = data.draw(
        st.lists(st.tuples(verdicts, st.sampled_from([True, None])), min_size=1, max_size=5)
    )
    closings = [closed(hotline, *(False for _ in first), last) for first, last in histories]
    deliveries = data.draw(st.lists(st.sampled_from(closings), max_size=12))
    for batch in (deliveries[:5], closings, deliveries[5:]):
        count(hotline, *batch)
    cases = [hotline.case(appeal_id) for appeal_id in hotline.cases.items]
    assert recount(cases, hotline.directories.current()) == hotline.tallies.tallies


def test_open_and_withdrawn_appeals_are_not_counted() -> None:
    hotline = Hotline()
    hotline.in_progress()
    cases = [hotline.case(appeal_id) for appeal_id in hotline.cases.items]
    assert recount(cases, hotline.directories.current()) == {}


def test_the_scorecards_of_a_month_name_the_agencies_and_add_up() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, True), closed(hotline, False, True))
    scores = read_scores(MONTH, EAST, tallies=hotline.tallies, directories=hotline.directories)
    (row,) = scores.agencies
    assert (row.agency_id, row.name_zh) == (AGENCY, "河边街道")
    assert scores.total.tally == row.scorecard.tally
    assert scores.total.tally.closed == 2
    empty = read_scores("202604", EAST, tallies=hotline.tallies, directories=hotline.directories)
    assert (empty.agencies, empty.total.response_rate) == ((), None)
