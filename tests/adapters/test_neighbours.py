"""Whose appeals, and where: the two indexes that repeats are looked for in; joined cases in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hotline.adapters.dynamodb.cases import KEEP_EVENTS, DynamoDBCases
from hotline.domain.actor import SYSTEM
from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.errors import VersionConflict
from hotline.domain.lifecycle import Status
from hotline.ports import LISTED_AT_ONCE
from hotline.use_cases.settle_members import members_of
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import NOON, Life

HERE = {"subdistrict": "990101001", "service_code": "street.lamp"}
DAY = timedelta(hours=24)


def store(client: Any) -> DynamoDBCases:
    return DynamoDBCases(client, "CasesTable", "TextsTable")


def appeal_id(number: int) -> str:
    return f"{number:017d}"


def put(tables: Tables, number: int, **facts: Any) -> Case:
    """An appeal, so many minutes after noon."""
    at = NOON + timedelta(minutes=number)
    life = Life(at=at, appeal_id=appeal_id(number), **{**HERE, "citizen_index": "c", **facts})
    return store(tables.client).register(life.case, Words(text="路灯不亮"))


def numbers(found: list[Any]) -> list[int]:
    return [int(each.appeal_id) for each in found]


def test_neighbours_come_newest_first_with_their_time(tables: Tables) -> None:
    for number in range(3):
        put(tables, number)
    put(tables, 3, citizen_index="another")
    put(tables, 4, citizen_index=None, subdistrict=None)
    cases = store(tables.client)
    own = cases.by_citizen("c", NOON, NOON + DAY)
    assert numbers(own) == [2, 1, 0]
    assert own[0].registered_at == NOON + timedelta(minutes=2)
    assert numbers(cases.by_place("990101001", "street.lamp", NOON, NOON + DAY)) == [3, 2, 1, 0]
    assert cases.by_place("990101001", "street.noise", NOON, NOON + DAY) == []


def test_both_ends_of_the_time_belong_to_it(tables: Tables) -> None:
    for number in range(4):
        put(tables, number)
    cases = store(tables.client)
    found = cases.by_citizen("c", NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))
    assert numbers(found) == [2, 1]


def test_a_list_is_one_call_and_has_an_end(tables: Tables, flaky: Flaky) -> None:
    for number in range(LISTED_AT_ONCE + 3):
        put(tables, number)
    found = store(flaky).by_place("990101001", "street.lamp", NOON, NOON + DAY)
    assert numbers(found) == list(range(LISTED_AT_ONCE + 2, 2, -1))
    assert [name for name, _ in flaky.calls] == ["query"]


def test_the_index_holds_keys_and_the_time_and_nothing_else(tables: Tables) -> None:
    put(tables, 1)
    answer = tables.client.query(
        TableName="CasesTable",
        IndexName="by_citizen",
        KeyConditionExpression="cp = :c",
        ExpressionAttributeValues={":c": {"S": "C#c"}},
    )
    assert set(answer["Items"][0]) == {"pk", "sk", "cp", "at"}


def test_a_long_list_of_members_spills_and_is_read_whole(tables: Tables) -> None:
    """F44: whatever joins, the leader's item stays small and forgets nobody."""
    put(tables, 0)
    cases = store(tables.client)
    for first in range(1, 101, 10):
        leader = cases.get(appeal_id(0))
        members = [put(tables, number) for number in range(first, first + 10)]
        for member in members:
            member.merge_into(leader, by=SYSTEM, at=NOON, command_id=f"m{member.appeal_id}")
        cases.save_together(leader, *members)
    leader = cases.get(appeal_id(0))
    assert (leader.members, leader.version) == (100, 101)
    assert len(leader.events) <= KEEP_EVENTS
    assert members_of(leader, cases) == [appeal_id(number) for number in range(1, 101)]
    listed = [each for page in cases.members(leader.appeal_id) for each in page]
    assert sorted(listed) == members_of(leader, cases)
    assert leader.awaits_operator, "a referral that has been moved away is still one"


def test_of_several_cases_all_are_saved_or_none(tables: Tables) -> None:
    leader, member = put(tables, 0), put(tables, 1)
    cases = store(tables.client)
    overtaken = cases.get(leader.appeal_id)
    overtaken.refer(["place-unknown"], [], at=NOON, command_id="r")
    cases.save(overtaken)
    member.merge_into(leader, by=SYSTEM, at=NOON, command_id="m")
    with pytest.raises(VersionConflict):
        cases.save_together(leader, member)
    assert cases.get(member.appeal_id).status is Status.REGISTERED
