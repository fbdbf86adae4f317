"""The reports' SQL: one text for both engines, and parameters that can only be values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from hotline.domain.events import Envelope
from hotline.domain.lake import day_of, row_of
from hotline.use_cases.write_events import write_events
from infrastructure.lake.answers import Answer
from infrastructure.lake.athena import Athena
from infrastructure.lake.local import FolderLake, LocalLake
from infrastructure.lake.questions import (
    PARAMETERS,
    QuestionUnknown,
    facts_view,
    filled,
    parameters_of,
    question,
    questions,
)
from infrastructure.ops.cli import main
from tests.template import ROOT
from tests.unit.builders_directory import EAST, RIVERSIDE, FixedDirectory, tiny_directory

VALUES = {
    "first": "2026-03-01",
    "last": "2026-03-31",
    "since": "2026-01-01",
    "as_of": "2026-04-30",
    "month": "202603",
    "now": "2026-04-01 00:00:00",
    "by": "month",
    "district": "*",
    "agency": "*",
    "service": "*",
    "most": 20,
}

ONE_ENGINES = frozenset(
    """
    approx_distinct approx_percentile approx_quantile arg_max arg_min any_value array_agg at_timezone bool_and
    bool_or contains date_add date_format date_part date_parse datepart datesub day_of_week element_at epoch
    epoch_ms first format_datetime from_unixtime histogram if iff ifnull json_extract json_extract_scalar last
    list list_aggregate list_sort median mode nvl parse_datetime quantile quantile_cont regexp_extract
    regexp_like regexp_matches round_even split_part str_split strftime string_agg strptime struct_pack
    to_timestamp to_unixtime try try_cast unnest week_of_year year_of_week
    """.split()  # noqa: SIM905
)
"""Functions that only one of DuckDB and Trino has, or that the two understand differently."""


def envelope(number: int, name: str, at: datetime, **data: Any) -> Envelope:
    return Envelope(
        event_id=f"000G40R40M30E209B:{number}",
        name=name,
        occurred_at=at,
        correlation_id="000G40R40M30E209B",
        causation_id="c",
        actor="system",
        data={"agency_id": RIVERSIDE, "district": EAST, **data},
    )


REGISTERED = envelope(1, "AppealRegistered", datetime(2026, 3, 2, 1, tzinfo=UTC))
CLOSED = envelope(
    2,
    "WorkOrderClosed",
    datetime(2026, 3, 31, 15, 59, tzinfo=UTC),
    outcome="answered",
    answers="yyn",
    agency=RIVERSIDE,
    response_in_time=1,
    handled_in_time=0,
    reopened=1,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of two events, each there twice."""
    kept = FolderLake(tmp_path_factory.mktemp("lake"))
    directories = FixedDirectory(tiny_directory())
    for batch in ([REGISTERED, CLOSED], [CLOSED], [REGISTERED]):
        write_events(batch, lake=kept, directories=directories)
    kept.keep_rows(
        day_of(CLOSED, tiny_directory()),
        [row_of(each, tiny_directory()) for each in (CLOSED, CLOSED.model_copy(update={"version": 2}))],
    )
    return kept.folder


@pytest.fixture(scope="module")
def lake(folder: Path) -> Iterator[LocalLake]:
    with LocalLake(folder) as opened:
        yield opened


def functions_in(text: str) -> set[str]:
    """Everything that is called in a text."""
    plain = re.sub(r"--[^\n]*|'[^']*'", "", text.lower())
    return set(re.findall(r"\b([a-z_]+)\(", plain))


# ---- every question --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", questions())
def test_a_question_runs_here(name: str, lake: LocalLake) -> None:
    assert lake.ask(filled(question(name).text, VALUES)).columns


@pytest.mark.parametrize("text", [*(each.text for each in questions().values()), facts_view()])
def test_a_question_is_what_athena_reads_too(text: str) -> None:
    (read,) = sqlglot.parse(filled(text, VALUES), read="trino")
    assert isinstance(read, exp.Query)
    assert functions_in(text) & ONE_ENGINES == set()


@pytest.mark.parametrize("name", questions())
def test_a_question_says_what_it_answers_and_explains_its_parameters(name: str) -> None:
    text = question(name).text
    explained = "\n".join(line for line in text.splitlines() if line.startswith("--"))
    assert question(name).about
    assert parameters_of(text) <= set(re.findall(r":([a-z_]+)", explained)) & set(PARAMETERS)


def test_functions_of_one_engine_are_noticed() -> None:
    assert functions_in("SELECT median(x), count(*) -- strftime(x)") & ONE_ENGINES == {"median"}
    with pytest.raises(sqlglot.ParseError):
        sqlglot.parse("SELECT * EXCLUDE (a) FROM facts WHERE ((", read="trino")


def test_every_parameter_is_explained() -> None:
    page = (ROOT / "infrastructure/lake/README.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `:")]
    assert {each for line in listed for each in re.findall(r"`:([a-z_]+)`", line.split("|")[1])} == set(
        PARAMETERS
    )
    assert set(VALUES) == set(PARAMETERS)


# ---- answers ---------------------------------------------------------------------------------------


def test_an_event_that_lies_in_the_lake_more_than_once_is_one_fact(lake: LocalLake) -> None:
    assert lake.ask("SELECT count(*) FROM events").rows == [(4,)]
    assert lake.ask("SELECT count(*), count(DISTINCT event_id) FROM facts").rows == [(2, 2)]


def test_closings_are_counted_by_month(lake: LocalLake) -> None:
    answer = lake.ask(filled(question("closings_by_month").text, VALUES))
    assert answer.table.records == [
        {
            "month": "202603",
            "closed": 1,
            "answered": 1,
            "resolved": 1,
            "contacted_in_time": 1,
            "handled_in_time": 0,
            "reopened": 1,
        }
    ]


