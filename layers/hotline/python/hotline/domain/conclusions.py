"""Outcomes that are not handling: what the hotline may answer instead of dispatching (条例 Art 11).

Each has the facts that the law makes it need. Codes go into the event, words into a note that the
citizen reads; the survey then asks whether the citizen accepts it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, RootModel

from hotline.domain.appeal import Code, Line, Text
from hotline.domain.model import Frozen


class AnsweredAtOnce(Frozen):
    """A question answered from what is known (Art 11); ``knowledge_ref`` names the entry."""

    outcome: Literal["answered_at_once"]
    text: Text
    knowledge_ref: Code | None = None


class LegalRoute(Frozen):
    """For a court, an arbitration, a disciplinary body and so on: told which way to go (Art 11(2))."""

    outcome: Literal["legal_route"]
    route: Literal["litigation", "arbitration", "discipline", "reconsideration", "disclosure", "petition"]
    text: Text


class NoNewFacts(Frozen):
    """The same matter in hand or finished: told how far it is, or how it ended (Art 11(3)).

    ``comparison_id`` stands for the comparison of the two appeals that was shown to the operator.
    """

    outcome: Literal["no_new_facts"]
    same_as: Code
    comparison_id: Code
    text: Text


class Secret(Frozen):
    """State or trade secrets, privacy: explained why nothing can be told (Art 11(4))."""

    outcome: Literal["secret"]
    text: Text


class OutsideDuties(Frozen):
    """Nobody's duty in the city: told the way by the market or society (Art 11(5)).

    ``passed_to`` is the agency that supervises or guides such matters, if it was told of it.
    """

    outcome: Literal["outside_duties"]
    told: Literal["market", "social"]
    passed_to: Code | None = None
    text: Text


class Dissuaded(Frozen):
    """Against the law or public order: dissuaded, with the provision (Art 11(6))."""

    outcome: Literal["dissuaded"]
    law: Line
    text: Text


class EmergencyHandoff(Frozen):
    """Handed to an emergency service that has acknowledged it (Art 11(1)).

    ``reference`` is its ticket or whoever took the call; it stays between offices.
    """

    outcome: Literal["emergency_handoff"]
    number: Literal["110", "119", "120", "122"]
    reference: Line
    acknowledged_at: AwareDatetime


AnyConclusion = (
    AnsweredAtOnce | LegalRoute | NoNewFacts | Secret | OutsideDuties | Dissuaded | EmergencyHandoff
)


class Conclude(RootModel[Annotated[AnyConclusion, Field(discriminator="outcome")]]):
    """End an appeal without handling, for a reason that the law knows (条例 Art 11).

    Example:
        >>> Conclude.model_validate({"outcome": "legal_route", "route": "litigation", "text": "请向法院起诉"}).facts
        {'route': 'litigation'}
    """

    model_config = ConfigDict(frozen=True)

    @property
    def facts(self) -> dict[str, Any]:
        """The codes, times and numbers of it: what the event keeps."""
        facts = self.root.model_dump(exclude={"outcome", *_WORDS}, exclude_none=True)
        if "acknowledged_at" in facts:
            facts["acknowledged_at"] = int(facts["acknowledged_at"].timestamp())
        return facts

    @property
    def words(self) -> str:
        """The words of it: what the note keeps."""
        match self.root:
            case EmergencyHandoff(reference=reference):
                return reference
            case Dissuaded(law=law, text=text):
                return f"{text}\n（{law}）"
            case _:
                return self.root.text


_WORDS = frozenset({"text", "law", "reference"})
