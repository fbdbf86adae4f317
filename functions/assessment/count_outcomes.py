"""评: count how orders ended."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import assessment


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Count a batch of closings, each exactly once."""
    return consume(event, context, assessment.dead_letters(), assessment.count())
