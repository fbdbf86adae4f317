"""访: ask everybody whose appeal was handled together with one that is done."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import survey


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Settle the members of a batch of leading appeals."""
    return consume(event, context, survey.dead_letters("joint-surveys"), survey.settle_members())
