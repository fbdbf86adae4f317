"""Whether the pictures that agencies name as evidence are really there (texts table)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all

_OF_AGENCIES = "a"
"""Begins the places of agencies' pictures; a citizen's own are no evidence of what was done."""


class DynamoDBEvidence:
    """Implements ``ports.Evidence``; reads what ``attachments.py`` keeps, without the models for uploads."""

    def __init__(self, client: Any, texts_table: str) -> None:
        self._client = client
        self._table = texts_table

    def arrived(self, named: Sequence[tuple[str, str]], now: datetime) -> set[tuple[str, str]]:
        """Of the (appeal, attachment) pairs, those that are there, in one call."""
        of_agencies = [each for each in dict.fromkeys(named) if each[1].startswith(_OF_AGENCIES)]
        places = dict.fromkeys((appeal_id, each.partition("-")[0]) for appeal_id, each in of_agencies)
        items = get_all(self._client, self._table, [keys.attachment_key(*place) for place in places])
        there = {(item["pk"]["S"][2:], item["id"]["S"]) for item in items if _may_be_seen(item, now)}
        return there.intersection(of_agencies)


def _may_be_seen(item: dict[str, Any], now: datetime) -> bool:
    """Verified, or still on its way: a picture is looked at some seconds after it was sent."""
    state = item["s"]["S"]
    return bool(state == "verified" or (state == "offered" and now.timestamp() < int(item["x"]["N"])))
