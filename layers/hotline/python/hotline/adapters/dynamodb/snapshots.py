"""The dashboard's figures (scorecards table): one compressed item, replaced by each later count."""

from __future__ import annotations

import gzip
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.stock import Snapshot


class DynamoDBSnapshots:
    """Implements ``ports.Snapshots``."""

    def __init__(self, client: Any, scorecards_table: str) -> None:
        self._client = client
        self._table = scorecards_table

    def latest(self) -> Snapshot | None:
        """One read; a page may be shown what was true a moment ago."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(TableName=self._table, Key=keys.typed(keys.SNAPSHOT_KEY))
        if "Item" not in answer:
            return None
        return Snapshot.model_validate_json(gzip.decompress(answer["Item"]["z"]["B"]))

    def keep(self, snapshot: Snapshot) -> None:
        """Written if what is there is older; whoever was overtaken has nothing to add."""
        taken_at = {"N": str(int(snapshot.taken_at.timestamp()))}
        content = gzip.compress(snapshot.model_dump_json(exclude_defaults=True).encode(), mtime=0)
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table,
                    Item=keys.typed(keys.SNAPSHOT_KEY) | {"at": taken_at, "z": {"B": content}},
                    ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                    ExpressionAttributeNames={"#at": "at"},
                    ExpressionAttributeValues={":at": taken_at},
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
