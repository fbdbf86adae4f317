"""Read the stream of the cases table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from hotline.adapters.dynamodb import codec
from hotline.domain.case import CaseChange


def case_change(record: Mapping[str, Any]) -> CaseChange | None:
    """The change of a case item; None for other items and for deletions.

    Raises:
        KeyError, ValueError, TypeError: the image is not a case as this version knows it.
    """
    images = record["dynamodb"]
    new = images.get("NewImage")
    if new is None or images["Keys"]["sk"]["S"] != "#":
        return None
    case = codec.decode(_binary(new))
    before = int(images["OldImage"]["v"]["N"]) if "OldImage" in images else 0
    return CaseChange(case, before)


def _binary(image: Mapping[str, Any]) -> codec.Item:
    """Stream events carry binary values as base64 text."""
    return {
        name: {"B": base64.b64decode(value["B"])} if isinstance(value.get("B"), str) else dict(value)
        for name, value in image.items()
    }
