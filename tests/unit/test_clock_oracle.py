"""Clocks against an oracle: starts, limits, pauses and extensions, counted minute by minute (F37).

The calendars are those that an import makes of the repository's folder; the truth is a bitmap of the
three real years 2024 to 2026 (``minute_counter.py``).
"""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from hotline.domain.calendar import Limit, WorkCalendar
from hotline.domain.clock import Clock
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.directory.loading import load
from tests.unit.builders import NO, Life
from tests.unit.builders_directory import BEIJING_FOLDER
from tests.unit.builders_directory import beijing as beijing_directory
from tests.unit.builders_sla import BEIJING, beijing, policy, rule, tier
from tests.unit.minute_counter import (
    ALL_DAY,
    DAY,
    DAYTIME,
    MINUTE,
    MinuteCounter,
    office_marks,
    short_friday_marks,
    three_years,
)

CASES = 12_000
SHORT_FRIDAY = "short-friday,周五半天,Short Fridays,statutory,09:00-12:00|13:00-18:00,5=09:00-12:00|6=\n"
TRUTHS = {
    "24x7": lambda day: ALL_DAY,
    "daytime": lambda day: DAYTIME,
    "office": office_marks,
    "short-friday": short_friday_marks,
}


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> dict[str, WorkCalendar]:
    """As imported in the middle of 2025: the year before it and the two after are known."""
    folder = Path(shutil.copytree(BEIJING_FOLDER, tmp_path_factory.mktemp("city") / "beijing"))
    path = folder / "calendars.csv"
    path.write_text(path.read_text(encoding="utf-8") + SHORT_FRIDAY, encoding="utf-8")
    loaded = load(folder, date(2025, 6, 1))
    assert not loaded.problems.errors, loaded.problems
    return dict(loaded.directory().calendars)


@pytest.fixture(scope="module")
def truths() -> dict[str, MinuteCounter]:
    return {name: three_years(marks_of) for name, marks_of in TRUTHS.items()}


class BeyondTheYears(Exception):
    """The bitmap ends before the case does."""


