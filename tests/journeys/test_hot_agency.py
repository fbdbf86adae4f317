"""One agency has seven times its normal load, and nobody else notices (FAULTS F39)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.journeys.fast_dynamodb import FastDynamoDB
from tests.journeys.pump import City
from tests.unit.builders_directory import EAST_ZHONGSHAN, RIVERSIDE

NORMAL = 5
FLOOD = 7 * NORMAL
CALLS = ("get_item", "put_item", "batch_get_item", "transact_write_items", "query", "update_item")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What is asked of the tables, and how many items a query gives back."""
    counted: Counter[str] = Counter()
    for name in CALLS:
        original = getattr(FastDynamoDB, name)

        def call(self: FastDynamoDB, *, _name: str = name, _original: Any = original, **given: Any) -> Any:
            answer = _original(self, **given)
            counted[_name] += 1
            counted[f"{_name}: items"] += len((answer or {}).get("Items", ()))
            return answer

        monkeypatch.setattr(FastDynamoDB, name, call)
    return counted


def register(city: City, subdistrict: str, text: str) -> dict[str, Any]:
    return city.register(text=text, service_code="street.noise", place={"subdistrict": subdistrict})


def quiet_life(city: City, calls: Counter[str], text: str) -> Counter[str]:
    """What a whole life costs at the agency that nobody talks about, its look at the inbox included."""
    calls.clear()
    receipt = register(city, EAST_ZHONGSHAN, text)
    city.settle()
    inbox = city.call("GET", "/orders", claims={"sub": "li", "role": "agency", "agency_id": EAST_ZHONGSHAN})
    assert len(inbox.body["orders"]) == 1
    city.handle(city.orders(EAST_ZHONGSHAN)[-1])
    assert city.answer(receipt).body["status"] == "closed"
    city.settle()
    return Counter(calls)


def test_a_flood_at_one_agency_costs_an_order_of_another_nothing(
    quick_city: City, calls: Counter[str]
) -> None:
    quiet_life(quick_city, calls, "第一件，目录由此读入")
    before = quiet_life(quick_city, calls, "南边的噪声")
    for number in range(FLOOD):
        register(quick_city, RIVERSIDE, f"河边第 {number} 家店的噪声")
    quick_city.settle()
    assert len(quick_city.orders(RIVERSIDE)) == FLOOD
    after = quiet_life(quick_city, calls, "北边的噪声")
    before["query: items"] += 1  # the neighbour's appeal before it, looked at as a possible repeat
    assert (
        after <= before
    )  # one read less when the neighbour's appeals are no longer fresh enough to be repeats


def test_an_order_of_another_agency_does_not_wait_behind_the_flood(quick_city: City) -> None:
    for number in range(FLOOD):
        register(quick_city, RIVERSIDE, f"河边第 {number} 家店的噪声")
    receipt = register(quick_city, EAST_ZHONGSHAN, "别处的噪声")
    began = quick_city.clock()
    quick_city.pump()
    assert quick_city.track(receipt)["status"] == "dispatched"
    assert len(quick_city.orders(EAST_ZHONGSHAN)) == 1
    assert quick_city.clock() == began
