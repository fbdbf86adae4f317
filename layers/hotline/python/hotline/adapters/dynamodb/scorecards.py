"""Counts per agency and month (scorecards table)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from hotline.domain.scoring import Counted, Tally

Item = dict[str, dict[str, Any]]

_WRITES_AT_ONCE = 100
"""What DynamoDB takes in one transaction: a mark for each event, and at most a tally for each thing counted."""

_TRIES = 5


class DynamoDBTallies:
    """Implements ``ports.Tallies``.

    Counting is a transaction of the sums and of one mark for each event: a mark that is there
    already cancels it all, and the count is made again without the events that were counted before.
    """

    def __init__(self, client: Any, scorecards_table: str, effects_table: str) -> None:
        self._client = client
        self._table = scorecards_table
        self._effects_table = effects_table

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        """Count what each event says exactly once by its id."""
        for together in _portions(outcomes):
            self._count_once(together)

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
            found |= {item["sk"]["S"]: _tally(item) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer:
                return found
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def replace_month(self, month: str, tallies: Mapping[tuple[str, str], Tally]) -> None:
        """Put recounted tallies in the place of the counted ones."""
        put_all(
            self._client,
            self._table,
            [
                keys.typed(keys.tally_key(month, district, agency_id)) | _counts(tally)
                for (district, agency_id), tally in tallies.items()
            ],
        )

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
        sums: dict[tuple[str, str, str], Tally] = {}
        for outcome in chain.from_iterable(outcomes.values()):
            where = (outcome.month, outcome.district, outcome.agency_id)
            sums[where] = sums.get(where, Tally()).add(outcome)
        forget_at = {"N": str(int((datetime.now(UTC) + KEEP_FOR).timestamp()))}
        for event_id in outcomes:
            yield {
                "Put": {
                    "TableName": self._effects_table,
                    "Item": keys.typed(keys.counted_key(event_id)) | {"ttl": forget_at},
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
        for where, tally in sums.items():
            counted = {name: value for name, value in tally.model_dump().items() if value}
            yield {
                "Update": {
                    "TableName": self._table,
                    "Key": keys.typed(keys.tally_key(*where)),
                    "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in counted),
                    "ExpressionAttributeNames": {f"#{name}": name for name in counted},
                    "ExpressionAttributeValues": {
                        f":{name}": {"N": str(value)} for name, value in counted.items()
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


def _tally(item: Item) -> Tally:
    return Tally(**{name: int(item[name]["N"]) for name in Tally.model_fields if name in item})


def _counts(tally: Tally) -> Item:
    return {name: {"N": str(value)} for name, value in tally.model_dump().items()}
