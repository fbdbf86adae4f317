"""The lake in its bucket: writing, asking, merging, filling again; and ``hotline outbox reconcile`` (FAULTS F24)."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from hotline.adapters import aws
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.adapters.lake import S3Lake
from hotline.adapters.lake_merger import S3LakeMerger
from hotline.domain.case import Case, Change
from hotline.domain.events import Envelope
from hotline.domain.side_orders import SideKind
from hotline.use_cases.publish_events import envelopes_of
from hotline.use_cases.write_events import write_events
from infrastructure.lake.files import LakeBucket
from infrastructure.lake.local import LocalLake
from infrastructure.lake.stored_events import as_published
from infrastructure.ops.cli import main
from infrastructure.ops.outbox import moment
from infrastructure.ops.stack import Stack
from tests.adapters.conftest import Tables
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders import NOON
from tests.unit.builders_directory import FixedDirectory, tiny_directory, tiny_parts

BUCKET = "hotline-lake"
DAY = NOON.date()
SPAN = ("--since", "2026-03-06", "--until", "2026-03-07")


def quiet(done: int, total: int) -> None:
    """Nobody is watching."""


class City:
    """A stack with cases, a lake and a bus whose events can be read."""

    def __init__(self, tables: Tables, folder: Path) -> None:
        self.tables = tables
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
        self.outputs = {
            "region": "cn-north-1",
            "cases_table": "CasesTable",
            "texts_table": "TextsTable",
            "directory_table": "DirectoryTable",
            "lake_bucket": BUCKET,
            "bus_name": "hotline",
        }
        self.file = folder / "stack.json"
        self.file.write_text(json.dumps(self.outputs))
        self.lake = S3Lake(aws.s3(), BUCKET)
        self.bucket = LakeBucket(Stack(self.outputs))
        directory = DirectoryStore(tables.client, "DirectoryTable")
        directory.save("tiny", tiny_parts(), {})
        directory.activate("tiny")

    def run(self, *arguments: str) -> int:
        return main([*arguments, "--stack", str(self.file)])

    def write(self, envelopes: Sequence[Envelope]) -> None:
        write_events(envelopes, lake=self.lake, directories=FixedDirectory(tiny_directory()))

    def merge(self) -> None:
        S3LakeMerger(self.bucket).merge_day(DAY, datetime.now(UTC), timedelta(0))

    def facts(self) -> list[Any]:
        with LocalLake(self.bucket.fetch(quiet)) as lake:
            return list(lake.ask("SELECT * FROM facts ORDER BY event_id").rows)

    def keys(self) -> list[str]:
        return [each.key for each in self.bucket.files()]

    def published(self) -> list[dict[str, Any]]:
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"])["detail"] for message in found.get("Messages", ())]

    def with_bus(self) -> City:
        """Made only where it is used: it takes a while."""
        self._sqs = boto3.client("sqs")
        self._url = self._sqs.create_queue(QueueName="all")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        events = boto3.client("events")
        events.create_event_bus(Name="hotline")
        events.put_rule(Name="all", EventBusName="hotline", EventPattern='{"source": ["hotline"]}')
        target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="all", EventBusName="hotline", Targets=[target])
        return self


@pytest.fixture
def city(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.chdir(tmp_path)
    return City(tables, tmp_path)


class WatchedLife(StoredLife):
    """A life whose events are published as they happen."""

    def __init__(self, tables: Tables) -> None:
        self.published: list[Envelope] = []
        super().__init__(tables)

    def _keep(self) -> None:
        for order in (self.case, *self.case.changed_sides):
            before = order.version - len(order.new_events)
            self.published += envelopes_of(Change(order, before))
        super()._keep()


def lived(tables: Tables) -> WatchedLife:
    """An appeal that was returned, given to another agency, helped with and closed."""
    life = WatchedLife(tables)
    life.dispatched().acknowledged().contacted().asked(SideKind.ASSIST).reported_by()
    life.resolved().surveying().answered()
    return life


# ---- writing and merging ---------------------------------------------------------------------------


def test_batches_in_any_order_and_number_give_the_same_facts(city: City) -> None:
    envelopes = lived(city.tables).published
    city.write(envelopes)
    once, files = city.facts(), city.keys()
    chance = random.Random(7)
    for _ in range(3):
        shuffled = chance.sample(envelopes, len(envelopes))
        city.write(shuffled)
        assert city.keys() == files
    for start in range(0, len(shuffled), 3):
        city.write(shuffled[start : start + 5])
    assert len(city.keys()) > len(files)
    assert city.facts() == once
    assert len(once) == len(envelopes)


def test_merging_a_day_changes_no_fact_and_may_be_cut_off_or_repeated(city: City) -> None:
    envelopes = lived(city.tables).published
    for envelope in envelopes:
        city.write([envelope])
    small, before = set(city.keys()), city.facts()
    now = datetime.now(UTC)

    def merge(at: datetime) -> Any:
        done = S3LakeMerger(city.bucket).merge_day(DAY, at, timedelta(minutes=45))
        assert city.facts() == before
        return done

    first = merge(now)
    assert (first.files, first.events, first.deleted) == (len(envelopes), len(envelopes), 0)
    assert set(city.keys()) == small | {first.merged}
    assert merge(now) == first._replace(merged=None, files=first.files + 1)
    later = merge(now + timedelta(hours=1))
    assert (later.merged, later.deleted) == (None, len(envelopes))
    assert city.keys() == [first.merged]
    assert merge(now + timedelta(hours=2)).files == 1


def test_a_late_event_is_merged_too(city: City) -> None:
    envelopes = lived(city.tables).published
    city.write(envelopes[:-1])
    city.write(envelopes[-1:])
    for _ in range(2):
        city.merge()
    late = envelopes[0].model_copy(update={"event_id": "000G40R40M30E209C:1"})
    city.write([late])
    city.merge()
    assert len(city.keys()) == 1
    assert len(city.facts()) == len(envelopes) + 1


def test_the_present_day_is_not_merged(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    assert city.run("lake", "compact", "--day", "2026-03-06", "--to", "2999-01-01") == 1
    assert "is not over yet" in capsys.readouterr().err
    assert city.run("lake", "compact", "--day", "2026-03-06") == 0
    assert "nothing to merge" in capsys.readouterr().out


def test_a_question_is_answered_from_the_bucket_and_each_file_fetched_once(
    city: City, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    city.write(lived(city.tables).published)
    asked = ("lake", "query", "closings_by_month", "--month", "202603", "--format", "csv")
    assert city.run(*asked) == 0
    monkeypatch.setattr(LakeBucket, "read", None)
    assert city.run(*asked) == 0
    assert capsys.readouterr().out.count("202603,1,1,1,1,1,0") == 2


def test_without_athena_it_is_told_how_to_get_it(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    assert city.run("lake", "query", "events_by_name", "--athena") == 1
    assert "Analytics=athena" in capsys.readouterr().err


# ---- what was lost ---------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [lambda place: place % 3 == 0, lambda place: True])
def test_exactly_the_events_that_were_lost_are_found_and_published_once(
    city: City, capsys: pytest.CaptureFixture[str], lost: Callable[[int], bool]
) -> None:
    city.with_bus()
    envelopes = lived(city.tables).published
    dropped = [each for place, each in enumerate(envelopes) if lost(place)]
    city.write([each for each in envelopes if each not in dropped])
    assert city.run("outbox", "reconcile", *SPAN, "--list") == 1
    told = capsys.readouterr().out
    assert {line.split()[0] for line in told.splitlines() if "Z  " in line} == {
        each.event_id for each in dropped
    }
    assert city.published() == []
    assert city.run("outbox", "reconcile", *SPAN, "--apply") == 0
    again: list[dict[str, Any]] = []
    while found := city.published():
        again += found
    assert [each["event_id"] for each in again] == [
        each.event_id for each in sorted(dropped, key=lambda each: (each.occurred_at, each.event_id))
    ]
    city.write([Envelope.model_validate(each) for each in again])
    assert city.run("outbox", "reconcile", *SPAN) == 0


def test_what_is_rebuilt_from_a_case_is_what_was_published(city: City) -> None:
    life = lived(city.tables)
    rebuilt = [
        each for order in (life.case, *life.sides.values()) for each in as_published(order, order.events)
    ]
    known = ("name", "occurred_at", "causation_id", "actor")
    published = {each.event_id: each for each in life.published}
    assert published.keys() == {each.event_id for each in rebuilt}
    for each in rebuilt:
        before = published[each.event_id]
        assert each.model_dump(include=set(known)) == before.model_dump(include=set(known))
        assert each.data.get("agency_id") == before.data.get("agency_id")


def test_events_that_were_moved_out_of_a_long_case_are_looked_for_too(city: City) -> None:
    city.with_bus()
    life = WatchedLife(city.tables)
    life.dispatched().acknowledged()
    for _ in range(50):
        life.contacted()
    assert isinstance(life.case, Case)
    city.write([each for each in life.published if not each.event_id.endswith(":3")])
    assert city.run("outbox", "reconcile", *SPAN, "--apply") == 0
    assert [each["event_id"] for each in city.published()] == [f"{life.case.appeal_id}:3"]


def test_a_lost_lake_is_filled_again_from_the_cases(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    envelopes = lived(city.tables).published
    assert city.run("lake", "backfill") == 0
    assert f"{len(envelopes)} events written" in capsys.readouterr().out
    assert {row[0] for row in city.facts()} == {each.event_id for each in envelopes}
    assert city.run("lake", "backfill") == 0
    assert "0 events written" in capsys.readouterr().out


def test_after_a_restore_the_lake_forgets_what_never_was(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    life = lived(city.tables)
    never = life.published[-1].model_copy(update={"event_id": "000G40R40M30E209B:99"})
    earlier = never.model_copy(
        update={"event_id": "000G40R40M30E209A:1", "occurred_at": NOON - timedelta(days=1)}
    )
    city.write([*life.published, never])
    city.write([earlier])
    assert city.run("lake", "backfill", "--since", "2026-03-06", "--replace") == 0
    assert "1 files taken away" in capsys.readouterr().out
    assert {row[0] for row in city.facts()} == {each.event_id for each in (*life.published, earlier)}
    assert city.run("lake", "backfill", "--since", "2026-03-06", "--replace") == 0
    assert "0 files taken away" in capsys.readouterr().out


def test_a_time_that_ends_before_it_begins_is_refused(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    assert city.run("outbox", "reconcile", "--since", "2026-03-07", "--until", "2026-03-06") == 1
    assert "is not after --since" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["yesterday", "2026-03-06T08:00"])
def test_a_time_needs_its_offset(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="offset"):
        moment(text)
