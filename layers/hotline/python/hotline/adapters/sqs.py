"""The agencies' own queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.orders import OrderMessage

_LONGEST_PAUSE_S = 60


class AgencyQueueMissing(HotlineError):
    """An agency has no queue: it was not imported into this stack."""

    code = "agency-queue-missing"
    status = 503
    retryable = True

    def __init__(self, agency_id: str) -> None:
        super().__init__(
            f"承办单位 {agency_id} 没有消息队列，请先导入目录",
            f"Agency {agency_id} has no queue; run: hotline directory import",
            agency_id=agency_id,
        )


class SqsAgencyQueues:
    """Implements ``ports.AgencyQueues``: queue ``<prefix>-<agency_id>`` for each agency.

    Args:
        elsewhere: the queue's URL, for agencies that do not read one of their own: whose endpoint is posted to.
    """

    def __init__(
        self, client: Any, prefix: str, elsewhere: Callable[[str], str | None] = lambda agency_id: None
    ) -> None:
        self._client = client
        self._prefix = prefix
        self._elsewhere = elsewhere

    def send(self, agency_id: str, message: OrderMessage) -> None:
        """Put a message on an agency's queue; ``kind`` and ``schema`` are attributes too, for filters."""
        attributes = {"kind": message.kind, "schema": message.schema_}
        try:
            with translate_errors("sqs"):
                self._client.send_message(
                    QueueUrl=self._url(agency_id),
                    MessageBody=message.model_dump_json(by_alias=True, exclude_none=True),
                    MessageAttributes={
                        name: {"DataType": "String", "StringValue": value}
                        for name, value in attributes.items()
                    },
                )
        except ClientError as error:
            if not error.response["Error"]["Code"].endswith(("NonExistentQueue", "QueueDoesNotExist")):
                raise
            _queue_url.cache_clear()
            raise AgencyQueueMissing(agency_id) from error

    def _url(self, agency_id: str) -> str:
        if url := self._elsewhere(agency_id):
            return url
        with translate_errors("sqs"):
            return _queue_url(self._client, f"{self._prefix}-{agency_id}")


@cache
def _queue_url(client: Any, name: str) -> str:
    url: str = client.get_queue_url(QueueName=name)["QueueUrl"]
    return url


def postpone(client: Any, queue_url: str, records: Sequence[Mapping[str, Any]], longest_s: int) -> None:
    """Lengthen the pause before messages that failed come back: 1, 2, 4 … minutes by their deliveries."""
    for record in records:
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        pause = min(60 * 2 ** min(receives - 1, 10), longest_s)
        _hide(client, queue_url, record, pause)


def hasten(client: Any, queue_url: str, records: Sequence[Mapping[str, Any]]) -> None:
    """Shorten the pause before messages that failed come back: 2, 4, 8 … seconds by their deliveries.

    Only a courtesy: where it does not succeed, the queue's own visibility timeout stands.
    """
    for record in records:
        receives = int(record["attributes"]["ApproximateReceiveCount"])
        if not _hide(client, queue_url, record, min(2**receives, _LONGEST_PAUSE_S)):
            return


def _hide(client: Any, queue_url: str, record: Mapping[str, Any], seconds: int) -> bool:
    try:
        with translate_errors("sqs"):
            client.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=seconds
            )
    except (Unavailable, ClientError):
        return False
    return True
