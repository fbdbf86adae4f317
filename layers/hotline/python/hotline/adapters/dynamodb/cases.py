"""Cases in DynamoDB: one item each, one conditional write per command."""

from __future__ import annotations

import secrets
import random
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import codec, keys
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.texts import encode_words
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.ports import InboxRow, Page

KEEP_EVENTS = 40
"""Events kept in the case item; beyond that the older half moves to a history item."""

_CONFLICT_TRIES = 3


class DynamoDBCases:
    """Implements ``ports.Cases`` and ``ports.CaseLists``."""

    def __init__(self, client: Any, cases_table: str, texts_table: str) -> None:
        self._client = client
        self._table = cases_table
        self._texts_table = texts_table

    def register(self, case: Case, words: Words) -> Case:
        """Store a new case and its words in one transaction.

        The id is derived from the caller's idempotency key, so "already there" is either an
        earlier try whose answer was lost or another body under the same key; the caller compares.
        """
        puts = [
            self._put_new(self._table, codec.encode(case)),
            self._put_new(self._texts_table, encode_words(case.appeal_id, words)),
        ]
        token = secrets.token_hex(16)
        for attempt in range(1, _CONFLICT_TRIES + 1):
            try:
                with translate_errors("dynamodb"):
                    self._client.transact_write_items(TransactItems=puts, ClientRequestToken=token)
            except ClientError as error:
                if not _condition_failed(error):
                    raise
                return self.get(case.appeal_id)
            except Unavailable as error:
                if attempt == _CONFLICT_TRIES or not _conflicted(error.__cause__):
                    raise
                time.sleep(random.uniform(0.01, 0.05) * attempt)
            else:
                case.mark_stored()
                return case
        raise AssertionError("unreachable")

    def get(self, appeal_id: str) -> Case:
        """Load a case with a consistent read: the next command decides by it."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=_typed(keys.case_key(appeal_id)), ConsistentRead=True
            )
        if "Item" not in answer:
            raise NotFound("appeal")
        return codec.decode(answer["Item"])

    def get_many(self, appeal_ids: Sequence[str]) -> dict[str, Case]:
        """Load several cases in one call."""
        wanted = [keys.case_key(appeal_id) for appeal_id in dict.fromkeys(appeal_ids)]
        found = [codec.decode(item) for item in get_all(self._client, self._table, wanted)]
        return {case.appeal_id: case for case in found}

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
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            stored = error.response.get("Item")
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
            names["ExclusiveStartKey"] = _typed(
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

    def due(self, shard: int, bucket: int, now: datetime, limit: int) -> list[str]:
        """Ids of due cases in one bucket of the timer index, oldest first."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_timer",
                KeyConditionExpression="tp = :bucket AND ts < :after_now",
                ExpressionAttributeValues={
                    ":bucket": {"S": keys.timer_partition(shard, bucket)},
                    ":after_now": {"S": f"{int(now.timestamp()) + 1:010d}"},
                },
                Limit=limit,
            )
        return [item["pk"]["S"][2:] for item in answer["Items"]]

    def _spill(self, case: Case) -> None:
        """Move the older half of the events to a history item; repeating it changes nothing."""
        older = [event for event in case.events if event.number <= case.loaded_version][: KEEP_EVENTS // 2]
        item = _typed(keys.history_key(case.appeal_id, case.first_event)) | {
            "e": {"L": [{"S": codec.encode_event(event)} for event in older]}
        }
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=item)
        case.events = case.events[len(older) :]
        case.first_event += len(older)

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


def _typed(key: Mapping[str, str]) -> codec.Item:
    return {name: {"S": value} for name, value in key.items()}


def _condition_failed(error: ClientError) -> bool:
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons)


def _conflicted(error: BaseException | None) -> bool:
    if not isinstance(error, ClientError):
        return False
    reasons = error.response.get("CancellationReasons", [])
    return any(reason.get("Code") == "TransactionConflict" for reason in reasons)
