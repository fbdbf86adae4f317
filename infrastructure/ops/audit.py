"""``hotline audit``: hold every history against its own chain, and seal what a month was.

``verify`` reads only. Whatever it finds is read a second time before it is reported, for a running
hotline changes while it is read.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hotline.adapters.dynamodb import keys
from hotline.adapters.dynamodb.batches import get_all
from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.domain.identifiers import parse_tracking_number
from infrastructure.ops.histories import CASE, Difference, Item, Items, Reading, StoredAppeal
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.seals import Archive, Month, Row, Seal, compare, row_of
from infrastructure.ops.stack import Stack, StackUnknown, add_stack_arguments, stack_from

SETTLED = timedelta(hours=1)
"""How long after its end a month may be sealed: what began before is stored by then."""


class Findings(NamedTuple):
    """What a walk over histories has found; ``rows`` only where a month was asked for."""

    appeals: int
    orders: int
    erased: int
    differences: list[Difference]
    rows: list[Row]


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "audit",
        help="find changed histories; seal a month",
        description="Hold the stored histories against their hash chains, and against the sealed months.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    verify = _add(actions, "verify", verify_, "report every history that was changed; changes nothing")
    verify.add_argument("--month", type=_month, help="yyyymm: also hold them against the seal of that month")
    verify.add_argument("--appeal", type=_appeal, metavar="ID", help="only this appeal")
    seal = _add(actions, "seal", seal_, "keep what a month's histories were at its end, and print the root")
    seal.add_argument("--month", type=_month, required=True, help="yyyymm; must be over")


def verify_(arguments: argparse.Namespace) -> int:
    """Print what was changed; 1 when anything was."""
    stack = stack_from(arguments)
    month = _named(stack, arguments.month) if arguments.month else None
    kept = _archive(stack).load(arguments.month) if arguments.month else None
    if month and kept is None:
        raise StackUnknown(f"{month.name} is not sealed: hotline audit seal --month {month.name}")
    appeals, appeal_id = Appeals(stack), arguments.appeal
    found = _walk([appeals.one(appeal_id)] if appeal_id else appeals.all(), month)
    differences = found.differences
    if kept is not None:
        differences += compare(_about(kept.seal, appeal_id), Seal.of(kept.seal.month, found.rows))
        print(f"{kept.seal.month} is sealed with {len(kept.seal.rows)} orders; root {kept.seal.root}")
        if kept.versions > 1:
            differences.append(Difference(kept.seal.month, f"the seal was written {kept.versions} times"))
    _print(differences)
    erased = f", {found.erased} texts erased" if found.erased else ""
    print(f"{found.orders} orders of {found.appeals} appeals read{erased}; differences: {len(differences)}")
    return 1 if differences else 0


def seal_(arguments: argparse.Namespace) -> int:
    """Seal a month once; 1 when that shows a difference."""
    stack = stack_from(arguments)
    month, archive = _named(stack, arguments.month), _archive(stack)
    if datetime.now(UTC) < month.end + SETTLED:
        raise StackUnknown(f"{month.name} can be sealed from {month.end + SETTLED:%Y-%m-%d %H:%M %Z} on")
    found = _walk(Appeals(stack).all(), month)
    seal, kept = Seal.of(month.name, found.rows), archive.load(month.name)
    _print(found.differences)
    if kept is None:
        archive.keep(seal)
        print(f"{month.name} sealed with {len(seal.rows)} orders")
    else:
        changed = list(compare(kept.seal, seal))
        _print(changed)
        if changed:
            print(f"{month.name} was sealed before, and not like this: nothing written", file=sys.stderr)
            return 1
        print(f"{month.name} was sealed before with the same {len(seal.rows)} orders; nothing written")
    print(f"root, to be published: {seal.root}")
    return 1 if found.differences else 0


class Appeals:
    """The appeals of a stack with everything that belongs to their histories."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._client = stack.client("dynamodb")
        self._cases = stack["cases_table"]

    def one(self, appeal_id: str) -> Reading:
        """One appeal, read as it is now.

        Raises:
            StackUnknown: there is none.
        """
        items = self._items(appeal_id)
        if not items:
            raise StackUnknown(f"there is no appeal {appeal_id!r}")
        return self._read({appeal_id: items})[0]

    def all(self) -> Iterator[Reading]:
        """Every appeal: a scan, which is maintenance, the only place where that is allowed."""
        total = self._client.describe_table(TableName=self._cases)["Table"]["ItemCount"]
        progress, seen, done = ProgressBar("cases"), 0, ""
        for page in self._client.get_paginator("scan").paginate(TableName=self._cases):
            found: dict[str, Items] = {}
            for item in page["Items"]:
                appeal_id = item["pk"]["S"][2:]
                if appeal_id in found or appeal_id == done:
                    continue
                alone = item["sk"]["S"] == CASE and not item.keys() & {"e0", "ns"}
                found[appeal_id] = {CASE: item} if alone else self._items(appeal_id)
            for appeal_id, reading in zip(found, self._read(found), strict=True):
                yield self.one(appeal_id) if reading.differences else reading
                done = appeal_id
            seen += len(page["Items"])
            progress(seen, max(seen, total))

    def _read(self, found: dict[str, Items]) -> list[Reading]:
        """Fetch the words of some appeals together, and hold each appeal against its own."""
        appeals = [StoredAppeal(appeal_id, items) for appeal_id, items in found.items()]
        texts = self._texts("texts_table", [key for appeal in appeals for key in appeal.text_keys])
        sealed = [key for appeal in appeals if appeal.confidential for key in appeal.text_keys]
        if sealed:
            for appeal_id, items in self._texts("sealed_table", sealed).items():
                texts[appeal_id] |= items
        return [appeal.held_against(texts[appeal.appeal_id]) for appeal in appeals]

    def _texts(self, table: str, wanted: list[keys.Key]) -> defaultdict[str, dict[str, Item]]:
        by_appeal: defaultdict[str, dict[str, Item]] = defaultdict(dict)
        for item in get_all(self._client, self._stack[table], wanted):
            by_appeal[item["pk"]["S"][2:]][item["sk"]["S"]] = item
        return by_appeal

    def _items(self, appeal_id: str) -> Items:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._cases,
            KeyConditionExpression="pk = :appeal",
            ExpressionAttributeValues={":appeal": {"S": keys.case_key(appeal_id)["pk"]}},
            ConsistentRead=True,
        )
        return {item["sk"]["S"]: item for page in pages for item in page["Items"]}


