"""What everybody may read about requests (public requests table): codes, masked words, places.

| item | pk | sk | holds |
|---|---|---|---|
| request | ``R#<month>#<shard>`` | ``<requested>#<appeal>`` | service, words, place; ``sp`` for the index by service |
| update | ``U#<month>#<shard>`` | ``<when>#<update>`` | event, status, what an app has added |

A month is 30 days counted from the epoch on; four shards share a month's writes, and a list merges them by
time. The index ``by_service`` (``sp`` ``S#<service>#<month>``, ``sk``) holds keys only, so that it is written once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all, put_all
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.open311.requests import PublicRequest, PublicUpdate
from hotline.domain.timers import SHARDS, shard_of

Item = dict[str, dict[str, Any]]

_PAGE = 250
_READ_AT_ONCE = 100
_TEXTS = {
    "service_code": "sv",
    "subdistrict": "sd",
    "text": "x",
    "address": "a",
    "media_url": "m",
    "owner": "o",
}
_NUMBERS = {"lat": "la", "long": "lo"}


class DynamoDBPublicRequests:
    """Implements ``ports.PublicRequests``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep_request(self, request: PublicRequest, version: int) -> None:
        """Put it, unless what is there was made from a later version of the case."""
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_encode(request) | {"v": {"N": str(version)}},
                    ConditionExpression="attribute_not_exists(pk) OR v <= :version",
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def keep_updates(self, updates: Sequence[PublicUpdate]) -> None:
        """Put them; the same again changes nothing."""
        put_all(self._client, self._table, [_encode_update(each) for each in updates])

    def find(self, wanted: Sequence[tuple[str, datetime]]) -> dict[str, PublicRequest]:
        """Requests by appeal and time of registration, in one call."""
        items = get_all(self._client, self._table, [keys.public_request_key(*each) for each in wanted])
        found = (_decode(item) for item in items)
        return {request.appeal_id: request for request in found}

    def newest(
        self, start: datetime, end: datetime, service_codes: Sequence[str] = ()
    ) -> Iterator[PublicRequest]:
        """Those that were registered in a time, the newest first, read by the page as they are asked for."""
        for month in _months(start, end, newest_first=True):
            if service_codes:
                partitions = [keys.public_service_partition(code, month) for code in service_codes]
                yield from self._by_service(partitions, start, end)
            else:
                partitions = [keys.public_partition("R", month, shard) for shard in range(SHARDS)]
                items = self._merged("pk", partitions, start, end, newest_first=True)
                yield from (_decode(item) for item in items)

    def updates(self, start: datetime, end: datetime, *, newest_first: bool) -> Iterator[PublicUpdate]:
        """What was told in a time, in its order or the other way round."""
        for month in _months(start, end, newest_first=newest_first):
            partitions = [keys.public_partition("U", month, shard) for shard in range(SHARDS)]
            for item in self._merged("pk", partitions, start, end, newest_first=newest_first):
                yield _decode_update(item)

    def _by_service(
        self, partitions: Sequence[str], start: datetime, end: datetime
    ) -> Iterator[PublicRequest]:
        places: list[keys.Key] = []
        for item in self._merged("sp", partitions, start, end, newest_first=True):
            places.append({"pk": item["pk"]["S"], "sk": item["sk"]["S"]})
            if len(places) == _READ_AT_ONCE:
                yield from self._in_order(places)
                places = []
        yield from self._in_order(places)

    def _in_order(self, places: Sequence[keys.Key]) -> Iterator[PublicRequest]:
        items = get_all(self._client, self._table, places) if places else []
        yield from (_decode(item) for item in sorted(items, key=lambda item: item["sk"]["S"], reverse=True))

    def _merged(
        self, name: str, partitions: Sequence[str], start: datetime, end: datetime, *, newest_first: bool
    ) -> Iterator[Item]:
        """The items of several partitions in one order of time."""
        walks = [self._walk(name, each, start, end, newest_first) for each in partitions]
        return heapq.merge(*walks, key=lambda item: item["sk"]["S"], reverse=newest_first)

    def _walk(
        self, name: str, partition: str, start: datetime, end: datetime, newest_first: bool
    ) -> Iterator[Item]:
        names: dict[str, Any] = {"IndexName": "by_service"} if name == "sp" else {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression=f"{name} = :partition AND sk BETWEEN :first AND :last",
                    ExpressionAttributeValues={
                        ":partition": {"S": partition},
                        ":first": {"S": f"{_seconds(start):010d}#"},
                        ":last": {"S": f"{_seconds(end):010d}$"},  # "$" comes behind the "#" of every key
                    },
                    ScanIndexForward=not newest_first,
                    Limit=_PAGE,
                    **names,
                )
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _months(start: datetime, end: datetime, *, newest_first: bool) -> range:
    first, last = keys.public_month(_aware(start)), keys.public_month(_aware(end))
    return range(last, first - 1, -1) if newest_first else range(first, last + 1)


def _aware(at: datetime) -> datetime:
    """Not before the epoch: nothing of ours is older."""
    return max(at, datetime(2000, 1, 1, tzinfo=UTC))


def _seconds(at: datetime) -> int:
    return int(_aware(at).timestamp())


def _encode(request: PublicRequest) -> Item:
    item: Item = keys.typed(keys.public_request_key(request.appeal_id, request.registered_at))
    month = keys.public_month(request.registered_at)
    item["sp"] = {"S": keys.public_service_partition(request.service_code, month)}
    for name, short in _TEXTS.items():
        if (value := getattr(request, name)) is not None:
            item[short] = {"S": value}
    for name, short in _NUMBERS.items():
        if (value := getattr(request, name)) is not None:
            item[short] = {"N": f"{value:.7f}"}
    return item


def _decode(item: Item) -> PublicRequest:
    seconds, _, appeal_id = item["sk"]["S"].partition("#")
    facts: dict[str, Any] = {
        name: item[short]["S"] if short in item else None for name, short in _TEXTS.items()
    }
    facts |= {name: float(item[short]["N"]) if short in item else None for name, short in _NUMBERS.items()}
    registered_at = datetime.fromtimestamp(int(seconds), UTC)
    return PublicRequest.model_construct(appeal_id=appeal_id, registered_at=registered_at, **facts)


def _encode_update(update: PublicUpdate) -> Item:
    month = keys.public_month(update.at)
    item: Item = {
        "pk": {"S": keys.public_partition("U", month, shard_of(update.appeal_id))},
        "sk": {"S": f"{int(update.at.timestamp()):010d}#{update.update_id}"},
        "e": {"S": update.event},
        "st": {"S": update.status},
    }
    return item | ({"x": {"S": update.text}} if update.text else {})


def _decode_update(item: Item) -> PublicUpdate:
    seconds, _, update_id = item["sk"]["S"].partition("#")
    appeal_id, _, number = update_id.partition("-")
    return PublicUpdate.model_validate(
        {
            "appeal_id": appeal_id,
            "number": int(number),
            "at": datetime.fromtimestamp(int(seconds), UTC),
            "event": item["e"]["S"],
            "status": item["st"]["S"],
            "text": item["x"]["S"] if "x" in item else None,
        }
    )
