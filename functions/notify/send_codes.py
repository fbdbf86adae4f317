"""Send the codes by which citizens prove a telephone number."""

from __future__ import annotations

from typing import Any

from hotline.domain.phone_codes import CodeRequest
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process
from hotline.observability import count, logger, publish_metrics
from hotline.wiring import send_codes


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Send what was asked for, each at most once; the alarms watch how many go out and how many may not."""
    answer = process(event, send, context, send_codes.dead_letters())
    publish_metrics()
    return answer


def send(message: QueueMessage) -> None:
    outcome = send_codes.send(CodeRequest.model_validate(message.body))
    logger().info("code request settled", outcome=outcome)
    count(f"PhoneCodes{outcome.title()}")
