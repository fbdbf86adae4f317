"""``hotline sla simulate``: other limits and calendars over stored orders, and without a write."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.orders import Acknowledge, RecordContact, Resolve
from hotline.domain.side_orders import SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from tests.adapters.conftest import Tables
from tests.adapters.dispatched_city import BALIZHUANG, City
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders_sla import ROUND_THE_CLOCK, policy, tier

NOVEMBER = ("--month", "202611")


@pytest.fixture
def city(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    return City(tables, tmp_path, monkeypatch)


def handled(city: City, days: int, **changes: Any) -> str:
    """The id of an order that its agency has resolved after so many days."""
    appeal_id = city.appeal(f"{days} 天办结", service_code="water.bill", **changes)
    city.acts(appeal_id, Acknowledge(), BALIZHUANG)
    city.acts(appeal_id, RecordContact(channel="phone"), BALIZHUANG)
    now = city.clock.at
    city.clock.pass_(days=days)
    city.acts(appeal_id, Resolve(text="已办结", attachments=()), BALIZHUANG)
    city.clock.at = now
    return appeal_id


def change(city: City, before: str, after: str) -> None:
    """Edit a line of the time limits."""
    path = city.folder / "sla_clock_rules.csv"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def simulated(city: City, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    folder = ("--directory", str(city.folder))
    assert city.run("sla", "simulate", *folder, "--json", *(arguments or NOVEMBER)) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def by_clock(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{line['tier']}/{line['clock']}": line for line in report["clocks"]}


def test_the_limits_in_force_move_nothing(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    for days in (1, 5, 20):
        handled(city, days)
    city.judged(city.returned(), BALIZHUANG)
    report = simulated(city, capsys)
    assert report["flips"] == []
    assert {line["moved_p10"] for line in report["clocks"]} == {0}
    assert {line["moved_p90"] for line in report["clocks"]} == {0}
    assert "any/adjudication" in by_clock(report)


def test_a_shorter_limit_shows_how_many_would_be_late_and_which(
    city: City, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    quick, slow = handled(city, 1), handled(city, 5)
    change(city, "general,handling,7,days,", "general,handling,3,days,")
    report = simulated(city, capsys)
    line = by_clock(report)["general/handling"]
    assert (line["orders"], line["in_time_before"], line["in_time_after"]) == (2, 2, 1)
    assert (line["late_before"], line["late_after"]) == (0, 1)
    assert line["moved_median"] < 0
    assert by_clock(report)["general/response"]["moved_median"] == 0
    (flip,) = report["flips"]
    assert (flip["order_id"], flip["before"], flip["after"]) == (f"{slow}.1", "in time", "late")
    assert flip["due_after"].endswith("+08:00")
    out = tmp_path / "flips.csv"
    assert city.run("sla", "simulate", "--directory", str(city.folder), *NOVEMBER, "--csv", str(out)) == 0
    assert [row["order_id"] for row in csv.DictReader(out.open(encoding="utf-8"))] == [f"{slow}.1"]
    text = capsys.readouterr().out
    assert "1 orders flip" in text
    assert quick not in text


def test_another_calendar_is_tried_too(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    handled(city, 1)
    calendars = city.folder / "calendars.csv"
    text = calendars.read_text(encoding="utf-8")
    calendars.write_text(text.replace("13:00-18:00", "13:00-17:00"), encoding="utf-8")
    assert by_clock(simulated(city, capsys))["general/handling"]["moved_median"] == -1


def test_orders_beside_the_lead_order_are_counted_by_their_own_limits(
    city: City, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    StoredLife(tables, at=city.clock.at).dispatched().acknowledged().asked(SideKind.ASSIST).reported_by()
    lines = by_clock(simulated(city, capsys))
    assert (lines["any/assist"]["orders"], lines["any/assist"]["in_time_after"]) == (1, 1)


def test_what_the_folder_has_no_limit_for_is_counted_with_the_reason(
    city: City, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    of_old = PolicyTimekeeper(policy(tier("abolished")), {"24x7": ROUND_THE_CLOCK})
    StoredLife(tables, at=city.clock.at, timekeeper=of_old, tier="abolished").withdrawn()
    assert simulated(city, capsys)["not_computable"] == {"policy sla-1 has no tier 'abolished'": 1}
    assert city.run("sla", "simulate", "--directory", str(city.folder), *NOVEMBER) == 0
    assert "left out: 1 orders: policy sla-1 has no tier 'abolished'" in capsys.readouterr().out


def test_a_folder_with_an_error_is_told_and_nothing_is_simulated(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    change(city, "general,handling,7,days,", "general,handling,0,days,")
    assert city.run("sla", "simulate", "--directory", str(city.folder)) == 1
    assert "nothing was simulated" in capsys.readouterr().err
