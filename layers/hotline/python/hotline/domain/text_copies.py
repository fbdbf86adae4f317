"""Texts that are like others, found without comparing everything with everything, and without keeping a text.

A text becomes sixteen bytes (MinHash over runs of neighbouring characters): the share of equal bytes
estimates the share of equal runs. Twelve of them name four shelves of three bytes each. A text is put on
one of its shelves only, because a write costs five times what a read costs, and looked for on all four:
an equal text is always found, and of texts with 90 % (80 %) of the runs equal 73 (51) of 100 are, however
many texts there are. Whoever copies one reply again and again is found by the third or fourth of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from hotline.domain.similarity import runs_of

_SHELVES, _BYTES = 4, 3
_PRIME = (1 << 61) - 1
_MIXERS = tuple((0x9E3779B97F4A7C15 * (2 * n + 1) % _PRIME, 0xC2B2AE3D27D4EB4F * (n + 1)) for n in range(16))
"""Sixteen different orders of the same runs; fixed, because what is stored must mean the same tomorrow."""


def signature(text: str) -> str:
    """Sixteen bytes of a text in hexadecimal; empty for a text that says nothing.

    Width, case, punctuation and the value of numbers do not count.

    Example:
        >>> signature("12号楼路灯已修复。") == signature("13号楼 路灯已修复")
        True
        >>> len(signature("已更换灯泡")), signature("……")
        (32, '')
    """
    hashes = [zlib.crc32(run.encode()) for run in runs_of(text)]
    if not hashes:
        return ""
    return bytes(
        min((factor * value + offset) % _PRIME for value in hashes) & 0xFF for factor, offset in _MIXERS
    ).hex()


class Shelves(NamedTuple):
    """Where a text is put, and where else texts like it may be."""

    own: str
    others: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Where texts like it are looked for."""
        return (self.own, *self.others)


def shelves_of(signed: str, where: str) -> Shelves | None:
    """The shelves of a text by its signature: ``<where>/<shelf>/<three bytes>``; none when it says nothing.

    Its own is chosen by all its bytes, so that texts that differ a little are spread over the shelves.

    Example:
        >>> shelves_of("00112233445566778899aabbccddeeff", "R").own
        'R/0/001122'
        >>> shelves_of("00112233445566778899aabbccddeeff", "R").others
        ('R/1/334455', 'R/2/667788', 'R/3/99aabb')
    """
    if not signed:
        return None
    width = 2 * _BYTES
    names = [f"{where}/{n}/{signed[n * width : (n + 1) * width]}" for n in range(_SHELVES)]
    own = names.pop(zlib.crc32(signed.encode()) % _SHELVES)
    return Shelves(own, tuple(names))


def alike(one: str, other: str) -> float:
    """The estimated share of equal runs of two texts, by their signatures: 0 to 1.

    Example:
        >>> alike("00" * 16, "00" * 12 + "ff" * 4)
        0.75
    """
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return sum(left == right for left, right in pairs) / (len(one) // 2)


class Entry(NamedTuple):
    """What is kept of one text: whose it is, its signature, and the contact's index entry if that matters.

    Example:
        >>> Entry.read(Entry("000G40R40M30E209B", "00" * 16).text).appeal_id
        '000G40R40M30E209B'
    """

    appeal_id: str
    signed: str = ""
    contact: str = ""

    @property
    def text(self) -> str:
        """As one string."""
        return "#".join(self)

    @classmethod
    def read(cls, text: str) -> Entry:
        """From one string."""
        return cls(*text.split("#"))


class Copies(NamedTuple):
    """How many other appeals have a text like this one, and how many of them the very same."""

    near: int
    same: int


def copies_of(mine: Entry, entries: Iterable[Entry], similarity: float) -> Copies:
    """Count the other appeals among the entries of a text's shelves."""
    others = {each.appeal_id: each.signed for each in entries if each.appeal_id != mine.appeal_id}
    shares = [alike(mine.signed, signed) for signed in others.values()]
    return Copies(sum(share >= similarity for share in shares), sum(share == 1 for share in shares))
