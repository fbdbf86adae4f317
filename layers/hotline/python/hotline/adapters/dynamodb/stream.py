"""Read the stream of the cases table."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from hotline.adapters.dynamodb import codec, side_codec
from hotline.domain.case import Change


def change_in(record: Mapping[str, Any]) -> Change | None:
    """The change of a case or of an order beside it; None for other items and for deletions.

    Raises:
        KeyError, ValueError, TypeError: the image is not one that this version knows.
    """
    images = record["dynamodb"]
    new, sort = images.get("NewImage"), images["Keys"]["sk"]["S"]
    if new is None or not (sort == "#" or sort.startswith("W#")):
        return None
    item = _binary(new)
    changed = codec.decode(item) if sort == "#" else side_codec.decode(item)
    before = int(images["OldImage"]["v"]["N"]) if "OldImage" in images else 0
    return Change(changed, before)


def _binary(image: Mapping[str, Any]) -> codec.Item:
    """Stream events carry binary values as base64 text."""
    return {
        name: {"B": base64.b64decode(value["B"])} if isinstance(value.get("B"), str) else dict(value)
        for name, value in image.items()
    }
