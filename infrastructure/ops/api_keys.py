"""``hotline api-keys``: the keys with which Open311 apps report."""

from __future__ import annotations

import argparse
import secrets
import sys
from datetime import UTC, datetime
from typing import Any

from hotline.adapters.dynamodb.api_keys import DynamoDBApiKeys
from hotline.domain.open311.api_keys import PER_MINUTE, ApiKey, key_digest, new_key
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.tables import Table, add_output_arguments, print_json

LONGEST_LABEL = 80
MOST_PER_MINUTE = 10_000


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "api-keys",
        help="keys of Open311 apps: issue, list, revoke",
        description="Keys with which Open311 apps report. Only a hash of a key is kept.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    issue = actions.add_parser("issue", help="make a key and print it, once", description="Make a key.")
    issue.add_argument("--label", type=_label, required=True, help="whose it is, as lists show it")
    issue.add_argument(
        "--per-minute",
        type=_limit,
        default=PER_MINUTE,
        metavar="N",
        help=f"calls with the key in a minute (default: {PER_MINUTE}, a figure of ours)",
    )
    add_stack_arguments(issue)
    issue.set_defaults(run=issue_)
    listed = actions.add_parser("list", help="every key there ever was", description="List the keys.")
    add_output_arguments(listed, "the keys")
    add_stack_arguments(listed)
    listed.set_defaults(run=list_)
    revoke = actions.add_parser(
        "revoke", help="refuse a key from within a minute on", description="Refuse a key for ever."
    )
    revoke.add_argument("key_id", metavar="KEY", help="its name in the list, or the key itself")
    add_stack_arguments(revoke)
    revoke.set_defaults(run=revoke_)


def issue_(arguments: argparse.Namespace) -> int:
    """Print the new key: the only time that anybody sees it."""
    print(issue(stack_from(arguments), arguments.label, arguments.per_minute))
    return 0


def issue(stack: Stack, label: str, per_minute: int) -> str:
    """Make a key and keep its hash."""
    key = new_key(secrets.token_bytes(32))
    digest = key_digest(key)
    now = datetime.now(UTC).replace(microsecond=0)
    _keys(stack).issue(digest, ApiKey(digest=digest, label=label, per_minute=per_minute, created_at=now))
    return key


def list_(arguments: argparse.Namespace) -> int:
    """Print the keys, the oldest first."""
    rows = [
        (
            key.key_id,
            key.label,
            key.per_minute,
            _shown(key.created_at),
            _shown(key.used_at, "%Y-%m-%d %H:00Z"),
            _shown(key.revoked_at),
        )
        for key in _keys(stack_from(arguments)).all_keys()
    ]
    table = Table(("key", "label", "per_minute", "issued", "last_used", "revoked"), rows)
    if arguments.json:
        print_json({"keys": table.records})
    elif arguments.csv:
        table.write_csv(arguments.csv)
    else:
        print(table.text())
    return 0


def revoke_(arguments: argparse.Namespace) -> int:
    """Revoke; 1 when there is no such key."""
    store = _keys(stack_from(arguments))
    wanted = {arguments.key_id, key_digest(arguments.key_id)}
    found = [key for key in store.all_keys() if wanted & {key.key_id, key.digest}]
    if not found:
        print(f"There is no key {arguments.key_id}; see: hotline api-keys list", file=sys.stderr)
        return 1
    for key in found:
        store.revoke(key, datetime.now(UTC).replace(microsecond=0))
        print(f"{key.key_id} ({key.label}) is refused within a minute.")
    return 0


def _keys(stack: Stack) -> DynamoDBApiKeys:
    return DynamoDBApiKeys(stack.client("dynamodb"), stack["api_keys_table"])


def _shown(at: datetime | None, form: str = "%Y-%m-%d %H:%MZ") -> str | None:
    return at.strftime(form) if at else None


def _label(text: str) -> str:
    label = " ".join(text.split())
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise argparse.ArgumentTypeError(f"must be one line of up to {LONGEST_LABEL} characters")
    return label


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_PER_MINUTE):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_PER_MINUTE}")
    return int(text)
