"""Who is who in a run: repeats of the file's appeals, whose they are, and the plan of each number."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from infrastructure.demo.habits import PLAIN, Entry, Habits
from infrastructure.demo.rows import Row
from infrastructure.demo.script import AGAIN, Script
from tests.unit.builders_demo import NUMBER, row

FILE = [row(number) for number in range(1, 201)]


def script(**habits: float) -> Script:
    return Script(FILE, Habits(**{"repeated": 0.1, **habits}), 1)


def repeats_of(run: Script) -> list[tuple[Row, Row]]:
    """Each repeat with what it repeats."""
    return [(each, run.rows[each.repeats]) for each in run.rows.values() if each.repeats is not None]


def test_repeats_come_on_top_and_belong_to_one_appeal_each() -> None:
    run = script()
    pairs = repeats_of(run)
    assert list(run.rows) == list(range(1, 221))
    assert len({first.number for _, first in pairs}) == len(pairs) == 20
    for repeat, first in pairs:
        assert run.plan(first.number).entry is Entry.REPEATED
        assert run.plan(repeat.number).entry is Entry.REPEAT
        assert run.repeat_of(first.number) == repeat.number


def test_the_same_command_has_the_same_script() -> None:
    assert script().rows == script().rows
    assert [script().plan(number) for number in script().rows] == [
        script().plan(number) for number in script().rows
    ]


def test_word_for_word_is_the_same_body_from_the_same_citizen() -> None:
    run = script(folded=1.0, unmerged=0.0)
    for repeat, first in repeats_of(run):
        assert repeat.body == first.body
        assert run.phone(repeat) == run.phone(first)


def test_what_is_retold_begins_otherwise_and_some_comes_from_others() -> None:
    run = script(folded=0.0, phone=1.0)
    phones = set()
    for repeat, first in repeats_of(run):
        assert repeat.body["text"] == AGAIN["zh-CN"] + first.body["text"]
        phones.add(run.phone(repeat) == run.phone(first))
    assert phones == {True, False}


@pytest.mark.parametrize(("share", "leaves"), [(0.0, {False}), (1.0, {True})])
def test_a_phone_is_left_by_as_many_as_stated(share: float, leaves: set[bool]) -> None:
    run = script(phone=share)
    assert {run.phone(each) is not None for each in run.rows.values()} == leaves


def test_the_files_own_phone_is_used() -> None:
    run = Script([Row(1, row().body, "13800138000", None)], Habits(phone=1.0).plain(), 1)
    assert run.phone(run.rows[1]) == "13800138000"


def test_nothing_special_is_made_of_an_appeal_that_somebody_else_filed() -> None:
    run = script(withdrawn=0.5)
    assert run.plan_of(NUMBER) == PLAIN
    run.know(7, NUMBER)
    assert run.plan_of(NUMBER) == run.plan(7)
    assert (run.row_of(NUMBER), run.number_of(7), run.number_of(8)) == (7, NUMBER, None)


def test_a_number_is_waited_for_while_its_receipt_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastructure.demo.script.RECEIPT_S", 30.0)
    run, known = script(), []

    def agency() -> None:
        run.wait_for(NUMBER, datetime.now(UTC))
        known.append(run.row_of(NUMBER))

    with run.posting():
        faster = threading.Thread(target=agency)
        faster.start()
        faster.join(0.05)
        assert known == []
        run.know(7, NUMBER)
        faster.join(10)
    assert known == [7]


def test_a_number_from_before_the_posting_is_a_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infrastructure.demo.script.RECEIPT_S", 30.0)
    run, began = script(), time.monotonic()
    run.wait_for(NUMBER, datetime.now(UTC))
    with run.posting():
        run.wait_for(NUMBER, datetime.now(UTC) - timedelta(seconds=10))
    assert time.monotonic() - began < 5
