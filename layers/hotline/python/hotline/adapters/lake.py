"""The lake: batches of rows as Parquet files in a bucket, in a folder a day.

A file is named by the events in it, so a batch that is delivered again writes the same file again.

Example of a key: ``events/day=2026-05-06/9f86d081884c7d659a2feaa0c55ad015.parquet``
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.adapters.parquet import parquet_file
from hotline.domain.lake import COLUMNS, Row


def lake_key(day: date, event_ids: Iterable[str]) -> str:
    """Where the rows of these events lie, in whatever order they come."""
    digest = hashlib.sha256("\n".join(sorted(event_ids)).encode()).hexdigest()
    return f"events/day={day}/{digest[:32]}.parquet"


def ids_of(rows: Sequence[Row]) -> list[str]:
    """The events that the rows are of."""
    return [str(row["event_id"]) for row in rows]


def lake_file(rows: Sequence[Row]) -> bytes:
    """The rows as a file, in the order of their ids."""
    return parquet_file(COLUMNS, sorted(rows, key=lambda row: str(row["event_id"])))


class S3Lake:
    """Implements ``ports.Lake``."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep_rows(self, day: date, rows: Sequence[Row]) -> None:
        """Write the rows of one day as one file."""
        with translate_errors("s3"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=lake_key(day, ids_of(rows)),
                Body=lake_file(rows),
                ContentType="application/vnd.apache.parquet",
            )
