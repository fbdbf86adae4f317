"""Every minute: fire the timers that are due."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import RESERVE_MS, LambdaContext
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import sla


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sweep until everything due is fired or the time runs out; the next minute goes on."""
    report = sla.sweep(lambda: context.get_remaining_time_in_millis() > RESERVE_MS)
    logger().info("clocks swept", **report.model_dump())
    count("TimersFired", report.fired)
    count("TimersStuck", len(report.stuck))
    publish_metrics()
    return report.model_dump()
