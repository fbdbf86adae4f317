"""办 handling by messages: what the queue workers in ``functions/handling`` run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hotline.adapters.aws import NOBODY_WAITS, dynamodb, sqs
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.effects import DynamoDBDeliveries
from hotline.adapters.sqs import SqsAgencyQueues, hasten
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases.deliver_orders import deliver_orders
from hotline.use_cases.take_replies import TakeReplies
from hotline.wiring.common import cases, directories, now, tokens, words


def deliver() -> EventConsumer:
    """Deliver batches of events to agencies."""
    return partial(
        deliver_orders,
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        deliveries=DynamoDBDeliveries(dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE")),
        queues=agency_queues(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def take_replies() -> TakeReplies:
    """Carry out batches of agencies' replies."""
    return TakeReplies(
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        queues=agency_queues(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def try_again_soon(records: Sequence[Mapping[str, Any]]) -> None:
    """Let replies that came too early come back before their queue's usual pause is over."""
    hasten(sqs(NOBODY_WAITS), setting("REPLIES_QUEUE_URL"), records)


def dead_letters(source: str) -> SqsDeadLetters:
    """Where a worker's refused messages go."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), source)


def agency_queues() -> SqsAgencyQueues:
    """The agencies' own queues, and the one for those whose Open311 endpoint is posted to."""
    return SqsAgencyQueues(sqs(NOBODY_WAITS), setting("AGENCY_QUEUE_PREFIX"), _elsewhere)


def _elsewhere(agency_id: str) -> str | None:
    return setting("OPEN311_QUEUE_URL") if agency_id in directories().current().far_ends else None
