"""Who of the hotline looked a caller up: beside the words, in the table without a stream."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.ports import Look


class DynamoDBLooks:
    """Implements ``ports.Looks``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep_look(self, citizen_index: str, look: Look) -> None:
        """Put a look; nothing ever changes one."""
        key = keys.typed(keys.look_key(citizen_index, look.at, look.look_id))
        with translate_errors("dynamodb"):
            self._client.put_item(
                TableName=self._table,
                Item=key | {"by": {"S": look.by}, "n": {"N": str(look.shown)}},
                ConditionExpression="attribute_not_exists(pk)",
            )

    def looks(self, citizen_index: str, limit: int) -> list[Look]:
        """The looks at one caller, the latest first."""
        with translate_errors("dynamodb"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": keys.looks_partition(citizen_index)}},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
            )
        return [_look(item) for item in answer["Items"]]


def _look(item: dict[str, Any]) -> Look:
    seconds, _, look_id = item["sk"]["S"].partition("#")
    return Look(
        look_id=look_id,
        at=datetime.fromtimestamp(int(seconds), UTC),
        by=item["by"]["S"],
        shown=int(item["n"]["N"]),
    )
