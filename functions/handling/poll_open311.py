"""办: every five minutes, ask agencies' Open311 endpoints what became of their orders."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import LambdaContext
from hotline.observability import logger, publish_metrics
from hotline.wiring import far_ends

RESERVE_MS = 60_000
"""Milliseconds kept back: no far end is begun with less, for one may take its time."""


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ask those whose turn it is; the next run goes on."""
    report = far_ends.poll(lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    logger().info("far ends polled", **report.model_dump())
    publish_metrics()
    return report.model_dump()
