"""Stated shares: dealt out to within one, the same each time, and nobody gets two that exclude each other."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from infrastructure.demo.habits import (
    EXCLUSIVE,
    SHARES,
    Course,
    Desk,
    Entry,
    Habits,
    Plan,
    dealt,
    lot,
    phone_of,
)
from infrastructure.local.place import ROOT

ROWS = range(1, 1001)


def test_lots_fall_in_the_stated_shares_and_the_same_each_time() -> None:
    habits = Habits(silent=0.1, phone=0.5)
    citizens = [habits.citizen(1, row) for row in range(4000)]
    assert citizens == [habits.citizen(1, row) for row in range(4000)]
    assert 0.08 < sum(citizen.silent for citizen in citizens) / 4000 < 0.12
    assert 0.46 < sum(citizen.leaves_phone for citizen in citizens) / 4000 < 0.54
    assert citizens != [habits.citizen(2, row) for row in range(4000)]


def test_every_citizen_has_a_phone_of_their_own() -> None:
    assert len({phone_of(1, row) for row in range(10_000)}) == 10_000


@pytest.mark.parametrize("among", [0, 1, 7, 150, 1000])
def test_what_is_dealt_out_is_right_to_within_one(among: int) -> None:
    shares = {"a": 0.05, "b": 0.013, "c": 0.3}
    counts = Counter(dealt(1, "letters", range(among), shares, "rest").values())
    assert sum(counts.values()) == among
    assert all(abs(counts[label] - share * among) <= 1 for label, share in shares.items())


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_none_or_all_is_exact(share: float) -> None:
    assert set(dealt(1, "all", range(100), {True: share}, False).values()) == {share == 1.0}


def test_who_gets_what_depends_on_the_seed_and_what_is_dealt() -> None:
    def winners(seed: int, name: str) -> set[int]:
        return {row for row, won in dealt(seed, name, ROWS, {True: 0.1}, False).items() if won}

    assert winners(1, "entry") == winners(1, "entry")
    assert len({frozenset(winners(*of)) for of in ((1, "entry"), (2, "entry"), (1, "course"))}) == 3


def test_a_thousand_plans_hold_every_stated_share() -> None:
    habits = Habits()
    entries = habits.entries(1, ROWS)
    repeats = {1000 + row: row for row, entry in entries.items() if entry is Entry.REPEATED}
    plans = habits.plans(1, ROWS, repeats)
    assert len(plans) == 1030
    seen = Counter(plan.entry for plan in plans.values())
    assert (seen[Entry.WITHDRAWN], seen[Entry.CONFIDENTIAL], seen[Entry.REPEATED]) == (20, 30, 30)
    plain = [plan for plan in plans.values() if plan.entry is Entry.PLAIN]
    for course in set(Course) - {Course.PLAIN}:
        share = getattr(habits, course)
        assert abs(sum(plan.course is course for plan in plain) - share * len(plain)) <= 1
    likenesses = Counter(plans[row].likeness for row in repeats)
    assert likenesses == {"retold": 15, "word for word": 9, "another matter": 6}
    verdicts = Counter(plan.verdict for plan in plans.values() if plan.course is Course.RETURNED)
    assert [verdicts[verdict] for verdict in ("uphold", "redirect", "designate")] == [18, 18, 10]


def test_who_withdraws_reports_in_confidence_or_is_repeated_has_no_other_course() -> None:
    plans = Habits().plans(1, ROWS, {})
    special = [plan for plan in plans.values() if plan.entry is not Entry.PLAIN]
    assert {(plan.desk, plan.course) for plan in special} == {(Desk.DISPATCH, Course.PLAIN)}


def test_details_fall_only_where_they_mean_something() -> None:
    plans = Habits().plans(1, ROWS, {}).values()
    assert {plan.desk for plan in plans if plan.contested} == {Desk.CONCLUDE}
    assert {plan.course for plan in plans if plan.refused} == {Course.EXTENDED, Course.HELD}


def test_only_what_needs_somebody_to_come_back_to_it_is_scripted() -> None:
    assert not Plan(course=Course.RETURNED).scripted
    assert Plan(course=Course.HELD).scripted
    assert Plan(entry=Entry.REPEATED).scripted
    assert not Plan(entry=Entry.CONFIDENTIAL, desk=Desk.CONCLUDE).scripted


def test_the_plain_habits_leave_every_order_alone() -> None:
    plans = Habits().plain().plans(1, ROWS, {}).values()
    assert {(plan.entry, plan.desk, plan.course) for plan in plans} == {
        (Entry.PLAIN, Desk.DISPATCH, Course.PLAIN)
    }


def test_every_share_is_explained_and_exclusive_ones_exist() -> None:
    assert set(SHARES) == set(Habits._fields)
    assert {name for group in EXCLUSIVE for name in group} <= set(SHARES)
    Habits().check()


def test_the_readme_states_every_share_with_its_default() -> None:
    text = (ROOT / "infrastructure/demo/README.md").read_text(encoding="utf-8")
    stated = {
        name: default
        for first, defaults in re.findall(r"^\| (`\w+`.*?) \| .*? \| ([\d %,]+) \|", text, re.MULTILINE)
        for name, default in zip(re.findall(r"`(\w+)`", first), defaults.split(", "), strict=True)
    }
    shares = Habits()._asdict()
    assert stated == {name: f"{share * 100:.0f} %" for name, share in shares.items()}


def test_shares_of_one_thing_that_are_more_than_all_of_it_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.2: .*returned 1"):
        Habits(returned=1.0).check()


def test_the_lots_of_an_appeal_do_not_hang_together() -> None:
    both = sum(lot(1, "a", str(row)) < 0.5 and lot(1, "b", str(row)) < 0.5 for row in range(4000))
    assert 0.22 < both / 4000 < 0.28
