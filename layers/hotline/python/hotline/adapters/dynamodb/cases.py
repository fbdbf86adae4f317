"""Cases in DynamoDB: one item each, one conditional write per command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import codec, keys
from hotline.adapters.dynamodb.batches import get_all, pause
from hotline.adapters.dynamodb.conditions import condition_failed, item_found, was_in_conflict
from hotline.adapters.dynamodb.texts import encode_words
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.domain.events import Event
from hotline.ports import InboxRow, Page

KEEP_EVENTS = 40
"""Events kept in the case item; beyond that the older half moves to a history item."""

_SPILLED_AT_ONCE = KEEP_EVENTS // 2
_DUE_AT_ONCE = 50
_CONFLICT_TRIES = 3


class DynamoDBCases:
    """Implements ``ports.Cases`` and ``ports.CaseLists``.

    Only who registers needs the ``texts_table``; every other function works without access to it.
    """

    def __init__(self, client: Any, cases_table: str, texts_table: str = "") -> None:
        self._client = client
        self._table = cases_table
        self._texts_table = texts_table

    def register(self, case: Case, words: Words) -> Case:
        """Store a new case and its words in one transaction.

        The id is derived from the caller's idempotency key, so "already there" is either an
        earlier try whose answer was lost or another body under the same key; the caller compares.
        """
        try:
            self._transact(
                [
                    self._put_new(self._table, codec.encode(case)),
                    self._put_new(self._texts_table, encode_words(case.appeal_id, words)),
                ]
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self.get(case.appeal_id)
        case.mark_stored()
        return case

    def get(self, appeal_id: str) -> Case:
        """Load a case with a consistent read: the next command decides by it."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.case_key(appeal_id)), ConsistentRead=True
            )
        if "Item" not in answer:
            raise NotFound("appeal")
        return codec.decode(answer["Item"])

    def get_many(self, appeal_ids: Sequence[str]) -> dict[str, Case]:
        """Load several cases in one call."""
        wanted = [keys.case_key(appeal_id) for appeal_id in dict.fromkeys(appeal_ids)]
        found = [codec.decode(item) for item in get_all(self._client, self._table, wanted)]
        return {case.appeal_id: case for case in found}

    def history(self, case: Case) -> list[Event]:
        """The events that were spilled, item by item; each holds half of what a case may keep."""
        events: list[Event] = []
        for first_event in range(1, case.first_event, _SPILLED_AT_ONCE):
            with translate_errors("dynamodb"):
                answer = self._client.get_item(
                    TableName=self._table,
                    Key=keys.typed(keys.history_key(case.appeal_id, first_event)),
                    ConsistentRead=True,
                )
            events += codec.decode_events(first_event, answer["Item"])
        return events

    def save(self, case: Case) -> None:
        """Put the whole item on condition that nobody else has since.

        When the acknowledgement of a write is lost, the SDK's own retry meets the condition that
        the first try has broken. The item that DynamoDB returns then tells the two cases apart.
        """
        if len(case.events) > KEEP_EVENTS:
            self._spill(case)
        item = codec.encode(case)
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="v = :seen",
                    ExpressionAttributeValues={":seen": {"N": str(case.loaded_version)}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            stored = item_found(error)
            if not stored:
                raise NotFound("appeal") from error
            if stored["v"] != item["v"] or stored["e"]["L"][-1] != item["e"]["L"][-1]:
                raise VersionConflict(int(stored["v"]["N"])) from error
        case.mark_stored()

    def inbox(self, agency_id: str, limit: int, after: str | None) -> Page:
        """Open orders of an agency, the most urgent first; ``after`` is the last row's sort key."""
        names: dict[str, Any] = {}
        if after is not None:
            appeal_id = after.partition("#")[2]
            names["ExclusiveStartKey"] = keys.typed(
                {**keys.case_key(appeal_id), "ip": keys.inbox_partition(agency_id), "is": after}
            )
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_agency",
                KeyConditionExpression="ip = :agency",
                ExpressionAttributeValues={":agency": {"S": keys.inbox_partition(agency_id)}},
                Limit=limit,
                **names,
            )
        last = answer.get("LastEvaluatedKey")
        return Page([_row(item) for item in answer["Items"]], last["is"]["S"] if last else None)

    def due(self, shard: int, bucket: int, now: datetime) -> Iterator[list[str]]:
        """Pages of ids from one bucket of the timer index, oldest first.

        A page begins after the last key of the one before it, whatever has left the index since.
        """
        names: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    IndexName="by_timer",
                    KeyConditionExpression="tp = :bucket AND ts < :after_now",
                    ExpressionAttributeValues={
                        ":bucket": {"S": keys.timer_partition(shard, bucket)},
                        ":after_now": {"S": keys.timer_sort(now + timedelta(seconds=1), "", "")},
                    },
                    Limit=_DUE_AT_ONCE,
                    **names,
                )
            if answer["Items"]:
                yield [item["pk"]["S"][2:] for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _spill(self, case: Case) -> None:
        """Move the older half of the events to a history item; repeating it changes nothing."""
        older = case.events[:_SPILLED_AT_ONCE]
        item = keys.typed(keys.history_key(case.appeal_id, case.first_event)) | codec.encode_events(older)
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=item)
        case.events = case.events[_SPILLED_AT_ONCE:]
        case.first_event += _SPILLED_AT_ONCE

    def _transact(self, puts: list[dict[str, Any]]) -> None:
        """Write all or nothing; a transaction that met another at the same items is tried again."""
        token = secrets.token_hex(16)
        for attempt in count(1):
            try:
                with translate_errors("dynamodb"):
                    self._client.transact_write_items(TransactItems=puts, ClientRequestToken=token)
                return
            except Unavailable as error:
                if attempt == _CONFLICT_TRIES or not was_in_conflict(error.__cause__):
                    raise
            pause(attempt)

    @staticmethod
    def _put_new(table: str, item: codec.Item) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def _row(item: codec.Item) -> InboxRow:
    due, _, appeal_id = item["is"]["S"].partition("#")
    return InboxRow(
        appeal_id=appeal_id,
        due_at=datetime.fromtimestamp(int(due), UTC),
        headline=item["t"]["S"],
        service_code=item["sv"]["S"] if "sv" in item else None,
        status=item["s"]["S"],
    )
