"""Proof of work: whoever asks often pays in computing time, and nobody needs a third party.

A proof is ``<epoch seconds>.<anything>`` such that the SHA-256 digest of ``<E.164 number>.<proof>`` begins
with so many zero bits. It is bound to the number and the moment, so it cannot be made in advance nor used
for another number; for the same number it can be shown again, which the bound per number makes worthless.

Example:
    >>> zero_bits(bytes([0, 0b00010000]))
    11
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(minutes=5)
"""How far the proof's moment may lie from ours, either way."""


class HashProof:
    """Implements ``ports.Effort``."""

    def __call__(self, proof: str | None, phone: str, bits: int, now: datetime) -> bool:
        """Whether enough work was done for this number just now."""
        if proof is None:
            return False
        at = datetime.fromtimestamp(int(proof.partition(".")[0]), UTC)
        if abs(at - now) > WINDOW:
            return False
        return zero_bits(hashlib.sha256(f"{phone}.{proof}".encode()).digest()) >= bits


def zero_bits(digest: bytes) -> int:
    """How many zero bits a digest begins with."""
    return len(digest) * 8 - int.from_bytes(digest, "big").bit_length()
