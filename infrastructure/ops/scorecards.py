"""``hotline scorecards``: count every ended order again, and hold the result against what was counted.

Counting as it happens and counting again use the same function on the same closing events, so the
numbers must be identical. A difference means that an event was lost or that somebody edited a
table; ``check`` shows it, ``rebuild`` puts the recounted numbers in place.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from hotline.adapters.dynamodb import codec, side_codec
from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies
from hotline.domain.case import Case
from hotline.domain.scoring import Tally
from hotline.domain.side_orders import SideOrder, SideStatus
from hotline.use_cases.count_outcomes import Where, recount
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from

Difference = tuple[Where, Tally, Tally]
"""Month, district and agency; what was counted; what the cases say."""


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "scorecards",
        help="recount the scorecards from the stored cases",
        description="Recount the scorecards from the stored cases.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (
        ("check", check_, "show where the counted numbers differ from the cases; changes nothing"),
        ("rebuild", rebuild_, "put the recounted numbers in the place of the counted ones"),
    ):
        action = actions.add_parser(name, help=text, description=text)
        action.add_argument("--month", help="yyyymm; every month when left out")
        add_stack_arguments(action)
        action.set_defaults(run=run)


def check_(arguments: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    stack = stack_from(arguments)
    differences, agencies = compare(stack, arguments.month)
    _print(differences)
    print(f"{agencies} agency months recounted, {len(differences)} differ")
    return 1 if differences else 0


def rebuild_(arguments: argparse.Namespace) -> int:
    """Replace what differs."""
    stack = stack_from(arguments)
    differences, agencies = compare(stack, arguments.month)
    _print(differences)
    store = _tallies(stack)
    for (month, district, agency_id), _, recounted in differences:
        store.replace_month(month, {(district, agency_id): recounted})
    print(f"{agencies} agency months recounted, {len(differences)} corrected")
    return 0


def compare(stack: Stack, month: str | None) -> tuple[list[Difference], int]:
    """Recount, and tell what differs and how many agency months there are."""
    directory = DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
    recounted = {
        where: tally
        for where, tally in recount(_ended_orders(stack), directory).items()
        if month in (None, where[0])
    }
    counted = {where: tally for where, tally in _counted(stack) if month in (None, where[0])}
    everywhere = sorted(recounted.keys() | counted.keys())
    differences = [
        (where, counted.get(where, Tally()), recounted.get(where, Tally()))
        for where in everywhere
        if counted.get(where, Tally()) != recounted.get(where, Tally())
    ]
    return differences, len(everywhere)


def _ended_orders(stack: Stack) -> Iterator[Case | SideOrder]:
    """Scan the cases: maintenance, the only place where that is allowed."""
    client = stack.client("dynamodb")
    total = client.describe_table(TableName=stack["cases_table"])["Table"]["ItemCount"]
    progress, seen = ProgressBar("cases"), 0
    pages = client.get_paginator("scan").paginate(TableName=stack["cases_table"])
    for page in pages:
        for item in page["Items"]:
            seen += 1
            if item["sk"]["S"] == "#" and item["s"]["S"] == "closed":
                yield codec.decode(item)
            elif item["sk"]["S"].startswith("W#") and SideStatus(item["s"]["S"]).ended:
                yield side_codec.decode(item)
        progress(seen, max(seen, total))


def _counted(stack: Stack) -> Iterator[tuple[Where, Tally]]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack["scorecards_table"])
    for page in pages:
        for item in page["Items"]:
            _, month, district = item["pk"]["S"].split("#")
            counts: Mapping[str, int] = {
                name: int(item[name]["N"]) for name in Tally.model_fields if name in item
            }
            yield (month, district, item["sk"]["S"]), Tally(**counts)


def _tallies(stack: Stack) -> DynamoDBTallies:
    return DynamoDBTallies(stack.client("dynamodb"), stack["scorecards_table"], stack["effects_table"])


def _print(differences: list[Difference]) -> None:
    for (month, district, agency_id), counted, recounted in differences:
        print(f"{month} {district} {agency_id}", file=sys.stderr)
        for name in Tally.model_fields:
            before, after = getattr(counted, name), getattr(recounted, name)
            if before != after:
                print(f"  {name}: counted {before}, cases say {after}", file=sys.stderr)
