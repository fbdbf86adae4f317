"""Request units: what a life costs in writes, how big a case grows. Measured on MiniStack, which counts writes
as Amazon does (transactions twice, each index that changes, a kilobyte each)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3

from benchmarks import lives
from benchmarks.chain import Chain, chain
from benchmarks.figures import Figure, Finding
from benchmarks.meter import item_size
from benchmarks.servers import ministack

LIFE_BUDGET = 36
ITEM_BUDGET_BYTES = 1024
LIVES, QUICK_LIVES = 100, 10

_HOW = (
    "ReturnConsumedCapacity of every call, mean of {count} lives (register, dispatch, acknowledge, contact, "
    "resolve, survey, close; one in five returned and dispatched again; 400 Chinese characters; workers in "
    "full batches)"
)
_STEPS = {
    "register": "register",
    "DispatchAppeals": "dispatch",
    "DeliverWorkOrders": "deliveries",
    "return": "return",
    "redispatch": "redispatch",
    "acknowledge": "acknowledge",
    "contact": "contact",
    "resolve": "resolve",
    "OpenSurveys": "survey",
    "SendMessages": "notices",
    "WeighSignals": "signals",
    "answer": "close",
    "CountOutcomes": "counters",
}


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Write units of one life, in all and by step, and the largest case item before its eighth event."""
    count = QUICK_LIVES if quick else LIVES
    with ministack() as url, chain(url) as running:
        begun: list[lives.Life] = []
        largest = 0
        for stage in lives.stages(running, count, begun):
            largest = max(largest, largest_item(begun))
            progress(f"write units: {stage}")
        yield from _figures(running, count)
    how = f"stored item with fewer than eight events, the largest of {count} lives after each stage"
    yield Figure("case_item_before_eighth_event", largest, "bytes", ITEM_BUDGET_BYTES, how)


def largest_item(begun: list[lives.Life]) -> int:
    """Size of the largest case item among those with fewer than eight events."""
    client = boto3.client("dynamodb")
    sizes = [0]
    for life in begun:
        key = {"pk": {"S": f"A#{life.number}"}, "sk": {"S": "#"}}
        item = client.get_item(TableName="CasesTable", Key=key)["Item"]
        if len(item["e"]["L"]) < 8:
            sizes.append(item_size(item))
    return max(sizes)


def _figures(running: Chain, count: int) -> Iterator[Figure]:
    how = _HOW.format(count=count)
    meter = running.meter
    yield Figure("write_units_per_life", meter.write_units() / count, "write units", LIFE_BUDGET, how)
    for step, name in _STEPS.items():
        yield Figure(f"write_units.{name}", meter.write_units(step) / count, "write units", None, how)
