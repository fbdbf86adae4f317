"""Agencies beside their likes: bands and ranges of rank in place of a ranking by luck.

国办函〔2025〕66号 asks not to chase rank for its own sake and encourages banded and classified evaluation.
So an agency is compared with the agencies of its own group only; what it scored is an interval, not a
point; and a place among others is a range from the best to the worst that these intervals allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from hotline.domain.model import Frozen
from hotline.domain.scoring import Formula, Interval, Scorecard, precise_enough, score
from hotline.domain.tallies import Tally

Band = Literal["ahead", "typical", "behind", "not_enough_cases"]
"""Wholly above the rate of its group taken together, around it, wholly below it; or too little is known."""


class Standing(NamedTuple):
    """An agency among its likes."""

    agency_id: str
    tally: Tally


class Place(Frozen):
    """Where an agency stands in its group.

    Attributes:
        band: whether the interval of its composite lies wholly above or below the composite of the whole
            group; ``not_enough_cases`` when it closed too few orders, or too little is known about them.
        best_rank, worst_rank: the places that its interval and those of the others allow; None when it is
            not compared.
    """

    agency_id: str
    scorecard: Scorecard
    band: Band
    best_rank: int | None = None
    worst_rank: int | None = None


class GroupLeague(Frozen):
    """A group of like agencies.

    Attributes:
        pooled: what all of the group's orders together are worth, those of small agencies included.
        places: by agency id; a league has no order of its own.
    """

    group: str
    pooled: Scorecard
    places: tuple[Place, ...]


def league_of(group: str, standings: Iterable[Standing], formula: Formula) -> GroupLeague:
    """Compare the agencies of a group with each other."""
    members = sorted(standings)
    pooled = score(Tally.sum(each.tally for each in members), formula)
    cards = {each.agency_id: score(each.tally, formula) for each in members}
    compared = {
        each.agency_id: interval
        for each in members
        if (interval := cards[each.agency_id].composite_interval) is not None
        and cases_of(each.tally) >= formula.min_cases
        and precise_enough(each.tally, formula)
    }
    return GroupLeague(
        group=group,
        pooled=pooled,
        places=tuple(_place(agency_id, card, pooled, compared) for agency_id, card in cards.items()),
    )


def leagues_of(
    tallies: Mapping[str, Tally], groups: Mapping[str, str], names: Sequence[str], formula: Formula
) -> tuple[GroupLeague, ...]:
    """The leagues of a month.

    Args:
        tallies: by agency.
        groups: the group of each agency that is compared with others.
        names: the groups, in the order in which they are shown; those without a tally are left out.
    """
    members: dict[str, list[Standing]] = {name: [] for name in names}
    for agency_id, tally in tallies.items():
        if (group := groups.get(agency_id)) in members:
            members[group].append(Standing(agency_id, tally))
    return tuple(league_of(name, found, formula) for name, found in members.items() if found)


def cases_of(tally: Tally) -> int:
    """How much an agency's score rests on: closed orders, or its parts when it has led none."""
    return tally.closed or tally.assists + tally.summons


def band_of(interval: Interval, pooled: Scorecard) -> Band:
    """Whether an interval lies wholly on one side of what the group is worth.

    Both are compared as whole numbers: exactly, without rounding.
    """
    if pooled.composite is None:
        return "typical"
    middle = pooled.composite.value * 10_000
    if interval.low > middle:
        return "ahead"
    return "behind" if interval.high < middle else "typical"


def _place(agency_id: str, card: Scorecard, pooled: Scorecard, compared: Mapping[str, Interval]) -> Place:
    interval = compared.get(agency_id)
    if interval is None:
        return Place(agency_id=agency_id, scorecard=card, band="not_enough_cases")
    surely_better = sum(other.low > interval.high for other in compared.values())
    surely_worse = sum(other.high < interval.low for other in compared.values())
    return Place(
        agency_id=agency_id,
        scorecard=card,
        band=band_of(interval, pooled),
        best_rank=1 + surely_better,
        worst_rank=len(compared) - surely_worse,
    )
