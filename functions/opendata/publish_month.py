"""公开数据: every night, publish the next month that is due; a month that is published stays as it is."""

from __future__ import annotations

from typing import Any

from hotline.edges.batch import LambdaContext
from hotline.observability import logger
from hotline.wiring import open_data


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish one month at most; the next night goes on."""
    report = open_data.publish_next()
    logger().info("open data published", **report.model_dump())
    return report.model_dump()
