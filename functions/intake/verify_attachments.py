"""A picture has arrived in the uploads bucket: keep a clean one, or none."""

from __future__ import annotations

from typing import Any

from hotline.edges.uploads import arrivals
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import pictures


def handler(event: dict[str, Any], context: object) -> None:
    """Verify each file; an error (a busy store) makes Lambda deliver the event again."""
    for arrival in arrivals(event):
        attachment = pictures.verify(arrival.appeal_id, arrival.attachment_id)
        outcome = attachment.status.value if attachment else "unexpected"
        reason = attachment.reason if attachment else None
        logger().info("picture verified", attachment_id=arrival.attachment_id, outcome=outcome, reason=reason)
        count(f"Attachment{outcome.title()}")
    publish_metrics()
