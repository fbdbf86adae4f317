"""Find many known words in a text in one pass.

Place names, service keywords and emergency words are all looked up here: at every position the
longest known word wins, and the search goes on behind it. The time is linear in the text whatever
the text is, and there is no pattern that a caller could make slow.

Example:
    >>> [match.word for match in Lexicon({"八里庄": 1, "八里庄北里": 2}).find("住在八里庄北里3号")]
    ['八里庄北里']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
"""Soft hyphens, zero-width spaces and joiners: they split words for a program and for nobody else."""

_SPACE_BESIDE_HAN = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


def normalise(text: str) -> str:
    """Fold width, case and spacing, so that one spelling in the data finds them all.

    Example:
        >>> normalise("　ＧＡＳ　泄 漏 in  the Kitchen")
        'gas泄漏in the kitchen'
    """
    folded = " ".join(unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold().split())
    return _SPACE_BESIDE_HAN.sub("", folded)


class Match(NamedTuple, Generic[T]):
    """One known word in a text; ``start`` and ``end`` count characters of the normalised text."""

    start: int
    end: int
    word: str
    value: T


class Lexicon(Generic[T]):
    """Words (already normalised, two characters or more) and what each stands for."""

    def __init__(self, words: Mapping[str, T]) -> None:
        self._words = words
        lengths: dict[str, set[int]] = {}
        for word in words:
            lengths.setdefault(word[:2], set()).add(len(word))
        self._lengths = {start: sorted(sizes, reverse=True) for start, sizes in lengths.items()}

    def find(self, text: str) -> Iterator[Match[T]]:
        """Yield the longest words from left to right, without overlap, in a normalised text."""
        position = 0
        while position < len(text) - 1:
            match = self._longest_at(text, position)
            if match:
                yield match
            position = match.end if match else position + 1

    def _longest_at(self, text: str, start: int) -> Match[T] | None:
        for length in self._lengths.get(text[start : start + 2], ()):
            end = start + length
            word = text[start:end]
            if end <= len(text) and word in self._words and _stands_alone(text, start, end):
                return Match(start, end, word, self._words[word])
        return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether an English word is a word here and not a part of one; its plural will do.

    Example:
        >>> _stands_alone("gasp", 0, 3), _stands_alone("potholes", 0, 7), _stands_alone("漏gas了", 1, 4)
        (False, True, True)
    """
    if start and _is_letter(text[start]) and _is_letter(text[start - 1]):
        return False
    if not _is_letter(text[end - 1]):
        return True
    tail = text[end : end + 3]
    for plural in ("", "s", "es"):
        if tail.startswith(plural) and not _is_letter(tail[len(plural) : len(plural) + 1]):
            return True
    return False


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()
