"""The lake: keep every event for reports."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import lake


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Write a batch of events, one file a day."""
    return consume(event, context, lake.dead_letters(), lake.write())
