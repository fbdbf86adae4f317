"""Copies of published months in the archive, where nobody can delete or replace them for years.

Example of a key: ``scorecards/202605/0001.json.gz``
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.adapters.dynamodb.publications import packed
from hotline.domain.publication import Publication


class S3PublicationCopies:
    """Implements ``ports.PublicationCopies``."""

    def __init__(self, client: Any, archive_bucket: str) -> None:
        self._client = client
        self._bucket = archive_bucket

    def keep_copy(self, publication: Publication) -> None:
        """Write the copy of a revision, unless it is there."""
        try:
            with translate_errors("s3"):
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=copy_key(publication.month, publication.revision),
                    Body=packed(publication),
                    ContentType="application/gzip",
                    IfNoneMatch="*",
                )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _THERE_ALREADY:
                raise


_THERE_ALREADY = ("PreconditionFailed", "ConditionalRequestConflict")


def copy_key(month: str, revision: int) -> str:
    """Where the copy of a revision lies.

    Example:
        >>> copy_key("202605", 1)
        'scorecards/202605/0001.json.gz'
    """
    return f"scorecards/{month}/{revision:04d}.json.gz"
