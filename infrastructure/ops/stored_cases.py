"""Read the stored cases for a report: scans, which is maintenance, the only place where they are allowed.

Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from hotline.adapters.dynamodb import codec, keys, side_codec
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.texts import decode_words
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.events import Event
from hotline.domain.side_orders import SideOrder
from infrastructure.ops.periods import Period
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack

BATCH = 100
"""Appeals whose words are read in one call."""


class StoredCases:
    """The cases of a stack, with what belongs to them."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("dynamodb")
        self._table = stack["cases_table"]
        self._texts_table = stack["texts_table"]
        self._cases = DynamoDBCases(self._client, self._table)

    def registered_in(self, period: Period) -> Iterator[Case]:
        """The appeals that were registered in a period, in no order."""
        names = {
            "FilterExpression": "sk = :case AND #r >= :start AND #r < :end",
            "ExpressionAttributeNames": {"#r": "r"},
            "ExpressionAttributeValues": {
                ":case": {"S": "#"},
                ":start": _seconds(period.start),
                ":end": _seconds(period.end),
            },
        }
        return (codec.decode(item) for item in self._scan("cases", names))

    def registered_before(self, moment: datetime) -> Iterator[Case]:
        """The appeals that were registered before a moment, in no order."""
        names = {
            "FilterExpression": "sk = :case AND #r < :end",
            "ExpressionAttributeNames": {"#r": "r"},
            "ExpressionAttributeValues": {":case": {"S": "#"}, ":end": _seconds(moment)},
        }
        return (codec.decode(item) for item in self._scan("cases", names))

    def orders(self) -> Iterator[Case | SideOrder]:
        """Every appeal and every order beside a lead order, in no order."""
        names = {
            "FilterExpression": "sk = :case OR begins_with(sk, :side)",
            "ExpressionAttributeValues": {":case": {"S": "#"}, ":side": {"S": "W#"}},
        }
        for item in self._scan("cases", names):
            yield codec.decode(item) if item["sk"]["S"] == "#" else side_codec.decode(item)

    def events(self, case: Case) -> list[Event]:
        """The whole history of a case, oldest first."""
        return [*self._cases.history(case), *case.events] if case.first_event > 1 else case.events

    def sides(self, case: Case) -> list[SideOrder]:
        """The orders beside a case's lead order that there ever were."""
        wanted = [keys.side_key(case.appeal_id, number) for number in range(2, case.sides + 2)]
        return [side_codec.decode(item) for item in get_all(self._client, self._table, wanted)]

    def with_words(self, cases: Iterable[Case]) -> Iterator[tuple[Case, Words | None]]:
        """Cases with the citizens' words, read in batches; None where they were erased."""
        left = iter(cases)
        while batch := list(islice(left, BATCH)):
            wanted = [keys.words_key(case.appeal_id) for case in batch]
            items = get_all(self._client, self._texts_table, wanted)
            words = {item["pk"]["S"][2:]: decode_words(item) for item in items if "z" in item}
            yield from ((case, words.get(case.appeal_id)) for case in batch)

    def _scan(self, label: str, names: dict[str, Any]) -> Iterator[codec.Item]:
        total = self._client.describe_table(TableName=self._table)["Table"]["ItemCount"]
        progress, seen = ProgressBar(label), 0
        for page in self._client.get_paginator("scan").paginate(TableName=self._table, **names):
            yield from page["Items"]
            seen += page["ScannedCount"]
            progress(seen, max(seen, total))


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
