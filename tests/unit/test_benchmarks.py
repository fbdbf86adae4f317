"""Benchmarks: the form of their results, and that a missed budget shows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks import page
from benchmarks.figures import Figure, Finding, LeftOut, missed, read_results, write_results
from benchmarks.imports import AUTHORIZER, CITIZEN, OTHER_API, WORKER, budget_of
from benchmarks.load import processor_s
from benchmarks.meter import item_size, query_units
from benchmarks.template import consumers, functions, tables

KEPT = Figure("calls.register", 1, "calls", 1, "counted")
MISSED = Figure("write_units_per_life", 36.5, "write units", 36, "counted")
TOO_SLOW = Figure("whole_chain_rate", 9.9, "appeals/s", 10, "timed", at_least=True)
EXPLAINS = Figure("write_units.register", 8, "write units", None, "counted")
ABOUT = {"measured_on": "2026-11-23", "python": "3.13.0", "machine": "2 cores"}


def test_ceilings_and_floors_are_missed_on_their_own_sides() -> None:
    assert missed([KEPT, MISSED, TOO_SLOW, EXPLAINS]) == [MISSED, TOO_SLOW]


def test_a_floor_is_kept_when_reached() -> None:
    assert Figure("rate", 10, "1/s", 10, "timed", at_least=True).met


def test_results_have_the_form_that_readers_expect(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    write_results(results, [KEPT, TOO_SLOW], [LeftOut("imports", "no valgrind")], ABOUT, keep=False)
    figures = json.loads(results.read_text(encoding="utf-8"))["figures"]
    assert figures["whole_chain_rate"] == {
        "value": 9.9,
        "unit": "appeals/s",
        "budget": 10,
        "at_least": True,
        "how": "timed",
    }
    assert figures["calls.register"]["at_least"] is False


def test_a_run_of_one_family_keeps_the_other_figures(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    write_results(results, [KEPT, MISSED], [], ABOUT, keep=False)
    better = Figure("write_units_per_life", 35, "write units", 36, "counted")
    write_results(results, [better], [], ABOUT, keep=True)
    assert {figure.name: figure.value for figure in read_results(results)} == {
        "calls.register": 1,
        "write_units_per_life": 35,
    }


def test_a_whole_run_forgets_figures_that_are_no_longer_measured(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    write_results(results, [KEPT, MISSED], [], ABOUT, keep=False)
    write_results(results, [KEPT], [], ABOUT, keep=False)
    assert read_results(results) == [KEPT]


@pytest.mark.parametrize(("figures", "checked"), [([KEPT], 0), ([KEPT, MISSED], 1)])
def test_a_missed_budget_fails_only_a_checked_run(
    figures: list[Figure], checked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_families", lambda _: {"calls": lambda progress, quick: iter(figures)})
    assert bench.main(["--quick"]) == 0
    assert bench.main(["--quick", "--check"]) == checked


def test_a_family_that_breaks_is_told_and_costs_the_others_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(progress: object, quick: bool) -> Iterator[Finding]:
        yield EXPLAINS
        raise RuntimeError("the emulator is gone")

    families = {"units": breaks, "calls": lambda progress, quick: iter([KEPT])}
    monkeypatch.setattr(bench, "_families", lambda _: families)
    assert bench.main(["--quick"]) == 1
    said = capsys.readouterr().out
    assert "the emulator is gone" in said
    assert "calls.register" in said


def test_the_page_marks_what_is_kept_and_what_is_not() -> None:
    text = page.render([KEPT, MISSED, EXPLAINS], [LeftOut("reads", "no Java")], ABOUT)
    assert "**1 of 2 budgets are kept.**" in text
    assert "| ✓ | `calls.register` | 1 calls | ≤ 1 |" in text
    assert "| ✗ | `write_units_per_life` | 36.5 write units | ≤ 36 |" in text
    assert "- reads: no Java" in text


def test_the_page_names_every_family() -> None:
    assert set(page.FAMILIES) == set(bench._families(None))


@pytest.mark.parametrize(
    ("function", "budget"),
    [
        ("IntakeApi", CITIZEN),
        ("SurveyApi", CITIZEN),
        ("HandlingApi", OTHER_API),
        ("DispatchAppeals", WORKER),
        ("Authorize", AUTHORIZER),
    ],
)
def test_each_kind_of_function_has_its_import_budget(function: str, budget: float) -> None:
    assert budget_of(functions()[function]) == budget


def test_clients_of_a_first_call_are_read_from_the_policies() -> None:
    assert functions()["PublishEvents"].services == ["events"]
    assert functions()["Authorize"].services == []
    assert "s3" not in functions()["IntakeApi"].services


def test_events_reach_the_functions_that_the_template_says() -> None:
    assert {"CountOutcomes", "SendMessages"} <= {each.name for each in consumers()["WorkOrderClosed"]}
    assert "DispatchAppeals" in {each.name for each in consumers()["AppealRegistered"]}
    assert "CountOutcomes" not in {each.name for each in consumers()["AppealRegistered"]}


def test_tables_are_made_with_the_template_s_indexes() -> None:
    by_name = {each["TableName"]: each for each in tables()}
    assert {index["IndexName"] for index in by_name["CasesTable"]["GlobalSecondaryIndexes"]} >= {
        "by_timer",
        "by_agency",
    }


def test_items_and_queries_are_billed_by_the_documented_rule() -> None:
    assert item_size({"a": {"S": "路"}, "b": {"B": b"1234"}, "m": {"M": {"k": {"N": "100"}}}}) == 4 + 5 + 9
    assert query_units([]) == 0.5
    assert query_units([{"a": {"S": "x" * 1023}}] * 5) == 1.0


def test_processor_time_of_an_unknown_server_is_not_a_number() -> None:
    assert math.isnan(processor_s([]))
