"""The lake: keep every event as a row for reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.lake import Row, day_of, row_of
from hotline.ports import Lake


def write_events(
    envelopes: Sequence[Envelope], *, lake: Lake, directories: Directories
) -> dict[str, HotlineError]:
    """Write a batch of events, one file for each of the city's days in it.

    A batch that comes again replaces its own files; an event that comes in two batches lies there twice, and
    readers take one.

    Returns:
        Nothing: it keeps the batch or raises, and then the whole batch comes back.
    """
    directory = directories.current()
    days: dict[date, list[Row]] = {}
    for envelope in envelopes:
        days.setdefault(day_of(envelope, directory), []).append(row_of(envelope, directory))
    for day, rows in days.items():
        lake.keep_rows(day, rows)
    return {}
