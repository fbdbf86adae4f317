"""When citizens are called again: never at night, never too soon, at another part of the day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.calendar import WorkCalendar
from hotline.domain.calls import Attempt, CallTimes, speaks
from hotline.domain.side_orders import CallOutcome
from hotline.domain.survey_policy import CallPolicy
from tests.unit.builders import NOON
from tests.unit.builders_calls import DAYTIME
from tests.unit.builders_sla import ROUND_THE_CLOCK

GAP = timedelta(hours=2)
POLICY = CallPolicy(calendar_id="daytime")
CALENDAR = WorkCalendar.model_validate(DAYTIME)
TIMES = CallTimes(POLICY, {"24x7": ROUND_THE_CLOCK, "daytime": CALENDAR}, "Asia/Shanghai")


def local(at: datetime | None) -> str:
    assert at is not None
    return (at + timedelta(hours=8)).strftime("%d %H:%M")


def band_of(at: datetime) -> str:
    clock = local(at)[3:]
    return next((band for band in POLICY.bands if band[:5] <= clock < band[6:]), "none")


moments = st.integers(0, 60 * 24 * 10).map(lambda minutes: NOON + timedelta(minutes=minutes))
pasts = st.lists(st.integers(0, 60 * 24 * 3), max_size=5)


@given(now=moments, ago=pasts)
def test_a_citizen_is_never_called_at_a_closed_hour_nor_before_the_gap(now: datetime, ago: list[int]) -> None:
    windows = [{"opens": 10 * 60, "closes": 13 * 60}, {"opens": 15 * 60, "closes": 19 * 60}]
    late_riser = WorkCalendar.model_validate({**DAYTIME, "windows": windows})
    times = CallTimes(POLICY, {"24x7": ROUND_THE_CLOCK, "daytime": late_riser}, "Asia/Shanghai")
    attempts = [now - timedelta(minutes=minutes) for minutes in ago]
    at = times.next_call(attempts, now)
    assert at is not None
    assert at >= now
    assert late_riser.elapsed(at, at + timedelta(seconds=1)) == timedelta(seconds=1)
    assert all(at - attempt >= GAP for attempt in attempts)


@given(now=moments, ago=pasts)
def test_a_part_of_the_day_that_was_not_tried_is_tried_first(now: datetime, ago: list[int]) -> None:
    attempts = [now - timedelta(minutes=minutes) for minutes in ago]
    tried = [band_of(attempt) for attempt in attempts]
    at = TIMES.next_call(attempts, now)
    assert at is not None
    assert tried.count(band_of(at)) == min(tried.count(band) for band in POLICY.bands)


@given(now=moments, ago=pasts, left=st.integers(0, 60 * 24 * 8), wish=st.none() | st.integers(1, 60 * 24 * 8))
def test_nobody_is_called_after_the_survey_has_expired(
    now: datetime, ago: list[int], left: int, wish: int | None
) -> None:
    attempts = [now - timedelta(minutes=minutes) for minutes in ago]
    until = now + timedelta(minutes=left)
    wished = now + timedelta(minutes=wish) if wish else None
    at = TIMES.next_call(attempts, now, wished=wished, until=until)
    assert at is None or now <= at < until


def test_three_calls_are_spread_over_the_day_and_the_fourth_begins_again() -> None:
    at = datetime(2026, 3, 6, 2, tzinfo=UTC)
    calls = [at]
    for _ in range(3):
        following = TIMES.next_call(calls, calls[-1])
        assert following is not None
        calls.append(following)
    assert [local(call) for call in calls] == ["06 10:00", "06 14:00", "06 18:00", "07 09:00"]


def test_a_part_that_is_left_before_the_survey_expires_does_where_no_untried_one_is() -> None:
    morning = datetime(2026, 3, 6, 1, tzinfo=UTC)
    until = morning + timedelta(hours=3)
    assert local(TIMES.next_call([morning], morning, until=until)) == "06 11:00"


def test_the_citizens_own_wish_stands_above_the_gap_but_not_above_the_night() -> None:
    assert local(TIMES.next_call([NOON], NOON, wished=NOON + timedelta(minutes=30))) == "06 12:30"
    assert local(TIMES.next_call([NOON], NOON, wished=NOON + timedelta(hours=11))) == "07 08:00"


def test_where_no_part_of_the_day_is_open_any_open_hour_does() -> None:
    policy = CallPolicy(calendar_id="daytime", bands=("20:00-22:00",))
    times = CallTimes(policy, {"24x7": ROUND_THE_CLOCK, "daytime": CALENDAR}, "Asia/Shanghai")
    assert local(times.next_call([NOON], NOON)) == "06 14:00"


@pytest.mark.parametrize(
    ("outcomes", "unreachable"),
    [
        (["no_answer", "busy"], False),
        (["no_answer", "busy", "no_answer"], True),
        (["no_answer", "call_back", "language", "busy"], False),
    ],
)
def test_only_calls_that_nobody_answers_make_a_citizen_unreachable(
    outcomes: list[CallOutcome], unreachable: bool
) -> None:
    attempts = [
        Attempt(NOON + timedelta(hours=3 * place), outcome, "operator:li")
        for place, outcome in enumerate(outcomes)
    ]
    assert TIMES.is_unreachable(attempts) == unreachable


@pytest.mark.parametrize(
    ("hours", "unreachable"),
    [
        ([9, 10, 11], False),
        ([9, 15, 17], False),
        ([9, 15, 19], True),
        ([9, 12, 15], True),
        ([9, 10, 11, 15], False),
        ([9, 10, 11, 9, 10], False),
        ([9, 10, 11, 9, 10, 11], True),
    ],
)
def test_calls_in_the_same_part_of_the_day_do_not_make_a_citizen_unreachable(
    hours: list[int], unreachable: bool
) -> None:
    morning = NOON - timedelta(hours=12)
    attempts = [Attempt(morning + timedelta(hours=hour), "no_answer", "operator:li") for hour in hours]
    assert TIMES.is_unreachable(attempts) == unreachable


@pytest.mark.parametrize(
    ("languages", "needed", "spoken"),
    [
        (["zh-CN"], "zh-CN", True),
        (["zh"], "zh-CN", True),
        (["ZH-cn", "yue"], "yue", True),
        (["zh-CN"], "zh-cmn-sichuan", False),
        (["zh-cmn-sichuan"], "zh-CN", False),
        (["en-GB"], "en", True),
        (["zh"], "en", False),
    ],
)
def test_a_dialect_is_spoken_by_who_names_it(languages: list[str], needed: str, spoken: bool) -> None:
    assert speaks(languages, needed) == spoken