def test_a_lake_without_a_file_has_no_facts(tmp_path: Path) -> None:
    with LocalLake(tmp_path) as empty:
        assert empty.ask("SELECT count(*) FROM facts").rows == [(0,)]


def test_a_column_that_older_files_have_not_got_is_empty_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LocalLake(folder) as today:
        columns = today.ask("SELECT * FROM events LIMIT 0").columns
    monkeypatch.setattr(
        "infrastructure.lake.local.COLUMNS", {**dict.fromkeys(columns[:-1], "varchar"), "new": "integer"}
    )
    with LocalLake(folder) as later:
        assert later.ask("SELECT DISTINCT new FROM events").rows == [(None,)]


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("csv", "name,events,appeals,first_day,last_day\nAppealRegistered,1,1,2026-03-02,2026-03-02\n"),
        ("json", '[{"name": "AppealRegistered", "events": 1, "appeals": 1, "first_day": "2026-03-02"'),
        ("table", "NAME              EVENTS  APPEALS  FIRST_DAY   LAST_DAY\nAppealRegistered       1"),
    ],
)
def test_the_command_prints_an_answer(
    folder: Path, style: str, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "lake",
        "query",
        "events_by_name",
        "--month",
        "202603",
        "--folder",
        str(folder),
        "--format",
        style,
    ]
    assert main(asked) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_an_answer_can_be_kept_as_parquet(folder: Path, tmp_path: Path) -> None:
    where = tmp_path / "answer.parquet"
    asked = ["lake", "query", "SELECT event_id, occurred_at, number FROM facts", "--folder", str(folder)]
    assert main([*asked, "--format", "parquet", "-o", str(where)]) == 0
    with LocalLake(tmp_path) as engine:
        answer = engine.ask(f"SELECT * FROM read_parquet('{where}') ORDER BY number")
    assert (answer.types, len(answer.rows)) == (("VARCHAR", "TIMESTAMP", "INTEGER"), 2)


def test_csv_holds_nothing_that_a_spreadsheet_would_run() -> None:
    answer = Answer(("a", "b"), ("VARCHAR", "INTEGER"), [("=cmd()", -1), ("-1+1", None), ("city", 2)])
    assert answer.csv() == "a,b\n'=cmd(),-1\n'-1+1,\ncity,2\n"


# ---- parameters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("district", "110101' OR '1'='1"),
        ("first", "2026-13-01"),
        ("month", "202613"),
        ("most", "20; DROP TABLE facts"),
        ("now", "yesterday"),
        ("by", "agency"),
        ("unknown", "x"),
        ("agency", None),
    ],
)
def test_a_value_that_is_none_of_its_parameters_kind_is_refused(name: str, value: str | None) -> None:
    with pytest.raises(QuestionUnknown, match=name):
        filled(f"SELECT :{name}", {name: value})


def test_quotations_comments_and_casts_are_no_parameters() -> None:
    text = "SELECT ':most', x::date -- :most\n, :most"
    assert filled(text, {"most": 3}) == "SELECT ':most', x::date -- :most\n, 3"
    assert parameters_of(text) == {"most"}


def test_what_is_no_question_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for asked in (["nonsense"], ["SELECT nonsense FROM facts"], ["--sql", "nowhere.sql"], []):
        assert main(["lake", "query", *asked, "--folder", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.count("hotline: ") == 4
    assert "there is no question 'nonsense'" in error


# ---- Athena ----------------------------------------------------------------------------------------


class FakeAthena:
    """Answers one query in two pages, after it has run for a while."""

    def __init__(self, states: list[str]) -> None:
        self.states = states
        self.asked: list[Mapping[str, Any]] = []

    def start_query_execution(self, **arguments: Any) -> dict[str, str]:
        self.asked.append(arguments)
        return {"QueryExecutionId": str(len(self.asked))}

    def get_query_execution(self, QueryExecutionId: str) -> Any:
        state = self.states.pop(0) if QueryExecutionId == "2" else "SUCCEEDED"
        return {
            "QueryExecution": {"Status": {"State": state, "StateChangeReason": "line 1:8: no such column"}}
        }

    def get_paginator(self, name: str) -> FakeAthena:
        assert name == "get_query_results"
        return self

    def paginate(self, **_: Any) -> Iterator[Any]:
        info = [{"Name": "name", "Type": "varchar"}, {"Name": "events", "Type": "bigint"}]
        pages = [[["name", "events"], ["WorkOrderClosed", "2"]], [["WorkOrderReopened", None]]]
        for page in pages:
            rows = [{"Data": [{"VarCharValue": cell} if cell else {} for cell in row]} for row in page]
            yield {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": info}}}


def test_athena_is_asked_the_same_text_and_waited_for() -> None:
    client, waits = FakeAthena(["QUEUED", "RUNNING", "SUCCEEDED"]), []
    text = filled(question("events_by_name").text, VALUES)
    answer = Athena(client, "hotline_lake", "hotline-lake", waits.append).ask(text)
    assert [each["QueryString"] for each in client.asked] == [
        f"CREATE OR REPLACE VIEW facts AS {facts_view()}",
        text,
    ]
    assert client.asked[1]["WorkGroup"] == "hotline-lake"
    assert (answer.columns, answer.rows) == (
        ("name", "events"),
        [["WorkOrderClosed", 2], ["WorkOrderReopened", None]],
    )
    assert len(waits) == 2


def test_what_athena_refuses_is_told() -> None:
    with pytest.raises(QuestionUnknown, match="no such column"):
        Athena(FakeAthena(["FAILED"]), "d", "w").ask("SELECT x FROM facts")
