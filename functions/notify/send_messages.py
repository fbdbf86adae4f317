"""Send the messages that events call for."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import notify


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Send the survey links of a batch of events, each once."""
    return consume(event, context, notify.dead_letters(), notify.send_links)
