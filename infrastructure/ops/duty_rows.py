"""Which redirects of a month amount to a new row of ``duty_rules.csv`` (条例 Art 11).

Pure: from what became of dispatches to rows that can be added and imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from hotline.domain.case import Case
from hotline.domain.directory import ANYWHERE, Directory, DutyRule
from hotline.domain.dispatch_accuracy import Decision
from hotline.domain.duty_proposals import Proposal, in_force, place_of

MIN_SUPPORT = 3
MIN_SHARE = 0.5
"""Defaults of ours: three redirects to the same agency, and half of what the rule dispatched there."""


class Trial(NamedTuple):
    """One dispatch as a vote: by which rule, for which service and place, and who has the order now.

    Attributes:
        redirected: the agency of ``proposal`` got it instead of the one that the rule named.
    """

    proposal: Proposal
    redirected: bool


class Weighed(NamedTuple):
    """A proposal and what speaks for it.

    Attributes:
        support: redirects to that agency.
        dispatched: everything that the rule dispatched for that service and place.
        verdict: ``row`` for a new row, else why there is none.
    """

    proposal: Proposal
    support: int
    dispatched: int
    verdict: str

    @property
    def share(self) -> float:
        """The part of the dispatches that ended at that agency, 0 to 1."""
        return self.support / self.dispatched


def trials_of(case: Case, decided: Iterable[Decision]) -> Iterator[Trial]:
    """The votes in a case; service and place are those that were settled in the end."""
    if case.service_code is None:
        return
    place = place_of(case.subdistrict, case.district)
    for decision in decided:
        redirected = decision.given_to not in (None, decision.agency_id)
        yield Trial(
            Proposal(
                against=decision.rule_id,
                service=case.service_code,
                place=place,
                agency_id=decision.given_to if redirected and decision.given_to else decision.agency_id,
            ),
            redirected,
        )


def weigh(
    trials: Iterable[Trial],
    directory: Directory,
    on: date,
    *,
    min_support: int = MIN_SUPPORT,
    min_share: float = MIN_SHARE,
) -> list[Weighed]:
    """Every proposal with its verdict, the best supported first.

    Of several agencies proposed for the same service and place the one with most support wins; when two
    have the same, people must choose.

    Args:
        on: the day on which the catalogue is asked whether it says so already.
    """
    dispatched: dict[tuple[str, str, str], int] = {}
    support: dict[Proposal, int] = {}
    for proposal, redirected in trials:
        basis = _basis(proposal)
        dispatched[basis] = dispatched.get(basis, 0) + 1
        if redirected:
            support[proposal] = support.get(proposal, 0) + 1
    found = []
    for proposal, number in support.items():
        weighed = Weighed(proposal, number, dispatched[_basis(proposal)], "row")
        few = number < min_support or weighed.share < min_share
        verdict = _obstacle(proposal, directory, on) or ("below the threshold" if few else "row")
        found.append(weighed._replace(verdict=verdict))
    found.sort(key=lambda each: (-each.support, tuple(each.proposal.model_dump().values())))
    return list(_one_a_place(found))


def rows(weighed: Iterable[Weighed], month: str, effective_from: date) -> list[DutyRule]:
    """The rows to add; being the newest of their service and place, they win over the older ones.

    Args:
        month: yyyymm, part of the rule ids, so that later proposals do not collide.
    """
    wanted = {
        (each.proposal.service, each.proposal.place, each.proposal.agency_id)
        for each in weighed
        if each.verdict == "row"
    }
    return [
        DutyRule(
            rule_id=f"p{month}/{'city' if place == ANYWHERE else place}/{service}",
            service=service,
            place=place,
            agency=agency_id,
            effective_from=effective_from,
        )
        for service, place, agency_id in sorted(wanted)
    ]


def _basis(proposal: Proposal) -> tuple[str, str, str]:
    return proposal.against, proposal.service, proposal.place


def _obstacle(proposal: Proposal, directory: Directory, on: date) -> str | None:
    """Why no row could help."""
    if proposal.service == directory.policies.default_service:
        return "nobody could classify it: add keywords"
    if proposal.service not in directory.services:
        return "the service is no longer in the directory"
    if proposal.place != ANYWHERE and proposal.place not in directory.jurisdictions:
        return "the place is no longer in the directory"
    if proposal.agency_id not in directory.agencies:
        return "the agency is no longer in the directory"
    if in_force(proposal, directory, on):
        return "the catalogue says so already"
    return None


def _one_a_place(found: list[Weighed]) -> Iterator[Weighed]:
    votes: dict[tuple[str, str], dict[str, int]] = {}
    for each in found:
        if each.verdict == "row":
            for_place = votes.setdefault((each.proposal.service, each.proposal.place), {})
            agency_id = each.proposal.agency_id
            for_place[agency_id] = for_place.get(agency_id, 0) + each.support
    for each in found:
        for_place = votes.get((each.proposal.service, each.proposal.place), {})
        most = max(for_place.values(), default=0)
        leading = [agency_id for agency_id, number in for_place.items() if number == most]
        if each.verdict != "row" or leading == [each.proposal.agency_id]:
            yield each
        elif each.proposal.agency_id in leading:
            yield each._replace(verdict="another agency has the same support: choose one")
        else:
            yield each._replace(verdict="another agency has more support")
