"""Messages through an HTTPS endpoint of the operator's choice: a supplier's gateway, a mini-program.

The receiver verifies the signature, refuses timestamps more than five minutes off, and treats an
``Idempotency-Key`` that it knows as done (FAULTS S18)::

    POST /messages
    Content-Type: application/json
    Idempotency-Key: survey/000G40R40M30E209B/1
    X-Hotline-Timestamp: 1763904200
    X-Hotline-Signature: v1=<hex of HMAC-SHA-256 over "<timestamp>.<body>">

    {"phone": "+8613800138000", "email": null, "text": "…", "language": "zh-CN"}

Any 2xx means taken, 409 means taken before, 400 and 422 mean never; everything else is tried again.
"""

from __future__ import annotations

import json

import urllib3

from hotline.adapters.outbound import is_safe, never_stood
from hotline.domain.errors import Unavailable
from hotline.domain.messages import AnswerLost, MessageRefused
from hotline.domain.phones import e164
from hotline.domain.receipts import SIGNATURE, TIMESTAMP, signature
from hotline.ports import Clock, Message

_TIMEOUT = urllib3.Timeout(connect=2.0, read=5.0)
_TAKEN_BEFORE = 409
_NEVER = frozenset({400, 422})


class WebhookMessenger:
    """Implements ``ports.Messenger``; posts to one URL and follows no redirect.

    Raises:
        ValueError: the URL is not https (plain http is for this machine only).
    """

    def __init__(self, url: str, key: bytes, now: Clock) -> None:
        self._url = _safe(url)
        self._key = key
        self._now = now
        self._http = urllib3.PoolManager(timeout=_TIMEOUT)

    def send(self, message: Message) -> None:
        """Post the message, signed.

        Raises:
            Unavailable: out of reach, or an answer that may change; the receiver has not taken it.
            AnswerLost: it went out and no answer came; the receiver recognises the key of the next try.
            MessageRefused: no way to reach the person, or the receiver says never.
        """
        body = _body(message)
        try:
            answer = self._http.request(
                "POST",
                self._url,
                body=body,
                headers=self._headers(message, body),
                retries=False,
                redirect=False,
                preload_content=False,  # whatever the receiver has to say, its status is enough
            )
        except urllib3.exceptions.HTTPError as error:
            raise (Unavailable if never_stood(error) else AnswerLost)("webhook") from error
        answer.close()
        if answer.status in _NEVER:
            raise MessageRefused(f"the receiver answered {answer.status}")
        if not 200 <= answer.status < 300 and answer.status != _TAKEN_BEFORE:
            raise Unavailable("webhook")

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": message.key,
            TIMESTAMP: timestamp,
            SIGNATURE: f"v1={signature(self._key, timestamp, body)}",
        }


def _body(message: Message) -> bytes:
    phone = e164(message.to.phone) if message.to.phone else None
    if phone is None and message.to.email is None:
        raise MessageRefused("neither a phone number that can be called nor an e-mail address")
    content = {"phone": phone, "email": message.to.email, "text": message.text, "language": message.language}
    return json.dumps(content, ensure_ascii=False).encode()


def _safe(url: str) -> str:
    if is_safe(url):
        return url
    raise ValueError("the webhook's URL must begin with https:// (http:// only for this machine)")
