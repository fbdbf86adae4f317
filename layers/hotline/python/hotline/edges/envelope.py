"""Read the events that the bus's rules put on a queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.domain.events import Envelope
from hotline.edges.batch import BatchAnswer, LambdaContext, QueueMessage, process_together
from hotline.ports import DeadLetters, EventConsumer


def envelope(message: QueueMessage) -> Envelope:
    """The event in an EventBridge message; what newer code may have added is passed over.

    Raises:
        ValidationError: it is not one of our events.
    """
    detail = message.body.get("detail")
    if not isinstance(detail, dict):
        detail = {}
    return Envelope.model_validate({name: detail[name] for name in Envelope.model_fields if name in detail})


def consume(
    event: Mapping[str, Any], context: LambdaContext, dead_letters: DeadLetters, use_case: EventConsumer
) -> BatchAnswer:
    """Hand a batch of events to a use case; an event that came twice in one batch goes in once."""

    def handle_all(messages: Sequence[QueueMessage]) -> Mapping[str, Exception]:
        failures: dict[str, Exception] = {}
        envelopes: dict[str, Envelope] = {}
        carriers: dict[str, list[str]] = {}
        for message in messages:
            try:
                read = envelope(message)
            except ValueError as fault:
                failures[message.message_id] = fault
                continue
            envelopes[read.event_id] = read
            carriers.setdefault(read.event_id, []).append(message.message_id)
        for event_id, error in (use_case(list(envelopes.values())) if envelopes else {}).items():
            failures |= dict.fromkeys(carriers[event_id], error)
        return failures

    return process_together(event, handle_all, context, dead_letters)
