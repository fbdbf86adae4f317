"""派: dispatch what has been registered."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import dispatch


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Find an agency for each registered appeal, or refer it to the operators."""
    return consume(event, context, dispatch.dead_letters(), dispatch.dispatch_registered())
