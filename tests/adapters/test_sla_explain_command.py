"""``hotline sla explain`` over stored orders: by the rules of the time, and without a write."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.adapters.dynamodb import codec, keys
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.domain.calendar import Limit
from hotline.domain.orders import Acknowledge, RecordContact, RequestAssist
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.directory.loading import load
from tests.adapters.conftest import Tables
from tests.adapters.dispatched_city import BALIZHUANG, SANLITUN, City
from tests.adapters.stored_lives import StoredLife
from tests.unit.builders_directory import TODAY
from tests.unit.fakes import FixedClock

IMPORTED = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture
def city(tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    made = City(tables, tmp_path, monkeypatch)
    imported(made, IMPORTED)
    return made


def imported(city: City, at: datetime, today: date = TODAY) -> str:
    """Import the folder as it is now, as of a moment; the version."""
    loaded = load(city.folder, today)
    assert not loaded.problems.errors, loaded.problems
    facts = {"fingerprint": loaded.fingerprint, "imported_at": at.isoformat(timespec="seconds")}
    DirectoryStore(city.tables.client, "DirectoryTable").save(loaded.version, loaded.parts, facts)
    return loaded.version


def handling(city: City, appeal_id: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """The exit code, and the handling clock as JSON."""
    capsys.readouterr()
    code = city.run("sla", "explain", appeal_id, "--json")
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, next(clock for clock in told["clocks"] if clock["clock"] == "handling")


def test_every_clock_of_an_order_is_explained_and_agrees(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")

    assert city.run("sla", "explain", appeal_id) == 0

    out = capsys.readouterr().out
    assert f"{appeal_id}.1  handling  rule sla-1/general/handling  7 days  calendar office" in out
    assert "2026-11-09 Mon 10:00  starts  WorkOrderDispatched  directory 2026-11-23-" in out
    assert "    2026-11-14 Sat 00:00 – 2026-11-16 Mon 00:00  weekend" in out
    assert "  due 2026-11-18 Wed 18:00  as on the order" in out
    assert out.count("as on the order") == 3


def test_it_speaks_chinese_too_and_takes_the_number_as_people_write_it(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    written = "-".join((appeal_id[:4], appeal_id[4:])).lower()

    assert city.run("sla", "explain", f"{written}.1", "--lang", "zh") == 0

    assert "到期 2026-11-18 周三 18:00  与工单所载一致" in capsys.readouterr().out


def test_an_order_beside_the_lead_order_is_explained_by_its_own_number(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    city.acts(appeal_id, Acknowledge(), BALIZHUANG)
    city.acts(appeal_id, RecordContact(channel="phone"), BALIZHUANG)
    city.acts(appeal_id, RequestAssist(agency_ids=(SANLITUN,), text="请核查"), BALIZHUANG)

    assert city.run("sla", "explain", f"{appeal_id}.2") == 0

    out = capsys.readouterr().out
    assert f"{appeal_id}.2  assist  rule sla-1/any/assist  5 days  calendar office" in out
    assert "due 2026-11-16 Mon 18:00  as on the order" in out


def test_a_due_time_that_was_changed_by_hand_is_an_error(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    case = city.cases.get(appeal_id)
    calendar = city.directories.current().calendars["office"]
    case.clocks["handling"] = case.clocks["handling"].extend(Limit(amount=1, unit="days"), calendar)
    city.tables.client.put_item(TableName="CasesTable", Item=codec.encode(case))

    assert city.run("sla", "explain", appeal_id) == 1

    out = capsys.readouterr().out
    assert "due 2026-11-18 Wed 18:00  NOT as on the order, which says 2026-11-19 Thu 18:00" in out
    assert handling(city, appeal_id, capsys)[0] == 1


def test_what_was_imported_later_does_not_explain_what_was_printed_before(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    days = city.folder / "calendar_days.csv"
    before = imported(city, IMPORTED)
    days.write_text("calendar_id,date,day,note\noffice,2026-11-17,closed,城市马拉松\n", encoding="utf-8")
    after = imported(city, datetime(2026, 11, 12, tzinfo=UTC))

    code, clock = handling(city, appeal_id, capsys)
    assert (code, clock["due_at"], clock["steps"][0]["directory"]) == (0, "2026-11-18T18:00:00+08:00", before)

    city.clock = FixedClock(datetime(2026, 11, 13, 2, tzinfo=UTC))
    directory = DirectoryStore(city.tables.client, "DirectoryTable").open(after)
    city.directories = type(city.directories)(directory)
    code, clock = handling(city, city.appeal("后来的", service_code="water.bill"), capsys)
    assert (code, clock["due_at"], clock["steps"][0]["directory"]) == (0, "2026-11-25T18:00:00+08:00", after)
    assert "城市马拉松" in {segment["name"] for segment in clock["segments"]}


def test_limits_of_a_policy_that_is_no_longer_in_force_still_explain(
    city: City, capsys: pytest.CaptureFixture[str]
) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    policies = city.folder / "policies.csv"
    policies.write_text(policies.read_text(encoding="utf-8").replace("sla-1", "sla-2"), encoding="utf-8")
    imported(city, datetime(2026, 11, 5, tzinfo=UTC))

    code, clock = handling(city, appeal_id, capsys)

    assert (code, clock["rule_id"]) == (0, "sla-1/general/handling")


def test_a_long_life_is_read_to_its_beginning(
    city: City, tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    life = StoredLife(tables, timekeeper=PolicyTimekeeper.of(city.directories.current())).dispatched()
    for _ in range(50):
        life.supplemented()
    assert city.cases.get(life.case.appeal_id).first_event > 1

    assert handling(city, life.case.appeal_id, capsys)[0] == 0


@pytest.mark.parametrize("number", ["nonsense", "000G40R40M30E209B.1", "000G40R40M30E209B.7"])
def test_an_order_that_is_not_there_is_one_sentence(
    city: City, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    assert city.run("sla", "explain", number) == 1
    assert capsys.readouterr().err.startswith("hotline: not-found: Not found")


def test_a_changed_event_is_found_as_well(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    appeal_id = city.appeal(service_code="water.bill")
    item = stored_item(city, appeal_id)
    second = item["e"]["L"][1]["S"]
    code, seconds, *rest = json.loads(second)
    item["e"]["L"][1]["S"] = json.dumps([code, seconds + 86400, *rest])
    city.tables.client.put_item(TableName="CasesTable", Item=item)

    code, clock = handling(city, appeal_id, capsys)

    assert code == 1
    assert clock["replaced"] or clock.get("trouble")


def stored_item(city: City, appeal_id: str) -> dict[str, Any]:
    """The case as it lies in the table."""
    key = keys.typed(keys.case_key(appeal_id))
    item: dict[str, Any] = city.tables.client.get_item(TableName="CasesTable", Key=key)["Item"]
    return item
