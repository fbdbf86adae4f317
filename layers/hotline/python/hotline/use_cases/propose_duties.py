"""派: what redirected orders propose for the duty catalogue (条例 Art 11: it is dynamically adjusted)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hotline.domain.actor import Role
from hotline.domain.directory import ANYWHERE
from hotline.domain.duty_proposals import in_force, proposal_of
from hotline.domain.model import Frozen
from hotline.domain.tallies import month_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotline.domain.actor import Actor
    from hotline.domain.directory import Directories
    from hotline.domain.duty_proposals import Proposal
    from hotline.domain.errors import HotlineError
    from hotline.domain.events import Envelope
    from hotline.ports import Clock as Now
    from hotline.ports import DutyProposals


def propose_duties(
    envelopes: Sequence[Envelope], *, proposals: DutyProposals, directories: Directories
) -> dict[str, HotlineError]:
    """Note what a batch of redirects proposes; every event counts once, however often it comes.

    Returns:
        Nothing: it notes the batch or raises, and then the whole batch comes back.
    """
    timezone = directories.current().city.timezone
    made: dict[tuple[str, Proposal], list[str]] = {}
    for envelope in envelopes:
        proposal = proposal_of(envelope.data)
        if proposal is not None:
            month = month_of(envelope.occurred_at, timezone)
            made.setdefault((month, proposal), []).append(envelope.event_id)
    for (month, proposal), event_ids in made.items():
        proposals.support(month, proposal, event_ids)
    return {}


class ProposalView(Frozen):
    """A proposal as the staff see it.

    Attributes:
        rule_id: the rule that had dispatched, or ``operator`` or ``adjudicator`` for a person.
        place: a sub-district, a district, or ``*`` where neither was known.
        agency_id: who got the orders instead.
        support: how many redirects propose it.
        in_force: the catalogue says so already: only the service or the place had been wrong.
    """

    rule_id: str
    service_code: str
    place: str
    agency_id: str
    support: int
    in_force: bool


class MonthProposals(Frozen):
    """A month's proposals, the best supported first; ``total`` counts those that are not shown too."""

    month: str
    total: int
    proposals: tuple[ProposalView, ...]


def read_proposals(
    month: str, limit: int, *, by: Actor, proposals: DutyProposals, directories: Directories, now: Now
) -> MonthProposals:
    """The proposals of a month; a district's supervisor sees those for the own district."""
    directory = directories.current()
    today = now().astimezone(ZoneInfo(directory.city.timezone)).date()
    found = [
        (proposal, support)
        for proposal, support in proposals.of_month(month).items()
        if _may_see(by, proposal.place)
    ]
    found.sort(
        key=lambda each: (-each[1], each[0].against, each[0].service, each[0].place, each[0].agency_id)
    )
    return MonthProposals(
        month=month,
        total=len(found),
        proposals=tuple(
            ProposalView(
                rule_id=proposal.against,
                service_code=proposal.service,
                place=proposal.place,
                agency_id=proposal.agency_id,
                support=support,
                in_force=in_force(proposal, directory, today),
            )
            for proposal, support in found[:limit]
        ),
    )


def _may_see(by: Actor, place: str) -> bool:
    if by.role is not Role.SUPERVISOR or by.district is None:
        return True
    return place != ANYWHERE and place.startswith(by.district)
