"""评: once a month, freeze the scorecards of the month before."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import LambdaContext
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import publishing


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish the last month; one that is published already stays as it is."""
    published = publishing.publish_last_month()
    facts: dict[str, Any] = {
        "month": published.month,
        "revision": published.revision,
        "agencies": len(published.agencies),
        "exclusions": published.exclusions,
        "digest": published.digest,
    }
    logger().info("month published", **facts)
    count("MonthsPublished", 1)
    publish_metrics()
    return facts
