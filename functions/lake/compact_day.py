"""The lake: once a day, merge the small files of the days before."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import LambdaContext
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import compaction


def handler(event: dict[str, Any], context: LambdaContext) -> list[dict[str, Any]]:
    """Merge yesterday, and delete the small files of the day before; again changes nothing."""
    days = [{**each._asdict(), "day": str(each.day)} for each in compaction.compact_last_days()]
    for facts in days:
        logger().info("day merged", **facts)
    count("LakeFilesDeleted", sum(facts["deleted"] for facts in days))
    publish_metrics()
    return days
