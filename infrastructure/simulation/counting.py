"""Count a year as the functions do, event by event in any order, and read scorecards from the sums."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain

from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from hotline.domain.outcomes import NOBODYS
from hotline.domain.scoring import Scorecard, score
from hotline.domain.tallies import Counted, Counts, Tally, Where, add_up
from hotline.use_cases.count_outcomes import count_outcomes

BATCH = 10
"""Events that come together, as from the counting queue."""

CITY = "*"
"""In the place of a district or an agency: all of them."""

Cards = Mapping[Where, Scorecard]


class MemoryTallies:
    """Implements ``ports.Tallies`` without a store: every event is counted once by its id."""

    def __init__(self) -> None:
        self.sums: dict[Where, Counts] = {}
        self._counted: set[str] = set()

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        """Count what is new."""
        fresh = [event_id for event_id in outcomes if event_id not in self._counted]
        merge(self.sums, add_up(chain.from_iterable(outcomes[event_id] for event_id in fresh)))
        self._counted.update(fresh)

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        """The tallies of a month in a district."""
        return {
            who: counts.settled()
            for (when, where, who), counts in self.sums.items()
            if (when, where) == (month, district)
        }

    def put_recounted(
        self, where: Where, recounted: Counts, events: Collection[str], counted: Counts
    ) -> bool:
        """Nothing is ever replaced in a simulation."""
        raise NotImplementedError


class OneDirectory:
    """Implements ``Directories``: the same version for ever."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def current(self) -> Directory:
        """That version."""
        return self._directory


def count_events(
    envelopes: Sequence[Envelope],
    directory: Directory,
    chosen: random.Random,
    *,
    duplicates: float = 0.2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[Where, Counts]:
    """Count events in a random order, a share of them twice, in the batches in which they happen to come."""
    arriving = [*envelopes, *chosen.sample(envelopes, round(len(envelopes) * duplicates))]
    chosen.shuffle(arriving)
    tallies, directories = MemoryTallies(), OneDirectory(directory)
    for start in range(0, len(arriving), BATCH):
        batch = arriving[start : start + BATCH]
        count_outcomes(batch, tallies=tallies, directories=directories)
        progress(start + len(batch), len(arriving))
    return tallies.sums


def merge(sums: dict[Where, Counts], more: Mapping[Where, Counts]) -> None:
    """Add sums to sums."""
    for where, counts in more.items():
        sums[where] = sums[where].plus(counts) if where in sums else counts


def scorecards(sums: Mapping[Where, Counts], directory: Directory) -> dict[Where, Scorecard]:
    """What the sums are worth by the formula of their month; the hotline's own answers are nobody's."""
    return {
        where: score(sums[where].settled(), directory.formula_for(where[0]))
        for where in sorted(sums)
        if not where[2].startswith(NOBODYS)
    }


def whole_of(sums: Mapping[Where, Counts]) -> tuple[dict[Where, Counts], dict[Where, Counts]]:
    """The sums of districts and of the city, made from what agencies' orders count.

    Returns:
        By (month, district, ``*``), and by (month, ``*``, ``*``).
    """
    districts: dict[Where, Counts] = {}
    city: dict[Where, Counts] = {}
    for (month, district, agency_id), counts in sums.items():
        if not agency_id.startswith(NOBODYS):
            merge(districts, {(month, district, CITY): counts})
            merge(city, {(month, CITY, CITY): counts})
    return districts, city


def bits_of(cards: Cards) -> bytes:
    """Scorecards as bytes: equal only if every count, rate and interval is."""
    return "\n".join(f"{'/'.join(where)} {card.model_dump_json()}" for where, card in cards.items()).encode()
