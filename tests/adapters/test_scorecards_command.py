"""``hotline scorecards``: what was counted, held against the stored orders, those beside lead orders too (I5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from hotline.adapters.dynamodb import codec
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies
from hotline.domain.case import Change
from hotline.domain.side_orders import SideKind
from hotline.use_cases.count_outcomes import History, count_outcomes
from hotline.use_cases.publish_events import envelopes_of
from infrastructure.ops import scorecards
from infrastructure.ops.cli import main
from infrastructure.ops.stack import Stack
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
    path.write_text(json.dumps({"region": "cn-north-1", "archive_bucket": "archive", **outputs}))
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


# --- after a restore (F47), and while others go on counting -----------------------------------------


def test_after_a_restore_of_the_counters_a_rebuild_gives_the_same_numbers(
    tables: Tables, stack_file: Path
) -> None:
    life = ended(tables)
    count(tables, life, parts=True)
    right = tables.items("ScorecardsTable")
    wiped = [item for item in right if item["sk"]["S"] == AGENCY]
    tables.client.delete_item(
        TableName="ScorecardsTable", Key={name: wiped[0][name] for name in ("pk", "sk")}
    )
    assert run("check", stack_file) == 1
    assert run("rebuild", stack_file) == 0
    assert run("check", stack_file) == 0
    assert sorted(tables.items("ScorecardsTable"), key=str) == sorted(right, key=str)


def test_what_waited_in_the_queue_during_a_rebuild_is_not_counted_twice(
    tables: Tables, stack_file: Path
) -> None:
    """The events are in the stored orders already, so the recount has them; the marks say so."""
    life = ended(tables)
    assert run("rebuild", stack_file) == 0
    right = tables.items("ScorecardsTable")
    count(tables, life, parts=True)
    assert tables.items("ScorecardsTable") == right
    assert run("check", stack_file) == 0


def test_what_is_counted_during_a_rebuild_is_not_lost(
    tables: Tables, stack_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    life = ended(tables)
    stored = scorecards._histories

    def meanwhile(stack: Stack) -> Iterator[History]:
        yield from stored(stack)
        count(tables, life, parts=True)

    monkeypatch.setattr(scorecards, "_histories", meanwhile)
    assert run("rebuild", stack_file) == 1
    assert "counted in the meantime; run it again" in capsys.readouterr().err
    monkeypatch.setattr(scorecards, "_histories", stored)
    assert run("rebuild", stack_file) == 0
    assert run("check", stack_file) == 0


def test_events_that_were_moved_out_of_the_item_are_recounted_too(tables: Tables, stack_file: Path) -> None:
    life = ended(tables)
    count(tables, life, parts=True)
    (item,) = [each for each in tables.items("CasesTable") if each["sk"]["S"] == "#"]
    events = item["e"]["L"]
    tables.client.put_item(
        TableName="CasesTable",
        Item={
            "pk": item["pk"],
            "sk": {"S": "H#00001"},
            **codec.encode_events(life.case.events),
        },
    )
    older = {**item, "e": {"L": []}, "e0": {"N": str(len(events) + 1)}}
    tables.client.put_item(TableName="CasesTable", Item=older)
    assert run("check", stack_file) == 0


# --- publishing -----------------------------------------------------------------------------------


def publish(stack_file: Path, *arguments: str) -> int:
    return main(["scorecards", "publish", MONTH, *arguments, "--stack", str(stack_file)])


def test_a_month_is_published_once_and_again_only_with_a_reason_and_a_change(
    tables: Tables, stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where: Any = {"LocationConstraint": "cn-north-1"}
    boto3.client("s3", region_name="cn-north-1").create_bucket(
        Bucket="archive", CreateBucketConfiguration=where
    )
    count(tables, ended(tables), parts=False)
    assert publish(stack_file) == publish(stack_file) == 0
    assert f"{MONTH} revision 1" in capsys.readouterr().out
    assert publish(stack_file, "--reason", "late parts") == 1
    assert "The counts of 202603 are those of revision 1" in capsys.readouterr().err
    assert run("rebuild", stack_file) == 0
    assert publish(stack_file, "--reason", "late parts") == 0
    assert "2 agencies changed" in capsys.readouterr().out
    assert run("check", stack_file) == 0
