"""Counts per agency and month (scorecards table)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all, pause, put_all
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.adapters.dynamodb.effects import KEEP_FOR
from hotline.domain.errors import Unavailable
from hotline.domain.tallies import COUNT_NAMES, Counted, Counts, Tally, Where, add_up

Item = dict[str, dict[str, Any]]

_WRITES_AT_ONCE = 100
"""What DynamoDB takes in one transaction: a mark for each event, and at most a tally for each thing counted."""

_TRIES = 5


class DynamoDBCounted:
    """Implements ``ports.CountedMonths``: reads what was counted."""

    def __init__(self, client: Any, scorecards_table: str) -> None:
        self._client = client
        self._table = scorecards_table

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        """The tallies of a month in a district, by agency."""
        found: dict[str, Tally] = {}
        names: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": keys.tally_key(month, district, "")["pk"]}},
                    **names,
                )
            found |= {item["sk"]["S"]: counts_of(item).settled() for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer:
                return found
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


class DynamoDBTallies(DynamoDBCounted):
    """Implements ``ports.Tallies``.

    Counting is a transaction of the sums and of one mark for each event: a mark that is there
    already cancels it all, and the count is made again without the events that were counted before.
    """

    def __init__(self, client: Any, scorecards_table: str, effects_table: str) -> None:
        super().__init__(client, scorecards_table)
        self._effects_table = effects_table

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        """Count what each event says exactly once by its id."""
        for together in _portions(outcomes):
            self._count_once(together)

    def put_recounted(
        self, where: Where, recounted: Counts, events: Collection[str], counted: Counts
    ) -> bool:
        """Put recounted sums in the place of the counted ones, unless those have changed meanwhile.

        The marks come first: an event that still waits in the queue is in the recount already. Whatever
        is counted between the reading of ``counted`` and the writing here makes the condition fail.
        """
        put_all(self._client, self._effects_table, [_mark(event_id) for event_id in events])
        names = {f"#{name}": name for name in COUNT_NAMES}
        held = {name: value for name, value in counted if value}
        unchanged = [
            f"#{name} = :{name}" if name in held else f"(attribute_not_exists(#{name}) OR #{name} = :nought)"
            for name in COUNT_NAMES
        ]
        values = {f":{name}": {"N": str(value)} for name, value in held.items()}
        if len(held) < len(COUNT_NAMES):
            values[":nought"] = {"N": "0"}
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=keys.typed(keys.tally_key(*where)) | _numbers(recounted),
                    ConditionExpression=" AND ".join(unchanged),
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def _count_once(self, outcomes: dict[str, Sequence[Counted]]) -> None:
        for attempt in range(_TRIES):
            if not outcomes:
                return
            try:
                with translate_errors("dynamodb"):
                    self._client.transact_write_items(TransactItems=list(self._writes(outcomes)))
            except ClientError as error:
                if not condition_failed(error):
                    raise
                outcomes = self._not_counted(outcomes)
            except Unavailable:
                if attempt == _TRIES - 1:
                    raise
                pause(attempt)
            else:
                return
        if outcomes:
            raise Unavailable("dynamodb")

    def _writes(self, outcomes: Mapping[str, Sequence[Counted]]) -> Iterator[dict[str, Any]]:
        for event_id in outcomes:
            yield {
                "Put": {
                    "TableName": self._effects_table,
                    "Item": _mark(event_id),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
        for where, sums in add_up(chain.from_iterable(outcomes.values())).items():
            added = {name: value for name, value in sums if value}
            yield {
                "Update": {
                    "TableName": self._table,
                    "Key": keys.typed(keys.tally_key(*where)),
                    "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in added),
                    "ExpressionAttributeNames": {f"#{name}": name for name in added},
                    "ExpressionAttributeValues": {
                        f":{name}": {"N": str(value)} for name, value in added.items()
                    },
                }
            }

    def _not_counted(self, outcomes: Mapping[str, Sequence[Counted]]) -> dict[str, Sequence[Counted]]:
        marks = get_all(
            self._client, self._effects_table, [keys.counted_key(event_id) for event_id in outcomes]
        )
        counted = {mark["pk"]["S"][2:] for mark in marks}
        return {event_id: outcome for event_id, outcome in outcomes.items() if event_id not in counted}


def _portions(outcomes: Mapping[str, Sequence[Counted]]) -> Iterator[dict[str, Sequence[Counted]]]:
    """Parts that fit into one transaction each, however few agencies they share."""
    portion: dict[str, Sequence[Counted]] = {}
    writes = 0
    for event_id, counted in outcomes.items():
        writes += 1 + len(counted)
        if writes > _WRITES_AT_ONCE:
            yield portion
            portion, writes = {}, 1 + len(counted)
        portion[event_id] = counted
    if portion:
        yield portion


def counts_of(item: Item) -> Counts:
    """The sums that a tally's item holds, as they were added: of either sign while events are on their way."""
    return Counts(**{name: int(item[name]["N"]) for name in COUNT_NAMES if name in item})


def _numbers(counts: Counts) -> Item:
    return {name: {"N": str(value)} for name, value in counts if value}


def _mark(event_id: str) -> Item:
    forget_at = int((datetime.now(UTC) + KEEP_FOR).timestamp())
    return keys.typed(keys.counted_key(event_id)) | {"ttl": {"N": str(forget_at)}}
