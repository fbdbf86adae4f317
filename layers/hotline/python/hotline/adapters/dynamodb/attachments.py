"""What is known about pictures: items beside the words they belong to (texts table).

Example of an item::

    pk A#000G40R40M30E209B   sk F#c01   d {"attachment_id": "c01-…", "status": "offered", …}
    id c01-…   s offered   x 1763904200 (epoch seconds: the place lapses)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.attachments import Attachment

Item = dict[str, dict[str, Any]]


class DynamoDBAttachments:
    """Implements ``ports.Attachments``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def of_appeal(self, appeal_id: str) -> list[Attachment]:
        """All of them, by place; at most eighteen, so one page."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :place)",
                ExpressionAttributeValues={
                    ":pk": {"S": keys.attachment_key(appeal_id, "")["pk"]},
                    ":place": {"S": keys.attachment_key(appeal_id, "")["sk"]},
                },
                ConsistentRead=True,
            )
        return [_decode(item) for item in answer["Items"]]

    def get(self, appeal_id: str, attachment_id: str) -> Attachment | None:
        """One of them; None when its place has gone to another."""
        place = attachment_id.partition("-")[0]
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(appeal_id, place), ConsistentRead=True
            )
        if "Item" not in answer or answer["Item"]["id"]["S"] != attachment_id:
            return None
        return _decode(answer["Item"])

    def claim(self, attachment: Attachment) -> bool:
        """Take its place; False when somebody else was faster.

        Finding itself there means that an earlier try was stored and its answer lost (FAULTS F1).
        """
        return self._put(
            attachment,
            "attribute_not_exists(pk) OR id = :id OR s = :refused OR (s = :offered AND x <= :now)",
            {":refused": {"S": "refused"}, ":now": _seconds(attachment.offered_at)},
        )

    def settle(self, attachment: Attachment) -> None:
        """Store what became of an offered one; a settled one stays as it is."""
        self._put(attachment, "id = :id AND s = :offered", {})

    def _put(self, attachment: Attachment, condition: str, values: Item) -> bool:
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=_encode(attachment),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values
                    | {":id": {"S": attachment.attachment_id}, ":offered": {"S": "offered"}},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True


def _encode(attachment: Attachment) -> Item:
    return {
        **_key(attachment.appeal_id, attachment.place),
        "id": {"S": attachment.attachment_id},
        "s": {"S": attachment.status.value},
        "x": _seconds(attachment.lapses_at),
        "d": {"S": attachment.model_dump_json(exclude_none=True)},
    }


def _decode(item: Item) -> Attachment:
    return Attachment.model_validate_json(item["d"]["S"])


def _key(appeal_id: str, place: str) -> Item:
    return {name: {"S": value} for name, value in keys.attachment_key(appeal_id, place).items()}


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
