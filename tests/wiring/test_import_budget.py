"""Cold starts stay within their budgets: instructions of importing each handler from the built artifact.

Counting instructions is repeatable (to 0.01 %) where timing is not. Valgrind counts them; without it this
test fails rather than skips, because a budget that nobody checks is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.imports import budget_of, import_ratios, instructions, laid_out, require_valgrind
from benchmarks.template import functions

SLACK = 1.05
"""Over the budget, so that a patch release of Python does not turn the tests red."""

REPRESENTATIVES = ("IntakeApi", "SurveyApi", "HandlingApi", "DispatchAppeals", "Authorize")
"""One of each kind; `make bench` measures all."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[Path]:
    """The built artifact as Lambda lays it out."""
    require_valgrind()
    with laid_out() as folder:
        yield folder


def test_importing_a_handler_stays_within_its_budget(runtime: Path) -> None:
    chosen = [functions()[name] for name in REPRESENTATIVES]
    ratios = {name: alone for name, (_, alone) in import_ratios(runtime, chosen, clients=False).items()}
    beyond = {
        function.name: f"{ratios[function.name]:.2f} > {budget_of(function)}"
        for function in chosen
        if ratios[function.name] > budget_of(function) * SLACK
    }
    assert beyond == {}


def test_a_heavier_import_is_noticed(runtime: Path) -> None:
    light = instructions(runtime, "import auth.authorize")
    heavy = instructions(runtime, "import auth.authorize, hotline.edges.openapi, chalice.app")
    assert heavy > light * 1.1


def test_counts_repeat(runtime: Path) -> None:
    counts = [instructions(runtime, "import hotline.domain.errors") for _ in range(2)]
    assert abs(counts[0] - counts[1]) < 0.001 * counts[0]
