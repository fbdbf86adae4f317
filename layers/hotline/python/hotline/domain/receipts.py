"""What suppliers say of the messages they were given: delivered, failed, and what citizens answered."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hotline.domain.errors import HotlineError
from hotline.domain.identifiers import same
from hotline.domain.model import Frozen

TIMESTAMP = "X-Hotline-Timestamp"
SIGNATURE = "X-Hotline-Signature"

BELIEVED_FOR = timedelta(minutes=5)
"""How far a receipt's timestamp may be off, either way."""

_VERSION = "v1="
_LONGEST = 12
"""Digits of a timestamp that is read at all."""


class SignatureInvalid(HotlineError):
    """Not signed with the supplier's key, too old, or seen before."""

    code = "signature-invalid"
    title = "Signature not accepted"
    status = 401

    def __init__(self) -> None:
        super().__init__("签名无效或已使用", "The signature is wrong, too old, or was used before")


def signature(key: bytes, timestamp: str, body: bytes) -> str:
    """What sender and receiver compute alike: hex HMAC-SHA-256 over ``<timestamp>.<body>``.

    Example:
        >>> signature(b"key", "1763904200", b"{}")[:8]
        '3d8aa29a'
    """
    return hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_at(key: bytes, timestamp: str, given: str, body: str, now: datetime) -> datetime:
    """When a body was signed.

    Raises:
        SignatureInvalid: not with this key, or not within five minutes of now.
    """
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST):
        raise SignatureInvalid
    if not same(_VERSION + signature(key, timestamp, body.encode(errors="surrogatepass")), given):
        raise SignatureInvalid
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(now - at) > BELIEVED_FOR:
        raise SignatureInvalid
    return at


class Receipt(Frozen):
    """What became of one message; ``key`` is the ``Idempotency-Key`` that it was handed over with."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}/[0-9A-Z]{17}/[0-9]{1,9}$")]
    state: Literal["delivered", "failed"]


class Inbound(Frozen):
    """What a citizen answered to a text message."""

    phone: Annotated[str, StringConstraints(max_length=40)]
    text: Annotated[str, StringConstraints(max_length=1000)]


class Receipts(Frozen):
    """What a supplier has to tell, together."""

    receipts: tuple[Receipt, ...] = Field(default=(), max_length=100)
    inbound: tuple[Inbound, ...] = Field(default=(), max_length=100)


class ReceiptsTaken(Frozen):
    """How much of it was news; saying it again changes nothing."""

    receipts: int
    opted_out: int
