"""Encrypts what somebody else keeps for us: AES-256-GCM, bound to what it is about.

Imported only where something is sealed or opened: the library costs a tenth of a cold start.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class AesSeal:
    """Implements ``ports.Seal`` with a key of its own (``adapters/secrets.py``).

    Example:
        >>> seal = AesSeal(b"k" * 32)
        >>> seal.opened(seal.sealed(b"grant", "session 1"), "session 1")
        b'grant'
        >>> seal.opened(seal.sealed(b"grant", "session 1"), "session 2") is None
        True
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def sealed(self, content: bytes, about: str) -> bytes:
        """A random nonce, then the cipher text with its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, about.encode())

    def opened(self, sealed: bytes, about: str) -> bytes | None:
        """What was sealed; None when it is not ours, changed, or about something else."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            return None
