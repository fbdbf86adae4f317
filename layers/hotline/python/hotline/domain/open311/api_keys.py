"""The keys with which apps report: issued to somebody, limited, revocable; stored only as a hash.

Example:
    >>> key = new_key(bytes(range(32)))
    >>> key
    'o311_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX'
    >>> len(key_digest(key))
    43
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from pydantic import Field

from hotline.domain.errors import HotlineError
from hotline.domain.model import Frozen

PREFIX = "o311_"
"""By this a key is known wherever it leaks to."""

PER_MINUTE = 60
"""Calls that a key may make in a minute, unless it is issued with another figure; ours, not the spec's."""

LONGEST_KEY = 80
_ID_LENGTH = 8


class ApiKey(Frozen):
    """What is kept of a key.

    Attributes:
        digest: the hash of the key.
        label: whose it is.
        used_at: the hour in which it was last used, and not more exactly.
    """

    digest: str = Field(repr=False)
    label: str
    per_minute: int = PER_MINUTE
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def key_id(self) -> str:
        """The first letters of the hash: the key's name in lists and in the history of what it has sent."""
        return self.digest[:_ID_LENGTH]


class KeyRefused(HotlineError):
    """The API key is missing, unknown or revoked: the three are never told apart."""

    code = "api-key-refused"
    title = "API key refused"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "缺少 api_key，或该密钥无效", "The api_key is missing or not valid; ask the city for one"
        )


def new_key(entropy: bytes) -> str:
    """A key of 192 bits."""
    return PREFIX + base64.urlsafe_b64encode(entropy[:24]).decode()


def key_digest(key: str) -> str:
    """What is stored of a key; random bits need no salt."""
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
