"""What must hold of a simulated year; each check says what it found, and fails on a year that was tampered with."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from hotline.domain.league import Band, GroupLeague, Standing, league_of
from hotline.domain.outcomes import CLOSED, NOBODYS, counted_of
from hotline.domain.scoring import Formula, Interval, Rate, Scorecard, score
from hotline.domain.tallies import Counts, Tally, Where, add_up, month_of
from infrastructure.simulation.counting import CITY, Cards, bits_of, whole_of
from infrastructure.simulation.suspicions import Precision
from infrastructure.simulation.truth import RATES, Truth

FEW = 6
"""Cases of the agencies that one call must not move."""

COVERED = (0.94, 0.975)
"""Between which bounds the share of 95 % intervals that hold the truth must lie, if there were infinitely many.

Few cases make an interval cautious rather than wrong, so there is more room above than below.
"""

WORDS = ("yyy", "yyn", "yny", "ynn", "nyy", "nyn", "nny", "nnn")

Leagues = Mapping[str, Sequence[GroupLeague]]
"""By month."""


class Verdict(NamedTuple):
    """One check's result."""

    name: str
    passed: bool
    said: str

    @property
    def line(self) -> str:
        """For people."""
        return f"{'ok  ' if self.passed else 'FAIL'} {self.name}: {self.said}"


# ---------------------------------------------------------------------- counting


def same_bits(from_cases: Cards, from_events: Cards, events: int) -> Verdict:
    """Recounting from the cases gives the very scorecards that counting event by event gave."""
    one, other = bits_of(from_cases), bits_of(from_events)
    digests = [hashlib.sha256(bits).hexdigest()[:16] for bits in (one, other)]
    if one == other:
        said = f"{len(from_cases)} scorecards from the cases and from {events} shuffled, repeated events: {digests[0]}"
    else:
        differing = sum(
            from_cases.get(where) != from_events.get(where) for where in {*from_cases, *from_events}
        )
        said = f"{differing} of {len(from_cases)} scorecards differ ({digests[0]}, {digests[1]})"
    return Verdict("recount", one == other, said)


def sums_agree(
    agencies: Mapping[Where, Counts], counted: Mapping[Where, Counts], directory: Directory
) -> Verdict:
    """Agencies add up to districts, districts to the city, and every rate lies between 0 and 1.

    Args:
        agencies: recounted from the cases.
        counted: counted event by event; districts and the city are made from these.
    """
    districts, city = whole_of(counted)
    wrong = [
        where
        for where, whole in districts.items()
        if Tally.sum(_within(agencies, *where[:2])) != whole.settled()
    ]
    wrong += [
        where
        for where, whole in city.items()
        if Tally.sum(each.settled() for each in _districts(districts, where[0])) != whole.settled()
    ]
    wrong += [
        where for where in districts.keys() | city.keys() if not _sound(where, districts, city, directory)
    ]
    said = f"{len(agencies)} agency months, {len(districts)} district months, {len(city)} months of the city"
    if wrong:
        said = f"{len(wrong)} sums disagree, the first {'/'.join(min(wrong))}"
    return Verdict("sums", not wrong, said)


def lake_agrees(rows: Sequence[Mapping[str, Any]], cards: Cards) -> Verdict:
    """The lake's question ``tallies`` gives the counts of the scorecards; who called for assists is not in it.

    Args:
        rows: the answer, by column.
    """
    mine = {(month, who): card.tally for (month, _, who), card in cards.items()}
    wrong = [
        (month, who, name)
        for month, who, name, value in _cells(rows)
        if value != getattr(mine.get((month, who), Tally()), name)
    ]
    found = {(row["month"], row["agency_id"]) for row in rows}
    missing = [where for where, tally in mine.items() if where not in found and tally.closed + tally.excluded]
    said = f"the lake's SQL gives the counts of {len(rows)} agency months"
    if wrong or missing:
        said = f"{len(wrong)} counts differ in the lake, {len(missing)} agency months are missing there"
        said += f", the first {' '.join(map(str, (wrong or missing)[0]))}"
    return Verdict("lake", not wrong and not missing, said)


