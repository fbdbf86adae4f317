"""The keys of Open311 apps (API keys table): the hash, whose it is, how much it may do.

| item | pk | sk | holds |
|---|---|---|---|
| key | ``KEYS`` | ``<hash>`` | label, limit, times of issue, use and revocation |
| count | ``R#k/<key>`` | ``<minute>`` | calls within a minute; gone a minute later |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.open311.api_keys import ApiKey

Item = dict[str, dict[str, Any]]

KNOWN_FOR_S = 60.0
"""Seconds for which a process trusts what it has read: a revoked key is out within a minute."""

_KNOWN_AT_ONCE = 1_000
_TIMES = {"created_at": "c", "used_at": "u", "revoked_at": "x"}


class DynamoDBApiKeys:
    """Implements ``ports.ApiKeys``, and what the command line does with keys."""

    def __init__(self, client: Any, table: str, timer: Callable[[], float] = monotonic) -> None:
        self._client = client
        self._table = table
        self._timer = timer
        self._known: dict[str, tuple[float, ApiKey | None]] = {}

    def find_key(self, digest: str) -> ApiKey | None:
        """The key of a hash; asked for once a minute."""
        read_at, key = self._known.get(digest, (-KNOWN_FOR_S, None))
        if self._timer() - read_at < KNOWN_FOR_S:
            return key
        with translate_errors("dynamodb"):
            answer = self._client.get_item(TableName=self._table, Key=keys.typed(keys.api_key_key(digest)))
        key = _decode(answer["Item"]) if "Item" in answer else None
        if len(self._known) >= _KNOWN_AT_ONCE:
            self._known.clear()
        self._known[digest] = (self._timer(), key)
        return key

    def note_use(self, key: ApiKey, at: datetime) -> None:
        """Keep the hour of a use: at most one write an hour, whoever answers."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if key.used_at is not None and key.used_at >= hour:
            return
        self._set(key, "u", hour, "attribute_exists(pk) AND (attribute_not_exists(u) OR u < :at)")
        for digest, (read_at, known) in self._known.items():
            if known is not None and known.key_id == key.key_id:
                self._known[digest] = (read_at, known.model_copy(update={"used_at": hour}))

    def issue(self, digest: str, key: ApiKey) -> None:
        """Keep a new key."""
        item: Item = {
            **keys.typed(keys.api_key_key(digest)),
            "l": {"S": key.label},
            "n": {"N": str(key.per_minute)},
            "c": _seconds(key.created_at),
        }
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=item)

    def revoke(self, key: ApiKey, at: datetime) -> None:
        """Let a key do nothing more; when it was revoked first stays."""
        self._set(key, "x", at, "attribute_exists(pk) AND (attribute_not_exists(x) OR :at < x)")

    def all_keys(self) -> list[ApiKey]:
        """Every key there ever was, the oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.api_key_key("")["pk"]}},
        )
        found = (_decode(item) for page in pages for item in page["Items"])
        return sorted(found, key=lambda key: key.created_at)

    def _set(self, key: ApiKey, name: str, at: datetime, condition: str) -> None:
        try:
            with translate_errors("dynamodb"):
                self._client.update_item(
                    TableName=self._table,
                    Key=keys.typed(keys.api_key_key(key.digest)),
                    UpdateExpression=f"SET {name} = :at",
                    ConditionExpression=condition,
                    ExpressionAttributeValues={":at": _seconds(at)},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise


def _decode(item: Item) -> ApiKey:
    times = {
        name: datetime.fromtimestamp(int(item[short]["N"]), UTC)
        for name, short in _TIMES.items()
        if short in item
    }
    return ApiKey.model_validate(
        {"digest": item["sk"]["S"], "label": item["l"]["S"], "per_minute": int(item["n"]["N"]), **times}
    )


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
