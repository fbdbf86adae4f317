"""Check a lived year and write it down."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from hotline.domain.league import GroupLeague, leagues_of
from hotline.domain.scoring import Scorecard
from hotline.domain.tallies import Counts, Tally, Where
from infrastructure.simulation import checks, events
from infrastructure.simulation.agencies import Played
from infrastructure.simulation.checks import Verdict
from infrastructure.simulation.counting import count_events, merge, scorecards
from infrastructure.simulation.lives import World
from infrastructure.simulation.suspicions import Precision, Suspicion, precision_at
from infrastructure.simulation.truth import RATES, Truth, Truths
from infrastructure.simulation.year import Lived, Plan

STATED_PRECISION = 0.75
"""Share of the orders with the highest scores that must have been cheated on; of as many orders as half of those
cheated on. It is also what the signals are held to on the labelled set (``infrastructure/signals``)."""

Progress = Callable[[int, int], None]


class Year(NamedTuple):
    """A year as it was lived: nothing here is a figure of a city."""

    plan: Plan
    cast: Sequence[Played]
    directory: Directory
    recounted: Mapping[Where, Counts]
    counting: Sequence[Envelope]
    suspicions: Sequence[Suspicion]
    lives: int
    events: int

    @classmethod
    def of(cls, plan: Plan, cast: Sequence[Played], directory: Directory, lived: Iterable[Lived]) -> Year:
        """Put the agencies' years together."""
        recounted: dict[Where, Counts] = {}
        counting: list[Envelope] = []
        suspicions: list[Suspicion] = []
        lives = recorded = 0
        for each in lived:
            merge(recounted, each.recounted)
            counting += each.counting
            suspicions += each.suspicions
            lives += each.lives
            recorded += each.events
        return cls(plan, cast, directory, recounted, counting, suspicions, lives, recorded)


class Findings(NamedTuple):
    """What came of a year."""

    cards: Mapping[Where, Scorecard]
    leagues: Mapping[str, Sequence[GroupLeague]]
    truths: Mapping[str, Mapping[str, Truth]]
    verdicts: Sequence[Verdict]


def findings_of(year: Year, world: World, progress: Progress) -> Findings:
    """Count the year, compare the agencies, and check what must hold."""
    directory, months = year.directory, frozenset(year.plan.period.months)
    counted = count_events(
        year.counting, directory, random.Random(f"{year.plan.seed}/order"), progress=progress
    )
    recounted = _of_months(year.recounted, months)
    cards, counted_cards = (scorecards(sums, directory) for sums in (recounted, _of_months(counted, months)))
    leagues = leagues_by_month(cards, directory)
    truths = truths_of(year, world)
    verdicts: tuple[Verdict, ...] = (
        checks.same_bits(cards, counted_cards, len(year.counting)),
        checks.sums_agree(recounted, _of_months(counted, months), directory),
        checks.rates_within(cards),
        checks.one_call(checks.flips_of(year.counting, leagues, directory)),
        checks.cheats_found(precision_of(year.suspicions), STATED_PRECISION),
        checks.less_luck(checks.luck_of(leagues)),
        checks.truth_covered(checks.coverage_of(cards, truths)),
    )
    if (folder := year.plan.output) is not None:
        events.lay_out(folder)
        verdicts = (*verdicts, checks.lake_agrees(events.tallies_of(folder, year.plan.period), cards))
    return Findings(cards, leagues, truths, verdicts)


def precision_of(suspicions: Sequence[Suspicion]) -> Precision:
    """Precision of the highest scores: half as many as there were planted ones."""
    planted = sum(each.cheat is not None for each in suspicions)
    return precision_at(planted // 2, suspicions)


def leagues_by_month(
    cards: Mapping[Where, Scorecard], directory: Directory
) -> dict[str, tuple[GroupLeague, ...]]:
    """The league of each month."""
    groups = {each.agency_id: each.score_group for each in directory.agencies.values() if each.score_group}
    tallies: dict[str, dict[str, Tally]] = {}
    for (month, _, agency_id), card in cards.items():
        tallies.setdefault(month, {})[agency_id] = card.tally
    return {
        month: leagues_of(found, groups, list(directory.score_groups), directory.formula_for(month))
        for month, found in tallies.items()
    }


def truths_of(year: Year, world: World) -> dict[str, dict[str, Truth]]:
    """The true rates of everybody by every formula that counts."""
    truths = Truths(world, year.plan.period.start)
    formulas = {
        formula.version: formula for formula in map(year.directory.formula_for, year.plan.period.months)
    }
    return {
        version: {played.agency_id: truths.of(played, formula) for played in year.cast}
        for version, formula in formulas.items()
    }


def _of_months(sums: Mapping[Where, Counts], months: frozenset[str]) -> dict[Where, Counts]:
    return {where: sums[where] for where in sorted(sums) if where[0] in months}


# ---------------------------------------------------------------------- files


def write(folder: Path, year: Year, found: Findings) -> None:
    """Scorecards, leagues, the planted truth and the checks; the events are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_csv(folder / "scorecards.csv", _CARD, (_card(*each) for each in found.cards.items()))
    _write_csv(folder / "league.csv", _PLACE, _places(found.leagues))
    _write_csv(folder / "truth.csv", _TRUTH, _truth(year, found))
    _write_csv(folder / "suspicions.csv", Suspicion._fields, map(_suspicion, year.suspicions))
    about = {
        "seed": year.plan.seed,
        "months": year.plan.period.months,
        "agencies": len(year.cast),
        "cases": year.lives,
        "events": year.events,
        "directory": year.directory.version,
        "checks": [verdict._asdict() for verdict in found.verdicts],
    }
    text = json.dumps(about, ensure_ascii=False, indent=2)
    (folder / "checks.json").write_text(f"{text}\n", encoding="utf-8")


_RATES = ("response_rate", "resolution_rate", "satisfaction_rate", "survey_coverage", "composite")
_CARD = ("month", "district", "agency", "formula", *Tally.model_fields, *_RATES)
_PLACE = ("month", "group", "agency", "band", "best_rank", "worst_rank")
_TRUTH = ("agency", "district", "a_month", "cheat", *(f"true_{name}" for name in RATES), "formula")


def _card(where: Where, card: Scorecard) -> list[Any]:
    rates = (getattr(card, name) for name in _RATES)
    percents = ("" if rate is None else rate.percent for rate in rates)
    return [*where, card.formula_version, *(value for _, value in card.tally), *percents]


def _places(leagues: Mapping[str, Sequence[GroupLeague]]) -> Iterable[list[Any]]:
    for month, found in sorted(leagues.items()):
        for league in found:
            for place in league.places:
                yield [month, league.group, place.agency_id, place.band, place.best_rank, place.worst_rank]


def _truth(year: Year, found: Findings) -> Iterable[list[Any]]:
    for played in year.cast:
        for version, truths in found.truths.items():
            rates = (f"{rate:.6f}" for rate in truths[played.agency_id])
            about = (played.agency_id, played.district, f"{played.a_month:.2f}", played.cheat or "")
            yield [*about, *rates, version]


def _suspicion(each: Suspicion) -> list[Any]:
    return [each.appeal_id, each.agency_id, each.score, " ".join(each.signals), each.cheat or ""]


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
