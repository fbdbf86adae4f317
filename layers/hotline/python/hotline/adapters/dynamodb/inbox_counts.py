"""How much lies in the inboxes, from the index ``by_agency`` of the cases table.

Its sort key begins with the due time, so what is due is a range: nothing is read of what is due later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.domain.lifecycle import Status
from hotline.ports import DueOrders, LaterOrders

_LEAST_UNITS = 0.5


class DynamoDBInboxCounts:
    """Implements ``ports.InboxCounts``."""

    def __init__(self, client: Any, cases_table: str) -> None:
        self._client = client
        self._table = cases_table

    def due_by(self, inbox: str, until: datetime) -> DueOrders:
        """The limits of what is due, a page of a megabyte at a time."""
        limits: list[datetime] = []
        held, units = 0, 0.0
        for page in self._pages(inbox, "<", until, ProjectionExpression="#is, #s"):
            units += _units(page)
            for item in page["Items"]:
                if item["s"]["S"] == Status.ON_HOLD:
                    held += 1
                else:
                    limits.append(datetime.fromtimestamp(int(item["is"]["S"].partition("#")[0]), UTC))
        return DueOrders(limits, held, units)

    def due_after(self, inbox: str, since: datetime) -> LaterOrders:
        """Count without fetching; the orders on hold are those that the filter leaves out."""
        orders = seen = 0
        units = 0.0
        filtered = {"Select": "COUNT", "FilterExpression": "#s <> :held"}
        for page in self._pages(inbox, ">=", since, **filtered):
            units += _units(page)
            orders += page["Count"]
            seen += page["ScannedCount"]
        return LaterOrders(orders, seen - orders, units)

    def _pages(self, inbox: str, compared: str, moment: datetime, **asked: Any) -> Iterator[dict[str, Any]]:
        values = {
            ":inbox": {"S": keys.inbox_partition(inbox)},
            ":moment": {"S": keys.inbox_sort(moment, "")},
        }
        if "FilterExpression" in asked:
            values[":held"] = {"S": Status.ON_HOLD.value}
        while True:
            with translate_errors("dynamodb"):
                page: dict[str, Any] = self._client.query(
                    TableName=self._table,
                    IndexName="by_agency",
                    KeyConditionExpression=f"ip = :inbox AND #is {compared} :moment",
                    ExpressionAttributeNames={"#is": "is", "#s": "s"},
                    ExpressionAttributeValues=values,
                    ReturnConsumedCapacity="TOTAL",
                    **asked,
                )
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _units(page: dict[str, Any]) -> float:
    return float(page.get("ConsumedCapacity", {}).get("CapacityUnits", _LEAST_UNITS))
