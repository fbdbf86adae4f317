"""A year of a city: every agency lives its cases, each from a seed of its own, on as many processors as there are.

What is kept of a case is what counts: its events that may, and what was planted in it. The same seed gives
the same year on any number of processors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from hotline.domain.outcomes import COUNTED
from hotline.domain.tallies import Counts, Where
from hotline.use_cases.count_outcomes import recount
from infrastructure.directory.loading import load
from infrastructure.simulation.agencies import Played
from infrastructure.simulation.counting import merge
from infrastructure.simulation.courses import courses_of
from infrastructure.simulation.events import EventFiles
from infrastructure.simulation.lives import Life, World
from infrastructure.simulation.periods import Period
from infrastructure.simulation.suspicions import Suspicion, Suspicions

RUN_UP = timedelta(days=45)
"""Cases begin so long before the first month, so that it closes the same mix of short and long lives."""


class Lived(NamedTuple):
    """What is left of an agency's year.

    Attributes:
        lives: how many cases there were; ``events``: how many events they left.
        recounted: what its cases count, from the cases themselves; other agencies' assists too.
        counting: the events that may count.
        suspicions: what was planted in the cases, and what the signals say.
    """

    agency_id: str
    lives: int
    events: int
    recounted: dict[Where, Counts]
    counting: list[Envelope]
    suspicions: list[Suspicion]


class Plan(NamedTuple):
    """What a process has to know to live an agency's year.

    Attributes:
        weighed: of how many of the last months the replies are weighed by the signals, which is slow.
    """

    folder: Path
    today: date
    period: Period
    seed: int
    output: Path | None
    weighed: int = 1


def live_year(
    cast: Sequence[Played], plan: Plan, progress: Callable[[int, int], None], processes: int
) -> Iterator[Lived]:
    """Live every agency's year, the largest first; in the order of ``cast``."""
    total = sum(played.a_month for played in cast)
    done = 0.0
    for played, lived in zip(cast, _run(cast, plan, processes), strict=True):
        done += played.a_month
        progress(round(100 * done / total), 100)
        yield lived


def live_agency(played: Played, world: World, plan: Plan) -> Lived:
    """One agency's year, case after case in the order in which they were registered."""
    chosen = random.Random(f"{plan.seed}/{played.agency_id}")
    moments = list(_registrations(played, plan.period, chosen))
    courses = courses_of(played.quality, played.cheat).draw(chosen, len(moments))
    suspicions = Suspicions(played.agency_id, world.directory, plan.period.months[-plan.weighed :])
    files = EventFiles(plan.output, played.agency_id, world.directory)
    recounted: dict[Where, Counts] = {}
    counting: list[Envelope] = []
    events = 0
    for at, course in zip(moments, courses, strict=True):
        life = Life(world, played, course, chosen)
        life.live(at)
        merge(recounted, recount(life.histories, world.directory))
        suspicions.note(life, course.cheat)
        envelopes = list(life.envelopes)
        events += len(envelopes)
        counting += [each for each in envelopes if each.name in COUNTED]
        files.add(envelopes)
    files.close()
    return Lived(played.agency_id, len(moments), events, recounted, counting, suspicions.found)


def _registrations(played: Played, period: Period, chosen: random.Random) -> Iterator[datetime]:
    """Independent moments: the cases of a month are a Poisson number around ``a_month``."""
    begin = period.start - RUN_UP
    rate = played.a_month * len(period.months) / (period.end - period.start).total_seconds()
    at = begin
    while (at := at + timedelta(seconds=chosen.expovariate(rate))) < period.end:
        yield at


_kept: dict[tuple[Path, date], World] = {}
"""The world of this process: compiled once, not once an agency."""


def world_of(folder: Path, today: date) -> World:
    """The world of a directory folder."""
    key = (folder, today)
    if key not in _kept:
        _kept[key] = World.of(directory_of(folder, today))
    return _kept[key]


def directory_of(folder: Path, today: date) -> Directory:
    """Compile a folder in memory.

    Raises:
        ValueError: the folder has errors.
    """
    loaded = load(folder, today)
    if loaded.problems.errors:
        raise ValueError("; ".join(str(problem) for problem in loaded.problems.errors))
    return loaded.directory()


def _live(played: Played, plan: Plan) -> Lived:
    return live_agency(played, world_of(plan.folder, plan.today), plan)


def _run(cast: Sequence[Played], plan: Plan, processes: int) -> Iterator[Lived]:
    if processes == 1:
        yield from map(partial(_live, plan=plan), cast)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_live, plan=plan), cast)