def _cells(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, int]]:
    for row in rows:
        for name, value in row.items():
            if name not in ("month", "agency_id"):
                yield row["month"], row["agency_id"], name, value


def rates_within(cards: Cards) -> Verdict:
    """Every rate, its interval around it, lies between 0 and 1."""
    wrong = [
        where for where, card in cards.items() if not all(_within_bounds(*each) for each in _rates(card))
    ]
    said = f"{len(cards)} scorecards, every rate within its interval and within 0 and 1"
    if wrong:
        said = f"{len(wrong)} scorecards do not, the first {'/'.join(wrong[0])}"
    return Verdict("rates", not wrong, said)


def _within(sums: Mapping[Where, Counts], month: str, district: str) -> Iterator[Tally]:
    for (when, where, who), counts in sums.items():
        if (when, where) == (month, district) and not who.startswith(NOBODYS):
            yield counts.settled()


def _districts(districts: Mapping[Where, Counts], month: str) -> Iterator[Counts]:
    return (counts for (when, _, _), counts in districts.items() if when == month)


def _sound(
    where: Where, districts: Mapping[Where, Counts], city: Mapping[Where, Counts], directory: Directory
) -> bool:
    counts = city[where] if where[1] == CITY else districts[where]
    card = score(counts.settled(), directory.formula_for(where[0]))
    return all(_within_bounds(*each) for each in _rates(card))


def _rates(card: Scorecard) -> Iterator[tuple[Rate | None, Interval | None]]:
    for name in (*RATES, "survey_coverage", "parts", "composite"):
        rate = card.composite if name == "composite" else getattr(card, f"{name}_rate", None)
        if name == "survey_coverage":
            rate = card.survey_coverage
        yield rate, getattr(card, f"{name}_interval")


def _within_bounds(rate: Rate | None, interval: Interval | None) -> bool:
    if rate is None or interval is None:
        return rate is None
    share = rate.value * 10_000
    return 0 <= interval.low <= share <= interval.high <= 10_000


# ---------------------------------------------------------------------- one call


class Flips(NamedTuple):
    """What one call that answers otherwise does to agencies with few cases.

    Attributes:
        agencies: agency months with that few cases; ``calls``: answers that were changed, in every way.
        moved: how many of those moved an agency to another band.
        places: by how many places of a plain ranking one call moved an agency at most.
    """

    agencies: int
    calls: int
    moved: int
    places: int


def one_call(flips: Flips) -> Verdict:
    """No single answer moves an agency with few cases across bands."""
    said = (
        f"{flips.agencies} agency months with {FEW} cases, {flips.calls} answers changed one at a time: "
        f"{flips.moved} moved a band; by plain ranks one call moves up to {flips.places} places"
    )
    return Verdict("one call", flips.moved == 0, said)


def flips_of(counting: Iterable[Envelope], leagues: Leagues, directory: Directory, few: int = FEW) -> Flips:
    """Change every answer of every agency month with that few cases, one at a time, in every way."""
    tallies = {
        (month, place.agency_id): (league, place.scorecard.tally)
        for month, found in leagues.items()
        for league in found
        for place in league.places
        if place.scorecard.tally.closed == few
    }
    standings = _standings(counting, tallies.keys(), directory)
    calls = moved = places = 0
    for (month, agency_id), (league, tally) in tallies.items():
        formula = directory.formula_for(month)
        among = _Among(league, agency_id, tally, formula)
        for change in _changes(standings.get((month, agency_id), ()), directory):
            calls += 1
            after = tally.plus(change).settled()
            moved += among.band(after) != among.band(tally)
            places = max(places, abs(among.rank(after) - among.rank(tally)))
    return Flips(len(tallies), calls, moved, places)


