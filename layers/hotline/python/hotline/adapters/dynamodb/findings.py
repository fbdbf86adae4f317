"""What makes agencies' "done" doubtful: the findings (scorecards table), and what they count by (effects table).

Example of a finding::

    pk Q#202611#110105015   sk 000G40R40M30E209B#00007   v 9   f {"score": 60, "signals": [["no_contact", …]]}

Example of texts on one shelf::

    pk X#R/110105015/202611/0/8a31f0   sk #   es {"000G40R40M30E209B#8a31f00c…#", …}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.codec import compact
from hotline.adapters.dynamodb.conditions import condition_failed, item_found
from hotline.adapters.dynamodb.effects import KEEP_FOR
from hotline.domain.signal_rules import KEPT
from hotline.domain.signals import Finding, Signal
from hotline.domain.text_copies import Shelves

Item = dict[str, dict[str, Any]]

_FIELDS = tuple(Signal.model_fields)


class DynamoDBTextCopies:
    """Implements ``ports.TextCopies``: one small set a key, so that no item grows and none is hot for long."""

    def __init__(self, client: Any, effects_table: str) -> None:
        self._client = client
        self._table = effects_table

    def enter(self, shelves: Shelves, entry: str, now: datetime) -> set[str]:
        """Put an entry on its own shelf; a full one stays as it is, and is read all the same."""
        return {entry, *self._put(shelves.own, entry, now), *self._on(shelves.others)}

    def look(self, shelves: Shelves) -> set[str]:
        """Read the shelves, in one call."""
        return self._on(shelves.all)

    def _on(self, names: Sequence[str]) -> set[str]:
        found = get_all(self._client, self._table, [keys.copies_key(name) for name in names])
        return {entry for item in found for entry in item["es"]["SS"]}

    def _put(self, key: str, entry: str, now: datetime) -> list[str]:
        try:
            with translate_errors("dynamodb"):
                item: Item = self._client.update_item(
                    TableName=self._table,
                    Key=keys.typed(keys.copies_key(key)),
                    UpdateExpression="SET #ttl = :ttl ADD es :entry",
                    ConditionExpression="attribute_not_exists(es) OR size(es) < :kept OR contains(es, :one)",
                    ExpressionAttributeNames={"#ttl": "ttl"},
                    ExpressionAttributeValues={
                        ":entry": {"SS": [entry]},
                        ":one": {"S": entry},
                        ":kept": {"N": str(KEPT)},
                        ":ttl": {"N": str(int((now + KEEP_FOR).timestamp()))},
                    },
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )["Attributes"]
        except ClientError as error:
            if not condition_failed(error):
                raise
            item = item_found(error) or {}
        return list(item.get("es", {"SS": []})["SS"])


class DynamoDBFindings:
    """Implements ``ports.Findings``."""

    def __init__(self, client: Any, scorecards_table: str) -> None:
        self._client = client
        self._table = scorecards_table

    def keep_finding(self, month: str, finding: Finding, version: int) -> None:
        """Put it, unless what is there was made from a later version of the case."""
        key = keys.finding_key(month, finding.agency_id, finding.appeal_id, finding.number)
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=keys.typed(key) | {"f": {"S": _packed(finding)}, "v": {"N": str(version)}},
                    ConditionExpression="attribute_not_exists(pk) OR v <= :version",
                    ExpressionAttributeValues={":version": {"N": str(version)}},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise

    def findings_of_month(self, month: str, agency_id: str) -> list[Finding]:
        """Those of an agency's month: one partition."""
        found: list[Finding] = []
        names: dict[str, Any] = {}
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": keys.finding_key(month, agency_id, "", 0)["pk"]}},
                    **names,
                )
            found += [_finding(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def findings_about(self, done: Sequence[tuple[str, str, str, int]]) -> list[Finding]:
        """Those about several "done"; most have none."""
        wanted = [keys.finding_key(*each) for each in done]
        return [_finding(item) for item in get_all(self._client, self._table, wanted)]


def _packed(finding: Finding) -> str:
    """Below a kilobyte: the signals without the names of their fields."""
    plain = finding.model_dump(mode="json", exclude_none=True)
    return compact(
        plain | {"signals": [[getattr(each, name) for name in _FIELDS] for each in finding.signals]}
    )


def _finding(item: Item) -> Finding:
    plain = json.loads(item["f"]["S"])
    signals = [dict(zip(_FIELDS, each, strict=True)) for each in plain["signals"]]
    return Finding.model_validate_json(json.dumps(plain | {"signals": signals}))