def _walk(readings: Iterator[Reading] | list[Reading], month: Month | None) -> Findings:
    appeals = orders = erased = 0
    differences: list[Difference] = []
    rows: list[Row] = []
    for reading in readings:
        appeals, orders = appeals + 1, orders + len(reading.histories)
        erased += reading.erased
        differences += reading.differences
        if month is not None:
            rows += [row for history in reading.histories if (row := row_of(history, month))]
    return Findings(appeals, orders, erased, differences, rows)


def _about(seal: Seal, appeal_id: str | None) -> Seal:
    """The part of a seal that is about one appeal; all of it when none is named."""
    rows = (row for row in seal.rows if appeal_id in (None, row.order_id.partition(".")[0]))
    return Seal(seal.month, tuple(rows))


def _named(stack: Stack, month: str) -> Month:
    directory = DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
    return Month.named(month, directory.city.timezone)


def _archive(stack: Stack) -> Archive:
    return Archive(stack.client("s3"), stack["archive_bucket"])


def _month(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("must be yyyymm, such as 202603")
    return text


def _appeal(text: str) -> str:
    appeal_id = parse_tracking_number(text)
    if appeal_id is None:
        raise argparse.ArgumentTypeError("is not a tracking number")
    return appeal_id


def _print(differences: list[Difference]) -> None:
    for difference in differences:
        print(difference, file=sys.stderr)


def _add(
    actions: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    add_stack_arguments(parser)
    parser.set_defaults(run=run)
    return parser
