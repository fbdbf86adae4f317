"""办: tell agencies what concerns them, on their own queues."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import handling


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Deliver a batch of events as order messages."""
    return consume(event, context, handling.dead_letters("deliver-work-orders"), handling.deliver())
