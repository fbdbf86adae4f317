"""What every history was at the end of a month, kept where nobody can change it.

A seal is a list of (order, version, head) of every order to which something happened in the month, as
of the month's end. It follows from the histories alone, so making it again later gives the same list,
or shows whose past has been rewritten. It lies in the archive bucket, whose objects nobody can delete
or replace before their time; its root is one number to be published, against which the list itself can
be held.

Example of a seal, unpacked::

    {"schema":"hotline.seal/1","month":"202603","orders":2,"root":"9f86d081884c7d65…"}
    ["000G40R40M30E209B.1",7,"0f1e2d3c4b5a69788796a5b4c3d2e1f0"]
    ["000G40R40M30E209B.2",3,"a0b1c2d3e4f5061728394a5b6c7d8e9f"]
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from infrastructure.ops.histories import Difference, History
from infrastructure.ops.stack import StackUnknown

SCHEMA = "hotline.seal/1"


class Month(NamedTuple):
    """A month of the city's own time, from its first moment to the first of the next.

    Example:
        >>> Month.named("202612", "Asia/Shanghai").end.isoformat()
        '2027-01-01T00:00:00+08:00'
    """

    name: str
    start: datetime
    end: datetime

    @classmethod
    def named(cls, name: str, timezone: str) -> Month:
        """The month ``yyyymm``."""
        year, month, zone = int(name[:4]), int(name[4:]), ZoneInfo(timezone)
        following = (year + month // 12, month % 12 + 1)
        return cls(name, datetime(year, month, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone))


class Row(NamedTuple):
    """One order at the end of a month: so many events, and the chain after the last of them."""

    order_id: str
    version: int
    head: str

    @property
    def line(self) -> bytes:
        """As it stands in the seal."""
        return json.dumps(self, separators=(",", ":")).encode()


class Seal(NamedTuple):
    """A sealed month, in the order of the orders' numbers."""

    month: str
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, month: str, rows: Iterable[Row]) -> Seal:
        """Seal these rows, in whatever order they come."""
        return cls(month, tuple(sorted(rows)))

    @property
    def root(self) -> str:
        """The Merkle root over the rows, as hexadecimal digits."""
        return merkle_root([row.line for row in self.rows]).hex()

    def packed(self) -> bytes:
        """The object in the archive."""
        return gzip.compress(self._text(), mtime=0)

    @classmethod
    def unpacked(cls, content: bytes) -> Seal:
        """Read an object of the archive.

        Raises:
            ValueError: it is no seal, or not the one that its rows and its root make.
        """
        try:
            text = gzip.decompress(content)
            head, *lines = text.splitlines()
            seal = cls(json.loads(head)["month"], tuple(Row(*json.loads(line)) for line in lines))
        except (OSError, EOFError, KeyError, TypeError) as error:
            raise ValueError(f"it is no seal: {error}") from error
        if text != seal._text():
            raise ValueError("it was changed: its rows do not make it")
        return seal

    def _text(self) -> bytes:
        facts = {"schema": SCHEMA, "month": self.month, "orders": len(self.rows), "root": self.root}
        head = json.dumps(facts, separators=(",", ":")).encode()
        return b"\n".join([head, *(row.line for row in self.rows)]) + b"\n"


def row_of(history: History, month: Month) -> Row | None:
    """The order at the month's end; None when nothing happened to it in the month."""
    version, touched = 0, False
    for event in history.events:
        if event.at >= month.end:
            break
        version, touched = event.number, touched or event.at >= month.start
    return Row(history.order_id, version, history.links[version - 1].hex()) if touched else None


def compare(sealed: Seal, found: Seal) -> Iterator[Difference]:
    """Where the histories of today contradict the sealed ones."""
    before = {row.order_id: row for row in sealed.rows}
    now = {row.order_id: row for row in found.rows}
    for order_id in sorted(before.keys() | now.keys()):
        then, today = before.get(order_id), now.get(order_id)
        if then is None:
            yield Difference(order_id, f"was not there when {sealed.month} was sealed")
        elif today is None:
            yield Difference(order_id, f"was sealed with {sealed.month} and cannot be found or read")
        elif then != today:
            yield Difference(
                order_id,
                f"the first {then.version} events are not those that were sealed with {sealed.month}",
            )


def merkle_root(lines: Sequence[bytes]) -> bytes:
    """The root of a hash tree as in RFC 9162: of pairs, an odd one moving up as it is.

    Example:
        >>> merkle_root([b"a"]).hex()[:8], merkle_root([]).hex()[:8]
        ('022a6979', 'e3b0c442')
    """
    if not lines:
        return hashlib.sha256(b"").digest()
    level = [hashlib.sha256(b"\x00" + line).digest() for line in lines]
    while len(level) > 1:
        pairs = [level[place : place + 2] for place in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0]
            for pair in pairs
        ]
    return level[0]


class SealBroken(StackUnknown):
    """What lies in the archive in the place of a seal is none, or was changed."""


class Kept(NamedTuple):
    """A seal as it was first written, and how often it has been written in all."""

    seal: Seal
    versions: int


class Archive:
    """The archive bucket: every version of an object stays, and the first one counts."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def load(self, month: str) -> Kept | None:
        """The seal of a month; None when the month has not been sealed.

        Raises:
            SealBroken: what lies there is no seal.
        """
        versions = self._versions(month)
        if not versions:
            return None
        first = self._client.get_object(
            Bucket=self._bucket, Key=_key(month), VersionId=versions[-1]["VersionId"]
        )
        try:
            seal = Seal.unpacked(first["Body"].read())
            if seal.month != month:
                raise ValueError(f"it is the seal of {seal.month}")
        except ValueError as error:
            raise SealBroken(f"{self._bucket}/{_key(month)}: {error}") from error
        return Kept(seal, len(versions))

    def keep(self, seal: Seal) -> None:
        """Write the seal of a month that has none."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=_key(seal.month),
            Body=seal.packed(),
            ContentType="application/gzip",
            IfNoneMatch="*",
        )

    def _versions(self, month: str) -> list[dict[str, Any]]:
        """Newest first, as S3 lists them."""
        answer = self._client.list_object_versions(Bucket=self._bucket, Prefix=_key(month))
        return [version for version in answer.get("Versions", ()) if version["Key"] == _key(month)]


def _key(month: str) -> str:
    return f"seals/{month}.jsonl.gz"
