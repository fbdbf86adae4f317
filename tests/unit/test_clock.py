"""One running limit: warnings, pauses, extensions and stops, told as they happen to an order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.domain.calendar import WorkCalendar
from hotline.domain.clock import Clock, ClockKind, ClockMisused
from tests.unit.builders_sla import ROUND_THE_CLOCK, beijing, limit, office, rule

CALM = settings(deadline=None, max_examples=200)
SECOND = timedelta(seconds=1)


def started(
    at: str = "2026-03-04 10:00",
    allowed: str = "10 hours",
    calendar: WorkCalendar = ROUND_THE_CLOCK,
    kind: ClockKind = "handling",
) -> Clock:
    return Clock.start(kind, f"sla-1/general/{kind}", rule(allowed, calendar), calendar, beijing(at))


# --- due time and warning -------------------------------------------------------------------------


def test_a_clock_knows_when_it_is_due_and_warns_after_four_fifths() -> None:
    clock = started(at="2026-03-04 10:00", allowed="10 hours")
    assert (clock.due_at, clock.warn_at) == (beijing("2026-03-04 20:00"), beijing("2026-03-04 18:00"))


def test_the_warning_counts_open_time_and_not_the_night() -> None:
    clock = started(at="2026-03-06 09:00", allowed="10 hours", calendar=office())
    assert clock.due_at == beijing("2026-03-09 11:00")
    assert clock.warn_at == beijing("2026-03-06 18:00")


def test_the_warning_of_a_limit_in_days_counts_the_open_time_until_it_is_due() -> None:
    clock = started(at="2026-03-04 18:00", allowed="5 days", calendar=office())
    assert clock.due_at == beijing("2026-03-11 18:00")
    assert clock.warn_at == beijing("2026-03-10 18:00")


def test_times_are_whole_seconds_in_utc() -> None:
    clock = Clock.start(
        "dispatch",
        "sla-1/general/dispatch",
        rule("1 hours"),
        ROUND_THE_CLOCK,
        datetime(2026, 3, 4, 2, 0, 0, 999_999, tzinfo=UTC),
    )
    assert clock.started_at == datetime(2026, 3, 4, 2, tzinfo=UTC)


def test_a_clock_refuses_a_calendar_that_is_not_its_own() -> None:
    with pytest.raises(ClockMisused, match="calendar 24x7, not statutory"):
        Clock.start(
            "dispatch", "sla-1/general/dispatch", rule("1 hours"), office(), beijing("2026-03-04 10:00")
        )
    with pytest.raises(ClockMisused, match="not statutory"):
        started().pause(beijing("2026-03-04 11:00"), office())


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        started().stop(datetime.fromisoformat("2026-03-04 11:00"))
    with pytest.raises(ValueError, match="time zone"):
        started().late(datetime.fromisoformat("2026-03-04 11:00"))


# --- sweeping -------------------------------------------------------------------------------------


def test_a_clock_asks_first_for_its_warning_then_for_its_breach_then_for_nothing() -> None:
    clock = started()
    assert clock.next_timer() == (clock.warn_at, "warn")
    warned = clock.warn(clock.warn_at)
    assert warned.next_timer() == (clock.due_at, "breach")
    breached = warned.breach(clock.due_at)
    assert breached.next_timer() is None
    assert (breached.warned_at, breached.breached_at) == (clock.warn_at, clock.due_at)


def test_a_second_sweep_finds_nothing_left_to_do() -> None:
    clock = started()
    warned = clock.warn(clock.warn_at)
    assert warned.warn(clock.warn_at + SECOND) is warned
    breached = warned.breach(clock.due_at)
    assert breached.breach(clock.due_at + SECOND) is breached


def test_a_sweep_that_comes_too_early_changes_nothing() -> None:
    clock = started()
    assert clock.warn(clock.warn_at - SECOND) is clock
    assert clock.breach(clock.due_at - SECOND) is clock


def test_after_a_breach_no_warning_is_given_any_more() -> None:
    clock = started()
    breached = clock.breach(clock.due_at + timedelta(days=1))
    assert breached.warn(clock.due_at + timedelta(days=1)) is breached


@pytest.mark.parametrize("rest", ["stopped", "paused"])
def test_a_clock_at_rest_neither_warns_nor_breaches(rest: str) -> None:
    clock, now = started(), beijing("2026-03-04 11:00")
    at_rest = clock.stop(now) if rest == "stopped" else clock.pause(now, ROUND_THE_CLOCK)
    later = clock.due_at + timedelta(days=1)
    assert at_rest.next_timer() is None
    assert at_rest.warn(later) is at_rest
    assert at_rest.breach(later) is at_rest


# --- lateness -------------------------------------------------------------------------------------


def test_the_last_second_is_in_time_and_the_next_is_late() -> None:
    clock = started()
    assert not clock.late(clock.due_at)
    assert clock.late(clock.due_at + SECOND)
    assert not clock.stop(clock.due_at).late(clock.due_at + timedelta(days=9))
    assert clock.stop(clock.due_at + SECOND).late(clock.due_at + timedelta(days=9))


def test_an_answer_in_time_is_not_late_though_the_sweep_overtook_it() -> None:
    clock = started()
    assert not clock.breach(clock.due_at).stop(clock.due_at).late(clock.due_at)


def test_a_clock_stopped_while_paused_is_judged_by_the_pause() -> None:
    clock = started().pause(beijing("2026-03-04 11:00"), ROUND_THE_CLOCK).stop(beijing("2026-04-04 11:00"))
    assert not clock.late(beijing("2026-04-04 11:00"))
    assert clock.remaining == timedelta(hours=9)


# --- stopping -------------------------------------------------------------------------------------


def test_the_first_stop_counts() -> None:
    clock = started().stop(beijing("2026-03-04 11:00"))
    assert clock.stop(beijing("2026-03-04 12:00")) is clock


def test_a_stopped_clock_cannot_be_paused_resumed_or_extended() -> None:
    clock, now = started().stop(beijing("2026-03-04 11:00")), beijing("2026-03-04 12:00")
    for misuse in (
        lambda: clock.pause(now, ROUND_THE_CLOCK),
        lambda: clock.resume(now, ROUND_THE_CLOCK),
        lambda: clock.extend(limit("1 hours"), ROUND_THE_CLOCK),
    ):
        with pytest.raises(ClockMisused, match="stopped at"):
            misuse()


# --- pausing --------------------------------------------------------------------------------------


def test_a_pause_gives_back_the_open_time_that_was_left() -> None:
    clock = started(at="2026-03-06 09:00", allowed="10 hours", calendar=office())
    paused = clock.pause(beijing("2026-03-06 16:00"), office())
    assert paused.remaining == timedelta(hours=4)
    resumed = paused.resume(beijing("2026-03-10 17:00"), office())
    assert resumed.due_at == beijing("2026-03-11 12:00")
    assert resumed.warn_at == beijing("2026-03-11 10:00")
    assert (resumed.paused_at, resumed.remaining) == (None, None)


def test_a_hold_over_the_spring_festival_costs_no_open_time() -> None:
    clock = started(at="2026-02-13 16:00", allowed="4 hours", calendar=office())
    assert clock.due_at == beijing("2026-02-14 11:00")
    paused = clock.pause(beijing("2026-02-13 17:00"), office())
    resumed = paused.resume(beijing("2026-02-20 10:00"), office())
    assert resumed.due_at == beijing("2026-02-24 12:00")


def test_a_warning_given_before_the_pause_is_not_given_again() -> None:
    clock = started()
    paused = clock.warn(clock.warn_at).pause(beijing("2026-03-04 19:00"), ROUND_THE_CLOCK)
    resumed = paused.resume(beijing("2026-03-05 08:00"), ROUND_THE_CLOCK)
    assert resumed.next_timer() == (beijing("2026-03-05 09:00"), "breach")


def test_a_limit_that_had_passed_stays_passed_through_a_pause() -> None:
    clock = started()
    paused = clock.pause(beijing("2026-03-04 21:00"), ROUND_THE_CLOCK)
    assert paused.remaining == timedelta()
    resumed = paused.resume(beijing("2026-03-09 08:00"), ROUND_THE_CLOCK)
    assert resumed.due_at == clock.due_at
    assert resumed.late(beijing("2026-03-09 08:00"))
    assert resumed.next_timer() == (clock.warn_at, "warn")


def test_a_clock_is_not_paused_twice_and_not_resumed_unless_paused() -> None:
    paused = started().pause(beijing("2026-03-04 11:00"), ROUND_THE_CLOCK)
    with pytest.raises(ClockMisused, match="is paused since"):
        paused.pause(beijing("2026-03-04 12:00"), ROUND_THE_CLOCK)
    with pytest.raises(ClockMisused, match="is not paused"):
        started().resume(beijing("2026-03-04 12:00"), ROUND_THE_CLOCK)


# --- extending ------------------------------------------------------------------------------------


def test_an_extension_moves_due_time_and_warning_by_the_same_open_time() -> None:
    clock = started(at="2026-03-06 09:00", allowed="10 hours", calendar=office())
    extended = clock.extend(limit("8 hours"), office())
    assert extended.due_at == beijing("2026-03-10 11:00")
    assert extended.warn_at == beijing("2026-03-09 18:00")


def test_an_extension_in_days_is_counted_from_the_present_due_time() -> None:
    clock = started(at="2026-03-04 10:00", allowed="2 days", calendar=office())
    assert clock.due_at == beijing("2026-03-06 18:00")
    assert clock.extend(limit("1 days"), office()).due_at == beijing("2026-03-09 18:00")


def test_an_extended_limit_is_watched_afresh() -> None:
    clock = started()
    breached = clock.warn(clock.warn_at).breach(clock.due_at)
    extended = breached.extend(limit("5 hours"), ROUND_THE_CLOCK)
    assert extended.next_timer() == (clock.warn_at + timedelta(hours=5), "warn")
    assert not extended.late(clock.due_at + timedelta(hours=5))


def test_an_extension_during_a_pause_adds_to_what_is_left() -> None:
    paused = started().pause(beijing("2026-03-04 11:00"), ROUND_THE_CLOCK)
    extended = paused.extend(limit("5 hours"), ROUND_THE_CLOCK)
    assert extended.remaining == timedelta(hours=14)
    resumed = extended.resume(beijing("2026-03-10 00:00"), ROUND_THE_CLOCK)
    assert resumed.due_at == beijing("2026-03-10 14:00")


# --- storing --------------------------------------------------------------------------------------


def test_a_running_clock_is_stored_in_few_bytes() -> None:
    packed = started(at="2026-03-04 10:00", allowed="7 days").pack()
    assert packed == ["h", "sla-1/general/", "24x7", 1772589600, 604800, 483840]
    assert len(json.dumps(packed, separators=(",", ":"))) <= 54


def test_numbers_may_come_back_from_the_store_as_decimals() -> None:
    clock = started().warn(beijing("2026-03-04 18:30"))
    stored = [Decimal(value) if isinstance(value, int) else value for value in clock.pack()]
    assert Clock.unpack(stored) == clock


def test_a_rule_of_another_name_is_stored_whole() -> None:
    clock = Clock.start(
        "handling", "sla-1/general/reopen", rule("3 days"), ROUND_THE_CLOCK, beijing("2026-03-04 10:00")
    )
    assert clock.pack()[1] == "sla-1/general/reopen"
    assert Clock.unpack(clock.pack()) == clock


def test_a_rule_id_that_could_not_be_read_back_is_refused() -> None:
    with pytest.raises(ValidationError, match="rule_id"):
        Clock.start(
            "handling", "sla-1/general/", rule("3 days"), ROUND_THE_CLOCK, beijing("2026-03-04 10:00")
        )


# --- properties -----------------------------------------------------------------------------------

CALENDARS = {calendar.calendar_id: calendar for calendar in (ROUND_THE_CLOCK, office())}
moments = st.datetimes(
    min_value=datetime.fromisoformat("2025-01-03"),
    max_value=datetime.fromisoformat("2026-04-01"),
    timezones=st.just(UTC),
)
allowances = st.builds("{} {}".format, st.integers(1, 15), st.sampled_from(["minutes", "hours", "days"]))
running = st.builds(
    lambda kind, calendar, allowed, fraction, now: Clock.start(
        kind, f"sla-1/general/{kind}", rule(allowed, calendar, fraction), calendar, now
    ),
    st.sampled_from(["dispatch", "response", "handling"]),
    st.sampled_from(list(CALENDARS.values())),
    allowances,
    st.sampled_from(["0.1", "0.5", "0.8", "0.99"]),
    moments,
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["pause", "resume", "extend", "stop", "warn", "breach"]),
        st.timedeltas(min_value=timedelta(), max_value=timedelta(days=4)),
    ),
    max_size=8,
)


def _step(clock: Clock, command: str, now: datetime) -> Clock:
    """Do one command to a clock; what its state excludes leaves it as it is."""
    calendar = CALENDARS[clock.calendar_id]
    try:
        match command:
            case "pause":
                return clock.pause(now, calendar)
            case "resume":
                return clock.resume(now, calendar)
            case "extend":
                return clock.extend(limit("1 days"), calendar)
            case "stop":
                return clock.stop(now)
            case "warn":
                return clock.warn(now)
            case _:
                return clock.breach(now)
    except ClockMisused:
        return clock


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[datetime, Clock]]:
    """Every state of one clock through a random life, with the time of each."""
    clock = draw(running)
    now = clock.started_at
    life = [(now, clock)]
    for command, pause in draw(steps):
        now += pause
        clock = _step(clock, command, now)
        life.append((now, clock))
    return life


@CALM
@given(lives())
def test_whatever_happens_a_clock_comes_back_from_the_store_unchanged(
    life: list[tuple[datetime, Clock]],
) -> None:
    for _, clock in life:
        assert Clock.unpack(json.loads(json.dumps(clock.pack()))) == clock


@CALM
@given(lives())
def test_whatever_happens_warning_precedes_due_time_and_nothing_is_negative(
    life: list[tuple[datetime, Clock]],
) -> None:
    for _, clock in life:
        assert clock.started_at <= clock.warn_at <= clock.due_at
        assert clock.remaining is None or clock.remaining >= timedelta()
        assert (clock.remaining is None) == (clock.paused_at is None)


@CALM
@given(lives())
def test_whatever_happens_only_a_running_clock_has_a_timer(life: list[tuple[datetime, Clock]]) -> None:
    for _, clock in life:
        if clock.stopped_at or clock.paused_at:
            assert clock.next_timer() is None
        elif not clock.breached_at:
            assert clock.next_timer() is not None


@CALM
@given(lives())
def test_a_sweep_at_the_time_of_the_timer_always_moves_on(life: list[tuple[datetime, Clock]]) -> None:
    _, clock = life[-1]
    fired = []
    while timer := clock.next_timer():
        when, what = timer
        clock = _step(clock, what, when)
        fired.append(what)
    assert fired in ([], ["warn", "breach"], ["breach"])


@CALM
@given(running, st.floats(0, 1), st.timedeltas(min_value=timedelta(), max_value=timedelta(days=60)))
def test_a_pause_keeps_the_open_time_and_the_lead_of_the_warning(
    clock: Clock, fraction: float, rest: timedelta
) -> None:
    calendar = CALENDARS[clock.calendar_id]
    pause_at = clock.started_at + (clock.due_at - clock.started_at - SECOND) * fraction
    paused = clock.pause(pause_at, calendar)
    resume_at = pause_at + rest
    resumed = paused.resume(resume_at, calendar)
    assert paused.remaining is not None
    if paused.remaining:
        assert calendar.elapsed(resume_at.replace(microsecond=0), resumed.due_at) == paused.remaining
    if pause_at < clock.warn_at:
        lead = calendar.elapsed(clock.warn_at, clock.due_at)
        assert calendar.elapsed(resumed.warn_at, resumed.due_at) == lead
    assert resumed.due_at >= clock.due_at
    assert resumed.warn_at >= clock.warn_at
