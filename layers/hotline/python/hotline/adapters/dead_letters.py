"""A function's dead-letter queue, fed by the function itself so that the reason is kept."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, sqs, translate_errors
from hotline.ports import Refusal

_DETAIL_LIMIT = 1_000


class SqsDeadLetters:
    """Implements ``ports.DeadLetters``; ``source`` is the function's name.

    Example of a parked message::

        body        the original body, untouched
        attributes  reason: invalid-input · detail: appeal.type must be … · source: channel-records
                    message_id: 5fea7756-0ea4-451a-a703-a558b933e274
    """

    def __init__(self, queue_url: str, source: str) -> None:
        self._queue_url = queue_url
        self._source = source

    def park(self, body: str, refusal: Refusal, message_id: str) -> None:
        """Keep the original body with the reason.

        Raises:
            Unavailable: SQS did not take it.
        """
        facts = {
            "reason": refusal.reason,
            "detail": _printable(refusal.detail),
            "source": self._source,
            "message_id": message_id,
        }
        with translate_errors("sqs"):
            sqs(NOBODY_WAITS).send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in facts.items()
                },
            )


def _printable(text: str) -> str:
    """Cut to size, and without the characters that SQS refuses in an attribute."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:_DETAIL_LIMIT]) or "-"
