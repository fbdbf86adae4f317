"""Warm calls: how often the SDK is called, how full batches are, and what a handler costs without it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from benchmarks import lives
from benchmarks.chain import Chain, chain
from benchmarks.figures import Figure, Finding
from benchmarks.servers import ministack
from benchmarks.template import functions

RECORDS_PER_CALL = 5
COUNTED = "calls of the functions' SDK clients, counted by botocore's events, in a warm process"

AGENCY = {"sub": "zhang", "role": "agency", "agency_id": "110105015"}


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Calls of each operation, and records per invocation and SDK calls per record of the workers."""
    with ministack() as url, chain(url) as running:
        lives.live(running, 1)  # warms directory, secret and queue addresses
        running.meter.forget()
        running.mail.clear()
        yield from _operations(running)
        progress("calls: operations")
        yield from _workers(running, 10 if quick else 40)
        progress("calls: workers")


def _operations(running: Chain) -> Iterator[Figure]:
    meter = running.meter
    chosen = random.Random(7)

    def call(step: str, function: str, event: dict[str, object]) -> dict[str, object]:
        with meter.step(step):
            return running.call_api(function, event)

    receipt = call("register", "IntakeApi", lives.register_event(lives.appeal(chosen), "bench-warm-call"))
    number = str(receipt["tracking_number"])
    track = lives.api_event(
        "GET", "/appeals/{number}", {"number": number}, headers={"X-Tracking-Key": str(receipt["secret_key"])}
    )
    call("track", "IntakeApi", track)
    running.settle()
    inbox = lives.api_event("GET", "/orders", query={"limit": "20"}, claims=AGENCY)
    call("list", "HandlingApi", inbox)
    order = {"order_id": f"{number}.1"}
    call("acknowledge", "HandlingApi", _command("acknowledge", order))
    contact = {"channel": "phone"}
    call("contact", "HandlingApi", _command("contact", order, contact))
    done = {"text": "已清运完毕。", "attachments": ["a01"]}
    call("resolve", "HandlingApi", _command("resolve", order, done))
    for step, budget in (
        ("register", 1),
        ("track", 1),
        ("list", 1),
        ("acknowledge", 2),
        ("contact", 2),
        ("resolve", 3),
    ):
        how = COUNTED if step != "resolve" else f"{COUNTED}; a command and an item for the agency's words"
        yield Figure(f"calls.{step}", meter.count(step), "calls", budget, how)


def _command(name: str, order: dict[str, str], body: object = None) -> dict[str, object]:
    return lives.api_event("POST", f"/orders/{{order_id}}/{name}", order, body=body, claims=AGENCY)


def _workers(running: Chain, count: int) -> Iterator[Figure]:
    running.invocations.clear()
    running.meter.forget()
    lives.live(running, count)
    for name, batches in running.invocations.items():
        function = functions()[name]
        if function.batch_size == 1:
            continue
        records = sum(batches)
        module = function.handler.rsplit(".", 1)[0]
        how = f"{records} records waiting, in {len(batches)} invocations of at most {function.batch_size}"
        mean = records / len(batches)
        yield Figure(f"records_per_call.{module}", mean, "records", RECORDS_PER_CALL, how, at_least=True)
        steps = ("acknowledge", "contact", "resolve", "return") if name == "AgencyReplies" else (name,)
        steps = ("publish",) if name == "PublishEvents" else steps
        calls = sum(running.meter.count(step) for step in steps)
        yield Figure(f"calls_per_record.{module}", calls / records, "calls", None, f"{COUNTED}; {how}")
