"""The files that pages load: named by their content, so that a browser may keep them for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "assets"
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
"""What may lie in the folder: text only, because the API passes no binary bodies."""


class Asset(NamedTuple):
    """One file.

    Attributes:
        name: its name with a fingerprint of its content, such as ``pages.4f2a9c01.css``.
    """

    name: str
    content_type: str
    text: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file, by its own name (``pages.css``); those of others lie in ``vendor/`` and are named alike."""
    return {path.name: _asset(path) for path in sorted(FOLDER.rglob("*")) if path.suffix in CONTENT_TYPES}


@cache
def by_public_name() -> Mapping[str, Asset]:
    """Every file, by the name under which pages ask for it."""
    return {asset.name: asset for asset in assets().values()}


def _asset(path: Path) -> Asset:
    text = path.read_text(encoding="utf-8")
    fingerprint = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Asset(f"{path.stem}.{fingerprint}{path.suffix}", CONTENT_TYPES[path.suffix], text)
