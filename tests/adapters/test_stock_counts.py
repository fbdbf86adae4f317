"""Taking stock of real tables and a real lake: ranges of due times, files of a day, one item of figures."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from hotline.adapters import aws
from hotline.adapters.day_events import LakeDayEvents
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.dynamodb.inbox_counts import DynamoDBInboxCounts
from hotline.adapters.dynamodb.snapshots import DynamoDBSnapshots
from hotline.adapters.lake import S3Lake
from hotline.adapters.lake_files import LakeFiles
from hotline.domain.appeal import Words
from hotline.domain.events import Envelope
from hotline.domain.side_orders import SideKind
from hotline.domain.stock import Flow, Happened, Inbox, Snapshot, Stock, day_of_events
from hotline.use_cases.write_events import write_events
from infrastructure.ops.cli import main
from tests.adapters.conftest import Flaky, Tables
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders import AGENCY, NOON, Life, in_progress
from tests.unit.builders_directory import (
    EAST,
    RIVERSIDE,
    FixedDirectory,
    tiny_directory,
    tiny_parts,
)
from tests.unit.builders_lake import at

BUCKET = "hotline-lake"
DAY = date(2026, 3, 6)


def put(tables: Tables, life: Life) -> None:
    DynamoDBCases(tables.client, "CasesTable", "TextsTable").register(life.case, Words(text="楼前路灯不亮"))


def number(of: int) -> str:
    return f"{of:016d}C"


def hours_ago(place: int) -> Life:
    """An order that came so many hours before noon."""
    return in_progress(appeal_id=number(place), at=NOON - timedelta(hours=place))


def test_what_is_due_is_a_range_and_what_is_on_hold_stands_beside_it(tables: Tables) -> None:
    for place in range(5):
        put(tables, hours_ago(place))
    until = int((NOON + timedelta(days=9)).timestamp())
    StoredLife(tables, appeal_id=number(5)).dispatched().acknowledged().contacted().asked(
        SideKind.HOLD, "~supervisors/990101", until=until
    ).decided()
    put(tables, Life(appeal_id=number(8)).referred())
    limit = hours_ago(2).case.owed.due_at
    counts = DynamoDBInboxCounts(tables.client, "CasesTable")
    due = counts.due_by(AGENCY, limit)
    assert due.limits == sorted(hours_ago(place).case.owed.due_at for place in (3, 4))
    later = counts.due_after(AGENCY, limit)
    assert (due.held + later.held, later.orders) == (1, 3)
    assert counts.due_after("nobody", limit).orders == 0


def test_every_page_of_a_full_inbox_is_read_and_paid(tables: Tables, flaky: Flaky) -> None:
    moment = {"is": {"S": "1767225600#X"}, "s": {"S": "in_progress"}}
    first = {"Items": [moment] * 3, "LastEvaluatedKey": {}, "ConsumedCapacity": {"CapacityUnits": 128.0}}
    flaky.plan["query"] = [first, {"Items": [moment], "ConsumedCapacity": {"CapacityUnits": 2.5}}]
    due = DynamoDBInboxCounts(flaky, "CasesTable").due_by(AGENCY, NOON)
    assert (len(due.limits), due.units) == (4, 130.5)
    assert "ExclusiveStartKey" in flaky.calls[1][1]


def snapshot(minute: int) -> Snapshot:
    taken_at = datetime(2026, 5, 6, 4, minute, tzinfo=UTC)
    happened = [Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", minute)]
    day = day_of_events(date(2026, 5, 6), happened, tiny_directory(), taken_at)
    stock = Stock(overdue=minute, first_due_at=taken_at)
    return Snapshot(
        taken_at=taken_at,
        later_at=taken_at,
        flows_at=taken_at,
        inboxes=(Inbox(inbox=RIVERSIDE, stock=stock, counted_at=taken_at, held_later=2),),
        days=(day.model_copy(update={"stock": {EAST: stock}}),),
        units=3.5,
    )


def test_the_latest_figures_are_read_as_they_were_and_never_replaced_by_earlier_ones(tables: Tables) -> None:
    kept = DynamoDBSnapshots(tables.client, "ScorecardsTable")
    assert kept.latest() is None
    for minute in (5, 10, 5):
        kept.keep(snapshot(minute))
    assert kept.latest() == snapshot(10)
    assert len(tables.items("ScorecardsTable")) == 1


@pytest.fixture
def lake(tables: Tables) -> S3Lake:
    client = boto3.client("s3", region_name="cn-north-1")
    where: Any = {"LocationConstraint": "cn-north-1"}
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    return S3Lake(aws.s3(), BUCKET)


def envelope(appeal_id: str, event: int, name: str, moment: str, **facts: Any) -> Envelope:
    return Envelope(
        event_id=f"{appeal_id}:{event}",
        name=name,
        version=1,
        occurred_at=at(moment),
        correlation_id=appeal_id,
        causation_id="c",
        actor="system",
        data={"appeal_id": appeal_id, **facts},
    )


def a_day() -> list[Envelope]:
    placed = {"district": EAST, "subdistrict": RIVERSIDE, "service_code": "street.lamp"}
    return [
        envelope("A", 1, "AppealRegistered", "03-06 09:00"),
        envelope("A", 2, "WorkOrderDispatched", "03-06 09:01", **placed, agency=RIVERSIDE),
        envelope("B", 1, "AppealRegistered", "03-06 09:00", **placed),
        envelope("B", 7, "WorkOrderClosed", "03-06 11:00", **placed, outcome="answered", agency=RIVERSIDE),
        envelope("C", 5, "WorkOrderClosed", "03-06 11:00", **placed, outcome="answered", into="B"),
        envelope("D", 1, "AppealRegistered", "03-05 23:59", **placed),
    ]


def test_a_day_is_counted_from_its_files_each_event_once_and_where_it_turned_out_to_be(lake: S3Lake) -> None:
    events = a_day()
    for batch in (events, events[:2], events[1:4]):
        write_events(batch, lake=lake, directories=FixedDirectory(tiny_directory()))
    day = LakeDayEvents(LakeFiles(aws.s3(), BUCKET))
    assert sorted(day.of_day(DAY)) == [
        Happened("AppealRegistered", EAST, RIVERSIDE, "street.lamp", 2),
        Happened("WorkOrderClosed", EAST, RIVERSIDE, "street.lamp", 1),
        Happened("WorkOrderDispatched", EAST, RIVERSIDE, "street.lamp", 1),
    ]
    assert day.of_day(DAY + timedelta(days=1)) == []


def test_stock_can_be_taken_by_hand(
    tables: Tables, lake: S3Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = DirectoryStore(tables.client, "DirectoryTable")
    directory.save("tiny", tiny_parts(), {})
    directory.activate("tiny")
    put(tables, hours_ago(0))
    outputs = {
        "cases_table": "CasesTable",
        "scorecards_table": "ScorecardsTable",
        "directory_table": "DirectoryTable",
        "lake_bucket": BUCKET,
        "region": "cn-north-1",
    }
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps(outputs))
    assert main(["board", "refresh", "--stack", str(stack)]) == 0
    assert "1 open" in capsys.readouterr().out
    kept = DynamoDBSnapshots(tables.client, "ScorecardsTable").latest()
    assert kept is not None
    assert Stock.sum(kept.stocks().values()).open == 1
    assert Flow.sum(kept.days[-1].districts.values()) == Flow()
    assert len(kept.days) == 35
