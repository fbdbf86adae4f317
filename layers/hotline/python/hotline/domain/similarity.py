"""重复诉求: how alike two appeals are, and why, in figures that an operator can follow.

Wording is compared by runs of neighbouring characters (Dice): two in Chinese, which needs no list of
words for it, three in English, where two would find any two texts alike. Place, service, citizen and
time add to it by a fixed table. The score is a suggestion to people; what is new in the later appeal
is shown beside it (条例 Art 11(3)).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from hotline.domain.lexicon import normalise
from hotline.domain.model import Frozen

ReasonCode = Literal["text", "citizen", "place", "service", "time"]

WEIGHTS: Mapping[ReasonCode, float] = {
    "text": 0.6,
    "citizen": 0.15,
    "place": 0.1,
    "service": 0.1,
    "time": 0.05,
}
"""What each kind of likeness is worth; together 1. OURS: no city has published such figures."""

KNOWN = 0.5
"""Share of a phrase's runs of characters in the earlier text from which on it says nothing new."""

_PHRASES = 10
_PHRASE_LENGTH = 80

_NO_WORD = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+")
_PHRASE_END = re.compile(r"[^\w\s:：/.\-()（）#]+|\.(?=\s|$)|\n")


class Likeness(Frozen):
    """What is compared of an appeal.

    ``citizen_index`` is the keyed index entry of the contact; None for whoever left none.
    """

    text: str
    registered_at: datetime
    citizen_index: str | None = None
    subdistrict: str | None = None
    service_code: str | None = None


class Reason(Frozen):
    """One part of a score: how alike (0 to 1), and the points that it brought."""

    code: ReasonCode
    share: float
    points: float


class Similarity(Frozen):
    """How alike two appeals are: 0 to 1, with the reasons that add up to it."""

    score: float
    reasons: tuple[Reason, ...]


def similarity(one: Likeness, other: Likeness, window: timedelta) -> Similarity:
    """Compare two appeals; the order does not matter.

    Args:
        window: the distance in time from which on nearness in time is worth nothing.

    Example:
        >>> from datetime import UTC
        >>> now = datetime(2026, 3, 6, tzinfo=UTC)
        >>> lamp = Likeness(text="楼前路灯不亮", registered_at=now, subdistrict="110101001")
        >>> similarity(lamp, lamp, timedelta(days=30)).score
        0.75
    """
    distance = abs(one.registered_at - other.registered_at)
    shares: dict[ReasonCode, float] = {
        "text": wording(one.text, other.text),
        "citizen": float(one.citizen_index is not None and one.citizen_index == other.citizen_index),
        "place": float(one.subdistrict is not None and one.subdistrict == other.subdistrict),
        "service": float(one.service_code is not None and one.service_code == other.service_code),
        "time": max(0.0, 1 - distance / window),
    }
    reasons = tuple(
        Reason(code=code, share=round(share, 2), points=round(share * WEIGHTS[code], 3))
        for code, share in shares.items()
        if share > 0
    )
    return Similarity(score=round(sum(reason.points for reason in reasons), 3), reasons=reasons)


def wording(one: str, other: str) -> float:
    """How much of the wording two texts share: 0 to 1.

    Width, case, punctuation and the value of numbers do not count.

    Example:
        >>> wording("１２号楼前路灯不亮！", "13号楼前,路灯不亮")
        1.0
        >>> wording("The street light is out", "Loud music after ten")
        0.0
    """
    left, right = runs_of(one), runs_of(other)
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


def runs_of(text: str) -> Counter[str]:
    """The runs of neighbouring characters by which texts are compared, each as often as it is there.

    Example:
        >>> sorted(runs_of("12号楼路灯"))
        ['0号', '号楼', '楼路', '路灯']
    """
    return _runs(_NUMBER.sub("0", normalise(text)))


def new_phrases(earlier: str, later: str) -> tuple[str, ...]:
    """The phrases of the later text that the earlier one does not have: possible new facts.

    Here a number is what it says: another house, another day.

    Example:
        >>> new_phrases("楼前路灯不亮，晚上很黑", "楼前路灯不亮，昨晚有老人摔伤")
        ('昨晚有老人摔伤',)
        >>> new_phrases("12号楼前路灯不亮", "13号楼前路灯不亮")
        ('13号楼前路灯不亮',)
    """
    said = normalise(earlier)
    runs, numbers = frozenset(_runs(said)), frozenset(_NUMBER.findall(said))
    found = [
        phrase[:_PHRASE_LENGTH]
        for part in _PHRASE_END.split(later)
        if (phrase := part.strip()) and _is_new(normalise(phrase), runs, numbers)
    ]
    return tuple(dict.fromkeys(found))[:_PHRASES]


def _is_new(phrase: str, runs: frozenset[str], numbers: frozenset[str]) -> bool:
    if not numbers.issuperset(_NUMBER.findall(phrase)):
        return True
    own = _runs(phrase)
    known = sum(count for run, count in own.items() if run in runs)
    return known < KNOWN * own.total()


def _runs(text: str) -> Counter[str]:
    """Runs of neighbouring characters of a normalised text; a shorter word stands for itself."""
    runs: Counter[str] = Counter()
    for word in normalise(_NO_WORD.sub(" ", text)).split():
        length = 3 if word.isascii() else 2
        runs.update([word[at : at + length] for at in range(max(1, len(word) - length + 1))])
    return runs
