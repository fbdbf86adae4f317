"""What a case is made of, and what is said to it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from hotline.domain.model import Frozen

SurveyTrigger = Literal["resolved", "limit", "joint"]
"""The agency said done, the handling limit passed (条例 Art 23), or the joint order is done."""
ClosedBy = Literal["answered", "no_answer", "judged"]
"""By the citizen's word, by silence, or by a reviewer's: the dissatisfaction is not reasonable."""
AnsweredBy = Literal["link", "phone"]
"""How the citizen answered: by the link or number and key, or said to an operator who called."""
Conclusion = Literal[
    "answered_at_once",
    "legal_route",
    "no_new_facts",
    "secret",
    "outside_duties",
    "dissuaded",
    "emergency_handoff",
]
"""Outcomes that are not handling (条例 Art 11 and its items 1 to 6)."""
Result = Literal["done", "constraint"]
"""Solved, or an objective constraint explained to the citizen (条例 Art 15)."""
Verdict = Literal["redirect", "designate"]


class Assignment(Frozen):
    """Who shall handle an appeal, and by which rule of which catalogue version.

    ``verdict`` is set when an objection has been decided (条例 Art 12): ``redirect`` gives the order to
    whom the objection names or the adjudicator finds, ``designate`` takes the right to return it again.
    """

    agency_id: str
    copy_to: str | None = None
    service_code: str
    tier: str
    district: str | None = None
    subdistrict: str | None = None
    rule_id: str
    catalogue_version: str
    decided_by: str
    """``given`` (the citizen chose), the classifier's name, ``operator`` or ``adjudicator``."""
    confidence: float | None = None
    verdict: Verdict | None = None


class Answers(Frozen):
    """The citizen's answers to the three questions (条例 Art 32; the wording is ours)."""

    contacted: bool
    resolved: bool
    satisfied: bool

    @property
    def letters(self) -> str:
        """As three letters, such as ``ynn``."""
        return "".join("y" if each else "n" for each in (self.contacted, self.resolved, self.satisfied))


class Survey(Frozen):
    """The survey that is or was open; ``number`` counts from 1 and is part of its token.

    Attributes:
        call_at: when the citizen is called, unless they answer before; None when nobody calls (any more).
    """

    number: int
    trigger: SurveyTrigger
    opened_at: datetime
    expires_at: datetime
    answered: bool = False
    call_at: datetime | None = None


class Timer(NamedTuple):
    """The next moment at which a case wants to be looked at."""

    at: datetime
    kind: str
