"""The policies of the template are needed as they are: one permission less, and the chain stops there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.local.breaking import soon_retried, without_permission
from tests.local.talking import (
    Reply,
    Stack,
    agency_queue,
    another_matter,
    bearer,
    call,
    client,
    eventually,
    receive,
)

pytestmark = pytest.mark.local

HUOXIAN = "110112106"

ROAD = {
    "type": "complaint",
    "text": "镇政府门口的路面塌了一块",
    "service_code": "road.damage",
    "place": {"subdistrict": HUOXIAN},
}

INTERNALS = ("AccessDenied", "arn:", "dynamodb", "PutItem", "Role", "Traceback")
"""What would tell a stranger how the hotline is built."""


def test_intake_that_may_not_write_cases_refuses_politely_until_it_may_again(stack: Stack) -> None:
    with without_permission(stack, "IntakeApi", "dynamodb:PutItem", stack["cases_table"]):
        refused = register(stack)
    assert refused.status == 500
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.body["type"] == "/problems/unexpected"
    assert not [word for word in (*INTERNALS, stack["cases_table"]) if word in json.dumps(refused.body)]

    assert register(stack).status == 201


def test_orders_wait_while_delivery_may_not_send_and_arrive_when_it_may_again(stack: Stack) -> None:
    with soon_retried(stack):
        with without_permission(stack, "DeliverWorkOrders", "sqs:SendMessage", stack["agency_queue_prefix"]):
            number = register(stack).body["tracking_number"]
            eventually(
                lambda: order(stack, number)["status"] == "dispatched", "the appeal was not dispatched"
            )
            # An order of an earlier test may be denied too, so only what comes from here on counts.
            dispatched = time.time()
            denied = eventually(lambda: denials(stack, dispatched), "the delivery was not denied")
            assert {line["service"] for line in denied} == {"deliver-work-orders"}
            assert order(stack, number)["deliveries"] == []

        queue = agency_queue(stack, HUOXIAN)
        message = receive(stack, queue, lambda found: json.loads(found["Body"])["appeal_id"] == number)
        assert json.loads(message["Body"])["kind"] == "dispatched"
        eventually(lambda: order(stack, number)["deliveries"], "the delivery was not recorded")


def register(stack: Stack) -> Reply:
    return call(stack, "POST", "/appeals", ROAD | another_matter())


def order(stack: Stack, number: str) -> Mapping[str, Any]:
    answer = call(stack, "GET", f"/orders/{number}.1", headers=bearer(stack, "auditor"))
    assert answer.status == 200, answer.body
    return answer.body  # type: ignore[no-any-return]


def denials(stack: Stack, since: float) -> list[Mapping[str, Any]]:
    """Log lines of functions to which AWS has denied something since then."""
    return [line for line in logged(stack, since) if "AccessDenied" in json.dumps(line)]


def logged(stack: Stack, since: float) -> Iterator[Mapping[str, Any]]:
    logs = client(stack, "logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=stack["log_group_name"], startTime=int(since * 1000)
    )
    for page in pages:
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])
