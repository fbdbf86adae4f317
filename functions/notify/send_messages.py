"""Tell citizens what has happened to their appeals."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.observability import publish_metrics
from hotline.wiring import notify


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Send the notices of a batch of events, each once, or keep them for the morning."""
    answer = consume(event, context, notify.dead_letters(), notify.tell)
    publish_metrics()
    return answer
