"""The cases are set back to an earlier moment: what they keep is all there is, and the city goes on from it (F47)."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infrastructure.ops.cli import main
from tests.journeys import invariants
from tests.journeys.conftest import TABLES, city_on_moto
from tests.journeys.lives import People
from tests.journeys.pump import City

SET_BACK = ("CasesTable", "TextsTable", "SealedTable")
"""One appeal lies in the three of them: they are restored to the same moment."""


def days(city: City, people: People, numbers: range) -> None:
    """One after another registers; everybody acts; time passes."""
    for number in numbers:
        people.register(number)
        city.pump()
        people.act()
        city.pass_(hours=9, sweep_every=timedelta(hours=3))
    city.settle()


def restore(city: City, people: People, before: dict[str, list[dict[str, Any]]]) -> None:
    """Put the items of an earlier moment in the place of those that are there; people of later are told so."""
    for table, items in before.items():
        name = city.lookup(table, None)
        for item in city.tables.items(name):
            city.tables.delete_item(TableName=name, Key={key: item[key] for key in ("pk", "sk")})  # type: ignore[attr-defined]
        for item in items:
            city.tables.put_item(TableName=name, Item=item)  # type: ignore[attr-defined]
    city._stream_at = len(city.tables.records())  # a restored table begins with an empty stream
    for queue in city.queues.values():
        queue.clear()
    kept = invariants.stored_cases(city)
    held = {
        f"{order}:{each.number}"
        for order, events in invariants.whole_histories(city).items()
        for each in events
    }
    city.on_the_bus = [event for event in city.on_the_bus if event["id"] in held]
    people.receipts = [each for each in people.receipts if each["tracking_number"] in kept]
    people.answered = {number: token for number, token in people.answered.items() if number in kept}
    people.acknowledged_keys = {key: each for key, each in people.acknowledged_keys.items() if each in kept}
    city.sent_texts.clear()


def test_after_a_restore_counters_timers_and_effects_are_those_of_the_cases(
    monkeypatch: pytest.MonkeyPatch, aws_in_process: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    city = city_on_moto(monkeypatch)
    people = People(city, random.Random(5))
    city.sweep()
    days(city, people, range(6))
    moment = city.clock()
    before = {table: city.tables.items(city.lookup(table, None)) for table in SET_BACK}
    city.clock.pass_(hours=2)
    days(city, people, range(6, 10))
    restore(city, people, before)

    stack = tmp_path / "stack.json"
    names = {f"{name.removesuffix('Table').lower()}_table": city.lookup(name, None) for name in TABLES}
    stack.write_text(json.dumps({"region": "cn-north-1", **names}))
    when = [f"{moment:%Y-%m-%dT%H:%M:%SZ}", "--list", "--stack", str(stack)]
    assert main(["restore", "check", *when]) == 1
    told = capsys.readouterr().out
    assert "4 appeals known elsewhere are gone" in told
    assert "the sweep's watermark stands behind timers" in told
    assert main(["restore", "apply", *when]) == 0
    assert main(["scorecards", "rebuild", "--stack", str(stack)]) == 0
    assert main(["restore", "check", *when]) == 0

    invariants.counters_equal_a_recount(city)
    invariants.every_effect_has_one_key(city, certain=True)
    for number in range(20, 22):
        people.register(number)
    days(city, people, range(22, 25))
    invariants.every_acknowledged_registration_exists_once(city, people)
    invariants.versions_count_events_without_gaps(city)
    invariants.every_step_is_in_the_lifecycle(city)
    invariants.every_history_is_whole(city)
    invariants.an_open_case_lies_in_one_inbox_and_has_its_next_timer(city)
    invariants.counters_equal_a_recount(city)
    invariants.every_effect_has_one_key(city, certain=True)
    overdue = [case for case, _ in invariants.stored_cases(city).values() if _missed(case.next_timer(), city)]
    assert overdue == [], "no timer was left behind the watermark"


def _missed(timer: Any, city: City) -> bool:
    return timer is not None and timer.at < city.clock() - timedelta(hours=3)
