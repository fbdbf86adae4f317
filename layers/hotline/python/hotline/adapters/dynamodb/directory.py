"""The directory in DynamoDB: every version that was imported, and which one is in force.

A version is written once and never changed: its parts are compressed JSON, cut into items well below
DynamoDB's 400 KB. One pointer item names the version in force, so an import becomes visible in
one write, and going back to an older version is one write too.

| item | pk | sk | holds |
|---|---|---|---|
| pointer | ``DIRECTORY`` | ``current`` | ``version``, ``since`` when it is in force |
| version | ``DIRECTORY`` | ``version#<version>`` | ``facts``: fingerprint, time, counts, warnings |
| chunk | ``DIRECTORY#<version>`` | ``<part>#<nn>`` | ``bytes``, ``chunks`` (how many there are) |
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from time import monotonic, time
from typing import Any, NamedTuple

from hotline.adapters.aws import translate_errors
from hotline.domain.directory import Directory
from hotline.domain.errors import DirectoryMissing, Unavailable

CHUNK_BYTES = 380 * 1024
RECHECK_S = 60.0
"""Seconds for which a process trusts the pointer it has read."""

Key = dict[str, Any]


class Pointer(NamedTuple):
    """Which version is in force, and since when; of one put in force by older code that is not known."""

    version: str
    since: datetime | None


def pointer_key() -> Key:
    """The item that names the version in force."""
    return {"pk": {"S": "DIRECTORY"}, "sk": {"S": "current"}}


def version_key(version: str) -> Key:
    """The facts of a version.

    Example:
        >>> version_key("2026-11-23-9f3c01ab")["sk"]
        {'S': 'version#2026-11-23-9f3c01ab'}
    """
    return {"pk": {"S": "DIRECTORY"}, "sk": {"S": f"version#{version}"}}


def chunk_key(version: str, part: str, number: int) -> Key:
    """A piece of a part.

    Example:
        >>> chunk_key("2026-11-23-9f3c01ab", "core", 0)["sk"]
        {'S': 'core#00'}
    """
    return {"pk": {"S": f"DIRECTORY#{version}"}, "sk": {"S": f"{part}#{number:02d}"}}


class DynamoDBDirectories:
    """The directory in force, kept in the process.

    Functions ask for it on every invocation; that costs one small read a minute. When the pointer
    cannot be read, the version already at hand stays in force.
    """

    def __init__(self, client: Any, table: str, timer: Callable[[], float] = monotonic) -> None:
        self._store = DirectoryStore(client, table)
        self._timer = timer
        self._directory: Directory | None = None
        self._checked = -RECHECK_S

    def current(self) -> Directory:
        """The version in force.

        Raises:
            DirectoryMissing: nothing has been imported yet.
            Unavailable: the table does not answer and no version is at hand.
        """
        if self._directory is None or self._timer() - self._checked >= RECHECK_S:
            self._directory = self._recheck(self._directory)
            self._checked = self._timer()
        return self._directory

    def _recheck(self, known: Directory | None) -> Directory:
        try:
            pointer = self._store.pointer()
        except Unavailable:
            if known is None:
                raise
            return known
        if pointer is None:
            raise DirectoryMissing
        return known if known and known.version == pointer.version else self._store.open(*pointer)


class DirectoryStore:
    """Every version of the directory; the command line writes, functions read."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def current(self) -> str | None:
        """The version in force; None before the first import."""
        pointer = self.pointer()
        return pointer.version if pointer else None

    @translate_errors("dynamodb")
    def pointer(self) -> Pointer | None:
        """The version in force, and since when; None before the first import."""
        item = self._client.get_item(TableName=self._table, Key=pointer_key()).get("Item")
        if item is None:
            return None
        since = datetime.fromtimestamp(int(item["since"]["N"]), UTC) if "since" in item else None
        return Pointer(item["version"]["S"], since)

    @translate_errors("dynamodb")
    def activate(self, version: str) -> None:
        """Put a stored version in force."""
        pointer = {**pointer_key(), "version": {"S": version}, "since": {"N": str(int(time()))}}
        self._client.put_item(TableName=self._table, Item=pointer)

    def open(self, version: str, since: datetime | None = None) -> Directory:
        """A stored version; its parts are read when they are asked for."""
        return Directory(version, lambda part: self.part(version, part), since)

    @translate_errors("dynamodb")
    def part(self, version: str, part: str) -> Any:
        """One part of a version.

        Raises:
            DirectoryMissing: there is no such version or part.
        """
        first = self._chunk(version, part, 0)
        rest = (self._chunk(version, part, number) for number in range(1, int(first["chunks"]["N"])))
        packed = b"".join(chunk["bytes"]["B"] for chunk in (first, *rest))
        return json.loads(gzip.decompress(packed))

    def _chunk(self, version: str, part: str, number: int) -> Mapping[str, Any]:
        key = chunk_key(version, part, number)
        item: Mapping[str, Any] | None = self._client.get_item(TableName=self._table, Key=key).get("Item")
        if item is None:
            raise DirectoryMissing
        return item

    @translate_errors("dynamodb")
    def save(self, version: str, parts: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
        """Store a version; its facts go last, so that a version which is listed is complete."""
        for part, content in parts.items():
            chunks = list(_pack(content))
            for number, chunk in enumerate(chunks):
                content_of_item = {"bytes": {"B": chunk}, "chunks": {"N": str(len(chunks))}}
                item = {**chunk_key(version, part, number), **content_of_item}
                self._client.put_item(TableName=self._table, Item=item)
        row = {**version_key(version), "facts": {"S": json.dumps(facts, ensure_ascii=False)}}
        self._client.put_item(TableName=self._table, Item=row)

    @translate_errors("dynamodb")
    def versions(self) -> dict[str, dict[str, Any]]:
        """The facts of every complete version, the oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={":pk": {"S": "DIRECTORY"}, ":sk": {"S": "version#"}},
            ConsistentRead=True,
        )
        items = (item for page in pages for item in page["Items"])
        return {item["sk"]["S"].removeprefix("version#"): json.loads(item["facts"]["S"]) for item in items}


def _pack(content: Any) -> Iterator[bytes]:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    packed = gzip.compress(text.encode(), mtime=0)
    for start in range(0, len(packed), CHUNK_BYTES):
        yield packed[start : start + CHUNK_BYTES]
