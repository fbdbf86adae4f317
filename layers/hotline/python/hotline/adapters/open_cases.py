"""What open data counts, from the lake's files: a row an appeal, codes alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hotline.adapters.lake_files import LakeFiles
from hotline.adapters.parquet import database
from hotline.domain.lake import COLUMNS
from hotline.domain.open_data import OpenCase

if TYPE_CHECKING:
    import duckdb

_MEMORY_MB = 2048
_KEPT = (
    "appeal_id",
    "number",
    "name",
    "month",
    "district",
    "subdistrict",
    "service_code",
    "answers",
    "handled_in_time",
    "confidential",
)
_CASES = """
SELECT
    arg_max(district, number) FILTER (district IS NOT NULL),
    arg_max(subdistrict, number) FILTER (subdistrict IS NOT NULL),
    arg_max(service_code, number) FILTER (service_code IS NOT NULL),
    coalesce(
        arg_max(name, number) FILTER (name IN ('WorkOrderClosed', 'WorkOrderReopened')) = 'WorkOrderClosed', false
    ),
    arg_max(answers, number) FILTER (name IN ('WorkOrderClosed', 'SurveyAnswerChanged')),
    arg_max(handled_in_time, number) FILTER (name = 'WorkOrderClosed') = 1
FROM seen
GROUP BY appeal_id
HAVING count(*) FILTER (name = 'AppealRegistered' AND month = ?) > 0
    AND count(*) FILTER (confidential = 1) = 0
"""


class LakeOpenCases:
    """Implements ``ports.OpenCases`` over the lake's bucket; a file at a time is on the disk."""

    def __init__(self, files: LakeFiles) -> None:
        self._files = files

    def registered_in(self, month: str, first: date, last: date) -> list[OpenCase]:
        """The appeals of a month, as they stood at the end of ``last``."""
        with _counting() as (connection, folder):
            for file in self._files.files(first, last):
                path = folder / "day.parquet"
                path.write_bytes(self._files.read(file.key))
                _add(connection, path)
            return _cases(connection, month)


class FolderOpenCases:
    """Implements ``ports.OpenCases`` over a folder that is laid out like the lake's bucket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def registered_in(self, month: str, first: date, last: date) -> list[OpenCase]:
        """The appeals of a month, as they stood at the end of ``last``."""
        with _counting() as (connection, _):
            for path in sorted(self._folder.glob("events/day=*/*.parquet")):
                if first <= date.fromisoformat(path.parent.name.removeprefix("day=")) <= last:
                    _add(connection, path)
            return _cases(connection, month)


@contextmanager
def _counting() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    with database(_MEMORY_MB) as (connection, folder):
        fields = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE whole ({fields})")
        connection.execute(f"CREATE TABLE seen AS SELECT {', '.join(_KEPT)} FROM whole")
        yield connection, folder


def _add(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The events of lead orders in one file; a column that an older file has not got is empty."""
    place = str(path).replace("'", "''")
    connection.execute(
        f"INSERT INTO seen SELECT {', '.join(_KEPT)} FROM (SELECT * FROM whole UNION ALL BY NAME"
        f" SELECT * FROM read_parquet('{place}', hive_partitioning = false)) AS rows WHERE order_id = appeal_id"
    )


def _cases(connection: duckdb.DuckDBPyConnection, month: str) -> list[OpenCase]:
    return [OpenCase(*row) for row in connection.execute(_CASES, [month]).fetchall()]
