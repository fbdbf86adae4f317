"""Deliveries and the watermark: what has been done is not done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.adapters.dynamodb.effects import (
    FIRST_LOOK_BACK,
    KEEP_FOR,
    DynamoDBDeliveries,
    DynamoDBWatermark,
)
from hotline.domain.errors import Unavailable
from hotline.domain.timers import bucket_of
from hotline.ports import Delivery
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders import APPEAL, NOON


def delivery(number: int, agency_id: str = "110101001", state: str = "delivered") -> Delivery:
    return Delivery(f"{APPEAL}:{number}", agency_id, state, NOON)  # type: ignore[arg-type]


def test_only_what_was_delivered_is_done(tables: Tables) -> None:
    deliveries = DynamoDBDeliveries(tables.client, "EffectsTable")
    deliveries.record([delivery(2), delivery(2, "110101", "failed"), delivery(3)])
    asked = [(f"{APPEAL}:{number}", who) for number in (2, 3, 4) for who in ("110101001", "110101")]
    assert deliveries.done(asked) == {(f"{APPEAL}:2", "110101001"), (f"{APPEAL}:3", "110101001")}
    assert deliveries.done([]) == set()


def test_the_last_word_about_a_delivery_counts(tables: Tables) -> None:
    deliveries = DynamoDBDeliveries(tables.client, "EffectsTable")
    deliveries.record([delivery(2, state="failed")])
    deliveries.record([delivery(2)])
    assert deliveries.of_case(APPEAL) == [delivery(2)]


def test_a_large_batch_is_written_whole_and_what_is_left_over_again(tables: Tables, flaky: Flaky) -> None:
    many = [delivery(number) for number in range(1, 31)]
    refused = {
        "EffectsTable": [
            {
                "PutRequest": {
                    "Item": {
                        "pk": {"S": f"L#{APPEAL}"},
                        "sk": {"S": "1#110101001"},
                        "state": {"S": "delivered"},
                        "at": {"N": str(int(NOON.timestamp()))},
                    }
                }
            }
        ]
    }
    flaky.plan["batch_write_item"] = [{"UnprocessedItems": refused}]
    DynamoDBDeliveries(flaky, "EffectsTable").record(many)
    assert [len(arguments["RequestItems"]["EffectsTable"]) for _, arguments in flaky.calls] == [25, 1, 5]

    flaky.plan["batch_write_item"] = [{"UnprocessedItems": refused}] * 5
    with pytest.raises(Unavailable):
        DynamoDBDeliveries(flaky, "EffectsTable").record(many[:1])


def test_effects_are_forgotten_long_after_any_redelivery(tables: Tables) -> None:
    DynamoDBDeliveries(tables.client, "EffectsTable").record([delivery(2)])
    expected = str(int((NOON + KEEP_FOR).timestamp()))
    assert {item["ttl"]["N"] for item in tables.items("EffectsTable")} == {expected}


def test_the_watermark_moves_forward_only(tables: Tables) -> None:
    watermark = DynamoDBWatermark(tables.client, "EffectsTable")
    first = watermark.get(NOON)
    assert first == bucket_of(NOON - FIRST_LOOK_BACK)
    watermark.advance(first + 5)
    watermark.advance(first + 3)
    assert watermark.get(NOON + timedelta(days=1)) == first + 5
