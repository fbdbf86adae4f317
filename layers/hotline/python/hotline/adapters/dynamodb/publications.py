"""Published months (scorecards table): each revision one compressed item, written once."""

from __future__ import annotations

import gzip
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.conditions import condition_failed
from hotline.domain.publication import Publication

Item = dict[str, dict[str, Any]]


class DynamoDBPublications:
    """Implements ``ports.Publications``."""

    def __init__(self, client: Any, scorecards_table: str) -> None:
        self._client = client
        self._table = scorecards_table

    def publish(self, publication: Publication) -> bool:
        """Write a revision that nobody has written yet."""
        item = keys.typed(keys.publication_key(publication.month, publication.revision)) | {
            "z": {"B": packed(publication)},
            "digest": {"S": publication.digest},
        }
        try:
            with translate_errors("dynamodb"):
                self._client.put_item(
                    TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )
        except ClientError as error:
            if not condition_failed(error):
                raise
            # Either somebody was faster, or the answer to our own write was lost.
            stored = self.revision_of(publication.month, publication.revision)
            return stored is not None and stored.digest == publication.digest
        return True

    def published(self, month: str) -> Publication | None:
        """The latest revision of a month; None when it is not published."""
        found = self._query(month, Limit=1, ScanIndexForward=False)
        return found[0] if found else None

    def revisions_of(self, month: str) -> list[Publication]:
        """Every revision of a month, oldest first."""
        return self._query(month)

    def revision_of(self, month: str, revision: int) -> Publication | None:
        """One revision of a month."""
        with translate_errors("dynamodb"):
            answer = self._client.get_item(
                TableName=self._table,
                Key=keys.typed(keys.publication_key(month, revision)),
                ConsistentRead=True,
            )
        return unpacked(answer["Item"]["z"]["B"]) if "Item" in answer else None

    def _query(self, month: str, **names: Any) -> list[Publication]:
        found: list[Publication] = []
        while True:
            with translate_errors("dynamodb"):
                answer = self._client.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": keys.publication_key(month, 1)["pk"]}},
                    ConsistentRead=True,
                    **names,
                )
            found += [unpacked(item["z"]["B"]) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer or "Limit" in names:
                return found
            names["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def packed(publication: Publication) -> bytes:
    """A publication as it is stored; the same one is always the same bytes."""
    return gzip.compress(publication.model_dump_json().encode(), mtime=0)


def unpacked(content: bytes) -> Publication:
    """A publication as it was stored."""
    return Publication.model_validate_json(gzip.decompress(content))
