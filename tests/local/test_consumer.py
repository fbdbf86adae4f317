"""The reference consumer on the deployed stack: killed again and again, it loses nothing and does nothing twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infrastructure.local.place import ROOT
from tests.local.talking import Stack, agency_queue, bearer, call, client, eventually

pytestmark = pytest.mark.local

SONGZHUANG, ZHANGJIAWAN, XIJI = "110112104", "110112105", "110112110"
APPEALS = 12
PROGRAM = ROOT / "infrastructure" / "consumer" / "consumer.py"


def consumer(stack: Stack, agency_id: str, state: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": stack["endpoint_url"],
        "AWS_DEFAULT_REGION": stack["region"],
        "AWS_ACCESS_KEY_ID": stack["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": stack["aws_secret_access_key"],
    }
    queues = ("--queue-url", agency_queue(stack, agency_id), "--replies-url", stack["replies_queue_url"])
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), *queues, "--auto", "--state", str(state)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def register(stack: Stack, agency_id: str, number: int) -> str:
    words = {
        "type": "complaint",
        "text": f"村口第{number}根电线杆旁的路面塌了一块",
        "service_code": "road.damage",
        "place": {"subdistrict": agency_id},
    }
    answer = call(stack, "POST", "/appeals", words)
    assert answer.status == 201, answer.body
    return str(answer.body["tracking_number"])


def order(stack: Stack, number: str) -> Mapping[str, Any]:
    answer = call(stack, "GET", f"/orders/{number}.1", headers=bearer(stack, "auditor"))
    assert answer.status == 200, answer.body
    return answer.body  # type: ignore[no-any-return]


def taken_in(state: Path) -> int:
    """How many orders the consumer has stored; none while its store is still being made."""
    with closing(sqlite3.connect(state)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'messages'").fetchone():
            return 0
        return int(database.execute("SELECT count(*) FROM messages WHERE kind = 'dispatched'").fetchone()[0])


def test_killed_at_random_moments_every_order_is_handled_once(stack: Stack, tmp_path: Path) -> None:
    state, chance = tmp_path / "orders.sqlite", random.Random(12345)
    numbers = [register(stack, SONGZHUANG, number) for number in range(APPEALS)]
    for _ in range(8):
        running = consumer(stack, SONGZHUANG, state)
        time.sleep(chance.uniform(0.3, 1.5))  # the moment of death is the random part of this test
        running.send_signal(signal.SIGKILL)
        running.wait()
    running = consumer(stack, SONGZHUANG, state)
    try:
        for number in numbers:
            eventually(
                lambda number=number: order(stack, number)["status"] == "surveying", f"{number} not handled"
            )
    finally:
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=30)
    assert running.returncode == 0, said
    assert said.rstrip().endswith("stopped")
    assert taken_in(state) >= APPEALS
    for number in numbers:
        events = Counter(event["name"] for event in order(stack, number)["events"])
        events.pop("SideOrderOpened", None)  # the same words on every order: a reviewer is to look at it
        assert events == {
            "AppealRegistered": 1,
            "WorkOrderDispatched": 1,
            "WorkOrderAcknowledged": 1,
            "CitizenContacted": 1,
            "WorkOrderResolved": 1,
            "SurveyOpened": 1,
        }


def test_while_nothing_comes_it_waits_and_stops_when_asked(stack: Stack, tmp_path: Path) -> None:
    running = consumer(stack, ZHANGJIAWAN, tmp_path / "orders.sqlite")
    eventually(lambda: (tmp_path / "orders.sqlite").exists(), "it never started")
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=15)
    assert running.returncode == 0, said


def test_an_order_it_has_handled_is_gone_from_the_queue(stack: Stack, tmp_path: Path) -> None:
    state = tmp_path / "orders.sqlite"
    register(stack, XIJI, 1)
    running = consumer(stack, XIJI, state)
    try:
        eventually(lambda: taken_in(state), "the order never came")
        sqs, queue_url = client(stack, "sqs"), agency_queue(stack, XIJI)
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

        def is_empty() -> bool:
            facts = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
            return all(facts[name] == "0" for name in names)

        assert eventually(is_empty, "the message was not deleted")
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
