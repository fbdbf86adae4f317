"""``hotline open311 rebuild``: make what everybody may read anew from the cases, after a loss or another directory."""

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
from hotline.domain.open311.requests import owner_of, public_request
from hotline.use_cases.keep_public_requests import is_kept, updates_of
from infrastructure.ops.outbox import add_span_arguments, directories_of, span_from
from infrastructure.ops.periods import Period
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.stored_cases import StoredCases

LOOKED_BACK = timedelta(days=91)
"""A day more than one question of a client may span."""


def register_rebuild(actions: Any) -> None:
    """Add the action to ``hotline open311``."""
    text = "keep anew what everybody may read of the appeals that were registered in a time"
    rebuild = actions.add_parser("rebuild", help=text, description=f"{text.capitalize()}.")
    add_span_arguments(rebuild, "91 days ago", "half an hour ago")
    add_stack_arguments(rebuild)
    rebuild.set_defaults(run=rebuild_)


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
