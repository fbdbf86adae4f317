"""What makes an agency's "done" doubtful, as data that the city keeps in its directory.

The measuring is in ``signals.py``; here is only what a directory holds, so that loading one stays light.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from hotline.domain.model import Frozen

SignalCode = Literal[
    "no_contact",
    "contact_at_resolve",
    "unrelated_reply",
    "boilerplate_reply",
    "thin_reply",
    "just_before_limit",
    "contact_denied",
    "result_denied",
    "near_text",
    "same_text",
    "no_photo",
    "mass_contact",
    "mass_text",
]

BELOW: frozenset[SignalCode] = frozenset(
    {"no_contact", "contact_at_resolve", "unrelated_reply", "thin_reply", "just_before_limit", "no_photo"}
)
"""Found when the value is below the threshold; every other signal from the threshold on."""


SHARES: frozenset[SignalCode] = frozenset({"unrelated_reply", "boilerplate_reply"})
"""Whose values are shares from 0 to 1."""

KEPT = 24
"""Texts, or appeals of a contact, that are kept by a key: so many are told apart, more are "at least"."""

COUNTED_TO: Mapping[SignalCode, int] = {
    "near_text": KEPT - 1,
    "same_text": KEPT - 1,
    "mass_contact": KEPT,
    "mass_text": KEPT,
}
"""How far is counted: of replies the others, of complaints all."""


class SignalRule(Frozen):
    """One signal: from which value on it is found, and what it is then worth.

    Attributes:
        weight: points of 100.
        threshold: in the unit of the signal: a count, minutes, or a share from 0 to 1.
        name_zh, name_en: what is looked at.
        why_zh, why_en: why it counts, with ``{value}`` and ``{threshold}`` to be filled in.
    """

    code: SignalCode
    weight: int = Field(ge=0, le=100)
    threshold: float = Field(ge=0)
    name_zh: str
    name_en: str
    why_zh: str
    why_en: str

    def finds(self, value: float) -> bool:
        """Whether that value is a signal."""
        return value < self.threshold if self.code in BELOW else value >= self.threshold


class SignalPolicy(Frozen):
    """The signals of a city; without any nothing is ever found.

    Attributes:
        phrases: stock phrases of official replies and fillers, folded as ``signals.plain`` folds texts.
        review_score: from this score on a reviewer is asked to look.
        copy_similarity: share of the wording from which on two texts count as alike.
        mass_hours: length of the windows in which complaints against one agency are counted together.
    """

    rules: tuple[SignalRule, ...] = ()
    phrases: tuple[str, ...] = ()
    review_score: int = 50
    copy_similarity: float = 0.8
    mass_hours: int = 24
