"""Tracking numbers, secret keys and one-time tokens.

A tracking number is the appeal's only id: 16 letters of 5 bits (80 bits from a random or keyed
source, so that numbers cannot be enumerated) and a check character that catches every single
wrong letter and nearly every swap of neighbours. The alphabet is Crockford's base 32: what people
confuse on the phone (O and 0; I, L and 1) is accepted either way.

Example:
    >>> number = tracking_number(bytes(range(32)))
    >>> parse_tracking_number(spoken(number).lower()) == number
    True
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple

from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY_LENGTH = 16
LENGTH = BODY_LENGTH + 1

LEAD_ORDER = 1
"""The lead order's number within its appeal; those beside it count on from 2."""

_ORDER_DIGITS = 4

_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u3000": None, "－": None})


def tracking_number(entropy: bytes) -> str:
    """Make a tracking number from the first ten bytes of ``entropy``.

    Raises:
        ValueError: fewer than ten bytes were given.
    """
    if len(entropy) < 10:
        raise ValueError("a tracking number needs ten bytes of entropy")
    value = int.from_bytes(entropy[:10], "big")
    body = "".join(ALPHABET[(value >> shift) & 31] for shift in range(75, -1, -5))
    return body + str(luhn.calc_check_digit(body, ALPHABET))


def parse_tracking_number(text: str) -> str | None:
    """Read a tracking number as people write it; None when it cannot be one.

    Example:
        >>> parse_tracking_number("not a number") is None
        True
    """
    number = text[:64].upper().translate(_HEARD)
    if len(number) != LENGTH or not luhn.is_valid(number, ALPHABET):
        return None
    return number


class OrderRef(NamedTuple):
    """One order of an appeal."""

    appeal_id: str
    number: int

    @property
    def leads(self) -> bool:
        """Whether it is the lead order, which lies in the case itself."""
        return self.number == LEAD_ORDER

    @property
    def order_id(self) -> str:
        """The work order's number."""
        return f"{self.appeal_id}.{self.number}"


def parse_order_number(text: str) -> OrderRef | None:
    """Read a work order's number; a tracking number alone stands for the lead order.

    Example:
        >>> parse_order_number("000g-40r4-0m30-e209-b.2")
        OrderRef(appeal_id='000G40R40M30E209B', number=2)
    """
    appeal, dot, order = text[:80].partition(".")
    appeal_id = parse_tracking_number(appeal)
    number = order if dot else str(LEAD_ORDER)
    if appeal_id is None or len(number) > _ORDER_DIGITS or not (number.isascii() and number.isdigit()):
        return None
    return None if number.startswith("0") else OrderRef(appeal_id, int(number))


def spoken(number: str) -> str:
    """Show a tracking number in groups of four, the way it is read out.

    Example:
        >>> spoken("0041061050R3GG28A")
        '0041-0610-50R3-GG28-A'
    """
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def random_entropy() -> bytes:
    """Entropy for an appeal that came without an idempotency key."""
    return secrets.token_bytes(32)


def keyed(secret: bytes, purpose: str, *parts: str) -> bytes:
    """HMAC-SHA-256 over the parts, separated by purpose; 32 bytes.

    Equal parts give equal bytes, which is what makes a retried registration find itself again.
    """
    message = "\x1f".join((purpose, *parts)).encode()
    return hmac.new(secret, message, hashlib.sha256).digest()


def token(digest: bytes) -> str:
    """A URL-safe token of 128 bits from a digest."""
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else secret
