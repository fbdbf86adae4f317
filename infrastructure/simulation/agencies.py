"""The simulated city's agencies: how many cases each gets, how good each truly is, and who cheats.

Every share and size here is an invention of this simulation, none is a city's figure.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.outcomes import district_of_agency

Cheat = Literal["skipped_contact", "copied_reply", "last_minute"]
CHEATS: tuple[Cheat, ...] = ("skipped_contact", "copied_reply", "last_minute")

SMALLEST = 6
"""Cases a month of the agencies that have the fewest."""

_STEEPNESS = 1.0
"""Of Zipf's law over the sizes: the largest gets twice the second's cases, three times the third's …"""


class Quality(NamedTuple):
    """How good an agency truly is; constant over the year, so that whatever moves is luck.

    Attributes:
        contacts: share of citizens whom it contacts within the response limit.
        keeps_limit: share of orders that it resolves within the handling limit.
        resolves: share of first handlings, and of each further one, that help the citizen.
        satisfies: share of those helped who are satisfied too.
    """

    contacts: float
    keeps_limit: float
    resolves: float
    satisfies: float


class Played(NamedTuple):
    """One agency of the simulation.

    Attributes:
        a_month: cases that it is expected to get each month.
        cheat: how it cheats, if it does.
    """

    agency_id: str
    district: str
    a_month: float
    quality: Quality
    cheat: Cheat | None = None


def cast(
    directory: Directory, *, count: int, cases: int, months: int, cheats: float, seed: int
) -> list[Played]:
    """Choose the agencies, largest first.

    Args:
        count: how many; the directory's first ones by a draw of the seed.
        cases: how many they are expected to get together over all months.
        cheats: share of the agencies that cheat; who gets enough cases to be worth it, every way of cheating
            as often as the others.

    Raises:
        ValueError: the directory has fewer agencies.
    """
    chosen = random.Random(f"{seed}/cast")
    handling = sorted(each for each in directory.agencies if each != directory.city.code)
    if count > len(handling):
        raise ValueError(f"the directory has {len(handling)} agencies that could handle, not {count}")
    agency_ids = chosen.sample(handling, count)
    planted = _cheaters(chosen, count, cheats)
    return [
        Played(
            agency_id=agency_id,
            district=district_of_agency(agency_id, directory),
            a_month=a_month,
            quality=_quality(chosen),
            cheat=planted.get(place),
        )
        for place, (agency_id, a_month) in enumerate(
            zip(agency_ids, sizes(count, cases / months), strict=True)
        )
    ]


def sizes(count: int, a_month: float) -> list[float]:
    """Cases a month by agency: nobody gets fewer than ``SMALLEST`` while there are enough, a few get most.

    Example:
        >>> [round(size) for size in sizes(4, 124)]
        [75, 29, 14, 6]
    """
    smallest = min(float(SMALLEST), a_month / count)
    weights = [1 / (place + 1) ** _STEEPNESS - 1 / count**_STEEPNESS for place in range(count)]
    rest = a_month - smallest * count
    return [smallest + rest * weight / (sum(weights) or 1) for weight in weights]


def _quality(chosen: random.Random) -> Quality:
    return Quality(
        contacts=chosen.betavariate(36, 3),
        keeps_limit=chosen.betavariate(27, 3),
        resolves=chosen.betavariate(20, 4),
        satisfies=chosen.betavariate(22, 3),
    )


def _cheaters(chosen: random.Random, count: int, share: float) -> dict[int, Cheat]:
    places: Sequence[int] = range(count)
    planted = sorted(chosen.sample(places, round(count * share)))
    return {place: CHEATS[number % len(CHEATS)] for number, place in enumerate(planted)}
