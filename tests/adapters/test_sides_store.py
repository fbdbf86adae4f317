"""Orders beside the lead order in DynamoDB: opened and ended together with the case, or not at all (F6, F9)."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.domain.actor import Actor, Role
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.domain.side_orders import LEAD, SideKind, SideOrder
from hotline.domain.timers import bucket_of, shard_of
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import (
    AGENCY,
    APPEAL,
    HELPER,
    NOON,
    OFFICER,
    TIMEKEEPER,
    citing,
    in_progress,
)

ORDER = f"{APPEAL}.2"
HELPING = Actor(role=Role.AGENCY, subject="zhao", agency_id=HELPER)


def store(client: Any) -> DynamoDBCases:
    return DynamoDBCases(client, "CasesTable", "TextsTable")


def lead(tables: Tables) -> Case:
    """An order in progress, as it lies in the table."""
    return store(tables.client).register(in_progress().case, Words(text="路灯不亮"))


def ask(case: Case, agency_id: str = HELPER, command_id: str = "ask") -> Case:
    case.open_side(
        SideKind.ASSIST,
        agency_id,
        by=OFFICER,
        at=NOON,
        command_id=command_id,
        timekeeper=TIMEKEEPER,
        note_id="n",
    )
    return citing(case)


def report(side: SideOrder, case: Case, command_id: str = "report") -> Case:
    side.report("n-report", by=HELPING, at=NOON, command_id=command_id)
    case.end_side(side, by=HELPING, at=NOON, command_id=command_id)
    return citing(case)


def opened(tables: Tables) -> DynamoDBCases:
    lead(tables)
    cases = store(tables.client)
    cases.save(ask(cases.get(APPEAL)))
    return cases


def test_asking_writes_the_order_and_the_case_in_one_call(tables: Tables, flaky: Flaky) -> None:
    case = ask(lead(tables))
    (side,) = case.changed_sides
    store(flaky).save(case)
    assert [name for name, _ in flaky.calls] == ["transact_write_items"]
    cases = store(tables.client)
    assert cases.side(ORDER).model_dump() == side.model_dump()
    assert cases.get(APPEAL).model_dump() == case.model_dump()
    assert (case.changed_sides, case.loaded_version, side.loaded_version) == ([], case.version, 1)


def test_of_two_who_ask_at_once_the_second_leaves_nothing_behind(tables: Tables) -> None:
    lead(tables)
    cases = store(tables.client)
    mine, theirs = cases.get(APPEAL), cases.get(APPEAL)
    cases.save(ask(theirs, "waterworks", "theirs"))
    with pytest.raises(VersionConflict) as refusal:
        cases.save(ask(mine, HELPER, "mine"))
    assert refusal.value.facts["current_version"] == theirs.version
    assert cases.side(ORDER).agency_id == "waterworks"
    assert cases.get(APPEAL).model_dump() == theirs.model_dump()
    assert [item["sk"]["S"] for item in tables.items("CasesTable")] == ["#", "W#2"]


def test_a_report_writes_the_end_and_the_case_in_one_call(tables: Tables, flaky: Flaky) -> None:
    cases = opened(tables)
    side, case = cases.side(ORDER), cases.get(APPEAL)
    store(flaky).save(report(side, case))
    assert [name for name, _ in flaky.calls] == ["transact_write_items"]
    assert cases.side(ORDER).model_dump() == side.model_dump()
    assert cases.get(APPEAL).open_sides == {}


def test_of_a_report_and_a_taking_back_only_one_comes_true(tables: Tables) -> None:
    cases = opened(tables)
    reported, cancelled = cases.side(ORDER), cases.side(ORDER)
    mine, theirs = cases.get(APPEAL), cases.get(APPEAL)
    cases.save(report(reported, mine))
    cancelled.cancel(by=OFFICER, at=NOON, command_id="cancel")
    theirs.end_side(cancelled, by=OFFICER, at=NOON, command_id="cancel")
    with pytest.raises(VersionConflict):
        cases.save(theirs)
    assert cases.side(ORDER).status == "done"
    assert cases.get(APPEAL).events[-1].facts["outcome"] == "reported"


def test_a_report_loses_to_another_change_of_its_case_and_ends_nothing(tables: Tables) -> None:
    cases = opened(tables)
    side, case, other = cases.side(ORDER), cases.get(APPEAL), cases.get(APPEAL)
    other.report_progress("n", by=OFFICER, at=NOON, command_id="p")
    cases.save(citing(other))
    with pytest.raises(VersionConflict):
        cases.save(report(side, case))
    assert cases.side(ORDER).status == "asked"
    assert list(cases.get(APPEAL).open_sides) == [2]


def test_a_report_loses_to_another_change_of_its_own_order_and_the_case_stays(tables: Tables) -> None:
    cases = opened(tables)
    side, case, other = cases.side(ORDER), cases.get(APPEAL), cases.side(ORDER)
    other.acknowledge(by=HELPING, at=NOON, command_id="ack")
    cases.save_side(other)
    with pytest.raises(VersionConflict):
        cases.save(report(side, case))
    assert cases.side(ORDER).model_dump() == other.model_dump()
    assert list(cases.get(APPEAL).open_sides) == [2]


def test_a_transaction_whose_answer_is_lost_is_found_again_by_its_command(
    tables: Tables, flaky: Flaky
) -> None:
    cases = opened(tables)
    lost = ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "TransactWriteItems")
    flaky.plan["transact_write_items"] = [("after", lost)]
    with pytest.raises(Unavailable):
        store(flaky).save(report(cases.side(ORDER), cases.get(APPEAL)))
    assert cases.side(ORDER).knows("report")
    assert cases.get(APPEAL).knows("report")


def test_what_ends_nothing_is_one_write_that_loses_to_an_earlier_one(tables: Tables, flaky: Flaky) -> None:
    cases = opened(tables)
    mine, theirs = cases.side(ORDER), cases.side(ORDER)
    theirs.acknowledge(by=HELPING, at=NOON, command_id="theirs")
    store(flaky).save_side(theirs)
    assert [name for name, _ in flaky.calls] == ["put_item"]
    mine.acknowledge(by=HELPING, at=NOON, command_id="mine")
    with pytest.raises(VersionConflict) as refusal:
        cases.save_side(mine)
    assert refusal.value.facts["current_version"] == 2


def test_an_order_beside_another_has_its_own_place_in_inbox_and_timer(tables: Tables) -> None:
    cases = opened(tables)
    (row,) = cases.inbox(HELPER, 10, None).rows
    assert (row.order_id, row.kind, row.status, row.service_code) == (ORDER, "assist", "asked", "street.lamp")
    assert [row.kind for row in cases.inbox(AGENCY, 10, None).rows] == [LEAD]
    timer = cases.side(ORDER).next_timer()
    assert timer is not None
    assert list(cases.due(shard_of(APPEAL), bucket_of(timer[0]), timer[0])) == [[ORDER]]
    cases.save(report(cases.side(ORDER), cases.get(APPEAL)))
    assert cases.inbox(HELPER, 10, None).rows == []
    assert list(cases.due(shard_of(APPEAL), bucket_of(timer[0]), timer[0])) == []


@pytest.mark.parametrize("order_id", [APPEAL, f"{APPEAL}.1", f"{APPEAL}.3", "0041061050R3GG28A.2"])
def test_what_is_no_order_beside_another_is_not_found(tables: Tables, order_id: str) -> None:
    cases = opened(tables)
    with pytest.raises(NotFound):
        cases.side(order_id)


def test_an_inbox_goes_on_behind_an_order_beside_another(tables: Tables) -> None:
    cases = opened(tables)
    cases.save(ask(cases.get(APPEAL), "waterworks", "again"))
    case = cases.get(APPEAL)
    case.open_side(
        SideKind.SUMMONS, HELPER, by=OFFICER, at=NOON, command_id="s", timekeeper=TIMEKEEPER, note_id="n"
    )
    cases.save(citing(case))
    first = cases.inbox(HELPER, 1, None)
    second = cases.inbox(HELPER, 1, first.next)
    assert [row.order_id for row in (*first.rows, *second.rows)] == [f"{APPEAL}.4", ORDER]
