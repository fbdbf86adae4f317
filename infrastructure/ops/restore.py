"""``hotline restore``: after the cases were set back to an earlier moment (FAULTS F47).

Indexes, inboxes and timers lie in the cases' own items and come back with them. Other tables remember events that
now never were, and the ids of those come again: a mark says that the next closing has been counted, a delivery
that the next order is with its agency, a notice that the citizen has been told, a finding that something later
is known; and the sweep's watermark stands behind timers that have to fire once more. ``check`` shows such
memories, ``apply`` forgets them. Nothing may run meanwhile: ``infrastructure/README.md`` has the order of steps.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotline.adapters.dynamodb import codec, keys, side_codec
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.effects import KEEP_FOR as EFFECTS_KEPT_FOR
from infrastructure.ops.outbox import directories_of, moment
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from

Item = dict[str, dict[str, Any]]

_MARGIN = timedelta(hours=1)
"""How far clocks, and what was under way, may be off the moment that was given."""

_AT_ONCE = 100
SURVEYS = "surveys told"
"""The kind of notice that is numbered by the survey and not by the event."""


class Memory(NamedTuple):
    """What a table remembers of an event.

    Attributes:
        order_id: whose event; ``number``: which, or of a survey's notice which survey.
        kind: how it is called when it is shown.
        gone: whether the order itself is not there any more.
    """

    table: str
    key: Item
    order_id: str
    number: int
    kind: str
    gone: bool = False


class Known(NamedTuple):
    """How far an order has come: its version is the number of its events; how often its citizen was asked."""

    version: int
    surveys: int


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "restore",
        help="after the cases were restored: forget what never was",
        description="After the cases were restored to an earlier moment: forget what never was.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (
        ("check", check_, "show what other tables remember of events that the cases do not keep"),
        (
            "apply",
            apply_,
            "forget it, and let the sweep begin at the oldest timer; nothing may run meanwhile",
        ),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        what = "to when the cases were restored: a day in the city's time, or 2026-05-06T08:00:00+08:00"
        action.add_argument("moment", type=moment, metavar="MOMENT", help=what)
        action.add_argument("--list", action="store_true", help="name the appeals that are gone")
        add_stack_arguments(action)
        action.set_defaults(run=run)


def check_(arguments: argparse.Namespace) -> int:
    """Show it; 1 when there is any."""
    stack = stack_from(arguments)
    found = never_were(stack, _since(arguments, stack))
    counts, gone = _gathered(found)
    late = watermark_ahead(stack) is not None
    _print(counts, gone, named=arguments.list)
    if late:
        print("the sweep's watermark stands behind timers that are due again")
    return 1 if counts or late else 0


def apply_(arguments: argparse.Namespace) -> int:
    """Forget it, and say what comes next."""
    stack = stack_from(arguments)
    since = _since(arguments, stack)
    client = stack.client("dynamodb")
    counts, gone = _gathered(_forgotten(client, never_were(stack, since)))
    _print(counts, gone, named=arguments.list)
    if (bucket := watermark_ahead(stack)) is not None:
        client.put_item(
            TableName=stack["effects_table"],
            Item=keys.typed(keys.WATERMARK_KEY) | {"bucket": {"N": str(bucket)}},
        )
        print("the sweep begins at the oldest timer")
    start = f"{since - _MARGIN:%Y-%m-%dT%H:%M:%S+00:00}"
    print(
        "then: hotline scorecards rebuild\n"
        f"      hotline outbox reconcile --since {start} --until {datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00} --apply\n"
        f"      hotline lake backfill --since {start} --replace"
    )
    return 0


def never_were(stack: Stack, since: datetime) -> Iterator[Memory]:
    """What is remembered, since a moment, of events that the cases do not keep.

    Scans, which are maintenance; of the cases only those are read about which something is remembered.
    """
    client = stack.client("dynamodb")
    memories = _memories(client, stack, since - _MARGIN)
    while batch := list(islice(memories, _AT_ONCE)):
        known = _known(client, stack["cases_table"], batch)
        for each in batch:
            if each.number > _last(each, known):
                yield each._replace(gone=each.order_id not in known)


def watermark_ahead(stack: Stack) -> int | None:
    """The bucket of the oldest timer, where the sweep's watermark has passed it."""
    client = stack.client("dynamodb")
    found = client.get_item(TableName=stack["effects_table"], Key=keys.typed(keys.WATERMARK_KEY))
    pages = client.get_paginator("scan").paginate(
        TableName=stack["cases_table"], IndexName="by_timer", ProjectionExpression="tp"
    )
    buckets = (int(item["tp"]["S"].rpartition("#")[2]) for page in pages for item in page["Items"])
    oldest = min(buckets, default=None)
    if "Item" not in found or oldest is None:
        return None
    return oldest if oldest < int(found["Item"]["bucket"]["N"]) else None


