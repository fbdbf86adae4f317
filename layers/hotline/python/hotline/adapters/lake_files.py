"""The lake's files in its bucket: list, read, write and delete them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from hotline.adapters.aws import translate_errors
from hotline.domain.errors import Unavailable

_AT_ONCE = 1000
"""How many objects S3 deletes in one call."""


class LakeFile(NamedTuple):
    """One object under ``events/``."""

    key: str
    etag: str
    size: int
    written_at: datetime

    @property
    def day(self) -> date:
        """The city's day whose events are in it."""
        return date.fromisoformat(self.key.split("/")[1].removeprefix("day="))

    def path_in(self, folder: Path) -> Path:
        """Where it is kept on a machine that fetched it."""
        return folder / f"{self.key.removesuffix('.parquet')}-{self.etag}.parquet"


class LakeFiles:
    """The files of one bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self.name = bucket

    def files(self, first: date | None = None, last: date | None = None) -> list[LakeFile]:
        """The files of some days, both counted, oldest day first."""
        found: list[LakeFile] = []
        for each in self._listed({"StartAfter": f"events/day={first}"} if first else {}):
            file = LakeFile(each["Key"], each["ETag"].strip('"'), each["Size"], each["LastModified"])
            if last is not None and file.day > last:
                break
            found.append(file)
        return found

    @translate_errors("s3")
    def read(self, key: str) -> bytes:
        """One file."""
        content: bytes = self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    @translate_errors("s3")
    def write(self, key: str, content: bytes) -> None:
        """Put a file there."""
        kind = "application/vnd.apache.parquet"
        self._client.put_object(Bucket=self.name, Key=key, Body=content, ContentType=kind)

    def delete(self, keys: Sequence[str]) -> None:
        """Take files away; the bucket keeps the old versions for a month.

        Raises:
            Unavailable: some are still there.
        """
        for start in range(0, len(keys), _AT_ONCE):
            some = [{"Key": key} for key in keys[start : start + _AT_ONCE]]
            with translate_errors("s3"):
                answer = self._client.delete_objects(
                    Bucket=self.name, Delete={"Objects": some, "Quiet": True}
                )
            if answer.get("Errors"):
                raise Unavailable("s3")

    def _listed(self, where: dict[str, str]) -> Iterator[dict[str, Any]]:
        asked = {"Bucket": self.name, "Prefix": "events/", **where}
        while True:
            with translate_errors("s3"):
                page = self._client.list_objects_v2(**asked)
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]
