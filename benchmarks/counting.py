"""Counting closed orders: request units a closing, and how often any one item is written.

What is written is read from the calls themselves and weighed by DynamoDB's documented rule (a transactional
write costs two units for each kilobyte of the item as it is afterwards), so any emulator will do, and every
write is known by its key and its second.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.chain import chain
from benchmarks.figures import Figure, Finding
from benchmarks.meter import item_size
from benchmarks.servers import ministack
from hotline.adapters import aws
from hotline.domain.directory import Directory
from hotline.domain.identifiers import tracking_number
from infrastructure.directory.loading import load
from infrastructure.ops.directory import BEIJING
from infrastructure.simulation.agencies import sizes

CLOSINGS, QUICK_CLOSINGS = 25_000, 500
A_SECOND = 28
"""Closings a second: 25,000 in a quarter of an hour."""

BATCH = 10
"""Closings that one invocation takes: the template's batch."""

UNITS_BUDGET = 4
"""Two for the mark, and two for each tally that a batch of ten touches: at most one tally a closing."""
ITEM_BUDGET, PARTITION_BUDGET = 10, 1000
"""Writes of one item a second that are far from where it becomes hot; what one partition takes."""

Body = dict[str, Any]


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Units a closing, and the most written item and partition at a steady ``A_SECOND``."""
    count = QUICK_CLOSINGS if quick else CLOSINGS
    directory = load(BEIJING, datetime.now(UTC).date()).directory()
    with ministack() as url, chain(url) as running:
        with writes() as counted:
            for place, batch in enumerate(batches(closings(count, directory))):
                counted.second = place * BATCH // A_SECOND
                running.call_worker("CountOutcomes", batch)
        progress(f"counting: {count} closings")
    yield from figures(counted, count)


def figures(counted: Writes, count: int) -> Iterator[Figure]:
    """What was found, each with how."""
    how = (
        f"{count:,} closings of agencies of every size through the function in batches of {BATCH}; "
        "writes read from its calls, weighed by the documented rule"
    )
    steady = f"{how}; {A_SECOND} closings a second"
    yield Figure("counting.units", counted.units / count, "write units", UNITS_BUDGET, how)
    for table, units in sorted(counted.units_of_table.items()):
        yield Figure(f"counting.units.{table}", units / count, "write units", None, how)
    key, most = counted.busiest_item
    yield Figure("counting.item_writes", most, "writes/s", ITEM_BUDGET, f"{steady}; the busiest item: {key}")
    key, units = counted.busiest_partition
    yield Figure(
        "counting.partition_units", units, "units/s", PARTITION_BUDGET, f"{steady}; the busiest key: {key}"
    )
    shared = f"{how}; these wait for each other where two workers count at the same time"
    yield Figure("counting.shared", counted.shared, "of transactions", None, shared)


def closings(count: int, directory: Directory, seed: int = 1) -> Iterator[Body]:
    """Events of closed orders as the bus puts them on the counting queue; a few agencies have most of them."""
    chosen = random.Random(seed)
    agencies = sorted(directory.agencies)
    chosen.shuffle(agencies)
    shares = sizes(len(agencies), CLOSINGS)
    at = datetime(2026, 3, 20, 1, tzinfo=UTC)
    for number, agency_id in enumerate(chosen.choices(agencies, shares, k=count)):
        event_id = f"{tracking_number(chosen.randbytes(10))}:{chosen.randint(7, 12)}"
        closed_at = at + timedelta(seconds=number // A_SECOND)
        yield _on_the_bus(event_id, closed_at, _facts(agency_id, chosen))


def batches(bodies: Iterator[Body]) -> Iterator[list[Body]]:
    """As full as the template's trigger makes them."""
    batch: list[Body] = []
    for body in bodies:
        batch.append(body)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Writes:
    """What transactions have written: units by table, writes by item and second.

    Attributes:
        second: the second in which what comes next is written.
        calls: how many transactions there were.
    """

    def __init__(self) -> None:
        self.second = 0
        self.calls = 0
        self.units_of_table: Counter[str] = Counter()
        self._items: Counter[tuple[str, int]] = Counter()
        self._partitions: Counter[tuple[str, int]] = Counter()
        self._sums: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @property
    def units(self) -> int:
        """Write units of all tables."""
        return sum(self.units_of_table.values())

    @property
    def busiest_item(self) -> tuple[str, int]:
        """The item that was written most often within one second, and how often."""
        return _most(self._items)

    @property
    def shared(self) -> float:
        """The share of transactions that write the item which most of them write."""
        written: Counter[str] = Counter()
        for (key, _), times in self._items.items():
            written[key] += times
        return max(written.values(), default=0) / max(self.calls, 1)

    @property
    def busiest_partition(self) -> tuple[str, int]:
        """The partition key with the most units within one second, and how many."""
        return _most(self._partitions)

    def note(self, params: Mapping[str, Any]) -> None:
        """Take one ``TransactWriteItems``."""
        self.calls += 1
        for write in params["TransactItems"]:
            ((kind, about),) = write.items()
            item = about["Item"] if kind == "Put" else self._after(about)
            key = (about["TableName"], item["pk"]["S"], item["sk"]["S"])
            units = 2 * -(-item_size(item) // 1024)
            self.units_of_table[key[0]] += units
            self._items[" ".join(key), self.second] += 1
            self._partitions[" ".join(key[:2]), self.second] += units

    def _after(self, update: Mapping[str, Any]) -> dict[str, Any]:
        """The item as an ``ADD`` leaves it."""
        sums = self._sums[json.dumps(update["Key"], sort_keys=True)]
        for placeholder, name in update["ExpressionAttributeNames"].items():
            sums[name] += int(update["ExpressionAttributeValues"][f":{placeholder[1:]}"]["N"])
        return {**update["Key"], **{name: {"N": str(value)} for name, value in sums.items()}}


@contextmanager
def writes() -> Iterator[Writes]:
    """Listen to the functions' own clients."""
    noted, event = Writes(), "provide-client-params.dynamodb.TransactWriteItems"
    aws.forget_clients()
    session = aws._session()
    session.register(event, _listener(noted))
    try:
        yield noted
    finally:
        aws.forget_clients()


def _listener(noted: Writes) -> Callable[..., None]:
    def listen(**told: Any) -> None:
        noted.note(told["params"])

    return listen


def _facts(agency_id: str, chosen: random.Random) -> dict[str, Any]:
    facts: dict[str, Any] = {"agency": agency_id, "reopened": int(chosen.random() < 0.15)}
    facts |= {name: int(chosen.random() < 0.9) for name in ("response_in_time", "handled_in_time")}
    if chosen.random() < 0.3:
        return {**facts, "outcome": "no_answer"}
    answers = "y" + chosen.choice(("yy", "yy", "yy", "yn", "nn"))
    return {**facts, "outcome": "answered", "answers": answers, "how": "link"}


def _on_the_bus(event_id: str, at: datetime, facts: Mapping[str, Any]) -> Body:
    detail = {
        "event_id": event_id,
        "name": "WorkOrderClosed",
        "version": 1,
        "occurred_at": at.isoformat(),
        "correlation_id": event_id.partition(":")[0],
        "causation_id": "bench",
        "actor": "citizen",
        "data": facts,
    }
    return {"detail-type": "WorkOrderClosed", "source": "hotline", "detail": detail}


def _most(counts: Counter[tuple[str, int]]) -> tuple[str, int]:
    ((key, _), most), *_ = counts.most_common(1) or [(("nothing", 0), 0)]
    return key, most
