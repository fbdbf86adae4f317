"""What has been done to the outside world, so that it is not done twice (effects table)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all, put_all
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.timers import bucket_of
from hotline.ports import Delivery

Item = dict[str, dict[str, Any]]

KEEP_FOR = timedelta(days=400)
"""How long effects are remembered; far beyond any redelivery, then DynamoDB deletes them."""

FIRST_LOOK_BACK = timedelta(days=1)


class DynamoDBDeliveries:
    """Implements ``ports.Deliveries``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def done(self, keys_of: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Of the (event id, agency id) pairs, those delivered before."""
        events = dict.fromkeys(event_id for event_id, _ in keys_of)
        wanted = [keys.delivery_key(event_id) for event_id in events]
        stored = (each for item in get_all(self._client, self._table, wanted) for each in _deliveries(item))
        delivered = {(each.event_id, each.agency_id) for each in stored if each.state == "delivered"}
        return delivered.intersection(keys_of)

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """Note what became of all messages about some events: one item an event; the last word counts."""
        of_event: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            of_event.setdefault(delivery.event_id, []).append(delivery)
        put_all(self._client, self._table, [_delivery_item(together) for together in of_event.values()])

    def of_case(self, appeal_id: str) -> list[Delivery]:
        """All deliveries of a case, in the order of its events."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.delivery_key(f"{appeal_id}:0")["pk"]}},
            )
        return [delivery for item in answer["Items"] for delivery in _deliveries(item)]


class DynamoDBWatermark:
    """Implements ``ports.Watermark``: one small item, moved forward at most once a bucket."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, now: datetime) -> int:
        """The oldest bucket that may hold a due timer.

        A new stack begins a day back: its first sweep may itself come late.
        """
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.WATERMARK_KEY), ConsistentRead=True
            )
        if "Item" in answer:
            return int(answer["Item"]["bucket"]["N"])
        first = bucket_of(now - FIRST_LOOK_BACK)
        self.advance(first)
        return first

    def advance(self, bucket: int) -> None:
        """Move forward; a slower sweep cannot move it back."""
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=keys.typed(keys.WATERMARK_KEY) | {"bucket": {"N": str(bucket)}},
                    ConditionExpression="attribute_not_exists(pk) OR #bucket < :bucket",
                    ExpressionAttributeNames={"#bucket": "bucket"},
                    ExpressionAttributeValues={":bucket": {"N": str(bucket)}},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise


def _delivery_item(together: Sequence[Delivery]) -> Item:
    """Example of ``to``: ``{"110105015": "delivered", "110105": "failed"}``"""
    at = max(delivery.at for delivery in together)
    return (
        keys.typed(keys.delivery_key(together[0].event_id))
        | {"to": {"M": {each.agency_id: {"S": each.state} for each in together}}, "at": _seconds(at)}
        | _ttl(at)
    )


def _deliveries(item: Item) -> Iterator[Delivery]:
    event_id = f"{item['pk']['S'][2:]}:{int(item['sk']['S'])}"
    at = datetime.fromtimestamp(int(item["at"]["N"]), UTC)
    for agency_id, stored in item["to"]["M"].items():
        state: Literal["delivered", "failed"] = "delivered" if stored["S"] == "delivered" else "failed"
        yield Delivery(event_id, agency_id, state, at)


def _ttl(now: datetime) -> Item:
    return {"ttl": _seconds(now + KEEP_FOR)}


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
