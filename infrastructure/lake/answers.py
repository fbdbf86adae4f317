"""What a question was answered with."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from hotline.adapters.parquet import parquet_file
from infrastructure.ops.tables import Table


class Answer(NamedTuple):
    """Rows under columns; ``types`` are the engine's SQL types."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def table(self) -> Table:
        """The same for printing, as CSV or as JSON."""
        return Table(self.columns, self.rows)

    def csv(self) -> str:
        """The rows as CSV; what a spreadsheet might take for a formula begins with an apostrophe."""
        written = io.StringIO()
        self.table.write_to(written)
        return written.getvalue()

    def json(self) -> str:
        """The rows as a JSON list of objects, a line each."""
        lines = (json.dumps(record, ensure_ascii=False, default=str) for record in self.table.records)
        return "[" + ",\n ".join(lines) + "]\n"

    def write_parquet(self, path: Path) -> None:
        """Write a Parquet file."""
        records = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        path.write_bytes(parquet_file(dict(zip(self.columns, self.types, strict=True)), records))


class Lake(Protocol):
    """Something that answers questions about the view ``facts``."""

    def ask(self, sql: str) -> Answer:
        """Run one SELECT whose parameters are filled in."""
        ...
