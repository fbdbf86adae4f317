"""What a limit means on a calendar: examples in words, properties, and a counter of minutes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.domain.calendar import Limit, Window, WorkCalendar
from hotline.domain.errors import CalendarYearMissing
from tests.unit.builders_sla import OFFICE_HOURS, ROUND_THE_CLOCK, beijing, limit, office
from tests.unit.minute_counter import MINUTE, MinuteCounter, office_marks, three_years

CALM = settings(deadline=None, max_examples=200)

EXAMPLES = {
    "two hours in the morning": ("2026-03-04 09:30", "2 hours", "2026-03-04 11:30"),
    "lunch does not count": ("2026-03-04 11:00", "2 hours", "2026-03-04 14:00"),
    "a limit may end with the window": ("2026-03-04 10:00", "2 hours", "2026-03-04 12:00"),
    "begun at lunch, counted from one o'clock": ("2026-03-04 12:20", "30 minutes", "2026-03-04 13:30"),
    "before the office opens": ("2026-03-04 07:00", "1 hours", "2026-03-04 10:00"),
    "Friday evening waits for Monday": ("2026-03-06 20:00", "2 hours", "2026-03-09 11:00"),
    "Friday at five runs on into Monday": ("2026-03-06 17:00", "2 hours", "2026-03-09 10:00"),
    "Friday evening plus one working day is Monday": ("2026-03-06 20:00", "1 days", "2026-03-09 18:00"),
    "Saturday plus one working day is Monday too": ("2026-03-07 10:00", "1 days", "2026-03-09 18:00"),
    "the day of the start is not counted": ("2026-03-04 00:01", "1 days", "2026-03-05 18:00"),
    "National Day week, then a make-up Saturday": ("2025-09-30 17:00", "2 days", "2025-10-10 18:00"),
    "the make-up Saturday counts": ("2025-09-30 17:00", "3 days", "2025-10-11 18:00"),
    "the make-up Sunday before National Day counts": ("2025-09-26 17:30", "1 hours", "2025-09-28 09:30"),
    "hours over National Day": ("2025-09-30 17:00", "3 hours", "2025-10-09 11:00"),
    "the Spring Festival": ("2026-02-13 17:00", "2 days", "2026-02-24 18:00"),
    "31 December to the first working day": ("2025-12-31 17:30", "1 hours", "2026-01-04 09:30"),
    "the edge of a month": ("2026-03-31 17:00", "2 hours", "2026-04-01 10:00"),
    "29 February": ("2024-02-28 18:00", "1 days", "2024-02-29 18:00"),
    "28 February of a common year": ("2025-02-28 17:00", "2 hours", "2025-03-03 10:00"),
}


@pytest.mark.parametrize(("start", "allowed", "due"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_limit_ends_where_a_person_with_a_wall_calendar_says(start: str, allowed: str, due: str) -> None:
    assert office().due(beijing(start), limit(allowed)) == beijing(due)


def test_a_calendar_that_never_closes_counts_every_hour_and_needs_no_years() -> None:
    started = beijing("2030-12-31 23:30")
    assert ROUND_THE_CLOCK.due(started, limit("2 hours")) == beijing("2031-01-01 01:30")
    assert ROUND_THE_CLOCK.due(started, limit("7 days")) == beijing("2031-01-07 23:30")
    assert ROUND_THE_CLOCK.elapsed(started, beijing("2031-01-01 00:30")) == timedelta(hours=1)
    assert ROUND_THE_CLOCK.is_working_day(date(2031, 1, 1))


def test_the_day_is_the_citys_and_not_the_day_in_utc() -> None:
    sunday_in_utc_monday_in_beijing = datetime(2026, 3, 8, 17, 0, tzinfo=UTC)
    due = office().due(sunday_in_utc_monday_in_beijing, limit("1 days"))
    assert due == beijing("2026-03-10 18:00")


def test_a_start_may_be_given_in_any_zone_and_the_answer_is_in_utc() -> None:
    started = beijing("2026-03-04 09:30")
    due = office().due(started.astimezone(ZoneInfo("America/New_York")), limit("1 hours"))
    assert due == beijing("2026-03-04 10:30")
    assert due.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        office().due(datetime.fromisoformat("2026-03-04 09:30"), limit("1 hours"))


def test_no_open_time_lies_between_a_moment_and_an_earlier_one() -> None:
    assert office().elapsed(beijing("2026-03-04 11:00"), beijing("2026-03-04 10:00")) == timedelta()


def test_nothing_to_wait_for_is_over_at_once_even_at_night() -> None:
    night = beijing("2026-03-04 03:00")
    assert office().after(night, timedelta()) == night


@pytest.mark.parametrize(
    ("start", "allowed"),
    [
        ("2026-12-31 17:30", "1 hours"),
        ("2026-12-31 09:00", "1 days"),
        ("2026-12-20 09:00", "15 days"),
        ("2027-01-01 00:30", "1 hours"),
        ("2023-12-31 23:00", "1 hours"),
    ],
)
def test_a_year_without_known_holidays_is_an_error_and_not_a_guess(start: str, allowed: str) -> None:
    with pytest.raises(CalendarYearMissing) as refusal:
        office().due(beijing(start), limit(allowed))
    assert refusal.value.facts["year"] in {2023, 2027}


def test_only_a_year_that_matters_is_asked_for() -> None:
    assert office().due(beijing("2026-12-31 17:00"), limit("1 hours")) == beijing("2026-12-31 18:00")
    new_year = beijing("2027-01-01 00:00")
    assert office().elapsed(beijing("2026-12-31 17:00"), new_year) == timedelta(hours=1)
    with pytest.raises(CalendarYearMissing):
        office().elapsed(beijing("2026-12-31 17:00"), new_year + MINUTE)


def test_the_published_days_decide_what_a_working_day_is() -> None:
    calendar = office()
    assert not calendar.is_working_day(date(2025, 10, 8))
    assert calendar.is_working_day(date(2025, 10, 11))
    assert not calendar.is_working_day(date(2026, 3, 7))


def test_a_weekday_may_have_hours_of_its_own_or_none() -> None:
    friday_mornings = WorkCalendar(
        calendar_id="short-week",
        kind="statutory",
        timezone="Asia/Shanghai",
        windows=OFFICE_HOURS,
        weekday_windows={5: (Window.parse("09:00-12:00"),), 1: ()},
        years=frozenset({2026}),
    )
    assert friday_mornings.due(beijing("2026-03-06 11:30"), limit("1 hours")) == beijing("2026-03-10 09:30")
    assert friday_mornings.due(beijing("2026-03-05 11:30"), limit("1 days")) == beijing("2026-03-06 12:00")
    assert not friday_mornings.is_working_day(date(2026, 3, 9))


def test_a_daily_calendar_knows_no_holidays_and_needs_no_years() -> None:
    daytime = WorkCalendar(
        calendar_id="daytime",
        kind="daily",
        timezone="Asia/Shanghai",
        windows=(Window.parse("08:00-20:00"),),
    )
    assert daytime.due(beijing("2031-10-01 03:00"), limit("1 minutes")) == beijing("2031-10-01 08:01")
    assert daytime.due(beijing("2031-10-03 19:00"), limit("2 hours")) == beijing("2031-10-04 09:00")
    assert daytime.due(beijing("2031-10-03 19:00"), limit("2 days")) == beijing("2031-10-05 20:00")
    assert not daytime.is_provisional(beijing("2031-10-05 20:00"))


def test_only_a_due_time_in_a_year_that_is_not_announced_is_provisional() -> None:
    calendar = office().model_copy(update={"provisional_years": frozenset({2026})})
    assert not calendar.is_provisional(calendar.due(beijing("2025-12-31 17:00"), limit("1 hours")))
    assert calendar.is_provisional(calendar.due(beijing("2025-12-31 17:01"), limit("1 hours")))
    assert calendar.is_provisional(beijing("2026-01-01 00:00"))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"windows": ()}, "needs windows"),
        ({"windows": tuple(reversed(OFFICE_HOURS))}, "in order"),
        ({"windows": (Window.parse("09:00-12:00"), Window.parse("11:00-18:00"))}, "overlap"),
        ({"weekday_windows": {8: OFFICE_HOURS}}, "less than or equal to 7"),
        ({"timezone": "Asia/Peking"}, "no such time zone"),
        ({"timezone": "../etc"}, "no such time zone"),
        ({"kind": "24x7"}, "has none"),
        ({"kind": "daily", "windows": ()}, "a daily calendar needs windows"),
        ({"kind": "daily", "weekday_windows": dict.fromkeys(range(1, 8), ())}, "open on some weekday"),
        ({"weekday_windows": {5: OFFICE_HOURS[::-1]}}, "must be in order"),
        ({"years": {2026}, "provisional_years": {2026, 2027}}, "not among the years: 2027"),
        ({"closed_on": {date(2026, 3, 7)}, "opened_on": {date(2026, 3, 7)}}, "2026-03-07"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(change: dict[str, object], complaint: str) -> None:
    sound = {"calendar_id": "c", "kind": "statutory", "timezone": "Asia/Shanghai", "windows": OFFICE_HOURS}
    with pytest.raises(ValidationError, match=complaint):
        WorkCalendar.model_validate({**sound, **change})


def test_windows_are_read_as_people_write_them() -> None:
    assert Window.parse("09:00-12:00") == Window(opens=540, closes=720)
    assert Window.parse(" 00:00 - 24:00 ") == Window(opens=0, closes=1440)


@pytest.mark.parametrize(
    "text", ["", "9-12", "09:00", "12:00-09:00", "09:60-10:00", "09:00-24:01", "9:00-10:00"]
)
def test_other_writings_of_a_window_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time of day|must close|24|less than"):
        Window.parse(text)


@pytest.mark.parametrize("amount", [0, -1, 1_000_000])
def test_a_limit_is_a_sensible_number_of_units(amount: int) -> None:
    with pytest.raises(ValidationError):
        Limit(amount=amount, unit="hours")


def test_a_window_in_the_hour_that_spring_skips_is_not_counted_twice() -> None:
    night_shift = WorkCalendar(
        calendar_id="night",
        kind="statutory",
        timezone="America/New_York",
        windows=(Window.parse("01:30-02:30"), Window.parse("03:00-04:00")),
        opened_on=frozenset({date(2026, 3, 8)}),
        years=frozenset({2026}),
    )
    midnight, noon = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 16, tzinfo=UTC)
    assert night_shift.elapsed(midnight, noon) == timedelta(minutes=90)


# --- properties -----------------------------------------------------------------------------------

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe")
DAY_HOURS = (Window.parse("00:00-24:00"),)
LATE_SHIFT = (Window.parse("00:00-03:30"), Window.parse("08:00-16:00"), Window.parse("22:30-24:00"))


def _sundays_too(zone: str, windows: tuple[Window, ...]) -> WorkCalendar:
    """Build a calendar whose Sundays are open: zones change their clocks on Sundays."""
    days = (date(2025, 1, 1) + timedelta(days=number) for number in range(3 * 365))
    return WorkCalendar(
        calendar_id=zone,
        kind="statutory",
        timezone=zone,
        windows=windows,
        opened_on=frozenset(day for day in days if day.isoweekday() == 7),
        years=frozenset({2025, 2026, 2027}),
    )


def _every_day(zone: str) -> WorkCalendar:
    """Build a calendar that opens on every day, later on Sundays and not on Tuesdays."""
    return WorkCalendar(
        calendar_id=zone,
        kind="daily",
        timezone=zone,
        windows=(Window.parse("08:00-20:00"),),
        weekday_windows={7: (Window.parse("10:00-12:00"), Window.parse("13:00-24:00")), 2: ()},
    )


calendars = st.one_of(
    st.just(office()),
    st.builds(_every_day, st.sampled_from(ZONES)),
    st.just(ROUND_THE_CLOCK),
    st.builds(_sundays_too, st.sampled_from(ZONES), st.sampled_from([OFFICE_HOURS, DAY_HOURS, LATE_SHIFT])),
)
moments = st.datetimes(
    min_value=datetime.fromisoformat("2025-01-03"),
    max_value=datetime.fromisoformat("2026-07-01"),  # the longest limit drawn below still ends in 2026
    timezones=st.just(UTC),
)
hour_limits = st.builds(Limit, amount=st.integers(1, 200), unit=st.sampled_from(["minutes", "hours"]))
limits = st.one_of(hour_limits, st.builds(Limit, amount=st.integers(1, 20), unit=st.sampled_from(["days"])))


@CALM
@given(calendars, moments, hour_limits)
def test_exactly_the_limit_has_elapsed_when_it_is_due(
    calendar: WorkCalendar, start: datetime, allowed: Limit
) -> None:
    due = calendar.due(start, allowed)
    assert calendar.elapsed(start, due) == allowed.duration
    assert calendar.elapsed(start, due - MINUTE) < allowed.duration


@CALM
@given(calendars, moments, moments, limits)
def test_who_begins_later_is_due_no_earlier(
    calendar: WorkCalendar, one: datetime, other: datetime, allowed: Limit
) -> None:
    earlier, later = sorted([one, other])
    assert calendar.due(earlier, allowed) <= calendar.due(later, allowed)


@CALM
@given(calendars, moments, limits, st.integers(1, 50))
def test_a_longer_limit_is_due_later_and_every_limit_after_its_start(
    calendar: WorkCalendar, start: datetime, allowed: Limit, more: int
) -> None:
    longer = Limit(amount=allowed.amount + more, unit=allowed.unit)
    assert start < calendar.due(start, allowed) < calendar.due(start, longer)


@CALM
@given(calendars, st.lists(moments, min_size=3, max_size=3))
def test_open_time_adds_up(calendar: WorkCalendar, three: list[datetime]) -> None:
    first, second, third = sorted(three)
    parts = calendar.elapsed(first, second) + calendar.elapsed(second, third)
    assert parts == calendar.elapsed(first, third) <= third - first


# --- against a counter of minutes -----------------------------------------------------------------


def test_twelve_thousand_limits_agree_with_counting_every_minute_of_three_real_years() -> None:
    truth, calendar, chance = three_years(office_marks), office(), random.Random(12345)
    beyond = 0
    for _ in range(12_000):
        start = chance.randrange(len(truth.marks))
        unit = chance.choice(["minutes", "hours", "days"])
        allowed = Limit(amount=chance.randint(1, {"minutes": 600, "hours": 60, "days": 15}[unit]), unit=unit)
        if unit == "days":
            expected = truth.end_of_open_day(start, allowed.amount)
        else:
            expected = truth.due(start, allowed.duration // MINUTE)
        if expected is None:
            beyond += 1
            with pytest.raises(CalendarYearMissing):
                calendar.due(truth.moment(start), allowed)
            continue
        due = calendar.due(truth.moment(start), allowed)
        assert due == truth.moment(expected), (truth.moment(start), allowed)
        assert calendar.elapsed(truth.moment(start), due) == truth.elapsed(start, expected)
    assert 0 < beyond < 400


def test_ten_thousand_stretches_agree_with_counting_every_minute_of_three_real_years() -> None:
    truth, calendar, chance = three_years(office_marks), office(), random.Random(54321)
    for _ in range(10_000):
        start = chance.randrange(len(truth.marks))
        end = min(start + chance.randrange(21 * 1440), len(truth.marks))
        elapsed = calendar.elapsed(truth.moment(start), truth.moment(end))
        assert elapsed == truth.elapsed(start, end), (truth.moment(start), truth.moment(end))


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("America/New_York", date(2026, 3, 8)),
        ("America/New_York", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 3, 29)),
        ("Europe/Berlin", date(2026, 10, 25)),
        ("Africa/Cairo", date(2026, 4, 24)),
        ("Africa/Cairo", date(2026, 10, 30)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
    ],
)
def test_a_day_with_changed_clocks_has_the_hours_that_it_really_has(zone: str, around: date) -> None:
    calendar, chance = _sundays_too(zone, LATE_SHIFT), random.Random(zone)
    first = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=3)
    wall_times = [(first + minute * MINUTE).astimezone(ZoneInfo(zone)) for minute in range(7 * 1440)]
    truth = MinuteCounter(first, bytes(_open_on_late_shift(wall_time) for wall_time in wall_times))
    for _ in range(300):
        start, end = sorted(chance.sample(range(7 * 1440), 2))
        assert calendar.elapsed(truth.moment(start), truth.moment(end)) == truth.elapsed(start, end)


def _open_on_late_shift(wall_time: datetime) -> bool:
    minute = wall_time.hour * 60 + wall_time.minute
    return wall_time.isoweekday() != 6 and any(
        window.opens <= minute < window.closes for window in LATE_SHIFT
    )
