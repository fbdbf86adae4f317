"""办: hand orders over to agencies whose own system speaks Open311."""

from __future__ import annotations

from typing import Any

from hotline.domain.orders import OrderMessage
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process
from hotline.wiring import agency_queues, far_ends


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Post a batch of order messages, each once; those whose far end is out of reach wait longer each time."""
    send = far_ends.send()

    def take(message: QueueMessage) -> None:
        send(OrderMessage.model_validate(message.body), again=message.receives > 1)

    answer = process(event, take, context, agency_queues.dead_letters("send-open311-orders"))
    failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
    if failed:
        far_ends.wait_longer([record for record in event["Records"] if record["messageId"] in failed])
    return answer
