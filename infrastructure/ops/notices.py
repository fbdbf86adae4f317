"""``hotline notices``: read what citizens will read, and let through what waits for a person."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hotline.adapters.dynamodb.notices import DynamoDBNotices
from hotline.domain.identifiers import keyed
from hotline.domain.notices import Notice, NoticeBook, NoticeState, NoticeText, sms_segments
from hotline.domain.timers import SHARDS
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.tables import Table
from infrastructure.ops.what_if import add_preview_arguments, compiled

_NUMBER = "000G-40R4-0M30-E209-B"
_LINK = "https://hotline.example/survey/000G40R40M30E209B.1.uYBNPdMYpTjmHm8ey6eA1w"
_ANYWHERE = {"number": _NUMBER, "link": _LINK, "track": "https://hotline.example/track"}

SAMPLES: Mapping[str, Mapping[str, str]] = {
    "zh-CN": {
        **_ANYWHERE,
        "agency": "东华门街道办事处",
        "service": "路灯",
        "due": "3月13日18:00",
        "until": "6月1日18:00",
        "expires": "3月20日18:00",
    },
    "en": {
        **_ANYWHERE,
        "agency": "Donghuamen Subdistrict Office",
        "service": "Street lighting",
        "due": "13 Mar 18:00",
        "until": "1 Jun 18:00",
        "expires": "20 Mar 18:00",
    },
}
"""What a preview fills in, as long as the real ones are."""


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "notices",
        help="what citizens are told: preview texts, let through what was parked",
        description="Notices to citizens at each step. Texts are data of the directory folder.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _register_preview(actions)
    parked = actions.add_parser(
        "parked",
        help="list the notices that wait for a person",
        description="List the notices that no supplier took for too long (given-up), or that one may have taken "
        "without saying so (in-doubt).",
    )
    add_stack_arguments(parked)
    parked.set_defaults(run=parked_)
    retry = actions.add_parser(
        "retry",
        help="let parked or failed notices be tried again",
        description="Let notices be tried again under their old keys. One that is in doubt may come twice.",
    )
    retry.add_argument("keys", nargs="*", metavar="KEY", help="as listed by hotline notices parked")
    retry.add_argument("--all", action="store_true", help="everything that was given up; nothing in doubt")
    add_stack_arguments(retry)
    retry.set_defaults(run=retry_)
    keys = actions.add_parser(
        "keys",
        help="print the keys that a webhook supplier needs",
        description="Print, in hexadecimal, the key that proves our messages to a webhook supplier and the one with "
        "which it signs its receipts. They are secrets: hand them over as such.",
    )
    keys.add_argument("supplier", choices=("sns", "webhook", "webhook-2", "console"))
    add_stack_arguments(keys)
    keys.set_defaults(run=keys_)


def _register_preview(actions: Any) -> None:
    preview = actions.add_parser(
        "preview",
        help="show the texts, filled in, with what they cost in text messages",
        description="Show the notices of a directory folder as citizens would read them, with sample values. The "
        "folder is checked, not imported; exit code 1 if it has errors.",
    )
    preview.add_argument("code", nargs="?", metavar="CODE", help="one notice; without it, all")
    add_preview_arguments(preview)
    preview.set_defaults(run=preview_)


def preview_(arguments: argparse.Namespace) -> int:
    """Show the texts; 1 when the folder has errors or knows no such notice."""
    directory = compiled(arguments.folder)
    if directory is None:
        return 1
    book = directory.notices
    texts = [
        each
        for each in book.texts
        if arguments.code in (None, each.notice) and arguments.language in (None, each.language)
    ]
    if not texts:
        known = ", ".join(sorted({each.notice for each in book.texts}))
        print(f"no notice {arguments.code!r}; known are {known}", file=sys.stderr)
        return 1
    for text in texts:
        print(_shown(text, book))
    return 0


def parked_(arguments: argparse.Namespace) -> int:
    """List what waits for a person."""
    rows = [
        (each.key, each.event, each.reason, each.supplier or "", each.attempts, each.at.isoformat())
        for each in _parked(_store(stack_from(arguments)))
    ]
    print(Table(("key", "event", "reason", "supplier", "attempts", "since"), rows).text())
    return 0


def retry_(arguments: argparse.Namespace) -> int:
    """Let them be tried again; 1 when a key is unknown or its notice has not ended."""
    store, now = _store(stack_from(arguments)), datetime.now(UTC).replace(microsecond=0)
    chosen = list(store.find_notices(arguments.keys).values())
    unknown = set(arguments.keys) - {notice.key for notice in chosen}
    if arguments.all:
        chosen += [notice for notice in _parked(store) if notice.reason == "given-up"]
    again = [notice for notice in chosen if notice.state in (NoticeState.PARKED, NoticeState.FAILED)]
    done = sum(store.change_notice(notice.requeued(now)) for notice in again)
    print(f"{done} notices are tried again within the next minutes, or in the morning")
    for key in sorted(unknown):
        print(f"no notice {key}", file=sys.stderr)
    return 1 if unknown or done < len(chosen) else 0


def keys_(arguments: argparse.Namespace) -> int:
    """Print the two keys."""
    stack = stack_from(arguments)
    client = stack.client("secretsmanager")
    secret = client.get_secret_value(SecretId=stack["signing_secret_arn"])["SecretString"].encode()
    print(f"verifies our messages: {keyed(secret, 'key', 'webhook').hex()}")
    print(f"signs its receipts:    {keyed(secret, 'key', f'receipts/{arguments.supplier}').hex()}")
    return 0


def _shown(text: NoticeText, book: NoticeBook) -> str:
    filled = text.text.format_map(SAMPLES[text.language])
    switched_on = any(rule.on for rule in book.rules if rule.notice == text.notice)
    segments = sms_segments(filled)
    size = f"{len(filled)} characters, {segments} text message{'s' if segments > 1 else ''}"
    where = f" {text.channel}" if text.channel else ""
    state = "" if switched_on else ", switched off"
    return f"{text.notice} {text.language}{where} ({size}{state})\n  {filled}"


def _parked(store: DynamoDBNotices) -> Iterator[Notice]:
    for shard in range(SHARDS):
        yield from store.find_notices(list(store.parked(shard))).values()


def _store(stack: Stack) -> DynamoDBNotices:
    return DynamoDBNotices(stack.client("dynamodb"), stack["notices_table"])
