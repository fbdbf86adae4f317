"""What a redirected order says about the duty catalogue (条例 Art 11: it is dynamically adjusted).

An adjudicator, or an operator, has said who is responsible for a service in a place after the agency
that a rule named had objected (Art 12). That is a proposal: a row of ``duty_rules.csv`` that would have
sent the order there at once. People decide about it; how often it was made is its support.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from hotline.domain.directory import ANYWHERE, Directory, Level
from hotline.domain.dispatching import AppealFacts, Dispatch, decide
from hotline.domain.model import Frozen


class Proposal(Frozen):
    """Give a service in a place to an agency instead of to whom a rule gives it.

    Attributes:
        against: the rule that had dispatched, or ``operator`` or ``adjudicator`` for a person.
        place: the sub-district or, where only that is known, the district; ``*`` where neither is.

    Example:
        >>> Proposal(against="city/street", service="road.lighting", place="110105015", agency_id="gas").place
        '110105015'
    """

    against: str
    service: str
    place: str
    agency_id: str


def proposal_of(facts: Mapping[str, Any]) -> Proposal | None:
    """The proposal that a ``WorkOrderRedispatched`` event makes, by its facts on the bus.

    None when the order went back to the agency that had returned it, or when nobody knows any more
    which rule had dispatched it.

    Example of ``facts``: ``{"service_code": "road.lighting", "district": "110105", "subdistrict": "110105015",
    "agency": "urban-management", "from": "110105015", "against": "city/roads", "verdict": "redirect"}``
    """
    if facts["agency"] == facts.get("from") or "against" not in facts:
        return None
    return Proposal(
        against=facts["against"],
        service=facts["service_code"],
        place=place_of(facts.get("subdistrict"), facts.get("district")),
        agency_id=facts["agency"],
    )


def place_of(subdistrict: str | None, district: str | None) -> str:
    """The narrowest place known, as a rule of duty names it."""
    return subdistrict or district or ANYWHERE


def in_force(proposal: Proposal, directory: Directory, on: date) -> bool:
    """Whether the directory sends such an appeal there already: only the service or the place was wrong."""
    decision = decide(directory, _facts_of(proposal, directory, on))
    return isinstance(decision, Dispatch) and decision.agency_id == proposal.agency_id


def _facts_of(proposal: Proposal, directory: Directory, on: date) -> AppealFacts:
    place = directory.jurisdictions.get(proposal.place)
    subdistrict = proposal.place if place and place.level is Level.SUBDISTRICT else None
    return AppealFacts(
        text="",
        on=on,
        service_code=proposal.service,
        district=directory.district_of(proposal.place),
        subdistrict=subdistrict,
    )
