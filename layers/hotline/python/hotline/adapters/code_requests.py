"""The queue between asking for a code and sending it."""

from __future__ import annotations

from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.domain.phone_codes import CodeRequest


class SqsCodeRequests:
    """Implements ``ports.CodeRequests``. The queue is encrypted and read by the sending function alone."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def put(self, request: CodeRequest) -> None:
        """Put a request on the queue."""
        with translate_errors("sqs"):
            self._client.send_message(
                QueueUrl=self._queue_url, MessageBody=request.model_dump_json(by_alias=True)
            )
