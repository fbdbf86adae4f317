"""``hotline dispatch``: another catalogue, accuracy and proposals, over stored cases and without a write."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infrastructure.directory.loading import load
from infrastructure.ops import stored_cases
from tests.adapters.conftest import Tables
from tests.adapters.dispatched_city import BALIZHUANG, RETURN, SANLITUN, City
from tests.unit.builders_directory import TODAY

NOVEMBER = ("--month", "202611")


@pytest.fixture
def city(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    return City(tables, tmp_path, monkeypatch)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """What was printed since it was asked last."""
    return lambda: capsys.readouterr()


def add_rule(city: City, row: str) -> None:
    with (city.folder / "duty_rules.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")


def simulated(city: City, said: Any, *arguments: str) -> dict[str, Any]:
    """The report of a simulation as data."""
    said()
    folder = ("--directory", str(city.folder))
    assert city.run("dispatch", "simulate", *folder, "--json", *(arguments or NOVEMBER)) == 0
    report: dict[str, Any] = json.loads(said().out)
    return report


def accuracy(city: City, said: Any, by: str, *arguments: str) -> dict[str, tuple[int, ...]]:
    """Dispatched, returned, redirected, upheld, designated by key."""
    said()
    assert city.run("dispatch", "accuracy", "--by", by, "--json", *(arguments or NOVEMBER)) == 0
    names = ("dispatched", "returned", "redirected", "upheld", "designated")
    return {row[by]: tuple(row[name] for name in names) for row in json.loads(said().out)["rows"]}


# --- simulate --------------------------------------------------------------------------------------


def test_the_directory_in_force_decides_as_it_did(city: City, said: Any) -> None:
    for text in ("漏气", "没气了", "气压低"):
        city.appeal(text)
    report = simulated(city, said)
    assert report["verdicts"] == {"same": 3}
    assert (report["rules"], report["agencies"], report["appeals"]) == ([], [], [])


def test_a_changed_rule_shows_what_would_differ_by_rule_agency_and_appeal(city: City, said: Any) -> None:
    moved, stays = city.appeal(), city.appeal("漏水", service_code="water.leak")
    add_rule(city, "new/gas,gas.supply,110105,tap-water,")
    report = simulated(city, said)
    assert report["compared"] == 2
    assert report["verdicts"] == {"other agency": 1, "same": 1}
    assert report["rules"] == [{"rule before": "city/gas", "rule after": "new/gas", "appeals": 1}]
    assert {row["agency"]: (row["gained"], row["lost"]) for row in report["agencies"]} == {
        "gas": (0, 1),
        "tap-water": (1, 0),
    }
    assert [(row["appeal"], row["has it now"]) for row in report["appeals"]] == [(moved, "gas")]
    assert stays not in json.dumps(report)


def test_people_read_it_as_tables_and_a_file_has_every_appeal(city: City, said: Any, tmp_path: Path) -> None:
    ids = sorted(city.appeal(f"第 {number} 件") for number in range(22))
    add_rule(city, "new/gas,gas.supply,*,tap-water,2026-01-01")
    said()
    out = tmp_path / "moved.csv"
    assert (
        city.run("dispatch", "simulate", "--directory", str(city.folder), *NOVEMBER, "--csv", str(out)) == 0
    )
    text = said().out
    assert "22 appeals decided again" in text
    assert "22  other agency" in text
    assert "of 22 that an agency has: 22 were decided as they ended, 0 would be" in text
    assert "... and 2 more" in text
    assert [row["appeal"] for row in csv.DictReader(out.open(encoding="utf-8"))] == ids
    city.run("dispatch", "simulate", "--directory", str(city.folder), *NOVEMBER, "--csv")
    assert said().out == out.read_text(encoding="utf-8")


def test_only_the_period_is_decided_again_and_no_more_than_the_limit(city: City, said: Any) -> None:
    for number in range(4):
        city.clock.pass_(days=number)
        city.appeal(f"第 {number} 件")
    assert simulated(city, said, "--from", "2026-11-10", "--to", "2026-11-14")["compared"] == 2
    assert simulated(city, said, "--from", "2026-11-10", "--limit", "1")["compared"] == 1
    last_month = simulated(city, said, "--limit", "9")
    assert (last_month["period"], last_month["compared"]) == ("202610", 0)


def test_rules_of_a_later_day_can_be_tried_today(city: City, said: Any) -> None:
    city.appeal()
    add_rule(city, "new/gas,gas.supply,*,tap-water,2027-01-01")
    assert simulated(city, said)["verdicts"] == {"same": 1}
    assert simulated(city, said, *NOVEMBER, "--on", "2027-01-01")["verdicts"] == {"other agency": 1}


def test_confidential_and_undecided_appeals_are_left_out_and_counted(city: City, said: Any) -> None:
    city.appeal("举报", type="report", confidential=True)
    first = city.appeal()
    city.appeal()
    city.tables.client.delete_item(TableName="TextsTable", Key={"pk": {"S": f"A#{first}"}, "sk": {"S": "T"}})
    report = simulated(city, said)
    assert report["compared"] == 0
    assert report["skipped"] == {"confidential": 1, "words erased": 1, "not decided by rules": 1}


def test_words_are_read_in_batches(city: City, said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        city.appeal(f"第 {number} 件")
    monkeypatch.setattr(stored_cases, "BATCH", 2)
    reads: list[int] = []
    get_all = stored_cases.get_all
    monkeypatch.setattr(
        stored_cases, "get_all", lambda *given: (reads.append(len(given[2])), get_all(*given))[1]
    )
    assert simulated(city, said)["compared"] == 5
    assert reads == [2, 2, 1]


def test_a_folder_with_an_error_is_told_and_nothing_is_simulated(city: City, said: Any) -> None:
    add_rule(city, "new/gas,gas.ufo,*,gas,")
    assert city.run("dispatch", "simulate", "--directory", str(city.folder), *NOVEMBER) == 1
    assert "duty_rules.csv:4: service: no service or group 'gas.ufo'" in said().err


@pytest.mark.parametrize(
    ("period", "why"),
    [
        (("--to", "2026-11-03"), "--to needs --from"),
        (("--from", "2026-11-03", "--to", "2026-11-02"), "is before --from"),
    ],
)
def test_a_period_that_is_none_is_one_clear_sentence(
    city: City, said: Any, period: tuple[str, ...], why: str
) -> None:
    assert city.run("dispatch", "accuracy", *period) == 1
    error = said().err
    assert why in error
    assert error.count("\n") == 1


# --- accuracy --------------------------------------------------------------------------------------


def test_accuracy_by_rule_person_agency_and_day(city: City, said: Any) -> None:
    city.appeal("漏气")
    city.judged(city.returned(), BALIZHUANG)
    city.judged(city.returned(), verdict="uphold")
    city.judged(city.returned(), "tap-water", verdict="designate")
    city.dispatched(city.returned(), BALIZHUANG)
    city.clock.pass_(days=1)
    city.returned()
    assert accuracy(city, said, "rule") == {
        "adjudicator": (2, 0, 0, 0, 0),
        "city/gas": (6, 5, 2, 1, 1),
        "operator": (1, 0, 0, 0, 0),
    }
    assert accuracy(city, said, "operator") == {
        "adjudicator:qian": (2, 0, 0, 0, 0),
        "operator:li": (1, 0, 0, 0, 0),
    }
    assert accuracy(city, said, "agency")["gas"] == (6, 5, 2, 1, 1)
    assert accuracy(city, said, "day") == {"2026-11-09": (8, 4, 2, 1, 1), "2026-11-10": (1, 1, 0, 0, 0)}
    assert accuracy(city, said, "rule", "--from", "2026-11-10") == {"city/gas": (1, 1, 0, 0, 0)}


def test_people_see_the_share_and_how_sure_it_is(city: City, said: Any) -> None:
    for number in range(3):
        city.appeal(f"第 {number} 件")
    city.judged(city.returned(), BALIZHUANG)
    said()
    assert city.run("dispatch", "accuracy", *NOVEMBER) == 0
    header, adjudicator, gas = said().out.splitlines()
    assert header.split()[:6] == ["RULE", "DISPATCHED", "RETURNED", "REDIRECTED", "UPHELD", "DESIGNATED"]
    assert gas.split() == ["city/gas", "4", "1", "1", "0", "0", "75.0", "30.1", "95.4"]
    assert adjudicator.split()[-3:] == ["100.0", "20.6", "100.0"]
    city.run("dispatch", "accuracy", *NOVEMBER, "--csv")
    assert [row["rule"] for row in csv.DictReader(io.StringIO(said().out))] == ["adjudicator", "city/gas"]


def test_a_dispatch_counts_in_its_own_month_whenever_it_is_contested(city: City, said: Any) -> None:
    city.clock.at = city.clock.at.replace(day=30)
    appeal_id = city.returned()
    city.clock.pass_(days=2)
    city.judged(appeal_id, BALIZHUANG)
    assert accuracy(city, said, "rule") == {"city/gas": (1, 1, 1, 0, 0)}
    assert accuracy(city, said, "rule", "--month", "202612") == {"adjudicator": (1, 0, 0, 0, 0)}


# --- proposals -------------------------------------------------------------------------------------


def test_redirects_become_rows_that_can_be_added_and_imported(city: City, said: Any) -> None:
    for _ in range(3):
        city.judged(city.returned(), "tap-water")
    city.judged(city.returned(place={"subdistrict": SANLITUN}), SANLITUN)
    said()
    assert city.run("dispatch", "proposals", *NOVEMBER, "--csv") == 0
    rows = said().out
    tomorrow = date(2026, 11, 24)
    assert rows == f"p202611/{BALIZHUANG}/gas.supply,gas.supply,{BALIZHUANG},tap-water,{tomorrow}\n"
    add_rule(city, rows.strip())
    assert load(city.folder, TODAY).problems.errors == []
    assert simulated(city, said, *NOVEMBER, "--on", str(tomorrow))["as_it_ended"] == {
        "orders": 4,
        "before": 0,
        "after": 3,
    }


def test_people_see_every_proposal_with_its_support_and_why_it_is_no_row(city: City, said: Any) -> None:
    city.appeal("漏气")
    city.judged(city.returned(), "tap-water")
    city.judged(city.returned(), "tap-water", verdict="designate")
    said()
    assert city.run("dispatch", "proposals", *NOVEMBER, "--json") == 0
    report = json.loads(said().out)
    assert report["rows"] == []
    assert report["proposals"] == [
        {
            "against": "city/gas",
            "service": "gas.supply",
            "place": BALIZHUANG,
            "to": "tap-water",
            "redirected": 2,
            "dispatched": 3,
            "verdict": "below the threshold",
        }
    ]
    city.run(
        "dispatch", "proposals", *NOVEMBER, "--min-support", "2", "--effective-from", "2026-12-01", "--json"
    )
    (row,) = json.loads(said().out)["rows"]
    assert row["effective_from"] == "2026-12-01"
    city.run("dispatch", "proposals", *NOVEMBER, "--min-support", "2", "--min-share", "0.7")
    assert "0 rows for duty_rules.csv" in said().out


def test_a_redirect_that_only_corrects_the_service_proposes_no_rule(city: City, said: Any) -> None:
    for _ in range(3):
        city.dispatched(city.returned(), BALIZHUANG, service_code="water.leak")
    said()
    city.run("dispatch", "proposals", *NOVEMBER, "--json")
    (proposal,) = json.loads(said().out)["proposals"]
    assert (proposal["service"], proposal["verdict"]) == ("water.leak", "the catalogue says so already")


def test_a_confidential_report_proposes_nothing(city: City, said: Any) -> None:
    for number in range(3):
        appeal_id = city.appeal(f"举报 {number}", type="report", confidential=True)
        city.dispatched(appeal_id, "gas", released_text="某处用气问题")
        city.acts(appeal_id, RETURN, "gas")
        city.dispatched(appeal_id, "tap-water", released_text="某处用气问题")
    said()
    city.run("dispatch", "proposals", *NOVEMBER, "--json")
    assert json.loads(said().out)["proposals"] == []
    assert accuracy(city, said, "rule") == {"operator": (6, 3, 3, 0, 0)}


@pytest.mark.parametrize("action", ["simulate", "accuracy", "proposals"])
def test_every_action_explains_itself(city: City, said: Any, action: str) -> None:
    with pytest.raises(SystemExit) as exit_:
        city.run("dispatch", action, "--help")
    assert exit_.value.code == 0
    assert f"usage: hotline dispatch {action}" in said().out
