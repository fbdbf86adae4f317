"""Proposals for the duty catalogue (directory table): one item for each, with the events that make it.

Example of an item::

    pk P#202611   sk city/roads#road.lighting#110105015#urban-management   ev {"000G40R40M30E209B:5", …}

The events are a set, so one that comes twice counts once. An item holds some fifteen thousand of them
(400 KB): no rule is redirected that often in one place before somebody mends it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.domain.duty_proposals import Proposal


class DynamoDBDutyProposals:
    """Implements ``ports.DutyProposals``."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def support(self, month: str, proposal: Proposal, event_ids: Collection[str]) -> None:
        """Add the events to the set of those that make the proposal."""
        key = keys.proposal_key(month, proposal.against, proposal.service, proposal.place, proposal.agency_id)
        with translate_errors("dynamodb"):
            self._client.update_item(
                TableName=self._table,
                Key=keys.typed(key),
                UpdateExpression="ADD ev :events",
                ExpressionAttributeValues={":events": {"SS": sorted(event_ids)}},
            )

    def of_month(self, month: str) -> dict[Proposal, int]:
        """The proposals of a month, each with how many events make it."""
        found: dict[Proposal, int] = {}
        names: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :month",
                    ExpressionAttributeValues={
                        ":month": {"S": keys.proposal_key(month, "", "", "", "")["pk"]}
                    },
                    **names,
                )
            for item in answer["Items"]:
                against, service, place, agency_id = item["sk"]["S"].split("#")
                proposal = Proposal(against=against, service=service, place=place, agency_id=agency_id)
                found[proposal] = len(item["ev"]["SS"])
            if "LastEvaluatedKey" not in answer:
                return found
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
