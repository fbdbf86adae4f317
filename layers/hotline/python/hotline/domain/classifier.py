"""From a citizen's words to the services they may be about.

The port is :class:`Classifier`; the first classifier behind it is the catalogue's own keywords.
A learned one takes its place without a change elsewhere: it gives candidates with a confidence,
and ``dispatching`` decides what is sure enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Protocol

from hotline.domain.lexicon import Lexicon, Match, normalise
from hotline.domain.model import Frozen

PRIOR_DOUBT = 1.0
"""Weight of "none of these": one plain two-character keyword alone makes a confidence of one half."""
OPENING = 60
"""Characters within which people say what it is about; a keyword there counts double."""
KEPT = 5
"""Candidates that are worth an operator's look."""


class Candidate(Frozen):
    """A service that a text may be about; ``confidence`` is between 0 and 1."""

    service_code: str
    confidence: float
    evidence: tuple[str, ...] = ()


class Classifier(Protocol):
    """Anything that names services for a text."""

    @property
    def name(self) -> str:
        """Name and version, kept with every decision it made."""
        ...

    def classify(self, text: str) -> tuple[Candidate, ...]:
        """Candidates, the most likely first; empty when nothing fits."""
        ...


class KeywordClassifier:
    """Count the catalogue's keywords; each belongs to one service.

    A keyword weighs more the longer it is and the earlier it stands; its repetitions weigh as their
    logarithm. A service's confidence is its share of all weight found, with :data:`PRIOR_DOUBT`
    added for what no keyword covers.

    Example:
        >>> classifier = KeywordClassifier({"road.lighting": ["路灯", "street light"]})
        >>> classifier.classify("路灯不亮，路灯坏了")[0].evidence
        ('路灯',)
    """

    name = "keywords-1"

    def __init__(self, keywords: Mapping[str, Iterable[str]]) -> None:
        self._lexicon = Lexicon(
            {normalise(word): service_code for service_code, words in keywords.items() for word in words}
        )

    def classify(self, text: str) -> tuple[Candidate, ...]:
        """Candidates by keyword weight, the heaviest first."""
        found: dict[str, dict[str, float]] = {}
        for word, mentions in self._mentions(normalise(text)).items():
            found.setdefault(mentions[0].value, {})[word] = _weight(mentions)
        weights = {service_code: sum(words.values()) for service_code, words in found.items()}
        total = sum(weights.values()) + PRIOR_DOUBT
        ranked = sorted(weights, key=lambda service_code: (-weights[service_code], service_code))[:KEPT]
        return tuple(
            Candidate(
                service_code=service_code,
                confidence=round(weights[service_code] / total, 3),
                evidence=tuple(found[service_code]),
            )
            for service_code in ranked
        )

    def _mentions(self, text: str) -> dict[str, list[Match[str]]]:
        mentions: dict[str, list[Match[str]]] = {}
        for match in self._lexicon.find(text):
            mentions.setdefault(match.word, []).append(match)
        return mentions


def _weight(mentions: list[Match[str]]) -> float:
    first = mentions[0]
    return _length_weight(first.word) * (1 + log(len(mentions))) * (2 if first.start < OPENING else 1)


def _length_weight(word: str) -> float:
    """1 for two Han characters or one English word, 2 for four or two, and so on."""
    return word.count(" ") + 1 if word.isascii() else len(word) / 2
