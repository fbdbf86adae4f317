"""The true rates of an agency: what its courses count, weighed with how probable they are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hotline.domain.scoring import Formula, Ratio
from hotline.domain.tallies import COUNT_NAMES
from hotline.use_cases.count_outcomes import recount
from infrastructure.simulation.agencies import Played
from infrastructure.simulation.courses import Course, Courses, courses_of
from infrastructure.simulation.lives import Life, World

RATES = ("response", "resolution", "satisfaction")
_PARTS = ("assist", "summons")


class Truth(NamedTuple):
    """What the three rates of an agency would be with infinitely many cases."""

    response: float
    resolution: float
    satisfaction: float


class Truths:
    """Finds true rates, living each course once.

    Args:
        at: when those lives begin; nothing about a course depends on it.
    """

    def __init__(self, world: World, at: datetime) -> None:
        self._world = world
        self._at = at
        self._counts: dict[Course, dict[str, int]] = {}

    def of(self, played: Played, formula: Formula) -> Truth:
        """The true rates by a formula."""
        courses = courses_of(played.quality, played.cheat)
        mean = self._mean(played, courses)
        ratios: Sequence[Ratio] = (formula.response, formula.resolution, formula.satisfaction)
        return Truth(*(_share(ratio, mean) for ratio in ratios))

    def _mean(self, played: Played, courses: Courses) -> dict[str, float]:
        mean = dict.fromkeys(COUNT_NAMES, 0.0)
        for course, share in zip(*courses, strict=True):
            for name, value in self.counts(played, course).items():
                mean[name] += share * value
        return mean

    def counts(self, played: Played, course: Course) -> dict[str, int]:
        """What a case of that course counts in all, the assists of others left out."""
        if course not in self._counts:
            life = Life(self._world, played, course, random.Random(repr(course)))
            life.live(self._at)
            self._counts[course] = _own(life, played, self._world)
        return self._counts[course]


def _own(life: Life, played: Played, world: World) -> dict[str, int]:
    own = dict.fromkeys(COUNT_NAMES, 0)
    for (_, _, agency_id), counts in recount(life.histories, world.directory).items():
        if agency_id == played.agency_id:
            for name, value in counts:
                own[name] += 0 if name.startswith(_PARTS) else value
    return own


def _share(ratio: Ratio, mean: dict[str, float]) -> float:
    above = sum(mean[name] for name in ratio.numerator)
    return above / sum(mean[name] for name in ratio.denominator)
