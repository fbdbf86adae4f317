"""What a million appeals cost at list prices, from calls that were counted.

Counted the dear way: every agency works at the desk (over the API, not by messages), and it is a quiet
hour, so that no worker finds more than one record waiting. Left out: text messages (the supplier's
price), storage, traffic, and what pollers of idle queues and the minutely sweep cost whatever comes in
(a few dollars a month).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import lives
from benchmarks.chain import Chain, chain
from benchmarks.figures import Figure, Finding
from benchmarks.meter import Meter
from benchmarks.servers import ministack
from benchmarks.template import functions

BUDGET_USD = 115
LIVES, QUICK_LIVES = 40, 5
CALL_MS = 6
"""Assumed wait of a function for one call of the SDK within a region."""

FULL_PROCESSOR_MB = 1769
"""The memory at which Lambda gives one whole processor."""

PRICES = Path(__file__).with_name("prices.json")


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """The bill, and its lines."""
    count = QUICK_LIVES if quick else LIVES
    with ministack() as url, chain(url, Meter(by_rule=True), largest_batch=1) as running:
        lives.live(running, 1)
        running.forget()
        lives.live(running, count, desk=True)
        progress("cost: counted")
        used = {name: amount / count for name, amount in _used(running).items()}
    document = json.loads(PRICES.read_text(encoding="utf-8"))
    prices = {name: entry["price"] for name, entry in document["usd_per_million"].items()}
    bill = {name: amount * prices[name] for name, amount in used.items()}
    how = (
        f"calls of {count} lives counted (agencies at the desk, batches of one), times list prices of "
        f"{document['as_of']}, {document['region']}; without text messages and storage"
    )
    yield Figure("cost_per_million_appeals", sum(bill.values()), "USD", BUDGET_USD, how)
    for name, amount in bill.items():
        yield Figure(
            f"cost.{name}", amount, "USD", None, f"{used[name]:.4g} a life at {prices[name]} USD a million"
        )


def _used(running: Chain) -> Mapping[str, float]:
    """Everything that is billed by use, summed over all lives."""
    calls = running.meter.operations()
    requests = {name: len(batches) for name, batches in running.invocations.items()}
    at_the_api = sum(
        number for name, number in requests.items() if functions()[name].handler.endswith(".app")
    )
    of_staff = sum(requests.get(name, 0) for name in ("HandlingApi", "DispatchApi"))
    from_queues = [
        batch for name, batches in running.invocations.items() if functions()[name].queue for batch in batches
    ]
    to_agencies = calls["sqs.SendMessage"]
    return {
        "api_rest_request": at_the_api,
        "dynamodb_write_unit": running.meter.write_units(),
        "dynamodb_read_unit": running.meter.read_units(),
        "lambda_request": sum(requests.values()) + of_staff,  # the authorizer, as if it remembered nothing
        "lambda_gb_second": sum(_gb_seconds(running, name) for name in requests),
        "eventbridge_event": running.published,
        # Each message is sent alone; ten at most are received and deleted together. Agencies' queues too.
        "sqs_request": sum(batch + 2 * -(-batch // 10) for batch in from_queues) + 3 * to_agencies,
        "secretsmanager_call": calls["secretsmanager.GetSecretValue"],
        "log_byte": len(running.log.getvalue().encode()),
    }


def _gb_seconds(running: Chain, name: str) -> float:
    """Billed time of a function: its processor time at its share of one, and the waits for its calls."""
    memory_mb = functions()[name].memory_mb
    busy_s = running.processor_s[name] * FULL_PROCESSOR_MB / min(memory_mb, FULL_PROCESSOR_MB)
    waiting_s = running.calls_of[name] * CALL_MS / 1000
    return (busy_s + waiting_s) * memory_mb / 1024
