"""派: learn from the orders that agencies have returned with reason."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import proposals


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Note what each redirect proposes for the duty catalogue."""
    return consume(event, context, proposals.dead_letters(), proposals.propose())
