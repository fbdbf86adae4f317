"""Tables for spreadsheets: CSV in UTF-8 that opens as text and runs nothing (FAULTS S20)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from hotline.domain.spreadsheet import safe_cell
from hotline.edges.http import Answer

CSV = "text/csv; charset=utf-8"

ALSO_A_TABLE = {"also": ("text/csv",)}
"""What the API's document says of an operation that answers with a table when it is asked to."""


def table(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Answer:
    """Answer with a table.

    Args:
        name: of the file, without its ending; a constant or a checked value.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Answer("\ufeff" + text.getvalue(), headers=headers, content_type=CSV)
