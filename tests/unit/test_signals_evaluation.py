"""Precision among the highest scores, on real replies with planted cheats; and the check itself can fail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infrastructure.ops import cli
from infrastructure.ops.signals import FILE, SEED, SHARE, K
from infrastructure.signals.labelled import KINDS, Exchange, NoSet, Order, halves, plant, read
from infrastructure.signals.measuring import Scored, at_threshold, figures, score, shown, shuffled
from tests.unit.builders_signals import EMPTY, HONEST, beijing_signals

LEAST = 0.75
"""Precision among the 50 highest scores; 0.82 was measured (infrastructure/signals/README.md)."""

needs_file = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not there: the replies are not shipped")


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    other_half, measured = halves(read(FILE))
    return score(plant(measured, other_half, SHARE, SEED), beijing_signals())


def precision(scored: list[Scored]) -> float:
    return figures(scored, K, SEED)[-1].precision


@needs_file
def test_the_highest_scores_are_cheats_with_the_stated_precision(scored: list[Scored]) -> None:
    assert precision(scored) >= LEAST
    assert at_threshold(scored, beijing_signals().review_score).precision >= LEAST
    assert all(row.precision > 3 * row.chance for row in figures(scored, K, SEED))


@needs_file
def test_the_check_fails_when_the_labels_mean_nothing(scored: list[Scored]) -> None:
    assert all(precision(shuffled(scored, seed)) < LEAST / 2 for seed in range(5))


@needs_file
def test_the_check_fails_when_nothing_is_weighed(scored: list[Scored]) -> None:
    assert precision([each._replace(score=0) for each in scored]) < LEAST / 2


@needs_file
def test_each_cheat_shows_its_signal_more_often_than_honest_work(scored: list[Scored]) -> None:
    assert {row.what for row in shown(scored)} == set(KINDS)
    assert all(row.cheats >= 0.6 and row.honest <= 0.1 for row in shown(scored))


# ---- without the file ---------------------------------------------------------------------------


def exchanges(count: int = 60) -> list[Exchange]:
    asked_at, reply = datetime(2026, 3, 6, 8, tzinfo=UTC), f"{HONEST}{EMPTY}{EMPTY}"
    return [
        Exchange(n, f"第{n}号楼前路灯不亮", reply, asked_at, asked_at + timedelta(days=n % 20))
        for n in range(count)
    ]


def test_the_same_seed_plants_the_same_cheats_at_the_stated_share() -> None:
    first, again = (plant(exchanges(), exchanges(), 0.25, seed=7) for _ in range(2))
    assert first == again != plant(exchanges(), exchanges(), 0.25, seed=8)
    kinds = [order.kind for order in first if order.kind]
    assert len(kinds) == 15
    assert all(kinds.count(kind) == 3 for kind in KINDS)


def test_scores_of_equal_height_are_not_in_the_order_of_the_labels() -> None:
    orders: list[Order] = sorted(
        plant(exchanges(), exchanges(), 0.5, seed=7), key=lambda each: each.kind is None
    )
    blind = [Scored(order, 50, ()) for order in orders]
    assert figures(blind, 20, seed=1)[-1].precision < 0.9


def test_a_file_of_another_form_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = tmp_path / "strange.jsonl"
    strange.write_text('{"text": "路灯"}\n', encoding="utf-8")
    with pytest.raises(NoSet, match="no file of appeals and replies"):
        read(strange)
    assert cli.main(["signals", "evaluate", "--file", str(tmp_path / "none.jsonl")]) == 1
    assert "give --file" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--k", "0"], ["--share", "1.5"]])
def test_a_wrong_argument_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["signals", "evaluate", *wrong])