# ---------------------------------------------------------------------- what is remembered


def _memories(client: Any, stack: Stack, since: datetime) -> Iterator[Memory]:
    effects, notices, scorecards = (stack[f"{name}_table"] for name in ("effects", "notices", "scorecards"))
    young: Item = {":at": _seconds(since + EFFECTS_KEPT_FOR)}
    for item in _scan(client, effects, "#at >= :at", {"#at": "ttl"}, young):
        yield from _of_effect(effects, item)
    for item in _scan(client, notices, "#at >= :at", {"#at": "c"}, {":at": _seconds(since)}):
        code, _, number = item["sk"]["S"].partition("/")
        kind = SURVEYS if code == "survey" else "notices"
        yield Memory(notices, _key(item), item["pk"]["S"][2:], int(number), kind)
    for item in _scan(client, scorecards, "begins_with(#pk, :kind)", {"#pk": "pk"}, {":kind": {"S": "Q#"}}):
        appeal_id, _, number = item["sk"]["S"].partition("#")
        # Made from a version of the case: one that never was would keep the next finding out.
        last = max(int(number), int(item["v"]["N"]))
        yield Memory(scorecards, _key(item), appeal_id, last, "findings")


def _of_effect(table: str, item: Item) -> Iterator[Memory]:
    kind, _, rest = item["pk"]["S"].partition("#")
    if kind == "K":
        order_id, _, number = rest.rpartition(":")
        yield Memory(table, _key(item), order_id, int(number), "events counted")
    elif kind == "L":
        yield Memory(table, _key(item), rest, int(item["sk"]["S"]), "deliveries")


def _known(client: Any, table: str, batch: Sequence[Memory]) -> dict[str, Known]:
    wanted = [keys.order_key(order_id) for order_id in dict.fromkeys(each.order_id for each in batch)]
    found = {}
    for item in get_all(client, table, wanted):
        if item["sk"]["S"] == "#":
            case = codec.decode(item)
            found[case.appeal_id] = Known(case.version, case.survey.number if case.survey else 0)
        else:
            side = side_codec.decode(item)
            found[side.work_order_id] = Known(side.version, 0)
    return found


def _last(memory: Memory, known: dict[str, Known]) -> int:
    order = known.get(memory.order_id, Known(0, 0))
    return order.surveys if memory.kind == SURVEYS else order.version


# ---------------------------------------------------------------------- forgetting and telling


def _forgotten(client: Any, memories: Iterator[Memory]) -> Iterator[Memory]:
    for each in memories:
        client.delete_item(TableName=each.table, Key=each.key)
        yield each


def _gathered(memories: Iterator[Memory]) -> tuple[Counter[str], list[str]]:
    """How many there are of each kind; and the appeals that are gone, whose citizens have a number."""
    counts: Counter[str] = Counter()
    gone = set()
    for each in memories:
        counts[each.kind] += 1
        if each.gone and "." not in each.order_id:
            gone.add(each.order_id)
    return counts, sorted(gone)


def _print(counts: Counter[str], gone: Sequence[str], *, named: bool) -> None:
    for kind, number in sorted(counts.items()):
        print(f"{number:8}  {kind}")
    print(
        f"{counts.total()} memories of events that never were; {len(gone)} appeals known elsewhere are gone"
    )
    for appeal_id in gone if named else ():
        print(appeal_id)


def _since(arguments: argparse.Namespace, stack: Stack) -> datetime:
    given: datetime | date = arguments.moment
    if not isinstance(given, datetime):
        zone = ZoneInfo(directories_of(stack).current().city.timezone)
        given = datetime.combine(given, time(), zone)
    return given.astimezone(UTC)


def _scan(client: Any, table: str, wanted: str, names: dict[str, str], values: Item) -> Iterator[Item]:
    progress, seen = ProgressBar(table), 0
    total = client.describe_table(TableName=table)["Table"]["ItemCount"]
    pages = client.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        FilterExpression=wanted,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
    )
    for page in pages:
        yield from page["Items"]
        seen += page["ScannedCount"]
        progress(seen, max(seen, total))


def _key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk")}


def _seconds(at: datetime) -> dict[str, str]:
    return {"N": str(int(at.timestamp()))}
