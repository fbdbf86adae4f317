"""Ask the lake on this machine: DuckDB over Parquet files in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Self

import duckdb

from hotline.adapters.lake import ids_of, lake_file, lake_key
from hotline.domain.lake import COLUMNS, Row
from infrastructure.lake.answers import Answer
from infrastructure.lake.questions import QuestionUnknown, facts_view

FILES = "events/day=*/*.parquet"


class FolderLake:
    """A lake in a folder, laid out as in the bucket; implements ``ports.Lake``, for simulations and tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep_rows(self, day: date, rows: Sequence[Row]) -> None:
        """Write the rows of one day as one file."""
        path = self.folder / lake_key(day, ids_of(rows))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(lake_file(rows))


class LocalLake:
    """Answers questions from the files of a folder, which it reads once.

    Example::

        with LocalLake(Path(".local/lake")) as lake:
            lake.ask("SELECT name, count(*) AS events FROM facts GROUP BY name").rows
    """

    def __init__(self, folder: Path) -> None:
        self._database = duckdb.connect(
            config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
        )
        self._database.execute("SET TimeZone = 'UTC'")
        fields = ", ".join(f"{name} {kind}" for name, kind in {**COLUMNS, "day": "varchar"}.items())
        self._database.execute(f"CREATE TABLE nothing ({fields})")
        self._database.execute(f"CREATE VIEW events AS {_events(folder)}")
        self._database.execute(f"CREATE TABLE facts AS {facts_view()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def ask(self, sql: str) -> Answer:
        """Run one SELECT.

        Raises:
            QuestionUnknown: the engine does not understand it; the message says where.
        """
        try:
            found = self._database.sql(sql)
            if found is None:
                raise QuestionUnknown("that is no question: write a SELECT")
            return Answer(tuple(found.columns), tuple(str(kind) for kind in found.types), found.fetchall())
        except duckdb.Error as error:
            raise QuestionUnknown(f"DuckDB: {error}") from None


def _events(folder: Path) -> str:
    """Every row of the files; a column that older files have not got is empty there."""
    if not any(folder.glob(FILES)):
        return "SELECT * FROM nothing"
    pattern = str(folder / FILES).replace("'", "''")
    options = "hive_partitioning = true, hive_types = {'day': varchar}, union_by_name = true"
    return f"SELECT * FROM nothing UNION ALL BY NAME SELECT * FROM read_parquet('{pattern}', {options})"
