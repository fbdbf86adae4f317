"""Agencies beside their likes: bands, ranges of rank, and that luck moves nobody."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.league import Standing, band_of, league_of, leagues_of
from hotline.domain.scoring import Formula, Interval, score
from hotline.domain.tallies import Tally

OURS = Formula(version="formula-1")
CALM = settings(deadline=None, max_examples=100)


def tally(closed: int, *, resolved: int, satisfied: int | None = None, in_time: int | None = None) -> Tally:
    """A month in which everybody answered."""
    return Tally(
        closed=closed,
        answered=closed,
        contacted_in_time=closed if in_time is None else in_time,
        resolved=resolved,
        satisfied=resolved if satisfied is None else satisfied,
    )


def bands(formula: Formula = OURS, **tallies: Tally) -> dict[str, tuple[str, int | None, int | None]]:
    league = league_of("like", [Standing(*each) for each in tallies.items()], formula)
    return {each.agency_id: (each.band, each.best_rank, each.worst_rank) for each in league.places}


def test_only_who_lies_wholly_beside_the_group_is_ahead_or_behind() -> None:
    assert bands(
        a=tally(600, resolved=596),
        b=tally(600, resolved=540),
        c=tally(600, resolved=420),
        d=tally(40, resolved=36),
    ) == {
        "a": ("ahead", 1, 1),
        "b": ("ahead", 2, 3),
        "c": ("behind", 3, 4),
        "d": ("typical", 2, 4),
    }


def test_an_agency_with_few_cases_has_neither_band_nor_rank_but_counts_in_its_group() -> None:
    league = league_of(
        "like", [Standing("a", tally(29, resolved=0)), Standing("b", tally(30, resolved=30))], OURS
    )
    few, enough = league.places
    assert (few.band, few.best_rank, few.worst_rank) == ("not_enough_cases", None, None)
    assert (enough.best_rank, enough.worst_rank) == (1, 1)
    assert league.pooled.tally.closed == 59


def test_many_cases_that_few_citizens_spoke_about_are_not_enough() -> None:
    silent = Tally(closed=500, answered=6, unanswered=494, contacted_in_time=500, resolved=6, satisfied=6)
    assert bands(a=silent, b=tally(500, resolved=250))["a"][0] == "not_enough_cases"


def test_equal_agencies_share_all_places() -> None:
    same = {name: tally(100, resolved=90) for name in "abc"}
    assert set(bands(**same).values()) == {("typical", 1, 3)}


def test_helpers_are_compared_by_their_parts() -> None:
    prompt, slow = (Tally(assists=200, assists_in_time=done) for done in (198, 120))
    assert bands(a=prompt, b=slow) == {"a": ("ahead", 1, 1), "b": ("behind", 2, 2)}


def test_groups_are_kept_apart_and_who_has_none_is_compared_with_nobody() -> None:
    tallies = {name: tally(100, resolved=90) for name in ("street-1", "street-2", "town-1", "hotline")}
    groups = {name: name.partition("-")[0] for name in tallies}
    leagues = leagues_of(tallies, groups, ("town", "street", "utility"), OURS)
    assert [(each.group, [place.agency_id for place in each.places]) for each in leagues] == [
        ("town", ["town-1"]),
        ("street", ["street-1", "street-2"]),
    ]


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [
        (9001, 9900, "ahead"),
        (9000, 9990, "typical"),
        (8900, 9900, "typical"),
        (8000, 9050, "typical"),
        (8000, 8999, "behind"),
    ],
)
def test_an_interval_that_reaches_the_group_is_typical_wherever_its_middle_lies(
    low: int, high: int, band: str
) -> None:
    group = score(tally(100, resolved=90, satisfied=90, in_time=90), OURS)
    assert band_of(Interval(low=low, high=high), group) == band


def test_a_group_of_which_nothing_is_known_puts_nobody_ahead() -> None:
    assert band_of(Interval(low=9000, high=10_000), score(Tally(), OURS)) == "typical"


SIX = range(7)


@pytest.mark.parametrize("min_cases", [0, 30])
@pytest.mark.parametrize("rest", [0, 500, 900, 950, 990, 1000])
def test_one_call_that_changes_its_answer_moves_no_agency_with_six_cases_across_bands(
    min_cases: int, rest: int
) -> None:
    """Every answer that six citizens can give, each changed by one call, among any group."""
    formula = Formula(version="f", min_cases=min_cases)
    others = Standing("others", tally(1000, resolved=rest, in_time=rest))

    def band(resolved: int, satisfied: int, in_time: int) -> str:
        six = Standing("a", tally(6, resolved=resolved, satisfied=satisfied, in_time=in_time))
        return league_of("like", [six, others], formula).places[0].band

    found = {state: band(*state) for state in product((0, 3, 5, 6), SIX, (0, 6))}
    for resolved, satisfied, in_time in found:
        if satisfied < 6:
            assert found[resolved, satisfied, in_time] == found[resolved, satisfied + 1, in_time]
    assert set(found.values()) == {"not_enough_cases"}


answered = st.integers(0, 400).flatmap(
    lambda closed: st.builds(
        tally, st.just(closed), resolved=st.integers(0, closed), satisfied=st.integers(0, closed)
    )
)


@CALM
@given(st.lists(answered, min_size=1, max_size=8), st.integers(0, 60))
def test_ranks_are_ranges_within_those_compared_and_hold_the_rank_of_the_point(
    tallies: list[Tally], min_cases: int
) -> None:
    formula = Formula(version="f", min_cases=min_cases)
    league = league_of("like", [Standing(f"a{n}", each) for n, each in enumerate(tallies)], formula)
    compared = [each for each in league.places if each.band != "not_enough_cases"]
    shares = [each.scorecard.composite.value for each in compared if each.scorecard.composite]
    for each in compared:
        assert each.scorecard.composite is not None
        assert each.best_rank is not None
        assert each.worst_rank is not None
        above = sum(share > each.scorecard.composite.value for share in shares)
        assert 1 <= each.best_rank <= above + 1 <= each.worst_rank <= len(compared)


@CALM
@given(st.lists(answered, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_a_league_has_no_order_of_its_own(tallies: list[Tally], chance: object) -> None:
    standings = [Standing(f"a{n}", each) for n, each in enumerate(tallies)]
    assert league_of("like", standings, OURS) == league_of("like", standings[::-1], OURS)
