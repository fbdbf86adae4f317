"""Every minute: send the notices that have waited for the morning or for a supplier."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import RESERVE_MS, LambdaContext
from hotline.observability import logger, publish_metrics
from hotline.wiring import notify


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send until nothing is due or the time runs out; the next minute goes on."""
    report = notify.send_due(lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    logger().info("notices swept", **report.model_dump())
    publish_metrics()
    return report.model_dump()