class _Among:
    """One agency in its league: what its band and its plain rank would be with another tally.

    A band depends on the agency's own interval and on the sum of the group alone, so the others are taken
    together.
    """

    def __init__(self, league: GroupLeague, agency_id: str, tally: Tally, formula: Formula) -> None:
        others = [place.scorecard for place in league.places if place.agency_id != agency_id]
        self._agency_id, self._formula, self._group = agency_id, formula, league.group
        self._rest = Tally.sum(card.tally for card in others)
        self._composites = sorted(card.composite.value for card in others if card.composite is not None)
        self._bands: dict[Tally, Band] = {}

    def band(self, tally: Tally) -> Band:
        """The band with that tally."""
        if tally not in self._bands:
            pair = (Standing(self._agency_id, tally), Standing(f"{NOBODYS}rest", self._rest))
            places = league_of(self._group, pair, self._formula).places
            (self._bands[tally],) = (each.band for each in places if each.agency_id == self._agency_id)
        return self._bands[tally]

    def rank(self, tally: Tally) -> int:
        """The place by the composite alone; the last when there is none."""
        composite = score(tally, self._formula).composite
        better = len(self._composites)
        if composite is not None:
            better -= bisect_right(self._composites, composite.value)
        return 1 + better


def _changes(standings: Iterable[tuple[dict[str, Any], int]], directory: Directory) -> Iterator[Counts]:
    """What each other answer would add to the sums, and what sending the order back would take away."""
    for was, closed_at in standings:
        for facts in (*({"now": {**was, "answers": word}} for word in WORDS), {}):
            now = facts.get("now", {})
            if now == was or (now and now.get("answers") == was.get("answers")):
                continue
            name = "SurveyAnswerChanged" if now else "WorkOrderReopened"
            counted = counted_of(
                name, {"was": was, "closed_at": closed_at, **facts}, datetime.now(UTC), directory
            )
            yield next(iter(add_up(counted).values()), Counts())


def _standings(
    counting: Iterable[Envelope], wanted: Iterable[tuple[str, str]], directory: Directory
) -> dict[tuple[str, str], list[tuple[dict[str, Any], int]]]:
    """How each closed order of the wanted agency months stands after its corrections, and when it closed."""
    agencies = {agency_id for _, agency_id in wanted}
    standing: dict[str, tuple[dict[str, Any], int] | None] = {}
    for event in counting:
        if event.name == CLOSED and event.data.get("agency") in agencies:
            standing[event.appeal_id] = event.data, int(event.occurred_at.timestamp())
        elif "closed_at" in event.data and event.appeal_id in standing:
            now = event.data.get("now")
            standing[event.appeal_id] = (now, event.data["closed_at"]) if now else None
    found: dict[tuple[str, str], list[tuple[dict[str, Any], int]]] = {}
    for each in standing.values():
        if each is not None:
            closed_at = datetime.fromtimestamp(each[1], UTC)
            where = month_of(closed_at, directory.city.timezone), each[0]["agency"]
            found.setdefault(where, []).append(each)
    return found


# ---------------------------------------------------------------------- cheating, luck, truth


def cheats_found(precision: Precision, stated: float) -> Verdict:
    """Of the orders with the highest scores, at least the stated share was cheated on."""
    base = precision.planted / max(precision.weighed, 1)
    said = (
        f"precision at {precision.k} is {precision.share:.0%} (stated: {stated:.0%}); "
        f"of all {precision.weighed} orders {base:.1%} were planted"
    )
    return Verdict("cheating", precision.share >= stated or precision.k == 0, said)


class Luck(NamedTuple):
    """How often agencies of constant quality are told something else than a month ago.

    Attributes:
        compared: pairs of months in which an agency was compared with others.
        bands: share of them in another band; ``opposite``: from ahead to behind, or back.
        ranks: share on another place of a plain ranking; ``places``: how many places, on average.
        thirds: share in another third of that ranking.
        silent: share of all agency months that are called "not enough cases".
    """

    compared: int
    bands: float
    opposite: int
    ranks: float
    places: float
    thirds: float
    silent: float


