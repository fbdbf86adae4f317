"""A small year of a city that never was: its checks hold, and each fails on a year that was tampered with."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.directory import Directory
from hotline.domain.league import GroupLeague
from hotline.domain.scoring import Rate, Scorecard
from hotline.domain.tallies import Counts, Where
from infrastructure.lake.local import LocalLake
from infrastructure.ops import cli
from infrastructure.simulation import checks, report
from infrastructure.simulation.agencies import CHEATS, SMALLEST, cast, sizes
from infrastructure.simulation.checks import Verdict
from infrastructure.simulation.counting import bits_of, count_events, scorecards
from infrastructure.simulation.courses import courses_of
from infrastructure.simulation.lives import World
from infrastructure.simulation.periods import Period
from infrastructure.simulation.report import Findings, Year
from infrastructure.simulation.suspicions import Suspicion, precision_at
from infrastructure.simulation.truth import Truth, Truths
from infrastructure.simulation.year import Plan, live_year
from tests.unit.builders_directory import BEIJING_FOLDER, TODAY, beijing

AGENCIES, MONTHS, CASES, SEED = 40, 3, 1800, 3
SAYS_NOTHING: Callable[[int, int], None] = lambda done, total: None  # noqa: E731


def lived(seed: int, agencies: int = AGENCIES, months: int = MONTHS, cases: int = CASES) -> Year:
    directory = beijing()
    played = cast(directory, count=agencies, cases=cases, months=months, cheats=0.15, seed=seed)
    period = Period.of(TODAY.replace(month=6, day=1), months, directory.city.timezone)
    plan = Plan(BEIJING_FOLDER, TODAY, period, seed, None)
    return Year.of(plan, played, directory, live_year(played, plan, SAYS_NOTHING, 1))


@cache
def year() -> Year:
    return lived(SEED)


@cache
def world() -> World:
    return World.of(beijing())


@cache
def found() -> Findings:
    return report.findings_of(year(), world(), SAYS_NOTHING)


def test_everything_holds_in_an_ordinary_year() -> None:
    assert [verdict.line for verdict in found().verdicts if not verdict.passed] == []


def test_the_checks_had_something_to_look_at() -> None:
    flips = checks.flips_of(year().counting, found().leagues, beijing())
    luck = checks.luck_of(found().leagues)
    coverage = checks.coverage_of(found().cards, found().truths)
    assert flips.agencies > 0
    assert flips.calls > 6 * flips.agencies
    assert flips.places > 1, "a plain ranking would have jumped"
    assert luck.compared > 5
    assert min(coverage.shown.values()) > AGENCIES
    assert {each.name for each in year().counting} >= {
        "WorkOrderClosed",
        "WorkOrderReopened",
        "SurveyAnswerChanged",
        "ExcludedFromAssessment",
        "DissatisfactionJudged",
        "SideOrderDone",
    }


def test_the_same_seed_gives_the_same_year_and_another_one_another() -> None:
    first, again, other = (lived(seed, agencies=4, months=1, cases=60) for seed in (5, 5, 6))
    assert first == again
    assert first.recounted != other.recounted


# ---- who and how many --------------------------------------------------------------------------------


def test_sizes_are_spread_from_six_a_month_to_thousands() -> None:
    spread = sizes(400, 20_000)
    assert sum(spread) == pytest.approx(20_000)
    assert spread[0] > 2_000
    assert spread[-1] == pytest.approx(SMALLEST)
    assert spread == sorted(spread, reverse=True)


def test_every_way_of_cheating_is_planted() -> None:
    played = cast(beijing(), count=60, cases=1000, months=1, cheats=0.2, seed=1)
    planted = [each.cheat for each in played if each.cheat]
    assert [planted.count(cheat) for cheat in CHEATS] == [4, 4, 4]
    with pytest.raises(ValueError, match="agencies that could handle"):
        cast(beijing(), count=10_000, cases=1, months=1, cheats=0, seed=1)


# ---- courses and truth -------------------------------------------------------------------------------


@pytest.mark.parametrize("cheat", [None, *CHEATS])
def test_a_course_counts_the_same_in_every_life(cheat: Any) -> None:
    """So that the mean over courses is the truth and no estimate."""
    played = year().cast[0]._replace(cheat=cheat)
    courses = courses_of(played.quality, cheat)
    assert sum(courses.shares) == pytest.approx(1)
    spring, autumn = (Truths(world(), beijing_time(month)) for month in (2, 9))
    for course in courses.courses[::16]:
        assert spring.counts(played, course) == autumn.counts(played, course)


# ---- each check can fail -----------------------------------------------------------------------------


def changed(cards: Mapping[Where, Scorecard], **fields: Any) -> dict[Where, Scorecard]:
    """The cards, one of them with other fields."""
    where = max(cards, key=lambda each: cards[each].tally.closed)
    return {**cards, where: cards[where].model_copy(update=fields)}


def test_an_event_that_was_lost_shows_in_the_recount() -> None:
    begin = year().plan.period.start.timestamp()
    changed_answers = [each for each in year().counting if each.name == "SurveyAnswerChanged"]
    lost = next(each for each in changed_answers if each.data["closed_at"] >= begin)
    rest = [each for each in year().counting if each is not lost]
    counted = count_events(rest, beijing(), random.Random(1))
    months = set(year().plan.period.months)
    mine = scorecards({where: each for where, each in counted.items() if where[0] in months}, beijing())
    verdict = checks.same_bits(found().cards, mine, len(rest))
    assert not verdict.passed
    assert "differ" in verdict.line


@pytest.mark.parametrize("change", ["one less", "a month less"])
def test_a_lake_that_says_otherwise_is_noticed(change: str) -> None:
    rows: list[dict[str, Any]] = [
        {"month": month, "agency_id": who, "closed": card.tally.closed}
        for (month, _, who), card in found().cards.items()
    ]
    assert checks.lake_agrees(rows, found().cards).passed
    busiest = max(rows, key=lambda row: row["closed"])
    rest = [row for row in rows if row is not busiest]
    tampered = [*rest, {**busiest, "closed": busiest["closed"] - 1}] if change == "one less" else rest
    assert not checks.lake_agrees(tampered, found().cards).passed


def test_a_count_more_in_one_agency_disagrees_with_its_district() -> None:
    sums = {where: each for where, each in year().recounted.items() if where[0] in year().plan.period.months}
    assert checks.sums_agree(sums, sums, beijing()).passed
    where = next(each for each in sums if not each[2].startswith("~"))
    more = {**sums, where: sums[where].plus(Counts(closed=1, unanswered=1))}
    assert not checks.sums_agree(more, sums, beijing()).passed


@pytest.mark.parametrize(
    "fields",
    [
        {"resolution_rate": Rate.model_construct(numerator=3, denominator=2)},
        {"resolution_interval": None},
        {"composite": Rate(numerator=0, denominator=1)},
    ],
    ids=["above one", "no interval", "outside its interval"],
)
def test_a_rate_beyond_its_bounds_is_found(fields: dict[str, Any]) -> None:
    assert checks.rates_within(found().cards).passed
    assert not checks.rates_within(changed(found().cards, **fields)).passed


def with_formula(**fields: Any) -> Directory:
    directory = Directory(beijing().version, beijing()._part)
    directory.formulas = tuple(each.model_copy(update=fields) for each in beijing().formulas)
    return directory


def beijing_time(month: int) -> datetime:
    return datetime(2026, month, 14, 4, tzinfo=UTC)


def test_without_a_floor_one_call_moves_bands() -> None:
    reckless = with_formula(min_cases=0, widest_interval=100)
    leagues = report.leagues_by_month(found().cards, reckless)
    flips = checks.flips_of(year().counting, leagues, reckless)
    assert flips.moved > 0
    assert not checks.one_call(flips).passed


def test_a_score_that_knows_nothing_finds_no_cheats() -> None:
    blind = [each._replace(score=0) for each in year().suspicions]
    assert report.precision_of(year().suspicions).share >= report.STATED_PRECISION
    assert not checks.cheats_found(report.precision_of(blind), report.STATED_PRECISION).passed


def test_of_equal_scores_none_is_preferred() -> None:
    def suspicion(number: int, score: int, *, cheat: bool) -> Suspicion:
        return Suspicion(f"A{number}", "a", score, (), "last_minute" if cheat else None)

    some = [suspicion(0, 90, cheat=True), *(suspicion(n, 50, cheat=n < 5) for n in range(1, 9))]
    assert precision_at(3, some).right == 2
    assert precision_at(3, some[::-1]).right == 2
    assert precision_at(0, []).share == 0


def test_bands_that_jump_are_noticed() -> None:
    leagues: dict[str, list[GroupLeague]] = {}
    for number, (month, groups) in enumerate(sorted(found().leagues.items())):
        band = ("ahead", "behind")[number % 2]
        leagues[month] = [
            group.model_copy(
                update={
                    "places": tuple(
                        place if place.band == "not_enough_cases" else place.model_copy(update={"band": band})
                        for place in group.places
                    )
                }
            )
            for group in groups
        ]
    verdict = checks.less_luck(checks.luck_of(leagues))
    assert not verdict.passed
    assert "bands moved in 100.0%" in verdict.said


@pytest.mark.parametrize("shift", [-0.2, 0.2])
def test_intervals_that_miss_the_truth_are_noticed(shift: float) -> None:
    wrong = {
        version: {agency_id: Truth(*(rate + shift for rate in truth)) for agency_id, truth in truths.items()}
        for version, truths in found().truths.items()
    }
    assert not checks.truth_covered(checks.coverage_of(found().cards, wrong)).passed


def test_intervals_that_are_too_wide_are_noticed() -> None:
    every = dict.fromkeys(("response", "resolution", "satisfaction"), 4000)
    assert not checks.truth_covered(checks.Coverage(every, every)).passed


def test_bits_are_those_of_every_count() -> None:
    cards = found().cards
    assert bits_of(cards) != bits_of(changed(cards, formula_version="another"))


# ---- the command -------------------------------------------------------------------------------------


def test_the_command_prints_its_checks_and_writes_the_year(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--agencies", "6", "--months", "1", "--cases", "90", "--processes", "1", "-o", str(tmp_path)]
    assert cli.main(["simulate", "year", *arguments]) == 0
    said = capsys.readouterr().out
    assert "lives/s" in said
    assert said.count("\nok   ") == 8
    assert {path.name for path in tmp_path.iterdir()} == {
        "scorecards.csv",
        "league.csv",
        "truth.csv",
        "suspicions.csv",
        "checks.json",
        "events",
    }
    with LocalLake(tmp_path) as lake:
        ((closings,),) = lake.ask("SELECT count(*) FROM facts WHERE name = 'WorkOrderClosed'").rows
    assert closings > 60


def test_the_command_fails_when_a_check_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = Findings({}, {}, {}, [Verdict("recount", False, "2 of 3 scorecards differ")])
    monkeypatch.setattr(report, "findings_of", lambda *_: nothing)
    arguments = ["--agencies", "1", "--months", "1", "--cases", "2", "--processes", "1"]
    assert cli.main(["simulate", "year", *arguments]) == 1
    assert "FAIL recount: 2 of 3 scorecards differ" in capsys.readouterr().out
