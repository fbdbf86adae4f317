"""Text messages through Amazon SNS.

Not in the China regions, where SNS sends no text messages: use the webhook with a domestic supplier.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from hotline.adapters.aws import translate_errors
from hotline.domain.messages import MessageInDoubt, MessageRefused
from hotline.domain.phones import e164, takes_texts
from hotline.ports import Message

_NEVER = frozenset(
    {
        "InvalidParameter",
        "InvalidParameterException",
        "InvalidParameterValue",
        "OptedOut",
        "OptedOutException",
        "ParameterValueInvalid",
        "ValidationError",
        "ValidationException",
    }
)


class SnsMessenger:
    """Implements ``ports.Messenger``.

    ``client`` makes one try only (``aws.sns()``): SNS cannot recognise a repeated message, so a
    try whose answer was lost must not be repeated silently. The queue in front brings back the rest.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def send(self, message: Message) -> None:
        """Publish to the citizen's number.

        Raises:
            Unavailable: throttled or out of reach; nothing was sent.
            MessageInDoubt: the answer was lost.
            MessageRefused: no number that takes texts, or SNS says never.
        """
        number = e164(message.to.phone or "")
        if number is None or not takes_texts(number):
            raise MessageRefused("no phone number that takes text messages")
        try:
            with translate_errors("sns"):
                self._publish(number, message)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _NEVER:
                raise
            raise MessageRefused(code) from error

    def _publish(self, number: str, message: Message) -> None:
        try:
            self._client.publish(
                PhoneNumber=number,
                Message=message.text,
                MessageAttributes={
                    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
                    "key": {"DataType": "String", "StringValue": message.key},
                },
            )
        except (ReadTimeoutError, ConnectionClosedError) as error:
            raise MessageInDoubt("sns") from error
