"""Codes by text message, and how often what was done (effects table).

Example of a code that a contact waits for, and of a count::

    pk V#q7Yb0dZ2m4K1x9Vn3LrTcA   sk #        id Ab3d…   n 2   sent true   until 1767225600   ttl …
    pk R#m4K1x9Vn3LrTcAq7Yb0dZ2   sk 490000   n 17   ttl …

The first key is the keyed index entry of a contact, the second that of a number or an address under the
name of its bound. The code is nowhere: whoever has the stack's key derives it from ``id``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.phone_codes import DAY, Allowance, Challenge

Item = dict[str, dict[str, Any]]


class DynamoDBAllowances:
    """Implements ``ports.Allowances``: windows of fixed length from the epoch on, one conditional write a use.

    Around the end of a window there may be twice as many uses within its length.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, allowance: Allowance, now: datetime) -> bool:
        """Count one use, unless none is left."""
        seconds = int(allowance.window.total_seconds())
        window = int(now.timestamp()) // seconds
        return (
            _update(
                self._client,
                self._table,
                keys.allowance_key(allowance.name, window),
                "SET #ttl = :ttl ADD #n :one",
                "attribute_not_exists(#n) OR #n < :most",
                {":one": 1, ":most": allowance.most, ":ttl": (window + 2) * seconds},
                {"#n": "n", "#ttl": "ttl"},
            )
            is not None
        )


class DynamoDBPhoneCodes:
    """Implements ``ports.PhoneCodes``: one small item a contact, one conditional write a step."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, citizen_index: str, challenge_id: str, until: datetime) -> None:
        """Put the new code in the place of an earlier one."""
        end = int(until.timestamp())
        item: Item = {
            **keys.typed(keys.phone_code_key(citizen_index)),
            "id": {"S": challenge_id},
            "n": {"N": "0"},
            "until": {"N": str(end)},
            "ttl": {"N": str(end + int(DAY.total_seconds()))},
        }
        with translate_errors("dynamodb"):
            self._client.put_item(TableName=self._table, Item=item)

    def mark_sent(self, citizen_index: str, challenge_id: str) -> bool:
        """The code goes out now, and only now."""
        condition = "#id = :id AND attribute_not_exists(#sent)"
        return self._mark(citizen_index, challenge_id, "sent", condition)

    def try_once(self, citizen_index: str, most: int, now: datetime) -> Challenge | None:
        """Count a try, if one is left."""
        item = _update(
            self._client,
            self._table,
            keys.phone_code_key(citizen_index),
            "ADD #n :one",
            "#n < :most AND #until > :now AND attribute_not_exists(#spent)",
            {":one": 1, ":most": most, ":now": int(now.timestamp())},
            {"#n": "n", "#until": "until", "#spent": "spent"},
        )
        return Challenge(item["id"]["S"], "sent" in item) if item else None

    def spend(self, citizen_index: str, challenge_id: str) -> bool:
        """Use the code up."""
        condition = "#id = :id AND attribute_not_exists(#spent)"
        return self._mark(citizen_index, challenge_id, "spent", condition)

    def _mark(self, citizen_index: str, challenge_id: str, name: str, condition: str) -> bool:
        marked = _update(
            self._client,
            self._table,
            keys.phone_code_key(citizen_index),
            f"SET #{name} = :true",
            condition,
            {":id": challenge_id, ":true": True},
            {"#id": "id", f"#{name}": name},
        )
        return marked is not None


def _update(
    client: Any,
    table: str,
    key: keys.Key,
    change: str,
    condition: str,
    values: dict[str, int | str | bool],
    names: dict[str, str],
) -> Item | None:
    """Change an item and give it as it is then; None when the condition does not hold."""
    try:
        with translate_errors("dynamodb"):
            answer = client.update_item(
                TableName=table,
                Key=keys.typed(key),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: _typed(value) for name, value in values.items()},
                ReturnValues="ALL_NEW",
            )
    except ClientError as error:
        if not condition_failed(error):
            raise
        return None
    item: Item = answer["Attributes"]
    return item


def _typed(value: int | str | bool) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}
