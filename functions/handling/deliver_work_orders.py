"""办: tell agencies what concerns them, on their own queues."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import agency_queues


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Deliver a batch of events as order messages."""
    return consume(event, context, agency_queues.dead_letters("deliver-work-orders"), agency_queues.deliver())
