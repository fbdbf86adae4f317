"""The year's events as the lake holds them: Parquet files in a folder that ``hotline lake query --folder`` reads.

Each agency's process writes files of its own; at the end they become one or a few for each day.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from hotline.adapters.parquet import parquet_file
from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from hotline.domain.lake import COLUMNS, Row, day_of, row_of
from infrastructure.lake.local import LocalLake
from infrastructure.lake.questions import ALL, filled, question
from infrastructure.simulation.periods import Period

ROWS_IN_A_FILE = 50_000
_PARTS = "parts"


class EventFiles:
    """Writes what one agency's cases left; nothing at all without a folder."""

    def __init__(self, folder: Path | None, agency_id: str, directory: Directory) -> None:
        self._folder = folder / _PARTS if folder else None
        self._agency_id = agency_id
        self._directory = directory
        self._rows: list[Row] = []
        self._files = 0

    def add(self, envelopes: Iterable[Envelope]) -> None:
        """Take the events of one case."""
        if self._folder is not None:
            self._rows += [self._row(each) for each in envelopes]
            if len(self._rows) >= ROWS_IN_A_FILE:
                self.close()

    def close(self) -> None:
        """Write what has been taken."""
        if self._folder is None or not self._rows:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        path = self._folder / f"{self._agency_id}-{self._files:02d}.parquet"
        path.write_bytes(parquet_file({**COLUMNS, "day": "varchar"}, self._rows))
        self._rows.clear()

    def _row(self, envelope: Envelope) -> Row:
        day = day_of(envelope, self._directory).isoformat()
        return {**row_of(envelope, self._directory), "day": day}


def tallies_of(folder: Path, period: Period) -> list[dict[str, Any]]:
    """What the lake's question ``tallies`` answers about the period."""
    days = [moment.astimezone(period.zone).date() for moment in (period.start, period.end)]
    about = {
        "first": days[0],
        "last": days[1] - timedelta(days=1),
        "as_of": days[1] + timedelta(days=366),
        "district": ALL,
        "agency": ALL,
    }
    with LocalLake(folder) as lake:
        answer = lake.ask(filled(question("tallies").text, about))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def lay_out(folder: Path) -> None:
    """Put the agencies' files into ``events/day=…``, in the place of what an earlier year left there."""
    parts, events = folder / _PARTS, folder / "events"
    shutil.rmtree(events, ignore_errors=True)
    if not parts.is_dir():
        return
    source, target = (str(path).replace("'", "''") for path in (parts / "*.parquet", events))
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT * FROM read_parquet('{source}') ORDER BY day, event_id) TO '{target}' "
            "(FORMAT parquet, PARTITION_BY (day), COMPRESSION zstd)"
        )
    shutil.rmtree(parts)
