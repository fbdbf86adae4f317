"""Merge the small files of a past day into one, with DuckDB.

The merged file is written first, named by the events in it; the small ones go when it has lain there long enough
that no query can still be reading by an older list. Until then an event may be there twice, which the view
``facts`` expects. A file goes only if every event in it was read back from the merged one. So it may be cut off
anywhere, or run twice, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.adapters.lake import lake_key
from hotline.adapters.lake_files import LakeFile, LakeFiles
from hotline.adapters.parquet import COMPRESSION, database
from hotline.domain.lake import COLUMNS, MergedDay

if TYPE_CHECKING:
    import duckdb

_MEMORY_MB = 1024


class S3LakeMerger:
    """Implements ``ports.LakeMerger``."""

    def __init__(self, files: LakeFiles) -> None:
        self._files = files

    def merge_day(self, day: date, now: datetime, grace: timedelta) -> MergedDay:
        """Merge a day's files, and delete what a merged file has held for longer than ``grace``."""
        files = self._files.files(day, day)
        if len(files) < 2:
            return MergedDay(day, len(files), 0, None, 0, 0)
        with database(_MEMORY_MB) as (connection, folder):
            paths = self._bring(files, folder)
            _load(connection, list(paths.values()))
            key = lake_key(day, _ids(connection, "SELECT DISTINCT event_id FROM events"))
            there = next((each for each in files if each.key == key), None)
            if there is None:
                merged = folder / "merged.parquet"
                _write(connection, merged)
                self._files.write(key, merged.read_bytes())
                merged.write_bytes(self._files.read(key))
            else:
                merged = paths[key]
            held = set(_ids(connection, f"SELECT event_id FROM read_parquet('{merged}')"))
            covered = [
                each.key for each in files if each.key != key and _within(connection, paths[each.key], held)
            ]
        may_go = now - (there.written_at if there else now) >= grace
        if may_go:
            self._files.delete(covered)
        return MergedDay(
            day=day,
            files=len(files),
            events=len(held),
            merged=key if there is None else None,
            deleted=len(covered) if may_go else 0,
            waiting=0 if may_go else len(covered),
        )

    def _bring(self, files: Sequence[LakeFile], folder: Path) -> dict[str, Path]:
        paths = {}
        for place, each in enumerate(files):
            paths[each.key] = folder / f"{place}.parquet"
            paths[each.key].write_bytes(self._files.read(each.key))
        return paths


def _load(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    fields = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    listed = ", ".join(f"'{path}'" for path in paths)
    connection.execute(f"CREATE TABLE events ({fields})")
    connection.execute(
        f"INSERT INTO events BY NAME SELECT * FROM read_parquet([{listed}], union_by_name = true)"
    )


def _write(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """One row an event, in the order in which reports read them."""
    names = ", ".join(COLUMNS)
    connection.execute(
        f"COPY (SELECT {names} FROM (SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY agency_id) AS copy"
        f" FROM events) AS copies WHERE copy = 1 ORDER BY name, occurred_at, event_id)"
        f" TO '{path}' (FORMAT parquet, COMPRESSION {COMPRESSION})"
    )


def _within(connection: duckdb.DuckDBPyConnection, path: Path, held: set[str]) -> bool:
    return held.issuperset(_ids(connection, f"SELECT event_id FROM read_parquet('{path}')"))


def _ids(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(sql).fetchall()]
