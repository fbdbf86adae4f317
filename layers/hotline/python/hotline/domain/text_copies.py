"""Texts that are like others, found without comparing everything with everything, and without keeping a text.

A text becomes sixteen bytes (MinHash over runs of neighbouring characters): the share of equal bytes
estimates the share of equal runs. The bytes are cut into four bands; texts that are alike share a band
almost always (88 of 100 where 80 % of the runs are equal, 99 where 90 % are), so whoever keeps
the entries by band finds them in four reads, however many texts there are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple

from hotline.domain.similarity import runs_of

_BANDS, _ROWS = 4, 4
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


def bands(signed: str) -> tuple[str, ...]:
    """Where a text is looked for: ``<band>/<four bytes>``; nowhere when it says nothing.

    Example:
        >>> bands("00112233445566778899aabbccddeeff")
        ('0/00112233', '1/44556677', '2/8899aabb', '3/ccddeeff')
    """
    width = 2 * _ROWS
    return tuple(f"{n}/{signed[n * width : (n + 1) * width]}" for n in range(_BANDS)) if signed else ()


def alike(one: str, other: str) -> float:
    """The estimated share of equal runs of two texts, by their signatures: 0 to 1.

    Example:
        >>> alike("00" * 16, "00" * 12 + "ff" * 4)
        0.75
    """
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return sum(left == right for left, right in pairs) / (_BANDS * _ROWS)


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
    """Count the other appeals among the entries of a text's bands."""
    others = {each.appeal_id: each.signed for each in entries if each.appeal_id != mine.appeal_id}
    shares = [alike(mine.signed, signed) for signed in others.values()]
    return Copies(sum(share >= similarity for share in shares), sum(share == 1 for share in shares))
