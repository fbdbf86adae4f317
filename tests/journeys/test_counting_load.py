"""What counting costs and where it writes: the benchmark's metering on the functions' own calls, in small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import counting
from hotline.adapters.dynamodb.directory import DirectoryStore
from tests.aws_stack import failed, forget_everything, queue_event
from tests.journeys.conftest import TABLES
from tests.journeys.fast_dynamodb import FastDynamoDB
from tests.journeys.pump import City
from tests.unit.builders_directory import beijing, beijing_loaded

CLOSINGS = 500


class MeteredTables(FastDynamoDB):
    """The dictionary, with a meter at its transactions."""

    def __init__(self) -> None:
        super().__init__(streamed="CasesTable")
        self.writes = counting.Writes()

    def transact_write_items(self, *, TransactItems: list[Any], **names: Any) -> dict[str, Any]:
        self.writes.note({"TransactItems": TransactItems})
        return super().transact_write_items(TransactItems=TransactItems, **names)


@pytest.fixture
def tables() -> MeteredTables:
    """Beijing's directory in force, on a dictionary that is metered."""
    made, loaded = MeteredTables(), beijing_loaded()
    store = DirectoryStore(made, "DirectoryTable")
    store.save(loaded.version, loaded.parts, {})
    store.activate(loaded.version)
    return made


@pytest.fixture
def city(tables: MeteredTables, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """The functions on those tables."""
    city = City(tables, {name: name for name in TABLES})
    city.settle_in(monkeypatch)
    yield city
    forget_everything()


def count(city: City, tables: MeteredTables, closings: int = CLOSINGS) -> counting.Writes:
    """Count closings as they come, so many a second."""
    every = counting.batches(counting.closings(closings, beijing()))
    for place, batch in enumerate(every):
        tables.writes.second = place * counting.BATCH // counting.A_SECOND
        assert failed(city.invoke("CountOutcomes", queue_event(*batch))) == []
    return tables.writes


def test_a_closing_costs_its_mark_and_its_part_of_the_tallies(city: City, tables: MeteredTables) -> None:
    writes = count(city, tables)
    marks, tallies = (writes.units_of_table[f"{name}Table"] / CLOSINGS for name in ("Effects", "Scorecards"))
    assert marks == 2
    assert 1 < tallies < 2, "agencies with several closings in a batch share one write"
    assert sum(int(item["closed"]["N"]) for item in tables.items("ScorecardsTable")) == CLOSINGS


def test_no_item_and_no_partition_is_written_often(city: City, tables: MeteredTables) -> None:
    writes = count(city, tables)
    assert writes.busiest_item[1] <= -(-counting.A_SECOND // counting.BATCH), "once a batch at most"
    assert writes.busiest_partition[1] < counting.PARTITION_BUDGET / 10


def test_a_hot_item_would_be_seen() -> None:
    """The meter itself: the same tally in every batch of one second, three kilobytes large."""
    writes = counting.Writes()
    update = {
        "TableName": "ScorecardsTable",
        "Key": {"pk": {"S": "S#202603#110105"}, "sk": {"S": "x" * 3000}},
        "ExpressionAttributeNames": {"#closed": "closed"},
        "ExpressionAttributeValues": {":closed": {"N": "1"}},
    }
    for _ in range(50):
        writes.note({"TransactItems": [{"Update": update}]})
    assert writes.busiest_item == (f"ScorecardsTable S#202603#110105 {'x' * 3000}", 50)
    assert writes.units == writes.busiest_partition[1] == 50 * 6
