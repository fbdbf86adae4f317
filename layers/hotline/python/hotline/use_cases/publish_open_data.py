"""公开数据: publish a month's counts, once, when most of its citizens have been asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hotline.domain.directory import Directories, Directory
from hotline.domain.model import Frozen
from hotline.domain.open_data import TABLES, Row, dictionary, month_tables
from hotline.domain.spreadsheet import safe_cell
from hotline.ports import OpenCases, OpenDataShelf

BACKWARDS = 3
"""So many months that are due are looked at: what a run could not do, a later one does."""

Parquet = Callable[[Mapping[str, str], Sequence[Mapping[str, Any]]], bytes]


class OpenDataReport(Frozen):
    """What one run published."""

    month: str | None = None
    appeals: int = 0
    rows: int = 0


def publish_open_data(
    *, cases: OpenCases, shelf: OpenDataShelf, parquet: Parquet, directories: Directories, now: datetime
) -> OpenDataReport:
    """Publish the oldest month that is due and not published; one a run."""
    directory = directories.current()
    there = set(shelf.published())
    for first in due_months(now, directory):
        month = f"{first:%Y%m}"
        if month in there:
            continue
        counted = cases.registered_in(month, first, as_of(first, directory))
        if not counted:
            continue  # the hotline had not begun
        tables = month_tables(month, counted, directory, directory.open_data)
        if shelf.publish(month, files_of(tables, directory, parquet)):
            rows = sum(len(table) for table in tables.values())
            return OpenDataReport(month=month, appeals=len(counted), rows=rows)
    return OpenDataReport()


def due_months(now: datetime, directory: Directory) -> Iterator[date]:
    """The first days of the last months that may be published, the oldest first."""
    today = now.astimezone(ZoneInfo(directory.city.timezone)).date()
    first = today.replace(day=1)
    due: list[date] = []
    while len(due) < BACKWARDS:
        first = (first - timedelta(days=1)).replace(day=1)
        if as_of(first, directory) < today:
            due.append(first)
    return reversed(due)


def as_of(first: date, directory: Directory) -> date:
    """The last day whose events count for a month's publication."""
    next_month = (first + timedelta(days=31)).replace(day=1)
    return next_month + timedelta(days=directory.open_data.after_days - 1)


def files_of(tables: Mapping[str, Sequence[Row]], directory: Directory, parquet: Parquet) -> dict[str, bytes]:
    """Each table as CSV and Parquet, and the data dictionary."""
    files = {"dictionary.md": dictionary(directory.open_data).encode()}
    for name, rows in tables.items():
        columns = TABLES[name]
        files[f"{name}.csv"] = _csv([column.name for column in columns], rows)
        files[f"{name}.parquet"] = parquet({column.name: column.kind for column in columns}, rows)
    return files


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheet programs show Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([safe_cell(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")
