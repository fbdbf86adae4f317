"""The lake: every domain event as one flat row, for reports and statistics.

A row takes what is named in :data:`COLUMNS` and nothing else, and of that only codes, times and numbers. So
whatever a later event carries stays out until somebody adds a column for it, and words stay out even then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.directory import Directory
from hotline.domain.events import Envelope

Row = dict[str, object]

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "event_id": "varchar",
        "appeal_id": "varchar",
        "order_id": "varchar",
        "number": "integer",
        "name": "varchar",
        "occurred_at": "timestamp",
        "month": "varchar",
        "actor": "varchar",
        "agency_id": "varchar",
        "district": "varchar",
        "subdistrict": "varchar",
        "service_code": "varchar",
        "tier": "varchar",
        "kind": "varchar",
        "outcome": "varchar",
        "answers": "varchar",
        "reason": "varchar",
        "clock": "varchar",
        "conclusion": "varchar",
        "judged": "varchar",
        "excluded": "varchar",
        "response_in_time": "integer",
        "handled_in_time": "integer",
        "in_time": "integer",
        "reopened": "integer",
        "channel": "varchar",
        "into_appeal": "varchar",
        "side": "integer",
        "how": "varchar",
        "trigger": "varchar",
        "score": "integer",
        "closed_at": "bigint",
        "was_answers": "varchar",
        "was_excluded": "varchar",
        "was_judged": "varchar",
        "agency_group": "varchar",
        "confidential": "integer",
    }
)
"""Every column with its SQL type, which DuckDB and Athena both know; ``occurred_at`` is UTC."""

CLOSED = "WorkOrderClosed"

_FACTS = MappingProxyType({name: name for name in COLUMNS} | {"into_appeal": "into"})
"""Column → fact of the same meaning."""
_BEFORE = MappingProxyType({f"was_{name}": name for name in ("answers", "excluded", "judged")})
_CODE = re.compile(r"[A-Za-z0-9_.~/,+-]{1,64}")
_PHONE = re.compile(r"(?<![A-Za-z0-9])(?:\+?86)?1[3-9][0-9]{9}(?![A-Za-z0-9])")


class MergedDay(NamedTuple):
    """What became of a day's files."""

    day: date
    files: int
    events: int
    merged: str | None
    """The key of the merged file, when one was written now."""
    deleted: int
    waiting: int
    """Small files that go the next time."""


def row_of(envelope: Envelope, directory: Directory) -> Row:
    """The row of an event, in the order of :data:`COLUMNS`; None where the event says nothing.

    Of a correction of a closed order ``answers``, ``excluded``, ``outcome`` and the like are what counts from
    now on, and ``was_…`` what it takes back. ``closed_at`` is the moment whose month it counts in; a closing
    has its own. ``agency_id`` is whom the event concerns, else who holds the order.
    """
    data = envelope.data
    facts = {**data, **_standing(data, "now")}
    agency_id = _code(facts.get("agency") or data.get("agency_id"))
    row: Row = {
        "event_id": envelope.event_id,
        "appeal_id": envelope.appeal_id,
        "order_id": envelope.order_id,
        "number": int(envelope.event_id.rpartition(":")[2]),
        "name": envelope.name,
        "occurred_at": envelope.occurred_at.astimezone(UTC).replace(tzinfo=None),
        "month": f"{day_of(envelope, directory):%Y%m}",
        "actor": envelope.actor.partition(":")[0],
        "agency_id": agency_id,
        "agency_group": _group_of(agency_id, directory),
    }
    was = _standing(data, "was")
    for column, kind in COLUMNS.items():
        if column in _BEFORE:
            row[column] = _code(was.get(_BEFORE[column]))
        elif column not in row:
            value = facts.get(_FACTS[column])
            row[column] = _code(value) if kind == "varchar" else _whole(value)
    if envelope.name == CLOSED:
        row["closed_at"] = int(envelope.occurred_at.timestamp())
    return {column: row[column] for column in COLUMNS}


def day_of(envelope: Envelope, directory: Directory) -> date:
    """The city's day on which an event happened: the partition that its row lies in."""
    return envelope.occurred_at.astimezone(ZoneInfo(directory.city.timezone)).date()


def _standing(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    standing = data.get(name)
    return standing if isinstance(standing, Mapping) else {}


def _group_of(agency_id: str | None, directory: Directory) -> str | None:
    agency = directory.agencies.get(agency_id or "")
    return agency.score_group if agency else None


def _code(value: object) -> str | None:
    """A code as it is; None for whatever might be somebody's words or phone."""
    if not isinstance(value, str) or not _CODE.fullmatch(value) or _PHONE.search(value):
        return None
    return value


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None
