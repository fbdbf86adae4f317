"""What ended orders say about the agencies that had to do with them.

Made from the closing event alone, so that counting as it happens and recounting from the stored
cases cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from hotline.domain.directory import Directory
from hotline.domain.tallies import ClosedBy, Counted, Outcome, PartDone, Weight, month_of

CITY_WIDE = "city"
"""Where agencies are counted that belong to no district."""

CLOSED = "WorkOrderClosed"

CORRECTIONS = frozenset(
    {
        "SurveyAnswerChanged",
        "ExcludedFromAssessment",
        "DissatisfactionJudged",
        "WorkOrderReopened",
        "ConclusionContested",
    }
)
"""What may change how an order counts that has closed already."""

COUNTED = frozenset({CLOSED, "SideOrderDone", "SideOrderCancelled"}) | CORRECTIONS
"""The events that may count."""

NOBODYS = "~"
"""Begins what stands in the place of an agency for an answer of the hotline's own, such as ``~legal_route``."""

_CONTESTED = "nnn"
_CONTENT = "yyy"
_BOTH_SIDES = frozenset({"assist", "summons"})


def counted_of(
    name: str, facts: Mapping[str, Any], ended_at: datetime, directory: Directory
) -> Iterator[Counted]:
    """Everything that an event adds to somebody's tally.

    An answer of the hotline's own (条例 Art 11) is no agency's and counts apart: the one that has stood, and
    each that the citizen contested before. Nothing for an appeal that was handled together with another
    (``into``): one order is scored once, by the word of the citizen whom it began with; a member's "not
    resolved" makes an order of its own, which counts. Nothing for a part that was taken back before it
    was due: it has no ``in_time``. A correction takes back what a closing counted and counts it anew, in the
    month of the closing.
    """
    if name == CLOSED:
        yield from _standing(facts, ended_at, directory, 1)
    elif name in CORRECTIONS:
        yield from _correction(facts, directory)
    elif name in COUNTED and facts.get("kind") in _BOTH_SIDES and "in_time" in facts:
        yield _part(facts["agency"], "asked", facts, ended_at, directory)
        if "asker" in facts:
            yield _part(facts["asker"], "asking", facts, ended_at, directory)


def outcome_of(
    facts: Mapping[str, Any], closed_at: datetime, directory: Directory, weight: Weight = 1
) -> Outcome:
    """The outcome of a ``WorkOrderClosed`` event, or of a standing that a correction names.

    ``answers`` are the citizen's last word: whoever said "not resolved" and was silent when asked
    again has answered, and the answer is no.

    Example of ``facts``: ``{"agency": "110101001", "outcome": "answered", "answers": "yyn",
    "response_in_time": 1, "handled_in_time": 1, "reopened": 0}``
    """
    agency_id = facts["agency"]
    contacted, resolved, satisfied = _answers(facts.get("answers"))
    return Outcome(
        agency_id=agency_id,
        district=district_of_agency(agency_id, directory),
        month=month_of(closed_at, directory.city.timezone),
        contacted_in_time=bool(facts["response_in_time"]),
        contacted=contacted,
        resolved=resolved,
        satisfied=satisfied,
        handled_in_time=bool(facts["handled_in_time"]),
        reopened=facts["reopened"],
        closed_by=_closed_by(facts),
        weight=weight,
    )


def _correction(facts: Mapping[str, Any], directory: Directory) -> Iterator[Counted]:
    """Take back how the order counted, and count it as it stands now, in the month in which it closed.

    What was corrected before it closed counts when it closes: it has no ``closed_at``.
    """
    if "closed_at" not in facts:
        return
    closed_at = datetime.fromtimestamp(facts["closed_at"], UTC)
    yield from _standing(facts["was"], closed_at, directory, -1)
    if "now" in facts:
        yield from _standing(facts["now"], closed_at, directory, 1)


def _standing(
    facts: Mapping[str, Any], closed_at: datetime, directory: Directory, weight: Weight
) -> Iterator[Counted]:
    if "into" in facts:
        return
    if "agency" in facts:
        yield outcome_of(facts, closed_at, directory, weight)
    for conclusion in facts.get("contested", ()):
        yield _concluded(conclusion, _CONTESTED, closed_at, directory, weight)
    if "conclusion" in facts:
        yield _concluded(facts["conclusion"], facts.get("answers"), closed_at, directory, weight)


def _closed_by(facts: Mapping[str, Any]) -> ClosedBy:
    """An exclusion counts before a judgement, a judgement before the answers that it is about."""
    answers: str | None = facts.get("answers")
    if "excluded" in facts:
        return "excluded"
    if facts.get("judged") == "unreasonable" and answers != _CONTENT:
        return "unreasonable"
    return "no_answer" if answers is None else "answered"


def _concluded(
    conclusion: str, answers: str | None, closed_at: datetime, directory: Directory, weight: Weight
) -> Outcome:
    contacted, resolved, satisfied = _answers(answers)
    return Outcome(
        agency_id=f"{NOBODYS}{conclusion}",
        district=CITY_WIDE,
        month=month_of(closed_at, directory.city.timezone),
        contacted_in_time=False,
        contacted=contacted,
        resolved=resolved,
        satisfied=satisfied,
        handled_in_time=False,
        reopened=int(resolved is False),
        closed_by="no_answer" if answers is None else "answered",
        weight=weight,
    )


def district_of_agency(agency_id: str, directory: Directory) -> str:
    """Where an agency is counted."""
    agency = directory.agencies.get(agency_id)
    return (directory.district_of(agency.jurisdiction) if agency else None) or CITY_WIDE


def _part(
    agency_id: str,
    side: Literal["asked", "asking"],
    facts: Mapping[str, Any],
    ended_at: datetime,
    directory: Directory,
) -> PartDone:
    return PartDone(
        agency_id=agency_id,
        district=district_of_agency(agency_id, directory),
        month=month_of(ended_at, directory.city.timezone),
        kind=facts["kind"],
        side=side,
        in_time=bool(facts["in_time"]),
    )


def _answers(letters: str | None) -> tuple[bool | None, bool | None, bool | None]:
    if letters is None:
        return None, None, None
    contacted, resolved, satisfied = (letter == "y" for letter in letters)
    return contacted, resolved, satisfied
