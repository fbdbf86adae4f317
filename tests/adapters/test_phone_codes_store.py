"""Codes and counts in the effects table: one conditional write a step, and every item is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend

from hotline.adapters.dynamodb.phone_codes import DynamoDBAllowances, DynamoDBPhoneCodes
from hotline.domain.errors import Unavailable
from hotline.domain.phone_codes import DAY, HOUR, LIFE, TRIES, Allowance, Challenge
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import NOON

WHO = "q7Yb0dZ2m4K1x9Vn3LrTcA"
UNTIL = NOON + LIFE


@pytest.fixture
def codes(tables: Tables) -> DynamoDBPhoneCodes:
    return DynamoDBPhoneCodes(tables.client, "EffectsTable")


@pytest.fixture
def allowances(tables: Tables) -> DynamoDBAllowances:
    return DynamoDBAllowances(tables.client, "EffectsTable")


def test_a_code_is_tried_so_often_and_no_more(codes: DynamoDBPhoneCodes) -> None:
    codes.begin(WHO, "first", UNTIL)
    assert codes.mark_sent(WHO, "first")
    tried = [codes.try_once(WHO, TRIES, NOON) for _ in range(TRIES + 1)]
    assert tried == [*[Challenge("first", True)] * TRIES, None]


def test_nothing_can_be_tried_where_there_is_no_code_or_it_is_over(codes: DynamoDBPhoneCodes) -> None:
    assert codes.try_once(WHO, TRIES, NOON) is None
    codes.begin(WHO, "first", UNTIL)
    assert codes.try_once(WHO, TRIES, UNTIL) is None
    assert codes.try_once(WHO, TRIES, NOON) == Challenge("first", False)


def test_a_code_goes_out_once_and_is_spent_once(codes: DynamoDBPhoneCodes) -> None:
    codes.begin(WHO, "first", UNTIL)
    assert [codes.mark_sent(WHO, "first"), codes.mark_sent(WHO, "first")] == [True, False]
    assert [codes.spend(WHO, "first"), codes.spend(WHO, "first")] == [True, False]
    assert codes.try_once(WHO, TRIES, NOON) is None


def test_a_later_code_takes_the_place_of_the_first(codes: DynamoDBPhoneCodes) -> None:
    codes.begin(WHO, "first", UNTIL)
    codes.begin(WHO, "second", UNTIL)
    assert not codes.mark_sent(WHO, "first")
    assert not codes.spend(WHO, "first")
    assert codes.try_once(WHO, TRIES, NOON) == Challenge("second", False)


def test_what_is_kept_holds_no_code_and_is_forgotten_within_a_day_or_two(
    codes: DynamoDBPhoneCodes, allowances: DynamoDBAllowances, tables: Tables
) -> None:
    codes.begin(WHO, "first", UNTIL)
    allowances.take(Allowance("name", 3, DAY), NOON)
    items = tables.items("EffectsTable")
    assert sorted(item["pk"]["S"][:2] for item in items) == ["R#", "V#"]
    for item in items:
        assert NOON + LIFE < NOON.fromtimestamp(int(item["ttl"]["N"]), NOON.tzinfo) <= NOON + 2 * DAY


@pytest.fixture
def one_write_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB compares and writes an item in one step; moto's dictionary does so only when it is not disturbed."""
    lock, update = Lock(), DynamoDBBackend.update_item

    def undisturbed(self: DynamoDBBackend, *given: Any, **named: Any) -> Any:
        with lock:
            return update(self, *given, **named)

    monkeypatch.setattr(DynamoDBBackend, "update_item", undisturbed)


@pytest.mark.usefixtures("one_write_at_a_time")
def test_however_many_ask_at_once_no_more_are_let_through(allowances: DynamoDBAllowances) -> None:
    allowance = Allowance("name", 7, HOUR)
    with ThreadPoolExecutor(8) as crowd:
        let = list(crowd.map(lambda _: allowances.take(allowance, NOON), range(30)))
    assert let.count(True) == 7


def test_each_window_and_each_name_counts_for_itself(allowances: DynamoDBAllowances) -> None:
    one = Allowance("name", 1, HOUR)
    assert [allowances.take(one, NOON), allowances.take(one, NOON)] == [True, False]
    assert allowances.take(Allowance("other", 1, HOUR), NOON)
    assert allowances.take(one, NOON + timedelta(hours=1))


def test_a_smaller_bound_on_the_same_count_refuses_earlier(allowances: DynamoDBAllowances) -> None:
    assert [allowances.take(Allowance("name", 2, HOUR), NOON) for _ in range(3)] == [True, True, False]
    assert allowances.take(Allowance("name", 4, HOUR), NOON)
    assert not allowances.take(Allowance("name", 2, HOUR), NOON)


def test_a_busy_table_is_trouble_and_not_a_refusal(flaky: Flaky) -> None:
    busy = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")
    flaky.plan["update_item"] = [("before", busy)]
    with pytest.raises(Unavailable):
        DynamoDBAllowances(flaky, "EffectsTable").take(Allowance("name", 1, HOUR), NOON)
