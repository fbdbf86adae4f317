"""Write rows as a Parquet file, with DuckDB.

The library is in a layer that only the functions of the lake have, and takes a while to load: so it is imported
where it is used.

Example:
    >>> parquet_file({"name": "varchar"}, [{"name": "WorkOrderClosed"}])[:4]
    b'PAR1'
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import duckdb

COMPRESSION: Literal["zstd"] = "zstd"
_MEMORY_MB = 256


@contextmanager
def database(memory_mb: int) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """An empty database of one thread that fetches nothing, and a folder that goes with it.

    Args:
        memory_mb: megabytes that it may take; what does not fit goes to the folder.
    """
    import duckdb

    with TemporaryDirectory() as folder:
        settings: dict[str, Any] = {
            "threads": 1,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": folder,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as connection:
            yield connection, Path(folder)


def parquet_file(columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows as one file.

    Args:
        columns: SQL types by name: varchar, timestamp (without a zone), integer, bigint.
    """
    with database(_MEMORY_MB) as (connection, folder):
        lines, written = folder / "rows.json", folder / "rows.parquet"
        lines.write_text("".join(f"{json.dumps(dict(row), default=str)}\n" for row in rows))
        found = connection.read_json(str(lines), columns=dict(columns), format="newline_delimited")
        found.write_parquet(str(written), compression=COMPRESSION)
        return written.read_bytes()
