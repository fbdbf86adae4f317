"""Cities to live in: on moto, or on a dictionary where a thousand lives must be quick."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.observability import logger
from infrastructure.directory.loading import Loaded
from infrastructure.directory.reading import Problems
from tests.aws_stack import MotoStack, forget_everything, standing_environment
from tests.journeys.fast_dynamodb import FastDynamoDB
from tests.journeys.pump import City, Faults
from tests.template import load
from tests.unit.builders_directory import tiny_parts

TABLES = tuple(load().of_type("AWS::DynamoDB::Table"))


class MotoTables:
    """moto's DynamoDB with its stream."""

    def __init__(self, stack: MotoStack) -> None:
        self._client = stack.dynamodb
        self._streams = boto3.client("dynamodbstreams")
        table = self._client.describe_table(TableName=stack.lookup("CasesTable", None))["Table"]
        stream = table["LatestStreamArn"]
        described = self._streams.describe_stream(StreamArn=stream)["StreamDescription"]
        self._shard = {"StreamArn": stream, "ShardId": described["Shards"][0]["ShardId"]}
        self._records: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def records(self) -> list[dict[str, Any]]:
        """The stream from its beginning; only what is new is fetched."""
        where: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._records:
            last = self._records[-1]["dynamodb"]["SequenceNumber"]
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": last}
        iterator = self._streams.get_shard_iterator(**self._shard, **where)["ShardIterator"]
        self._records += self._streams.get_records(ShardIterator=iterator)["Records"]
        return self._records

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table."""
        pages = self._client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]


def tiny(parts: dict[str, Any] | None = None) -> Loaded:
    """The tiny city of the unit tests, as if it had been loaded from a folder."""
    return Loaded(Problems(), parts or tiny_parts(), "2026-11-23-tiny", "tiny")


def city_on_moto(monkeypatch: pytest.MonkeyPatch, faults: Faults | None = None) -> City:
    """A city whose tables are moto's; within ``mock_aws``."""
    stack = MotoStack(tiny())
    city = City(MotoTables(stack), {name: stack.lookup(name, None) for name in TABLES}, faults)
    city.settle_in(monkeypatch)
    return city


def city_on_a_dictionary(
    monkeypatch: pytest.MonkeyPatch, faults: Faults | None = None, parts: dict[str, Any] | None = None
) -> City:
    """A city whose tables are a dictionary; ``parts`` are those of another directory than the tiny one."""
    tables = FastDynamoDB(streamed="CasesTable")
    directory, store = tiny(parts), DirectoryStore(tables, "DirectoryTable")
    store.save(directory.version, directory.parts, {})
    store.activate(directory.version)
    city = City(tables, {name: name for name in TABLES}, faults)
    city.settle_in(monkeypatch)
    return city


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """Everything that the functions log."""
    lines = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", lines)
    return lines


@pytest.fixture
def aws_in_process() -> Iterator[None]:
    """moto, fresh."""
    with standing_environment(), mock_aws():
        yield
    forget_everything()


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch, aws_in_process: None) -> City:
    """A city on moto in which nothing has happened yet."""
    return city_on_moto(monkeypatch)


@pytest.fixture
def quick_city(monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """The same on a dictionary: for journeys of many days, in which the sweep makes its rounds."""
    yield city_on_a_dictionary(monkeypatch)
    forget_everything()
