"""Read S3's notices of files that have arrived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus


class Arrival(NamedTuple):
    """A file in the uploads bucket, by the two ids that its key holds."""

    appeal_id: str
    attachment_id: str


def arrivals(event: Mapping[str, Any]) -> list[Arrival]:
    """The files of an ``ObjectCreated`` event whose keys have our form; others are not ours to touch.

    S3 writes keys as in a form: ``+`` for a space, ``%`` for the rest.

    Example:
        >>> arrivals({"Records": [{"s3": {"object": {"key": "uploads/X/c01-Zm9v"}}}]})
        [Arrival(appeal_id='X', attachment_id='c01-Zm9v')]
    """
    keys = (unquote_plus(record["s3"]["object"]["key"]) for record in event.get("Records", ()))
    parts = (key.split("/") for key in keys)
    return [Arrival(part[1], part[2]) for part in parts if len(part) == 3 and part[0] == "uploads"]
