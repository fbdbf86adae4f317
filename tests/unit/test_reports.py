"""``hotline report``: what is made of the answers, and how it is written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hotline.domain.outcomes import counted_of
from hotline.domain.tallies import COUNT_NAMES, Counts, add_up
from infrastructure.lake.answers import Answer
from infrastructure.lake.local import LocalLake
from infrastructure.ops import cli, report
from infrastructure.ops.periods import Period
from infrastructure.reports.catalogue import REPORTS
from infrastructure.reports.making import Reporter
from infrastructure.reports.names import Names
from infrastructure.reports.scope import Scope
from infrastructure.reports.writing import BOM, write
from tests.unit.builders_directory import EAST, RIVERSIDE, tiny_directory, tiny_parts
from tests.unit.builders_lake import envelopes, lake

NOW = datetime(2026, 5, 1, tzinfo=UTC)
MARCH = Period.days(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai")
HOSTILE = '=HYPERLINK("http://evil")'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("lake")
    lake(where)
    return where


@pytest.fixture(scope="module")
def reporter(folder: Path) -> Iterator[Reporter]:
    with LocalLake(folder) as opened:
        yield Reporter(opened, tiny_directory())


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "directory_from", lambda _: tiny_directory())


def march(**part: Any) -> Scope:
    return Scope.of(MARCH, date(2026, 5, 1), NOW, **part)


def made(
    reporter: Reporter, name: str, scope: Scope | None = None, language: Any = "zh-CN"
) -> list[dict[str, Any]]:
    names = Names(reporter.directory, language)
    return reporter.report(REPORTS[name], scope or march(), names).table.records


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(["report", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_tallies_are_what_the_scorecards_count(reporter: Reporter) -> None:
    directory = reporter.directory
    counted = add_up(
        outcome
        for each in envelopes()
        for outcome in counted_of(each.name, each.data, each.occurred_at, directory)
    )
    by_agency: dict[tuple[str, str], Counts] = {}
    for (month, _, agency), counts in counted.items():
        if not agency.startswith("~"):
            by_agency[month, agency] = by_agency.get((month, agency), Counts()).plus(counts)
    rows = reporter.rows("tallies", march()._replace(last=date(2026, 5, 31), as_of=date(2026, 5, 31)))
    asked = {
        (row["month"], row["agency_id"]): Counts(**{name: row.get(name, 0) for name in COUNT_NAMES})
        for row in rows
    }
    assert asked == by_agency


def test_the_city_comes_first_with_its_rates_by_the_formula(reporter: Reporter) -> None:
    city, *others = made(reporter, "month")
    assert (city["level"], city["closed"], city["response_percent"], city["resolution_percent"]) == (
        "city",
        4,
        100,
        100,
    )
    assert (city["satisfaction_percent"], city["composite_percent"]) == (50.0, 83.33)
    assert [row["level"] for row in others] == sorted((row["level"] for row in others), reverse=True)


def test_each_month_is_rated_by_its_own_formula(folder: Path) -> None:
    parts = tiny_parts()
    later = {"version": "f-2", "effective_from": "202604", "satisfaction": "answered/answered"}
    parts["core"]["formulas"] = [{"version": "f-1"}, later]
    with LocalLake(folder) as opened:
        reporter = Reporter(opened, tiny_directory(parts))
        rows = made(reporter, "tallies", march()._replace(last=date(2026, 4, 30)))
    assert {row["month"]: row["satisfaction_percent"] for row in rows if row["agency_id"] == RIVERSIDE} == {
        "202603": 66.67
    }


def test_codes_have_their_names_beside_them(reporter: Reporter) -> None:
    (row,) = [row for row in made(reporter, "returns") if row["agency_id"] == RIVERSIDE]
    assert row["agency"] == "河边街道"
    (row,) = [row for row in made(reporter, "returns", language="en") if row["district"] == EAST]
    assert row["district_name"] == "East District"
    assert "噪声" in {row["service"] for row in made(reporter, "service")}


def test_a_share_of_nothing_is_no_share(reporter: Reporter) -> None:
    (row,) = [row for row in made(reporter, "returns") if row["agency_id"] == "lamp-office"]
    assert (row["return_percent"], row["redo_percent"]) == (100.0, None)


def test_a_trend_is_of_twelve_months() -> None:
    scope = march().back(REPORTS["trend"].months)
    assert (scope.first, scope.last) == (date(2025, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize("form", ["csv", "json", "table", "parquet"])
def test_a_report_is_written_in_every_form(
    form: str, folder: Path, tmp_path: Path, tiny: None, capsys: pytest.CaptureFixture[str]
) -> None:
    where = tmp_path / f"report.{form}"
    arguments = ("tallies", "--folder", str(folder), "--month", "202603", "--format", form, "-o", str(where))
    assert run(capsys, *arguments) == (0, "", "")
    if form == "csv":
        content = where.read_text(encoding="utf-8")
        assert content.startswith(BOM)
        agencies = [row["agency_id"] for row in csv.DictReader(io.StringIO(content.removeprefix(BOM)))]
    elif form == "json":
        agencies = [row["agency_id"] for row in json.loads(where.read_text(encoding="utf-8"))]
    elif form == "parquet":
        agencies = [row[0] for row in duckdb.read_parquet(str(where)).project("agency_id").fetchall()]
    else:
        agencies = [line.split()[1] for line in where.read_text(encoding="utf-8").splitlines()[1:]]
    assert agencies == [RIVERSIDE, "waterworks"]


def test_a_name_that_would_run_in_a_spreadsheet_does_not(folder: Path) -> None:
    parts = tiny_parts()
    parts["agencies"] = [{**each, "name_zh": HOSTILE} for each in parts["agencies"]]
    with LocalLake(folder) as opened:
        reporter = Reporter(opened, tiny_directory(parts))
        answer = reporter.report(REPORTS["returns"], march(), Names(reporter.directory, "zh-CN"))
    file = io.StringIO()
    answer.table.write_to(file)
    cells = {cell for line in csv.reader(io.StringIO(file.getvalue())) for cell in line}
    assert f"'{HOSTILE}" in cells
    assert HOSTILE not in cells


def test_a_time_in_which_nothing_happened_is_told(
    folder: Path, tiny: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "calls", "--folder", str(folder), "--month", "202503")
    assert (code, out) == (0, "nothing happened in that time\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "there is no report 'nope'"),
        (["month", "--district", "110101"], "there is no district '110101'"),
        (["month", "--agency", "nobody"], "there is no agency 'nobody'"),
        (["month", "--week", "2026-W10", "--month", "202603"], "--week goes without --month"),
        (["month", "--format", "parquet"], "a Parquet file needs a name"),
        (["month", "-o", "/nowhere/at/all.csv"], "cannot write /nowhere/at/all.csv"),
        (["league", "--week", "2026-W10"], "the league is of a whole month"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    arguments: list[str], said: str, folder: Path, tiny: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments, "--folder", str(folder))
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err


def test_there_is_no_week_53_in_2027() -> None:
    with pytest.raises(report.argparse.ArgumentTypeError):
        report.week("2027-W53")


def test_the_list_names_every_report(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "list")
    assert [line.split()[0] for line in out.splitlines()] == [*REPORTS, "league"]


def test_a_number_in_a_column_of_numbers_stays_one(tmp_path: Path) -> None:
    where = tmp_path / "report.csv"
    write(Answer(("change", "note"), ("integer", "varchar"), [(-3, "-3")]), "csv", str(where))
    assert where.read_text(encoding="utf-8").splitlines()[1] == "-3,'-3"
