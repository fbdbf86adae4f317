"""访: open a survey when an order is resolved or its limit has passed."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import survey


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Open surveys for a batch of events."""
    return consume(event, context, survey.dead_letters("survey"), survey.open_surveys())
