"""Notices to citizens in DynamoDB (notices table): codes, states and times.

One item a notice. While it waits it is in the sparse index ``by_due``, in one of four shards by the time of
its next try; sent, it is in no index. A sweep reads what is due and nothing else.

| item | pk | sk | holds |
|---|---|---|---|
| notice | ``A#<appeal>`` | ``<notice>/<number>`` | event, state, supplier, tries; ``dp``, ``ds`` while it waits |
| opt-out | ``C#<HMAC of the contact>`` | ``#`` | since when |
| receipt | ``R#<proof>`` | ``#`` | a signature that was used; forgotten when its timestamp is too old |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.conditions import condition_failed, item_found
from hotline.domain.notices import Notice, NoticeState
from hotline.domain.timers import shard_of

Item = dict[str, dict[str, Any]]

KEEP_FOR = timedelta(days=400)
"""How long a notice is remembered; far beyond any redelivery or receipt, then DynamoDB deletes it."""

_PAGE = 50
_WORDS = {"code": "k", "event": "e", "agency_id": "ag", "state": "st", "supplier": "su", "reason": "re"}
_NUMBERS = {"number": "n", "attempts": "a", "version": "v"}
_TIMES = {"created_at": "c", "at": "t", "next_at": "na"}


class DynamoDBNotices:
    """Implements ``ports.Notices``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def begin_notice(self, notice: Notice) -> Literal["mine", "busy", "done"]:
        """Keep a notice that is being sent, in no index: whoever brought it comes back if its worker dies."""
        item = _encode(notice)
        for name in ("dp", "ds"):
            item.pop(name, None)
        found = self._put_if_new(item, notice.at)
        if found is None:
            return "mine"
        return "busy" if found.get("st") == {"S": NoticeState.SENDING.value} else "done"

    def queue_notice(self, notice: Notice) -> None:
        """Keep a notice that waits; one that is known already changes nothing."""
        self._put_if_new(_encode(notice), notice.at)

    def change_notice(self, notice: Notice) -> bool:
        """Store what a notice has become, if nobody else has changed it."""
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_encode(notice),
                    ConditionExpression="v = :seen",
                    ExpressionAttributeValues={":seen": {"N": str(notice.version - 1)}},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def find_notices(self, wanted: Sequence[str]) -> dict[str, Notice]:
        """Notices by their keys, in one call."""
        items = get_all(self._client, self._table, [keys.notice_key(key) for key in dict.fromkeys(wanted)])
        found = (_decode(item) for item in items)
        return {notice.key: notice for notice in found}

    def notices_of(self, appeal_id: str) -> list[Notice]:
        """Every notice about an appeal, oldest first."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"A#{appeal_id}"}},
            )
        return sorted((_decode(item) for item in answer["Items"]), key=lambda notice: notice.created_at)

    def waiting(self, shard: int, now: datetime) -> Iterator[tuple[datetime, str]]:
        """When and which: those of a shard whose time has come, read by the page as they are asked for."""
        last = f"{int(now.timestamp()):010d}$"  # "$" comes behind the "#" of every key
        for sort in self._sorts(keys.waiting_partition(shard), last):
            seconds, _, key = sort.partition("#")
            yield datetime.fromtimestamp(int(seconds), UTC), key

    def parked(self, shard: int) -> Iterator[str]:
        """The keys of a shard's notices that wait for a person, oldest first."""
        for sort in self._sorts(keys.parked_partition(shard), "~"):
            yield sort.partition("#")[2]

    def _sorts(self, partition: str, last: str) -> Iterator[str]:
        start: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    IndexName="by_due",
                    KeyConditionExpression="dp = :dp AND ds < :last",
                    ExpressionAttributeValues={":dp": {"S": partition}, ":last": {"S": last}},
                    Limit=_PAGE,
                    **start,
                )
            yield from (item["ds"]["S"] for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def _put_if_new(self, item: Item, now: datetime) -> Item | None:
        """Put it unless there is one, or the one there was left behind by a dead worker; what stands there."""
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(pk) OR (st = :sending AND na < :now)",
                    ExpressionAttributeValues={
                        ":sending": {"S": NoticeState.SENDING.value},
                        ":now": _seconds(now),
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return item_found(error) or {}
        return None


class DynamoDBOptOuts:
    """Implements ``ports.OptOuts``; remembered until the citizen says otherwise."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def opt_out(self, index: str, now: datetime) -> None:
        """Remember it."""
        self._put(index, {"out": {"BOOL": True}, "t": _seconds(now)})

    def opt_in(self, index: str) -> None:
        """Forget it."""
        self._put(index, {"out": {"BOOL": False}})

    def has_opted_out(self, index: str) -> bool:
        """Whether this contact wants no text messages."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.opt_out_key(index)), ConsistentRead=True
            )
        return bool(answer.get("Item", {}).get("out", {}).get("BOOL"))

    def _put(self, index: str, facts: Item) -> None:
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=keys.typed(keys.opt_out_key(index)) | facts)


class DynamoDBProofs:
    """Implements ``ports.Proofs``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def was_used(self, proof: str) -> bool:
        """Whether it was used before."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.receipt_key(proof)), ConsistentRead=True
            )
        return "Item" in answer

    def mark_used(self, proof: str, until: datetime) -> None:
        """Remember it; DynamoDB forgets it some time after ``until``."""
        with translate_errors("dynamodb"):
            self._client.put_item(
                TableName=self._table, Item=keys.typed(keys.receipt_key(proof)) | {"ttl": _seconds(until)}
            )


def _encode(notice: Notice) -> Item:
    item: Item = keys.typed(keys.notice_key(notice.key))
    item |= {short: {"S": str(value)} for name, short in _WORDS.items() if (value := getattr(notice, name))}
    item |= {short: {"N": str(getattr(notice, name))} for name, short in _NUMBERS.items()}
    item |= {short: _seconds(at) for name, short in _TIMES.items() if (at := getattr(notice, name))}
    item |= {"sh": {"BOOL": True}} if notice.shifted else {}
    item |= {"ttl": _seconds(notice.created_at + KEEP_FOR)}
    shard = shard_of(notice.appeal_id)
    if notice.next_at is not None:
        item["dp"] = {"S": keys.waiting_partition(shard)}
        item["ds"] = {"S": keys.waiting_sort(notice.next_at, notice.key)}
    elif notice.state is NoticeState.PARKED:
        item["dp"] = {"S": keys.parked_partition(shard)}
        item["ds"] = {"S": keys.waiting_sort(notice.at, notice.key)}
    return item


def _decode(item: Item) -> Notice:
    appeal_id = item["pk"]["S"].removeprefix("A#")
    code, _, number = item["sk"]["S"].partition("/")
    facts: dict[str, Any] = {name: item[short]["S"] for name, short in _WORDS.items() if short in item}
    facts |= {name: int(item[short]["N"]) for name, short in _NUMBERS.items()}
    facts |= {
        name: datetime.fromtimestamp(int(item[short]["N"]), UTC)
        for name, short in _TIMES.items()
        if short in item
    }
    facts["state"] = NoticeState(facts["state"])
    return Notice(key=f"{code}/{appeal_id}/{number}", appeal_id=appeal_id, shifted="sh" in item, **facts)


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
