"""办: take what agencies' systems answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.domain.orders import AgencyReply
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process_together
from hotline.wiring import handling


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Carry a batch of replies out; what came too early comes back soon."""
    return process_together(event, take, context, handling.dead_letters("agency-replies"))


def take(messages: Sequence[QueueMessage]) -> Mapping[str, Exception]:
    failures: dict[str, Exception] = {}
    replies: list[tuple[AgencyReply, int]] = []
    carriers: list[str] = []
    for message in messages:
        try:
            replies.append((AgencyReply.model_validate(message.body), message.receives))
        except ValueError as error:
            failures[message.message_id] = error
        else:
            carriers.append(message.message_id)
    for place, error in handling.take_replies()(replies).items():
        failures[carriers[place]] = error
    return failures
