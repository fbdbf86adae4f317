"""访: of a share of the answered appeals another operator asks once more."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import verification


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Choose among a batch of closings."""
    return consume(event, context, verification.dead_letters(), verification.verify_answers())
