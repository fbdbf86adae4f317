"""A thousand random lives on bad days: nothing is lost, doubled, stuck or told to the wrong people."""

from __future__ import annotations

import random
from datetime import timedelta
from io import StringIO

import pytest

from tests.journeys import invariants
from tests.journeys.conftest import city_on_a_dictionary, city_on_moto
from tests.journeys.lives import People
from tests.journeys.pump import City, Faults
from tests.unit.builders_directory import parts_with_calls

LIVES = 1_000
ROUNDS = 24
SWEEP_EVERY = timedelta(hours=3)
REDRIVES = 100


def bad_day(seed: int) -> Faults:
    return Faults(
        random.Random(seed),
        throttled=0.01,
        lost_answer=0.004,
        retried_by_sdk=0.01,
        killed=0.002,
        overtaken=0.03,
        duplicated=0.05,
        shuffled=True,
    )


def live(city: City, lives: int, seed: int, rounds: int = ROUNDS) -> People:
    """Half the time new appeals come in; then the day ends, and whatever was given up is redriven."""
    people = People(city, random.Random(seed))
    city.sweep()
    for round_ in range(rounds):
        for number in range(lives * round_ // rounds, lives * (round_ + 1) // rounds):
            people.register(number)
        city.pump()
        people.act()
        city.pass_(hours=6, sweep_every=SWEEP_EVERY)
    city.faults.end()
    for _ in range(REDRIVES):
        if not city.under_way and not unexplained(city):
            return people
        city.redrive()
        city.settle()
        city.sweep()
    raise AssertionError(f"no redrive helps: {unexplained(city)[:3]}")


def unexplained(city: City) -> list[str]:
    """Dead letters that nobody has refused with a reason: a redrive must help."""
    return [
        message.body
        for dead in city.dead_letters().values()
        for message in dead
        if "reason" not in message.attributes
    ]


def hold_all(city: City, people: People, log: str) -> None:
    invariants.every_acknowledged_registration_exists_once(city, people)
    invariants.versions_count_events_without_gaps(city)
    invariants.every_step_is_in_the_lifecycle(city)
    invariants.every_history_is_whole(city)
    invariants.an_open_case_lies_in_one_inbox_and_has_its_next_timer(city)
    invariants.counters_equal_a_recount(city)
    invariants.every_effect_has_one_key(city, certain=False)
    invariants.no_phone_leaves_the_texts_table(city, people, log)
    invariants.dead_letters_are_explained(city)


def test_the_invariants_hold_after_a_thousand_lives_under_faults(
    monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    city = city_on_a_dictionary(monkeypatch, bad_day(seed=12345), parts_with_calls())
    people = live(city, LIVES, seed=1)
    assert len(people.receipts) == LIVES
    assert len(city.faults.struck) >= 9, "every kind of fault has struck"
    assert sum(city.faults.struck.values()) > LIVES
    assert min(people.changed, people.judged, people.called) > 20, (
        "answers were changed, judged and asked for"
    )
    hold_all(city, people, log.getvalue())


def test_every_life_ends_when_everybody_does_their_part(monkeypatch: pytest.MonkeyPatch) -> None:
    city = city_on_a_dictionary(monkeypatch, bad_day(seed=54321))
    people = live(city, 150, seed=2, rounds=8)
    for _ in range(12):
        people.act(well=True)
        city.settle()
        people.finish_orders()
        city.settle()
        city.pass_(hours=6, sweep_every=SWEEP_EVERY)
    open_cases = [case for case, _ in invariants.stored_cases(city).values() if not case.status.ended]
    assert open_cases == []


def test_they_hold_on_moto_as_well(
    monkeypatch: pytest.MonkeyPatch, aws_in_process: None, log: StringIO
) -> None:
    city = city_on_moto(monkeypatch, bad_day(seed=777))
    people = live(city, 50, seed=3, rounds=4)
    hold_all(city, people, log.getvalue())


def test_the_dictionary_answers_as_moto_does(monkeypatch: pytest.MonkeyPatch, aws_in_process: None) -> None:
    """The double is a double: the same lives on the same day leave the same items."""
    ends = []
    for make in (city_on_moto, city_on_a_dictionary):
        city = make(monkeypatch, bad_day(seed=99))
        live(city, 12, seed=4, rounds=3)
        items = city.tables.items(city.lookup("CasesTable", None))
        ends.append(sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"])))
    assert ends[0] == ends[1]
