"""``hotline scorecards``: what was counted, held against the stored orders, those beside lead orders too (I5)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies
from hotline.domain.case import Change
from hotline.domain.side_orders import SideKind
from hotline.use_cases.count_outcomes import count_outcomes
from hotline.use_cases.publish_events import envelopes_of
from infrastructure.ops.cli import main
from tests.adapters.conftest import Tables
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders import AGENCY, HELPER
from tests.unit.builders_directory import EAST, FixedDirectory, tiny_directory, tiny_parts

MONTH = "202603"


@pytest.fixture
def stack_file(tables: Tables, tmp_path: Path) -> Path:
    names = ("CasesTable", "EffectsTable", "ScorecardsTable", "DirectoryTable")
    outputs = {f"{name.removesuffix('Table').lower()}_table": name for name in names}
    path = tmp_path / "stack.json"
    path.write_text(json.dumps({"region": "cn-north-1", **outputs}))
    directory = DirectoryStore(tables.client, "DirectoryTable")
    directory.save("tiny", tiny_parts(), {})
    directory.activate("tiny")
    return path


def run(action: str, stack_file: Path) -> int:
    return main(["scorecards", action, "--stack", str(stack_file)])


def ended(tables: Tables) -> StoredLife:
    """An appeal that is closed, whose lead was helped."""
    life = StoredLife(tables).dispatched().acknowledged().contacted().asked(SideKind.ASSIST).reported_by()
    return life.resolved().surveying().answered()


def store(tables: Tables) -> DynamoDBTallies:
    return DynamoDBTallies(tables.client, "ScorecardsTable", "EffectsTable")


def count(tables: Tables, life: StoredLife, *, parts: bool) -> None:
    orders = [life.case, *(life.sides.values() if parts else ())]
    envelopes = [each for order in orders for each in envelopes_of(Change(order, 0))]
    assert (
        count_outcomes(envelopes, tallies=store(tables), directories=FixedDirectory(tiny_directory())) == {}
    )


def test_what_was_counted_as_it_happened_equals_the_recount(tables: Tables, stack_file: Path) -> None:
    count(tables, ended(tables), parts=True)
    assert run("check", stack_file) == 0


def test_a_part_that_was_lost_is_named_and_put_right(
    tables: Tables, stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count(tables, ended(tables), parts=False)
    assert run("check", stack_file) == 1
    error = capsys.readouterr().err
    assert f"{MONTH} city {HELPER}" in error
    assert "assists: counted 0, cases say 1" in error
    assert run("rebuild", stack_file) == 0
    assert run("check", stack_file) == 0
    assert store(tables).of_month(MONTH, "city")[HELPER].assists_in_time == 1
    assert store(tables).of_month(MONTH, EAST)[AGENCY].assists_called == 1


def test_a_part_that_is_still_open_is_not_counted(tables: Tables, stack_file: Path) -> None:
    StoredLife(tables).dispatched().asked(SideKind.ASSIST)
    assert run("check", stack_file) == 0
