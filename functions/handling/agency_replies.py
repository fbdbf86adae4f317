"""办: take what agencies' systems answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.domain.orders import AgencyReply
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process_together
from hotline.use_cases.take_replies import Conflicted, TooEarly
from hotline.wiring import agency_queues


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Carry a batch of replies out; what only came too early is tried again within seconds."""
    soon: list[str] = []

    def take_together(messages: Sequence[QueueMessage]) -> Mapping[str, Exception]:
        failures = take(messages)
        soon.extend(each for each, error in failures.items() if isinstance(error, TooEarly | Conflicted))
        return failures

    answer = process_together(event, take_together, context, agency_queues.dead_letters("agency-replies"))
    if soon:
        agency_queues.try_again_soon([record for record in event["Records"] if record["messageId"] in soon])
    return answer


def take(messages: Sequence[QueueMessage]) -> Mapping[str, Exception]:
    """Carry out the replies that can be read; what failed, by message id."""
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
    for place, error in agency_queues.take_replies()(replies).items():
        failures[carriers[place]] = error
    return failures
