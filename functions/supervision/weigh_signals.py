"""督: weigh what makes an agency's "done" doubtful, and complaints that come in masses."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import BatchAnswer, LambdaContext
from hotline.edges.envelope import consume
from hotline.wiring import signals


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Weigh a batch of events; what adds up is put before a reviewer."""
    return consume(event, context, signals.dead_letters(), signals.weigh)