def luck_of(leagues: Leagues) -> Luck:
    """Hold each month against the one before."""
    months = [_ranked(leagues[month]) for month in sorted(leagues)]
    pairs = [
        (before[agency_id], after[agency_id])
        for before, after in pairwise(months)
        for agency_id in before.keys() & after.keys()
    ]
    every = [place.band for found in leagues.values() for league in found for place in league.places]
    count = max(len(pairs), 1)
    moved = [(one, other) for one, other in pairs if one.band != other.band]
    return Luck(
        compared=len(pairs),
        bands=len(moved) / count,
        opposite=sum("typical" not in (one.band, other.band) for one, other in moved),
        ranks=sum(one.rank != other.rank for one, other in pairs) / count,
        places=sum(abs(one.rank - other.rank) for one, other in pairs) / count,
        thirds=sum(one.third != other.third for one, other in pairs) / count,
        silent=every.count("not_enough_cases") / max(len(every), 1),
    )


def less_luck(luck: Luck) -> Verdict:
    """Bands move less than the thirds of a plain ranking, and never from one end to the other."""
    said = (
        f"{luck.compared} agency months after another, quality unchanged: bands moved in {luck.bands:.1%}, "
        f"{luck.opposite} from end to end; plain ranks in {luck.ranks:.1%} (by {luck.places:.1f} places), "
        f"their thirds in {luck.thirds:.1%}; {luck.silent:.0%} were told 'not enough cases'"
    )
    return Verdict("luck", luck.bands <= luck.thirds and luck.opposite == 0, said)


class _Ranked(NamedTuple):
    band: Band
    rank: int
    third: int


def _ranked(leagues: Iterable[GroupLeague]) -> dict[str, _Ranked]:
    """The compared agencies of a month with their plain ranks among each other."""
    found: dict[str, _Ranked] = {}
    for league in leagues:
        compared = [
            (place.scorecard.composite.value, place)
            for place in league.places
            if place.band != "not_enough_cases" and place.scorecard.composite is not None
        ]
        ordered = sorted(compared, key=lambda each: (-each[0], each[1].agency_id))
        for rank, (_, place) in enumerate(ordered):
            found[place.agency_id] = _Ranked(place.band, rank, rank * 3 // len(ordered))
    return found


class Coverage(NamedTuple):
    """How many intervals there were, by rate, and how many held the true value."""

    shown: dict[str, int]
    held: dict[str, int]

    @property
    def share(self) -> float:
        """Of all rates."""
        return sum(self.held.values()) / max(sum(self.shown.values()), 1)


def coverage_of(cards: Cards, truths: Mapping[str, Mapping[str, Truth]]) -> Coverage:
    """Hold every interval against the truth.

    Args:
        truths: by formula version, then by agency; others (who only assisted) are left out.
    """
    shown, held = dict.fromkeys(RATES, 0), dict.fromkeys(RATES, 0)
    for (_, _, agency_id), card in cards.items():
        truth = truths[card.formula_version].get(agency_id)
        for name in RATES if truth else ():
            interval: Interval | None = getattr(card, f"{name}_interval")
            if interval is not None:
                shown[name] += 1
                held[name] += interval.low <= getattr(truth, name) * 10_000 <= interval.high
    return Coverage(shown, held)


def truth_covered(coverage: Coverage) -> Verdict:
    """About 95 of 100 intervals hold the true rate."""
    each = ", ".join(
        f"{name} {coverage.held[name] / max(coverage.shown[name], 1):.1%} of {coverage.shown[name]}"
        for name in RATES
    )
    chance = 3 * sqrt(0.95 * 0.05 / max(sum(coverage.shown.values()), 1))
    passed = COVERED[0] - chance <= coverage.share <= COVERED[1] + chance
    return Verdict("coverage", passed, f"{coverage.share:.1%} held the truth ({each})")
