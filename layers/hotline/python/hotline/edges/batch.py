"""Work through a batch of SQS messages so that each one ends in exactly one known place.

- handled: SQS deletes it;
- to be tried again (a store was busy, the time ran out, an unforeseen error): reported in
  ``batchItemFailures``, so it comes back, alone, until the queue's redrive policy gives up;
- refused for good (malformed JSON, broken schema, a rule of the domain): sent to the dead-letter
  queue here, at once and *with the reason* as message attributes, because SQS's own redrive
  carries none. ``hotline queues peek`` shows the reasons.

Handlers must be idempotent: a message may come twice.

Example:
    >>> def handler(event: dict[str, Any], context: Any) -> BatchAnswer:
    ...     return process(event, deliver_one, context, wiring.dead_letters())
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from hotline.domain.errors import HotlineError, InvalidInput
from hotline.edges import strict_json
from hotline.edges.sentences import invalid_input
from hotline.observability import logger
from hotline.ports import DeadLetters, Refusal

BatchAnswer = dict[str, list[dict[str, str]]]

RESERVE_MS = 5_000
"""Milliseconds kept back at the end of an invocation: no message is begun with less left.

The first message is begun in any case. Functions that use this module have a Timeout of 15 s or more.
"""


class QueueMessage(NamedTuple):
    """One SQS message as a handler sees it.

    Attributes:
        message_id: given by SQS; equal on every redelivery.
        body: the JSON object that was sent.
        attributes: the string message attributes.
        receives: how many times SQS has handed it out, this time included.
    """

    message_id: str
    body: Mapping[str, Any]
    attributes: Mapping[str, str]
    receives: int


class LambdaContext(Protocol):
    """What we ask of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation."""
        ...


Failures = Mapping[str, Exception]


def process(
    event: Mapping[str, Any],
    handle: Callable[[QueueMessage], object],
    context: LambdaContext,
    dead_letters: DeadLetters,
) -> BatchAnswer:
    """Hand the messages to ``handle`` one by one; whatever it raises concerns that message only."""

    def handle_in_turn(messages: Sequence[QueueMessage]) -> Failures:
        return _one_by_one(messages, handle, context)

    return _work(event, handle_in_turn, dead_letters)


def process_together(
    event: Mapping[str, Any],
    handle_all: Callable[[Sequence[QueueMessage]], Failures],
    context: LambdaContext,
    dead_letters: DeadLetters,
) -> BatchAnswer:
    """Hand the whole batch to ``handle_all``, which answers with the failed messages' ids and errors.

    If it raises instead, one bad message must not condemn its neighbours: the messages are handed
    in again one at a time. A busy store (a retryable refusal) is spared that; all come back later.
    """

    def handle_alone(message: QueueMessage) -> None:
        for error in handle_all([message]).values():
            raise error

    def handle_together(messages: Sequence[QueueMessage]) -> Failures:
        try:
            return handle_all(messages)
        except Exception as error:
            if isinstance(error, HotlineError) and error.retryable:
                return {message.message_id: error for message in messages}
            logger().warning("batch is taken apart", records=len(messages), exc_info=True)
            return _one_by_one(messages, handle_alone, context)

    return _work(event, handle_together, dead_letters)


class OutOfTime(HotlineError):
    """The invocation ends too soon to begin another message."""

    code = "out-of-time"
    status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__("处理时间不足，稍后重试", "No time left in this invocation; it comes back")


def _work(
    event: Mapping[str, Any],
    handle: Callable[[Sequence[QueueMessage]], Failures],
    dead_letters: DeadLetters,
) -> BatchAnswer:
    records = {record["messageId"]: record for record in event["Records"]}
    messages, failures = _read(records)
    if messages:
        failures |= handle(messages)
    come_back = [
        message_id
        for message_id, error in failures.items()
        if not _park(records[message_id], error, dead_letters)
    ]
    logger().info(
        "batch done",
        records=len(records),
        parked=len(failures) - len(come_back),
        come_back=len(come_back),
    )
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in come_back]}


def _read(records: Mapping[str, Mapping[str, Any]]) -> tuple[list[QueueMessage], dict[str, Exception]]:
    messages: list[QueueMessage] = []
    failures: dict[str, Exception] = {}
    for message_id, record in records.items():
        try:
            messages.append(_message(record))
        except InvalidInput as error:
            failures[message_id] = error
    return messages, failures


def _message(record: Mapping[str, Any]) -> QueueMessage:
    attributes = record.get("messageAttributes", {})
    return QueueMessage(
        message_id=record["messageId"],
        body=_object(record["body"]),
        attributes={
            name: value["stringValue"] for name, value in attributes.items() if "stringValue" in value
        },
        receives=int(record.get("attributes", {}).get("ApproximateReceiveCount", 1)),
    )


def _object(text: str) -> Mapping[str, Any]:
    value = strict_json.loads(text)
    if not isinstance(value, dict):
        raise InvalidInput.field("body", "应为对象", "must be an object")
    return value


def _one_by_one(
    messages: Sequence[QueueMessage], handle: Callable[[QueueMessage], object], context: LambdaContext
) -> Failures:
    failures: dict[str, Exception] = {}
    for place, message in enumerate(messages):
        if place and context.get_remaining_time_in_millis() < RESERVE_MS:
            return failures | {late.message_id: OutOfTime() for late in messages[place:]}
        try:
            handle(message)
        except Exception as error:
            failures[message.message_id] = error
    return failures


def _park(record: Mapping[str, Any], error: Exception, dead_letters: DeadLetters) -> bool:
    """Put a message that is refused for good aside; False when it is to come back."""
    message_id = record["messageId"]
    refusal = _refusal(error)
    if refusal is None:
        _log_return(message_id, error)
        return False
    try:
        dead_letters.park(record["body"], refusal, message_id)
    except HotlineError as trouble:
        _log_return(message_id, trouble)
        return False
    logger().warning("message refused for good", message_id=message_id, reason=refusal.reason)
    return True


def _log_return(message_id: str, error: Exception) -> None:
    if isinstance(error, HotlineError):
        logger().warning("message comes back", message_id=message_id, reason=error.code)
    else:
        logger().error("message failed", message_id=message_id, exc_info=error)


def _refusal(error: Exception) -> Refusal | None:
    """Why sending the same message again cannot help; None when it may.

    The detail names places and rules, never the message's own words.
    """
    if isinstance(error, ValidationError):
        error = invalid_input(error)
    if isinstance(error, HotlineError) and not error.retryable:
        return Refusal(error.code, _with_fields(error))
    return None


def _with_fields(error: HotlineError) -> str:
    fields = [f"{fault['field']} {fault['message_en']}" for fault in error.facts.get("errors", ())]
    return "; ".join(fields) or error.detail_en
