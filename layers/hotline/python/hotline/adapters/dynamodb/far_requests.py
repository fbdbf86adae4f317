"""Requests at agencies' Open311 endpoints (effects table); as good as done, they leave the index."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import Item, condition_failed, item_found
from hotline.adapters.dynamodb.effects import KEEP_FOR
from hotline.domain.far_ends import FarEndHealth, FarRequest, NotYet

INDEX = "by_far_end"
_KEPT_APART = {"version"}


class DynamoDBFarRequests:
    """Implements ``ports.FarRequests``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def of_order(self, work_order_id: str) -> list[FarRequest]:
        """All requests for an order, the oldest first."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.far_request_key(work_order_id, ":0")["pk"]}},
                ConsistentRead=True,
            )
        return [_request(item) for item in answer["Items"]]

    def put(self, request: FarRequest) -> FarRequest:
        """Keep it if its version is unchanged."""
        changed = request.model_copy(update={"version": request.version + 1})
        item = _item(changed) | {"w": {"S": secrets.token_hex(8)}}
        seen: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if request.version:
            seen = {
                "ConditionExpression": "v = :seen",
                "ExpressionAttributeValues": {":seen": {"N": str(request.version)}},
            }
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **seen,
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            stored = item_found(error)
            # Our own write, whose answer was lost, has our mark; another worker's may say the very same.
            if stored is None or stored.get("w") != item["w"]:
                raise NotYet from error
        return changed

    def watched(self, agency_id: str) -> list[FarRequest]:
        """The requests at a far end that are not done with, the oldest first."""
        asked: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "fp = :fp",
            "ExpressionAttributeValues": {":fp": {"S": keys.far_end_partition(agency_id)}},
        }
        found: list[FarRequest] = []
        while True:
            with translate_errors("dynamodb"):
                page = self._client.query(**asked)
            found += map(_request, page["Items"])
            if "LastEvaluatedKey" not in page:
                return found
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def take_turn(self, agency_id: str, now: datetime, every: timedelta) -> bool:
        """Note that a far end is asked now, unless it was asked less than ``every`` ago."""
        try:
            with translate_errors("dynamodb"):
                self._client.update_item(
                    TableName=self._table,
                    Key=keys.typed(keys.far_end_key(agency_id)),
                    UpdateExpression="SET asked = :now ADD failures :one",
                    ConditionExpression="attribute_not_exists(asked) OR asked <= :due",
                    ExpressionAttributeValues={
                        ":now": _seconds(now),
                        ":due": _seconds(now - every),
                        ":one": {"N": "1"},
                    },
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def answered(self, agency_id: str, now: datetime) -> None:
        """Note that it has answered."""
        with translate_errors("dynamodb"):
            self._client.update_item(
                TableName=self._table,
                Key=keys.typed(keys.far_end_key(agency_id)),
                UpdateExpression="SET answered = :now, failures = :none",
                ExpressionAttributeValues={":now": _seconds(now), ":none": {"N": "0"}},
            )

    def health(self, agency_id: str) -> FarEndHealth:
        """When it was last asked, and when it last answered."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=keys.typed(keys.far_end_key(agency_id)), ConsistentRead=True
            )
        item = answer.get("Item", {})
        return FarEndHealth(
            agency_id=agency_id,
            asked_at=_moment(item.get("asked")),
            answered_at=_moment(item.get("answered")),
            failures=int(item.get("failures", {"N": "0"})["N"]),
        )


def _item(request: FarRequest) -> Item:
    item = keys.typed(keys.far_request_key(request.work_order_id, request.message_id)) | {
        "v": {"N": str(request.version)},
        "z": {"S": request.model_dump_json(exclude=_KEPT_APART, exclude_defaults=True)},
        "ttl": _seconds(request.begun_at + KEEP_FOR),
    }
    if request.watched:
        began = f"{int(request.begun_at.timestamp()):010d}"
        item |= {
            "fp": {"S": keys.far_end_partition(request.agency_id)},
            "fs": {"S": f"{began}#{request.message_id}"},
        }
    return item


def _request(item: Item) -> FarRequest:
    request = FarRequest.model_validate_json(item["z"]["S"])
    return request.model_copy(update={"version": int(item["v"]["N"])})


def _moment(value: dict[str, Any] | None) -> datetime | None:
    return datetime.fromtimestamp(int(value["N"]), UTC) if value else None


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
