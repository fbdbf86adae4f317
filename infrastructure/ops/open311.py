"""``hotline open311``: agencies that are reached by their own Open311 endpoint, and what is stuck there."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from getpass import getpass
from typing import Any

from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.adapters.dynamodb.far_requests import DynamoDBFarRequests
from hotline.domain.directory import Directory
from hotline.domain.far_ends import Accepted, FarRequest, FarState
from infrastructure.ops.public_requests import register_rebuild
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.tables import Table

SILENT_AFTER = 3
"""Turns without a proper answer after which a far end is called silent."""


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "open311",
        help="agencies with an Open311 endpoint: what is stuck there, their keys; our own lists made anew",
        description="Agencies of open311_agencies.csv get their orders posted to their own endpoint.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    stuck = actions.add_parser(
        "stuck",
        help="list the orders that a person should look at, and endpoints that do not answer",
        description="List the orders that have not arrived, that may have arrived twice, that could not be told of "
        "something, and endpoints that do not answer; exit code 1 if there are any.",
    )
    add_stack_arguments(stuck)
    stuck.set_defaults(run=stuck_)
    settle = actions.add_parser(
        "settle",
        help="say what became of a stuck order",
        description="Say what became of an order at an agency's endpoint, after having looked there. An order that "
        "is to be sent again lies in the dead letters: run hotline queues redrive afterwards.",
    )
    settle.add_argument(
        "order", metavar="ORDER", help="the work order's number, as hotline open311 stuck lists it"
    )
    said = settle.add_mutually_exclusive_group(required=True)
    said.add_argument(
        "--as", dest="request_id", metavar="ID", help="it is there, under this service_request_id"
    )
    said.add_argument("--send-again", action="store_true", help="it is not there; it may be sent again")
    said.add_argument("--seen", action="store_true", help="what was flagged has been dealt with")
    add_stack_arguments(settle)
    settle.set_defaults(run=settle_)
    key = actions.add_parser(
        "key",
        help="keep the API key that an agency's endpoint has issued",
        description="Keep the API key that an agency's endpoint has issued, in Secrets Manager. It is asked for, or "
        "read from standard input; it takes effect within five minutes.",
    )
    key.add_argument("agency", metavar="AGENCY")
    key.add_argument("--remove", action="store_true", help="forget the key instead")
    add_stack_arguments(key)
    key.set_defaults(run=key_)
    register_rebuild(actions)


def stuck_(arguments: argparse.Namespace) -> int:
    """List what a person should look at; 1 when there is something."""
    stack, now = stack_from(arguments), datetime.now(UTC).replace(microsecond=0)
    store, directory = _store(stack), _directory(stack)
    rows = list(_stuck(store, directory, now))
    print(Table(("agency", "order", "state", "at their end", "tries", "since", "why"), rows).text())
    silent = 0
    for agency_id in directory.far_ends:
        health = store.health(agency_id)
        if health.failures >= SILENT_AFTER:
            silent += 1
            last = f"{health.answered_at:%Y-%m-%d %H:%M}Z" if health.answered_at else "never"
            print(f"{agency_id} has not answered {health.failures} times; last good answer: {last}")
    print(f"{len(rows)} stuck, {silent} silent; what was refused lies in the queue's dead letters too")
    return 1 if rows or silent else 0


def settle_(arguments: argparse.Namespace) -> int:
    """Keep what a person has found out; 1 when there is no such request or it is settled."""
    store = _store(stack_from(arguments))
    known = store.of_order(arguments.order)
    if not known:
        print(f"no request for {arguments.order} at any endpoint", file=sys.stderr)
        return 1
    request = known[-1]
    if arguments.seen:
        store.put(request.looked_at())
    elif request.state in (FarState.OPEN, FarState.CLOSED):
        print(f"{arguments.order} is there as {request.request_id} already", file=sys.stderr)
        return 1
    elif arguments.request_id:
        store.put(request.accepted(Accepted(arguments.request_id)))
    else:
        store.put(request.failed(FarState.UNSENT, "send-again"))
        print("now send its message back: hotline queues redrive <the open311-orders queue>")
    print(f"{arguments.order} is settled")
    return 0


def key_(arguments: argparse.Namespace) -> int:
    """Keep or forget a key; 1 when the agency has no endpoint."""
    stack = stack_from(arguments)
    if arguments.agency not in _directory(stack).far_ends:
        print(f"{arguments.agency} has no line in open311_agencies.csv", file=sys.stderr)
        return 1
    client, arn = stack.client("secretsmanager"), stack["open311_keys_arn"]
    keys = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    if arguments.remove:
        keys.pop(arguments.agency, None)
    else:
        keys[arguments.agency] = _read_key()
    client.put_secret_value(SecretId=arn, SecretString=json.dumps(keys))
    print(f"the key of {arguments.agency} is {'forgotten' if arguments.remove else 'kept'}")
    return 0


def _stuck(store: DynamoDBFarRequests, directory: Directory, now: datetime) -> Iterator[tuple[Any, ...]]:
    for agency_id in directory.far_ends:
        for request in store.watched(agency_id):
            if why := request.trouble(now):
                yield _row(request, why)


def _row(request: FarRequest, why: str) -> tuple[Any, ...]:
    there = request.request_id or request.token or ""
    since = f"{request.begun_at:%Y-%m-%d %H:%M}Z"
    return (
        request.agency_id,
        request.work_order_id,
        request.state.value,
        there,
        request.attempts,
        since,
        why,
    )


def _read_key() -> str:
    """Never from the command line, where others could read it."""
    return (getpass("API key: ") if sys.stdin.isatty() else sys.stdin.readline()).strip()


def _store(stack: Stack) -> DynamoDBFarRequests:
    return DynamoDBFarRequests(stack.client("dynamodb"), stack["effects_table"])


def _directory(stack: Stack) -> Directory:
    return DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
