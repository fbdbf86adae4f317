"""评: counted exactly once, and counted again to the same numbers (I5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.events import Envelope, Event
from hotline.domain.outcomes import CITY_WIDE, COUNTED, district_of_agency, outcome_of
from hotline.domain.tallies import Counts, Where
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.count_outcomes import count_outcomes, recount
from hotline.use_cases.read_scorecards import read_scores
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import AGENCY, HELPER, NOON, OFFICER, OPERATOR, RESOLVE, Hotline
from tests.unit.builders_directory import EAST, RIVERSIDE
from tests.unit.builders_sides import (
    ARRIVE,
    ASSIST,
    CANCEL,
    DISTRICT_OFFICER,
    ESCALATE,
    REPORT,
    STAGE,
    act_beside,
    assisted,
    summoned,
)

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


def recounted(hotline: Hotline) -> dict[Where, Counts]:
    """What the stored orders say, the lead orders and those beside them."""
    stored = hotline.cases
    histories = [
        (
            order_id,
            (
                stored.side(order_id).events
                if "." in order_id
                else [*stored.history(case := stored.get(order_id)), *case.events]
            ),
        )
        for order_id in stored.items
    ]
    return recount(histories, hotline.directories.current())


def counted(hotline: Hotline) -> dict[tuple[str, str], dict[str, int]]:
    """What has come of everything on the bus so far, by district and agency, without the zeros."""
    count(hotline, *(event for event in hotline.events() if event.name in COUNTED))
    assert recounted(hotline) == hotline.tallies.tallies
    return {
        (district, agency): {name: value for name, value in tally.model_dump().items() if value}
        for (_, district, agency), tally in hotline.tallies.tallies.items()
    }


def test_a_closing_is_counted_under_its_agency_district_and_month() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, True))
    assert hotline.tallies.tallies == {
        (MONTH, EAST, AGENCY): Counts(
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
    assert recounted(hotline) == hotline.tallies.tallies


def test_open_and_withdrawn_appeals_are_not_counted() -> None:
    hotline = Hotline()
    hotline.in_progress()
    assert recounted(hotline) == {}


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


# --- both sides of assists and summonses (双考核, 条例 Art 33) ---------------------------------------


def test_an_assist_counts_for_whoever_owed_it_and_for_whoever_asked() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, REPORT)
    assert counted(hotline) == {
        (CITY_WIDE, HELPER): {"assists": 1, "assists_in_time": 1},
        (EAST, AGENCY): {"assists_called": 1},
    }


def test_a_summons_is_in_time_by_the_arrival_and_late_by_it() -> None:
    hotline = Hotline()
    for hours in (1, 3):
        _, order_id = summoned(hotline)
        hotline.clock.pass_(hours=hours)
        act_beside(hotline, order_id, ARRIVE)
        hotline.clock.pass_(days=1)
        act_beside(hotline, order_id, REPORT)
    assert counted(hotline) == {
        (CITY_WIDE, HELPER): {"summons": 2, "summons_in_time": 1},
        (EAST, AGENCY): {"summons_called": 2},
    }


def test_a_stage_report_in_time_keeps_the_whole_in_time() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.clock.pass_(days=2)
    act_beside(hotline, order_id, STAGE)
    hotline.clock.pass_(days=2)
    act_beside(hotline, order_id, REPORT)
    assert counted(hotline)[CITY_WIDE, HELPER] == {"assists": 1, "assists_in_time": 1}


def test_what_is_taken_back_before_it_was_due_counts_for_nobody() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, CANCEL, OFFICER)
    assert counted(hotline) == {}


def test_who_lets_the_limit_pass_does_not_get_away_by_being_let_go() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.clock.pass_(days=4)
    act_beside(hotline, order_id, CANCEL, OFFICER)
    assert counted(hotline)[CITY_WIDE, HELPER] == {"assists": 1}


def test_who_came_in_time_has_come_even_when_the_summons_is_then_taken_back() -> None:
    hotline = Hotline()
    _, order_id = summoned(hotline)
    act_beside(hotline, order_id, ARRIVE)
    hotline.clock.pass_(days=1)
    act_beside(hotline, order_id, CANCEL, OFFICER)
    assert counted(hotline)[CITY_WIDE, HELPER] == {"summons": 1, "summons_in_time": 1}


def test_what_the_hotline_asks_in_the_leads_place_counts_on_one_side_only() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ASSIST, by=OPERATOR)
    act_beside(hotline, f"{appeal_id}.2", REPORT)
    assert list(counted(hotline)) == [(CITY_WIDE, HELPER)]


def test_opinions_answers_and_decisions_are_scored_nowhere() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ESCALATE)
    act_beside(hotline, f"{appeal_id}.2", REPORT, DISTRICT_OFFICER)
    assert counted(hotline) == {}


def test_the_districts_copy_is_scored_nowhere() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, REPORT)
    event = closed(hotline, True)
    assert hotline.case(event.appeal_id).copy_to == EAST
    agencies = {agency for _, agency in counted(hotline)}
    assert agencies == {AGENCY, HELPER}


def test_a_part_counts_once_whatever_comes_twice() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, REPORT)
    first = counted(hotline)
    assert counted(hotline) == first


def test_parts_are_shown_beside_the_three_rates_and_weigh_nothing_in_them() -> None:
    hotline = Hotline()
    count(hotline, closed(hotline, True))
    before = read_scores(MONTH, EAST, tallies=hotline.tallies, directories=hotline.directories).total
    _, order_id = summoned(hotline)
    act_beside(hotline, order_id, ARRIVE)
    act_beside(hotline, order_id, REPORT)
    counted(hotline)
    after = read_scores(MONTH, EAST, tallies=hotline.tallies, directories=hotline.directories).total
    assert (after.composite, after.response_rate) == (before.composite, before.response_rate)
    assert (after.tally.summons_called, after.summons_rate) == (1, None)
    city = read_scores(MONTH, CITY_WIDE, tallies=hotline.tallies, directories=hotline.directories).total
    assert city.summons_rate is not None
    assert (city.summons_rate.percent, city.assist_rate) == (100, None)


# --- corrections after the closing ------------------------------------------------------------------

CLOSED_AT = NOON.replace(month=3, day=31, hour=15)
"""Still March in the city; the corrections come in April."""

WAS = {
    "agency": AGENCY,
    "outcome": "answered",
    "response_in_time": 1,
    "handled_in_time": 1,
    "reopened": 0,
    "answers": "yyn",
}


def fact(number: int, name: str, facts: dict[str, Any], at: datetime = CLOSED_AT) -> Envelope:
    """An event of one appeal as it comes over the bus."""
    return Envelope(
        event_id=f"X:{number}",
        name=name,
        occurred_at=at,
        correlation_id="X",
        causation_id="c",
        actor="citizen",
        data={"appeal_id": "X", **facts},
    )


def correction(number: int, name: str, was: dict[str, Any], now: dict[str, Any] | None = None) -> Envelope:
    facts = {"was": was, "closed_at": int(CLOSED_AT.timestamp()), **({"now": now} if now else {})}
    return fact(number, name, facts, CLOSED_AT + timedelta(days=2))


CHANGED = correction(8, "SurveyAnswerChanged", WAS, {**WAS, "answers": "yyy"})
EXCLUDED = correction(
    9, "ExcludedFromAssessment", {**WAS, "answers": "yyy"}, {**WAS, "excluded": "outside_city"}
)


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([CHANGED], {"closed": 1, "answered": 1, "satisfied": 1, "excluded": 0}),
        (
            [CHANGED, EXCLUDED],
            {"closed": 0, "answered": 0, "satisfied": 0, "contacted_in_time": 0, "excluded": 1},
        ),
        (
            [correction(8, "DissatisfactionJudged", WAS, {**WAS, "judged": "unreasonable"})],
            {"closed": 1, "unreasonable": 1, "answered": 0, "resolved": 0},
        ),
        (
            [correction(8, "DissatisfactionJudged", WAS, {**WAS, "judged": "reasonable"})],
            {"closed": 1, "unreasonable": 0, "answered": 1, "resolved": 1},
        ),
        ([correction(8, "WorkOrderReopened", WAS)], {"closed": 0, "answered": 0, "reopened": 0}),
        (
            [correction(8, "WorkOrderReopened", WAS), fact(12, "WorkOrderClosed", {**WAS, "reopened": 1})],
            {"closed": 1, "answered": 1, "reopened": 1, "resolved_first_time": 0},
        ),
    ],
)
def test_a_correction_counts_in_the_month_of_the_closing(
    events: list[Envelope], counts: dict[str, int]
) -> None:
    hotline = Hotline()
    count(hotline, fact(7, "WorkOrderClosed", WAS), *events)
    ((where, tally),) = [each for each in hotline.tallies.tallies.items() if each[1] != Counts()] or [
        ((MONTH, EAST, AGENCY), Counts())
    ]
    assert where == (MONTH, EAST, AGENCY)
    assert counts.items() <= tally.model_dump().items()


@pytest.mark.parametrize("name", ["ExcludedFromAssessment", "DissatisfactionJudged", "WorkOrderReopened"])
def test_what_is_corrected_before_the_closing_counts_with_it(name: str) -> None:
    hotline = Hotline()
    count(hotline, fact(5, name, {"reason": "outside_city", "side": 2}))
    assert hotline.tallies.tallies == {}
    count(hotline, fact(7, "WorkOrderClosed", {**WAS, "excluded": "outside_city"}))
    assert hotline.tallies.tallies == {(MONTH, EAST, AGENCY): Counts(excluded=1)}


def test_praise_is_no_dissatisfaction_whatever_was_judged_before() -> None:
    hotline = Hotline()
    praised = {**WAS, "answers": "yyy", "judged": "unreasonable"}
    count(hotline, fact(7, "WorkOrderClosed", praised))
    (tally,) = hotline.tallies.tallies.values()
    assert (tally.answered, tally.satisfied, tally.unreasonable) == (1, 1, 0)


def test_a_conclusion_that_is_contested_after_its_closing_counts_no_more() -> None:
    hotline = Hotline()
    told = {"outcome": "answered", "conclusion": "legal_route", "answers": "yyn", "reopened": 0}
    count(hotline, fact(7, "WorkOrderClosed", told), correction(8, "ConclusionContested", told))
    assert list(hotline.tallies.tallies.values()) == [Counts()]


LIFE = [
    fact(7, "WorkOrderClosed", WAS),
    CHANGED,
    EXCLUDED,
    correction(10, "WorkOrderReopened", {**WAS, "excluded": "outside_city"}),
    fact(14, "WorkOrderClosed", {**WAS, "reopened": 1, "answers": "ynn"}),
]


@settings(max_examples=40, deadline=None)
@given(st.permutations(LIFE * 2), st.integers(1, 5))
def test_in_whatever_order_corrections_come_and_how_often_the_sums_are_the_same(
    deliveries: list[Envelope], at_once: int
) -> None:
    hotline = Hotline()
    for start in range(0, len(deliveries), at_once):
        count(hotline, *deliveries[start : start + at_once])
        for tally in hotline.tallies.of_month(MONTH, EAST).values():
            assert tally.answered <= tally.closed
    events = [
        Event(
            number=int(each.event_id[2:]),
            name=each.name,
            at=each.occurred_at,
            actor="citizen",
            command_id="c",
            facts=each.data,
        )
        for each in LIFE
    ]
    assert recount([("X", events)], hotline.directories.current()) == hotline.tallies.tallies
    assert hotline.tallies.of_month(MONTH, EAST)[AGENCY].closed == 1
