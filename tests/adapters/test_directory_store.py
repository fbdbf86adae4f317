"""The directory in DynamoDB: versions kept, one in force, read in parts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hotline.adapters.dynamodb.directory import (
    CHUNK_BYTES,
    RECHECK_S,
    DirectoryStore,
    DynamoDBDirectories,
    chunk_key,
)
from hotline.domain.errors import DirectoryMissing, Unavailable
from tests.unit.builders_directory import EAST, beijing_loaded, tiny_parts

TABLE = "directory"
FACTS = {"fingerprint": "f", "imported_at": "2026-11-23T00:00:00+00:00", "counts": {}, "warnings": []}


class Counting:
    """A client that counts its calls, and can be told to fail."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.reads = 0
        self.broken = False

    def get_item(self, **request: Any) -> Any:
        self.reads += 1
        if self.broken:
            raise Unavailable("dynamodb")
        return self._client.get_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class Timer:
    """Seconds that pass when a test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def client() -> Iterator[Counting]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="eu-west-1")
        dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        yield Counting(dynamodb)


@pytest.fixture
def store(client: Counting) -> DirectoryStore:
    return DirectoryStore(client, TABLE)


def save_and_activate(store: DirectoryStore, version: str, parts: dict[str, Any] | None = None) -> None:
    store.save(version, parts or tiny_parts(), FACTS)
    store.activate(version)


def test_before_the_first_import_the_directory_is_missing(client: Counting) -> None:
    with pytest.raises(DirectoryMissing):
        DynamoDBDirectories(client, TABLE).current()


def test_what_was_saved_is_what_is_read(client: Counting, store: DirectoryStore) -> None:
    save_and_activate(store, "v1")

    directory = DynamoDBDirectories(client, TABLE).current()

    assert directory.version == "v1"
    assert directory.seat(EAST) == EAST
    assert directory.services["street.lamp"].keywords == ("路灯", "street light")
    assert directory.gazetteer.locate("河边街道").code == "990101001"


def test_the_whole_of_beijing_survives_the_way_through_the_table(store: DirectoryStore) -> None:
    parts = dict(beijing_loaded().parts)

    store.save("v1", parts, FACTS)

    assert {part: store.part("v1", part) for part in parts} == parts


def test_a_part_too_large_for_an_item_is_cut_and_joined(client: Counting, store: DirectoryStore) -> None:
    noise = random.Random(1).randbytes(CHUNK_BYTES).hex()  # does not compress below two items
    save_and_activate(store, "v1", {**tiny_parts(), "source": {"noise": noise}})

    assert store.part("v1", "source") == {"noise": noise}
    assert "Item" in client.get_item(TableName=TABLE, Key=chunk_key("v1", "source", 1))


def test_a_process_reads_the_pointer_once_a_minute_and_parts_once(
    client: Counting, store: DirectoryStore
) -> None:
    save_and_activate(store, "v1")
    timer = Timer()
    directories = DynamoDBDirectories(client, TABLE, timer)

    for _ in range(5):
        assert directories.current().city.code == "990000"
    assert client.reads == 2  # the pointer and the core

    timer.now += RECHECK_S
    assert directories.current().city.code == "990000"
    assert client.reads == 3


def test_a_new_version_is_seen_after_a_minute(client: Counting, store: DirectoryStore) -> None:
    save_and_activate(store, "v1")
    timer = Timer()
    directories = DynamoDBDirectories(client, TABLE, timer)
    first = directories.current()
    save_and_activate(store, "v2")

    assert directories.current() is first
    timer.now += RECHECK_S
    assert directories.current().version == "v2"


def test_a_silent_table_leaves_the_known_version_in_force(client: Counting, store: DirectoryStore) -> None:
    save_and_activate(store, "v1")
    timer = Timer()
    directories = DynamoDBDirectories(client, TABLE, timer)
    first = directories.current()
    client.broken = True
    timer.now += RECHECK_S

    assert directories.current() is first


def test_a_silent_table_at_the_start_is_said_so(client: Counting) -> None:
    client.broken = True

    with pytest.raises(Unavailable):
        DynamoDBDirectories(client, TABLE).current()


def test_every_version_is_kept_and_an_older_one_can_be_put_in_force(
    client: Counting, store: DirectoryStore
) -> None:
    save_and_activate(store, "2026-11-22-a")
    save_and_activate(store, "2026-11-23-b")

    store.activate("2026-11-22-a")

    assert list(store.versions()) == ["2026-11-22-a", "2026-11-23-b"]
    assert DynamoDBDirectories(client, TABLE).current().version == "2026-11-22-a"


def test_a_version_that_was_saved_half_is_not_listed(client: Counting, store: DirectoryStore) -> None:
    with pytest.raises(TypeError):
        store.save("v1", {"core": {}, "agencies": object()}, FACTS)

    assert store.versions() == {}


def test_an_unknown_part_is_missing(store: DirectoryStore) -> None:
    with pytest.raises(DirectoryMissing):
        store.part("v9", "core")