class Tally:
    """What a clock must say, by nothing but counting marks.

    Attributes:
        due: the first minute that is late; while paused, what it was before.
        left: open minutes that were left when it was paused.
    """

    def __init__(self, truth: MinuteCounter, start: int, allowed: Limit) -> None:
        self.truth = truth
        self.due = self._after(start, allowed)
        self.paused_at: int | None = None
        self.left = 0

    def pause(self, now: int) -> None:
        self.paused_at, self.left = now, self.truth.open_minutes(now, self.due)

    def resume(self, now: int) -> None:
        if self.left:
            self.due = self._found(self.truth.due(now, self.left))
        self.paused_at = None

    def extend(self, more: Limit) -> None:
        self.due = self._after(self.due, more)
        if self.paused_at is not None:
            self.left = self.truth.open_minutes(self.paused_at, self.due)

    def _after(self, start: int, allowed: Limit) -> int:
        never_closes = all(self.truth.marks[:DAY])
        if allowed.unit == "days" and not never_closes:
            return self._found(self.truth.end_of_open_day(start, allowed.amount))
        return self._found(self.truth.due(start, allowed.duration // MINUTE))

    @staticmethod
    def _found(minute: int | None) -> int:
        if minute is None:
            raise BeyondTheYears
        return minute


def any_limit(chance: random.Random) -> Limit:
    unit, most = chance.choice([("minutes", 600), ("hours", 60), ("days", 15)])
    return Limit.model_validate({"amount": chance.randint(1, most), "unit": unit})


def difference(chance: random.Random, truth: MinuteCounter, calendar: WorkCalendar) -> str | None:
    """Live one random life of a clock beside its tally; the story of the first difference, if any."""
    now, allowed = chance.randrange(len(truth.marks) - 200 * DAY), any_limit(chance)
    story = [f"{calendar.calendar_id}: {allowed} from {truth.moment(now).astimezone(BEIJING)}"]
    term = rule(f"{allowed.amount} {allowed.unit}", calendar)
    clock = Clock.start("handling", "sla-1/general/handling", term, calendar, truth.moment(now))
    tally = Tally(truth, now, allowed)
    for _ in range(chance.randrange(5) + 1):
        left = None if tally.paused_at is None else tally.left * MINUTE
        if (clock.due_at, clock.remaining) != (truth.moment(tally.due), left):
            return f"{story}: clock {clock}, truth {truth.moment(tally.due)} {left}"
        now += chance.randrange(chance.choice([60, DAY, 12 * DAY]))
        commands = ["pause", "extend"] if tally.paused_at is None else ["resume", "resume", "extend"]
        command, more = chance.choice(commands), any_limit(chance)
        story.append(f"{command} {more} at {truth.moment(now).astimezone(BEIJING)}")
        if command == "pause":
            clock = clock.pause(truth.moment(now), calendar)
            tally.pause(now)
        elif command == "resume":
            clock = clock.resume(truth.moment(now), calendar)
            tally.resume(now)
        else:
            clock = clock.extend(more, calendar)
            tally.extend(more)
    return None


def test_twelve_thousand_random_lives_of_clocks_agree_with_counting_minutes(
    calendars: dict[str, WorkCalendar], truths: dict[str, MinuteCounter]
) -> None:
    chance, names = random.Random(20240101), sorted(TRUTHS)
    lives = ((truths[name], calendars[name]) for name in names * (CASES // len(names)))
    assert [story for life in lives if (story := difference(chance, *life))] == []


# --- what users of other systems reported as wrong -----------------------------------------------


def started(at: str, allowed: str, calendar: WorkCalendar) -> Clock:
    term = rule(allowed, calendar)
    return Clock.start("handling", "sla-1/general/handling", term, calendar, beijing(at))


@pytest.mark.parametrize(
    ("at", "allowed", "due"),
    [
        ("2026-03-06 17:30", "1 hours", "2026-03-09 09:30"),
        ("2026-03-06 20:00", "1 hours", "2026-03-09 10:00"),
        ("2026-03-06 18:00", "1 minutes", "2026-03-09 09:01"),
        ("2026-03-06 17:00", "1 hours", "2026-03-06 18:00"),
    ],
)
def test_what_falls_on_friday_evening_is_due_on_monday_and_what_fits_is_not(
    calendars: dict[str, WorkCalendar], at: str, allowed: str, due: str
) -> None:
    assert started(at, allowed, calendars["office"]).due_at == beijing(due)


@pytest.mark.parametrize(
    ("at", "allowed", "due"),
    [
        ("2025-09-26 17:00", "7 days", "2025-10-13 18:00"),  # Sunday 28, 29, 30, then 9, 10, Saturday 11, 13
        ("2025-09-28 09:00", "2 hours", "2025-09-28 11:00"),  # on the make-up Sunday itself
        ("2025-09-30 17:00", "16 hours", "2025-10-10 17:00"),
        ("2025-10-10 17:30", "1 hours", "2025-10-11 09:30"),  # Friday evening, and the make-up Saturday
        ("2024-02-08 17:00", "3 days", "2024-02-19 18:00"),  # Spring Festival: Friday 9, Sunday 18, Monday 19
    ],
)
def test_a_long_holiday_is_skipped_and_its_make_up_saturday_and_sunday_are_worked(
    calendars: dict[str, WorkCalendar], at: str, allowed: str, due: str
) -> None:
    assert started(at, allowed, calendars["office"]).due_at == beijing(due)


def test_a_hold_across_a_holiday_keeps_the_open_time_and_no_more(calendars: dict[str, WorkCalendar]) -> None:
    office = calendars["office"]
    held = started("2025-09-29 10:00", "3 days", office).pause(beijing("2025-09-30 15:00"), office)
    assert held.due_at == beijing("2025-10-10 18:00")
    assert held.remaining == 19 * 60 * MINUTE

    back_during_the_holiday = held.resume(beijing("2025-10-05 10:00"), office)
    assert back_during_the_holiday.due_at == beijing("2025-10-11 12:00")
    back_after_it = held.resume(beijing("2025-10-09 13:00"), office)
    assert back_after_it.due_at == beijing("2025-10-11 16:00")


@pytest.mark.parametrize(
    ("calendar_id", "allowed", "due"),
    [
        ("office", "30 minutes", "2026-03-04 09:30"),
        ("office", "1 days", "2026-03-05 18:00"),
        ("daytime", "30 minutes", "2026-03-04 08:30"),
        ("24x7", "30 minutes", "2026-03-04 03:30"),
    ],
)
def test_what_starts_at_three_in_the_morning_waits_for_the_door_to_open(
    calendars: dict[str, WorkCalendar], calendar_id: str, allowed: str, due: str
) -> None:
    assert started("2026-03-04 03:00", allowed, calendars[calendar_id]).due_at == beijing(due)


def test_nobody_is_urged_at_night_about_what_is_not_urgent() -> None:
    keeper = PolicyTimekeeper.of(beijing_directory())
    chance = random.Random(3)
    for _ in range(500):
        now = beijing("2026-03-01 03:00") + chance.randrange(60 * DAY) * MINUTE
        for tier_id in ("general", "complex"):
            rungs = [keeper.rung(tier_id, number, now, now, now) for number in range(4)]
            hours = {rung.at.astimezone(BEIJING).hour + rung.at.minute / 60 for rung in rungs if rung}
            assert len(rungs) == 4
            assert all(8 <= hour <= 20 for hour in hours), hours


def test_a_reopened_order_has_a_limit_of_its_own_and_the_first_figures_stay() -> None:
    keeper = PolicyTimekeeper(
        policy(tier(reopen=rule("2 days"))), {"24x7": beijing_directory().calendars["24x7"]}
    )
    life = Life(timekeeper=keeper).dispatched().acknowledged().contacted().passing(days=3).resolved()
    first = life.case.clocks["handling"]
    before = list(life.case.events)

    life.surveying().answered(NO).passing(days=5).resolved()

    second = life.case.clocks["handling"]
    assert life.case.events[: len(before)] == before
    assert not first.late(life.now)
    assert second.rule_id == "sla-1/general/reopen"
    assert second.due_at - second.started_at == 2 * DAY * MINUTE
    assert second.late(life.now)
    assert [event.facts["due_at"] for event in life.case.events if event.name == "ClockBreached"] == [
        int(second.due_at.timestamp())
    ]
