"""How due timers are spread so that a sweep costs what is due, never what is open.

A timer lies in a 15-minute bucket of one of four shards. A sweep looks at the buckets from its
watermark up to now; everything later is not touched.
"""

from __future__ import annotations

import zlib
from datetime import datetime

SHARDS = 4
"""Partitions per bucket: 4 carry 4,000 writes a second."""

BUCKET_SECONDS = 900


def shard_of(appeal_id: str) -> int:
    """Which shard a case belongs to; stable for ever."""
    return zlib.crc32(appeal_id.encode()) % SHARDS


def bucket_of(at: datetime) -> int:
    """The number of the bucket that a moment lies in.

    Example:
        >>> from datetime import UTC
        >>> bucket_of(datetime(2026, 1, 1, tzinfo=UTC))
        1963584
    """
    return int(at.timestamp()) // BUCKET_SECONDS
