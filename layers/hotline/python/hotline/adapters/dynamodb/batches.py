"""Batch reads and writes that finish what DynamoDB left over."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.domain.errors import Unavailable

_READ_AT_ONCE = 100
_WRITE_AT_ONCE = 25
_ROUNDS = 5

Item = dict[str, dict[str, Any]]


def get_all(client: Any, table: str, wanted: Sequence[keys.Key]) -> list[Item]:
    """Read items by their keys, 100 a call; missing ones are left out.

    Consistently: an event may be handled before a replica knows of the write that caused it.

    Raises:
        Unavailable: DynamoDB kept leaving keys over.
    """
    found: list[Item] = []
    for start in range(0, len(wanted), _READ_AT_ONCE):
        chunk = wanted[start : start + _READ_AT_ONCE]
        left: dict[str, Any] = {table: {"Keys": [keys.typed(key) for key in chunk], "ConsistentRead": True}}
        for attempt in range(_ROUNDS):
            with translate_errors("dynamodb"):
                answer = client.batch_get_item(RequestItems=left)
            found += answer["Responses"].get(table, [])
            left = answer.get("UnprocessedKeys") or {}
            if not left:
                break
            pause(attempt)
        else:
            raise Unavailable("dynamodb")
    return found


def put_all(client: Any, table: str, items: Sequence[Item]) -> None:
    """Put items unconditionally, 25 a call.

    Raises:
        Unavailable: DynamoDB kept leaving items over.
    """
    for start in range(0, len(items), _WRITE_AT_ONCE):
        chunk = items[start : start + _WRITE_AT_ONCE]
        left = {table: [{"PutRequest": {"Item": item}} for item in chunk]}
        for attempt in range(_ROUNDS):
            with translate_errors("dynamodb"):
                left = client.batch_write_item(RequestItems=left).get("UnprocessedItems") or {}
            if not left:
                break
            pause(attempt)
        else:
            raise Unavailable("dynamodb")


def pause(attempt: int) -> None:
    """Wait up to 50, 100, 200 … ms: long enough for others to finish, at random so as not to meet again."""
    time.sleep(random.uniform(0, 0.05 * 2**attempt))
