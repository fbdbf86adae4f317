"""Cases in DynamoDB: one item each, one conditional write per command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import codec, keys, side_codec
from hotline.adapters.dynamodb.batches import get_all, pause
from hotline.adapters.dynamodb.conditions import condition_failed, item_found, was_in_conflict
from hotline.adapters.dynamodb.texts import encode_statement, encode_words
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.confidential import Statement
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.domain.events import Event
from hotline.domain.side_orders import LEAD, SideOrder
from hotline.ports import LISTED_AT_ONCE, InboxRow, Neighbour, Page

KEEP_EVENTS = 40
"""Events kept in the case item; beyond that the older half moves to a history item."""

_SPILLED_AT_ONCE = KEEP_EVENTS // 2
_DUE_AT_ONCE = 50
_CONFLICT_TRIES = 3


class DynamoDBCases:
    """Implements ``ports.Cases`` and ``ports.CaseLists``.

    Only who registers needs the ``texts_table`` and the ``sealed_table``; every other function works
    without access to them.
    """

    def __init__(self, client: Any, cases_table: str, texts_table: str = "", sealed_table: str = "") -> None:
        self._client = client
        self._table = cases_table
        self._texts_table = texts_table
        self._sealed_table = sealed_table

    def register(self, case: Case, words: Words, statement: Statement | None = None) -> Case:
        """Store a new case and its words, and what a confidential informant said, in one transaction.

        The id is derived from the caller's idempotency key, so "already there" is either an
        earlier try whose answer was lost or another body under the same key; the caller compares.
        """
        case.begin_with(statement.words if statement else words)
        puts = [
            self._put_new(self._table, codec.encode(case)),
            self._put_new(self._texts_table, encode_words(case.appeal_id, words)),
        ]
        if statement is not None:
            puts.append(self._put_new(self._sealed_table, encode_statement(case.appeal_id, statement)))
        try:
            self._transact(puts)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return self.get(case.appeal_id)
        case.mark_stored()
        return case

    def get(self, appeal_id: str) -> Case:
        """Load a case with a consistent read: the next command decides by it."""
        item = self._item(keys.case_key(appeal_id))
        if item is None:
            raise NotFound("appeal")
        return codec.decode(item)

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

        Orders beside it that the command has opened or ended are written in the same transaction.
        """
        if len(case.events) > KEEP_EVENTS:
            self._spill(case)
        if case.changed_sides:
            self.save_together(case, *case.changed_sides)
        else:
            self._put_one(case)
        case.mark_stored()

    def save_together(self, *changed: Case | SideOrder) -> None:
        """Write several items, all or none of them, each on condition of its version."""
        for each in changed:
            if isinstance(each, Case) and len(each.events) > KEEP_EVENTS:
                self._spill(each)
        try:
            self._transact([{"Put": self._conditional(each)} for each in changed])
        except ClientError as error:
            if not condition_failed(error):
                raise
            raise VersionConflict(self._version_now(changed[0])) from error
        for each in changed:
            each.mark_stored()

    def save_side(self, side: SideOrder) -> None:
        """Put an order beside the lead order whose act does not touch the case."""
        self._put_one(side)
        side.mark_stored()

    def side(self, order_id: str) -> SideOrder:
        """Load one with a consistent read."""
        item = self._item(keys.order_key(order_id)) if order_id.count(".") == 1 else None
        if item is None or item["sk"]["S"] == "#":
            raise NotFound("work order")
        return side_codec.decode(item)

    def sides(self, order_ids: Sequence[str]) -> list[SideOrder]:
        """Load several in one call; unknown ones are left out."""
        wanted = [keys.order_key(order_id) for order_id in dict.fromkeys(order_ids)]
        return [side_codec.decode(item) for item in get_all(self._client, self._table, wanted)]

    def _put_one(self, changed: Case | SideOrder) -> None:
        """One conditional write.

        When the acknowledgement of a write is lost, the SDK's own retry meets the condition that
        the first try has broken. The item that DynamoDB returns then tells the two cases apart.
        """
        put = self._conditional(changed)
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(**put, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except ClientError as error:
            if not condition_failed(error):
                raise
            stored, item = item_found(error), put["Item"]
            if not stored:
                raise NotFound("appeal") from error
            if stored["v"] != item["v"] or stored["e"]["L"][-1] != item["e"]["L"][-1]:
                raise VersionConflict(int(stored["v"]["N"])) from error

    def _conditional(self, changed: Case | SideOrder) -> dict[str, Any]:
        item = codec.encode(changed) if isinstance(changed, Case) else side_codec.encode(changed)
        put: dict[str, Any] = {"TableName": self._table, "Item": item}
        if changed.loaded_version == 0:
            return put | {"ConditionExpression": "attribute_not_exists(pk)"}
        return put | {
            "ConditionExpression": "v = :seen",
            "ExpressionAttributeValues": {":seen": {"N": str(changed.loaded_version)}},
        }

    def _version_now(self, changed: Case | SideOrder) -> int:
        stored = self._item(keys.order_key(changed.work_order_id))
        return int(stored["v"]["N"]) if stored else 0

    def _item(self, key: keys.Key) -> codec.Item | None:
        with translate_errors("dynamodb"):
            answer = self._client.get_item(TableName=self._table, Key=keys.typed(key), ConsistentRead=True)
        item: codec.Item | None = answer.get("Item")
        return item

    def inbox(self, agency_id: str, limit: int, after: str | None) -> Page:
        """Open orders of an agency, the most urgent first; ``after`` is the last row's sort key."""
        names: dict[str, Any] = {}
        if after is not None:
            key = keys.order_key(after.partition("#")[2])
            names["ExclusiveStartKey"] = keys.typed(
                {**key, "ip": keys.inbox_partition(agency_id), "is": after}
            )
        answer = self._by_agency(keys.inbox_partition(agency_id), limit, names)
        last = answer.get("LastEvaluatedKey")
        return Page([_row(item) for item in answer["Items"]], last["is"]["S"] if last else None)

    def members(self, leader: str) -> Iterator[list[str]]:
        """Pages of ids of the appeals that are handled together with one, oldest first."""
        names: dict[str, Any] = {}
        while True:
            answer = self._by_agency(keys.members_partition(leader), _DUE_AT_ONCE, names)
            if answer["Items"]:
                yield [item["pk"]["S"][2:] for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def by_citizen(self, citizen_index: str, since: datetime, until: datetime) -> list[Neighbour]:
        """A citizen's appeals, the newest first; an index may lag a moment behind its table."""
        return self._neighbours("by_citizen", "cp", keys.citizen_partition(citizen_index), since, until)

    def by_place(
        self, subdistrict: str, service_code: str, since: datetime, until: datetime
    ) -> list[Neighbour]:
        """Appeals about one service in one sub-district, the newest first."""
        partition = keys.place_partition(subdistrict, service_code)
        return self._neighbours("by_place", "pp", partition, since, until)

    def _neighbours(
        self, index: str, attribute: str, partition: str, since: datetime, until: datetime
    ) -> list[Neighbour]:
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression=f"{attribute} = :partition AND #at BETWEEN :since AND :until",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={
                    ":partition": {"S": partition},
                    ":since": {"S": keys.age_sort(since)},
                    ":until": {"S": keys.age_sort(until)},
                },
                ScanIndexForward=False,
                Limit=LISTED_AT_ONCE,
            )
        return [
            Neighbour(item["pk"]["S"][2:], datetime.fromtimestamp(int(item["at"]["S"]), UTC))
            for item in answer["Items"]
        ]

    def _by_agency(self, partition: str, limit: int, names: Mapping[str, Any]) -> dict[str, Any]:
        with translate_errors("dynamodb"):
            answer: dict[str, Any] = self._client.query(
                TableName=self._table,
                IndexName="by_agency",
                KeyConditionExpression="ip = :agency",
                ExpressionAttributeValues={":agency": {"S": partition}},
                Limit=limit,
                **names,
            )
        return answer

    def due(self, shard: int, bucket: int, now: datetime) -> Iterator[list[str]]:
        """Pages of order ids from one bucket of the timer index, oldest first.

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
                yield [keys.order_id_of(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]
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
    due = item["is"]["S"].partition("#")[0]
    return InboxRow(
        order_id=keys.order_id_of(item["pk"]["S"], item["sk"]["S"]),
        due_at=datetime.fromtimestamp(int(due), UTC),
        headline=item["t"]["S"],
        service_code=item["sv"]["S"] if "sv" in item else None,
        status=item["s"]["S"],
        kind=item["kd"]["S"] if "kd" in item else LEAD,
    )
