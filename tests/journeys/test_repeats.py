"""Repeated appeals through every function and queue: spam, joint orders, and nothing that gets lost (S27)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from hotline.adapters.dynamodb.cases import KEEP_EVENTS
from tests.journeys.conftest import city_on_a_dictionary
from tests.journeys.invariants import stored_cases, versions_count_events_without_gaps, whole_histories
from tests.journeys.pump import City
from tests.unit.builders_directory import RIVERSIDE

NOISE = {"text": "晚上噪声扰民", "service_code": "street.noise", "place": {"subdistrict": RIVERSIDE}}
SPAM = NOISE | {"contact": {"phone": "13800138000"}}


def statuses(city: City) -> Counter[str]:
    return Counter(case.status.value for case, _ in stored_cases(city).values())


def merge(city: City, member: dict[str, Any], leader: dict[str, Any]) -> dict[str, Any]:
    body = {"into": leader["tracking_number"], "text": "同一噪声源"}
    reply = city.operator("POST", f"/orders/{member['tracking_number']}/merge", body)
    assert reply.status == 200, reply
    city.settle()
    return reply.body


def test_a_thousand_equal_appeals_are_one_order_and_everybody_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    city = city_on_a_dictionary(monkeypatch)
    receipts = []
    for number in range(1000):
        receipts.append(city.register(**SPAM))
        city.clock.pass_(seconds=number % 100 == 99)
    city.settle()
    assert statuses(city) == {"dispatched": 1, "merged": 999}
    assert city.dead_letters() == {}
    (leader,) = [case for case, _ in stored_cases(city).values() if case.members]
    assert leader.members == 999
    (order,) = city.orders(RIVERSIDE)
    assert (order["kind"], order["appeal_id"]) == ("dispatched", leader.appeal_id)
    for receipt in receipts[::100]:
        shown = city.track(receipt)
        assert shown["tracking_number"] == receipt["tracking_number"]
        assert shown["agency_zh"] == "河边街道"

    items = city.tables.items(city.lookup("CasesTable", None))
    assert max(len(json.dumps(item, default=str)) for item in items) < 8_000, "far from 400 KB (F44)"
    assert max(len(item["e"]["L"]) for item in items) <= KEEP_EVENTS
    assert len(whole_histories(city)[leader.appeal_id]) == leader.version > 1000

    city.handle(order)
    city.settle()
    assert statuses(city) == {"surveying": 1000}
    assert len(city.sent_texts) == 1000
    assert city.answer(receipts[500]).body["status"] == "closed"
    assert city.answer(receipts[501], resolved=False).body["status"] == "in_progress"
    city.settle()
    (again,) = city.orders(RIVERSIDE)
    assert (again["kind"], again["appeal_id"]) == ("reopened", receipts[501]["tracking_number"])
    versions_count_events_without_gaps(city)
    assert city.dead_letters() == {}


def test_two_neighbours_are_joined_asked_and_scored_once(city: City) -> None:
    first = city.register(**NOISE, contact={"phone": "13800138000"})
    city.settle()
    second = city.register(**NOISE | {"text": "晚上噪声很扰民"}, contact={"phone": "13900139000"})
    city.settle()
    shown = city.operator("GET", f"/dispatch/queue/{second['tracking_number']}/similar").body["appeals"]
    assert [each["appeal_id"] for each in shown] == [first["tracking_number"]]
    assert merge(city, second, first)["status"] == "merged"
    told = {(order["kind"], order["appeal_id"], order.get("member_id")) for order in city.orders(RIVERSIDE)}
    one, other = first["tracking_number"], second["tracking_number"]
    assert told == {
        ("dispatched", one, None),
        ("dispatched", other, None),
        ("joined", one, other),
        ("merged", other, None),
    }
    order = {"work_order_id": f"{one}.1", "agency_id": RIVERSIDE}
    city.handle(order | {"reply_token": city.tokens.reply_token(f"{one}.1", RIVERSIDE)})
    for receipt in (first, second):
        assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    (tally,) = city.tables.items(city.lookup("ScorecardsTable", None))
    assert tally["closed"]["N"] == "1"


def test_when_the_first_is_taken_back_the_second_goes_on_by_itself(city: City) -> None:
    first, second = city.register(**NOISE), city.register(**NOISE | {"text": "噪声大"})
    city.settle()
    merge(city, second, first)
    city.citizen("POST", first, "/withdrawal")
    city.settle()
    assert city.waiting_for_operators() == [second["tracking_number"]]
    assert city.track(second)["status"] == "registered"
