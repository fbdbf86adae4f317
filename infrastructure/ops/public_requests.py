"""What everybody may read through Open311, from the cases: made anew (``rebuild``), or as one table (``bulk``)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hotline.adapters.dynamodb.public_requests import DynamoDBPublicRequests
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.open311.requests import is_public, owner_of, public_request
from hotline.use_cases.keep_public_requests import is_kept, updates_of
from hotline.use_cases.read_public_requests import BULK_COLUMNS, Reader, bulk_row
from infrastructure.ops.outbox import add_span_arguments, directories_of, span_from
from infrastructure.ops.periods import Period
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.stored_cases import StoredCases
from infrastructure.ops.tables import STDOUT, Table

LOOKED_BACK = timedelta(days=91)
"""A day more than one question of a client may span."""


def register_rebuild(actions: Any) -> None:
    """Add the action to ``hotline open311``."""
    text = "keep anew what everybody may read of the appeals that were registered in a time"
    rebuild = actions.add_parser("rebuild", help=text, description=f"{text.capitalize()}.")
    add_span_arguments(rebuild, "91 days ago", "half an hour ago")
    add_stack_arguments(rebuild)
    rebuild.set_defaults(run=rebuild_)
    bulk = actions.add_parser(
        "bulk",
        help="write the requests of a time as CSV, in the bulk format of GeoReport",
        description="Write the public requests that were registered in a time as CSV, with the columns of GeoReport's "
        "bulk format: the same as everybody can read one by one, and no cell that a spreadsheet program would run.",
    )
    add_span_arguments(bulk, "91 days ago", "half an hour ago")
    bulk.add_argument("-o", "--output", default=STDOUT, metavar="FILE", help="where to (default: stdout)")
    bulk.add_argument("--language", choices=("zh-CN", "en"), default="zh-CN", help="of names and notes")
    add_stack_arguments(bulk)
    bulk.set_defaults(run=bulk_)


def rebuild_(arguments: argparse.Namespace) -> int:
    """Write the same items as the events did; a second time changes nothing."""
    stack = stack_from(arguments)
    directory = directories_of(stack).current()
    span = span_from(arguments, directory, datetime.now(UTC) - LOOKED_BACK)
    kept = sum(1 for _ in _rebuilt(stack, directory, span.start, span.end))
    zone = ZoneInfo(directory.city.timezone)
    print(
        f"{kept} requests kept, {span.start.astimezone(zone):%Y-%m-%d} to {span.end.astimezone(zone):%Y-%m-%d}"
    )
    return 0


def bulk_(arguments: argparse.Namespace) -> int:
    """Write the table."""
    stack = stack_from(arguments)
    directory = directories_of(stack).current()
    span = span_from(arguments, directory, datetime.now(UTC) - LOOKED_BACK)
    reader, stored = Reader(directory, arguments.language), StoredCases(stack)
    cases = (
        case
        for case in stored.registered_in(Period("", span.start, span.end))
        if is_public(case, directory) and (case.agency_id or owner_of(case))
    )
    rows = [
        tuple(bulk_row(case, public_request(case, words, directory), reader).values())
        for case, words in stored.with_words(cases)
        if words is not None
    ]
    Table(BULK_COLUMNS, sorted(rows, key=lambda row: row[0])).write_csv(arguments.output)
    return 0


def _rebuilt(stack: Stack, directory: Directory, start: datetime, end: datetime) -> Iterator[Case]:
    stored = StoredCases(stack)
    client = stack.client("dynamodb")
    requests = DynamoDBPublicRequests(client, stack["public_requests_table"])
    notes = DynamoDBWords(client, stack["texts_table"])
    cases = (
        case
        for case in stored.registered_in(Period("", start, end))
        if is_kept(case, directory) and (case.agency_id or owner_of(case))
    )
    for case, words in stored.with_words(cases):
        if words is not None:
            requests.keep_request(public_request(case, words, directory), case.version)
            requests.keep_updates(updates_of(case, notes))
            yield case
