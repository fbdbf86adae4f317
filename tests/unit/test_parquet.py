"""The Parquet writer: what is read back is exactly what went in, of exactly these types."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.parquet import parquet_file

COLUMNS = {"words": "varchar", "at": "timestamp", "small": "integer", "large": "bigint", "none": "varchar"}
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "words": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
            "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001
            "small": st.none() | st.integers(-(2**31), 2**31 - 1),
            "large": st.none() | st.integers(-(2**63), 2**63 - 1),
            "none": st.none(),
        }
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parquet")


def read(path: Path) -> tuple[list[str], list[Any]]:
    with duckdb.connect() as database:
        found = database.read_parquet(str(path))
        return [str(kind) for kind in found.types], found.fetchall()


@settings(max_examples=30)
@given(rows=ROWS)
def test_what_is_written_is_read(folder: Path, rows: list[dict[str, Any]]) -> None:
    path = folder / "rows.parquet"
    path.write_bytes(parquet_file(COLUMNS, rows))
    types, found = read(path)
    assert types == ["VARCHAR", "TIMESTAMP", "INTEGER", "BIGINT", "VARCHAR"]
    assert found == [tuple(row[name] for name in COLUMNS) for row in rows]


def test_many_columns_and_many_rows_fit(folder: Path) -> None:
    columns = {f"column_{number}": "bigint" for number in range(40)}
    rows = [dict.fromkeys(columns, place if place % 3 else None) for place in range(5000)]
    path = folder / "many.parquet"
    path.write_bytes(parquet_file(columns, rows))
    assert read(path)[1] == [tuple(row.values()) for row in rows]
