"""The bucket of open data: the tables of a month, and the note that says which are the published ones.

Example of keys: ``open-data/202605/3f9c01ab52d84e10/places.csv``, ``open-data/202605/published.json``
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.domain.errors import NotFound

PREFIX = "open-data/"
_NOTE = "published.json"
_LINK_S = 3600
"""Seconds for which a link opens a file."""

_KINDS = {"csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8"}
_THERE_ALREADY = ("PreconditionFailed", "ConditionalRequestConflict")


class S3OpenDataShelf:
    """Implements ``ports.OpenDataShelf``."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def published(self) -> list[str]:
        """The months that are published, oldest first."""
        months: list[str] = []
        asked = {"Bucket": self._bucket, "Prefix": PREFIX}
        while True:
            with translate_errors("s3"):
                page = self._client.list_objects_v2(**asked)
            keys = (each["Key"] for each in page.get("Contents", ()))
            months += (key.split("/")[1] for key in keys if key.endswith(f"/{_NOTE}"))
            if not page.get("IsTruncated"):
                return sorted(months)
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def publish(self, month: str, files: Mapping[str, bytes]) -> bool:
        """Put a month's files there, then the note that names them; False when it is published already."""
        digest = hashlib.sha256(b"".join(files[name] for name in sorted(files))).hexdigest()[:16]
        for name, content in files.items():
            self._put(f"{PREFIX}{month}/{digest}/{name}", content, {})
        note = json.dumps({"month": month, "folder": digest, "files": sorted(files)}).encode()
        try:
            self._put(f"{PREFIX}{month}/{_NOTE}", note, {"IfNoneMatch": "*"})
        except ClientError as error:
            if error.response["Error"]["Code"] not in _THERE_ALREADY:
                raise
            return False
        return True

    def links(self, month: str) -> dict[str, str]:
        """Links that open a month's files for an hour, by their names.

        Raises:
            NotFound: the month is not published.
        """
        try:
            with translate_errors("s3"):
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{PREFIX}{month}/{_NOTE}")
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
            raise NotFound("open data") from error
        note = json.loads(answer["Body"].read())
        return {name: self._link(f"{PREFIX}{month}/{note['folder']}/{name}") for name in note["files"]}

    def _link(self, key: str) -> str:
        url: str = self._client.generate_presigned_url(
            "get_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=_LINK_S
        )
        return url

    @translate_errors("s3")
    def _put(self, key: str, content: bytes, condition: dict[str, str]) -> None:
        kind = _KINDS.get(key.rpartition(".")[2], "application/octet-stream")
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind, **condition)
