"""Open311: keep what everybody may read about requests."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import public_requests


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Keep what a batch of events changes."""
    return consume(event, context, public_requests.dead_letters(), public_requests.keep())
