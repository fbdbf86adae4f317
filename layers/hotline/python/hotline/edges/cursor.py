"""Where the next page of a list begins, sealed so that it means one thing to one caller.

A cursor is the last key of a page behind a signature that also covers the query and the caller. Sent
with another filter, by another agency or with a changed letter it is refused, so nobody can use it to
step into another partition (OWASP API1). It is signed, not encrypted: a key holds ids, never words.

Example:
    >>> key = b"a key of at least sixteen bytes"
    >>> cursor = seal({"pk": "A#1", "sk": "#"}, key, "inbox", "agency:110101001")
    >>> unseal(cursor, key, "inbox", "agency:110101001")
    {'pk': 'A#1', 'sk': '#'}
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from hotline.domain import identifiers
from hotline.domain.errors import InvalidInput

_PURPOSE = "cursor"
_SIGNATURE_BYTES = 16
_LONGEST = 1024


def seal(position: Mapping[str, str], key: bytes, *binding: str) -> str:
    """Make a cursor from the last key of a page.

    Args:
        position: the key, string by string.
        key: the sub-key for cursors.
        binding: the operation, the caller, and whatever else the position must not be used without.
    """
    payload = json.dumps(dict(position), ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(payload, key, binding) + payload).decode().rstrip("=")


def unseal(cursor: str, key: bytes, *binding: str) -> dict[str, str]:
    """Read back what ``seal`` was given with the same key and binding.

    Raises:
        InvalidInput: on ``cursor``, when it was changed or comes from another list or caller.
    """
    sealed = _decode(cursor)
    signature, payload = sealed[:_SIGNATURE_BYTES], sealed[_SIGNATURE_BYTES:]
    if not identifiers.same(signature, _signature(payload, key, binding)):
        raise _refusal()
    position: dict[str, str] = json.loads(payload)
    return position


def _signature(payload: bytes, key: bytes, binding: tuple[str, ...]) -> bytes:
    # A JSON list keeps the parts apart: ("ab", "c") must not sign like ("a", "bc").
    message = json.dumps([*binding, payload.hex()])
    return identifiers.keyed(key, _PURPOSE, message)[:_SIGNATURE_BYTES]


def _decode(cursor: str) -> bytes:
    if len(cursor) > _LONGEST:
        raise _refusal()
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refusal() from None
    # One position has one cursor: base64 would otherwise accept stray bits in the last letter.
    if base64.urlsafe_b64encode(sealed).decode().rstrip("=") != cursor:
        raise _refusal()
    return sealed


def _refusal() -> InvalidInput:
    return InvalidInput.field(
        "cursor", "翻页标记无效，请从第一页重新查询", "is not valid; start again from the first page"
    )
