"""``hotline scorecards``: count every ended order again, and publish what was counted.

Counting as it happens and counting again use the same function on the same events, so the numbers must
be identical. A difference means that an event was lost, that somebody edited a table, or that a table was
restored to an earlier moment; ``check`` shows it, ``rebuild`` puts the recounted numbers in place, also
while events go on being counted. ``publish`` freezes a month, and publishes it again when there is a reason.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from hotline.adapters.dynamodb import codec, side_codec
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.adapters.dynamodb.publications import DynamoDBPublications
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies, counts_of
from hotline.adapters.publication_copies import S3PublicationCopies
from hotline.domain.errors import HotlineError
from hotline.domain.tallies import COUNT_NAMES, Counts, Where
from hotline.use_cases.count_outcomes import History, counted_again, recount
from hotline.use_cases.publish_month import publish_month
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from

Difference = tuple[Where, Counts, Counts]
"""Month, district and agency; what was counted; what the cases say."""


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "scorecards",
        help="recount the scorecards from the stored cases; publish a month",
        description="Recount the scorecards from the stored cases; publish a month.",
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
    text = "freeze a month; with a reason, publish one again whose counts have changed"
    action = actions.add_parser("publish", help=text, description=text)
    action.add_argument("month", metavar="MONTH", help="yyyymm, a month that is over")
    action.add_argument("--reason", metavar="TEXT", help="why it is published again; everybody can read it")
    add_stack_arguments(action)
    action.set_defaults(run=publish_)


def check_(arguments: argparse.Namespace) -> int:
    """Print the differences; 1 when there are any."""
    stack = stack_from(arguments)
    differences, agencies = compare(stack, arguments.month)
    _print(differences)
    print(f"{agencies} agency months recounted, {len(differences)} differ")
    return 1 if differences else 0


def rebuild_(arguments: argparse.Namespace) -> int:
    """Replace what differs; 1 when something was counted in between and the command must be run again."""
    stack = stack_from(arguments)
    differences, agencies = compare(stack, arguments.month)
    _print(differences)
    moving = _replace(stack, differences) if differences else []
    corrected = len(differences) - len(moving)
    print(f"{agencies} agency months recounted, {corrected} corrected")
    for month, district, agency_id in moving:
        print(f"{month} {district} {agency_id}: counted in the meantime; run it again", file=sys.stderr)
    return 1 if moving else 0


def publish_(arguments: argparse.Namespace) -> int:
    """Publish a month, or say why not."""
    stack = stack_from(arguments)
    client, table = stack.client("dynamodb"), stack["scorecards_table"]
    try:
        published = publish_month(
            arguments.month,
            reason=arguments.reason,
            tallies=_tallies(stack),
            publications=DynamoDBPublications(client, table),
            copies=S3PublicationCopies(stack.client("s3"), stack["archive_bucket"]),
            directories=DynamoDBDirectories(client, stack["directory_table"]),
            now=datetime.now(UTC).replace(microsecond=0),
        )
    except HotlineError as error:
        print(error.detail_en, file=sys.stderr)
        return 1
    changed = f", {len(published.changed)} agencies changed" if published.revision > 1 else ""
    print(
        f"{published.month} revision {published.revision}, published {published.published_at:%Y-%m-%d %H:%M} "
        f"UTC: {len(published.agencies)} agencies, {published.exclusions} orders excluded{changed}"
    )
    print(f"digest {published.digest}")
    return 0


def compare(stack: Stack, month: str | None) -> tuple[list[Difference], int]:
    """Recount, and tell what differs and how many agency months there are.

    What was counted is read first: whatever is counted while the cases are read shows in the end.
    """
    directory = DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
    counted = {where: counts for where, counts in _counted(stack) if month in (None, where[0])}
    recounted = {
        where: counts
        for where, counts in recount(_histories(stack), directory).items()
        if month in (None, where[0])
    }
    everywhere = sorted(recounted.keys() | counted.keys())
    differences = [
        (where, counted.get(where, Counts()), recounted.get(where, Counts()))
        for where in everywhere
        if counted.get(where, Counts()) != recounted.get(where, Counts())
    ]
    return differences, len(everywhere)


def _replace(stack: Stack, differences: list[Difference]) -> list[Where]:
    """Recount what differs once more, with the events it rests on; the tallies that moved meanwhile."""
    before = {where: counted for where, counted, _ in differences}
    events = _events_behind(stack, before)
    store = _tallies(stack)
    return [
        where
        for where, counted in before.items()
        if not store.put_recounted(where, events[where][1], events[where][0], counted)
    ]


def _events_behind(stack: Stack, wanted: Collection[Where]) -> dict[Where, tuple[list[str], Counts]]:
    directory = DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
    found: dict[Where, tuple[list[str], Counts]] = {where: ([], Counts()) for where in wanted}
    for event_id, counted in counted_again(_histories(stack), directory):
        for each in counted:
            where = (each.month, each.district, each.agency_id)
            if where in found:
                ids, sums = found[where]
                ids.append(event_id)
                found[where] = (ids, sums.plus(each.counts))
    return {where: (list(dict.fromkeys(ids)), sums) for where, (ids, sums) in found.items()}


def _histories(stack: Stack) -> Iterator[History]:
    """Scan the cases: maintenance, the only place where that is allowed.

    An order that was closed and sent back counts by what both say, so no status is left out.
    """
    client = stack.client("dynamodb")
    cases = DynamoDBCases(client, stack["cases_table"])
    total = client.describe_table(TableName=stack["cases_table"])["Table"]["ItemCount"]
    progress, seen = ProgressBar("cases"), 0
    pages = client.get_paginator("scan").paginate(TableName=stack["cases_table"], ConsistentRead=True)
    for page in pages:
        for item in page["Items"]:
            seen += 1
            if item["sk"]["S"] == "#":
                case = codec.decode(item)
                older = cases.history(case) if case.first_event > 1 else ()
                yield case.appeal_id, [*older, *case.events]
            elif item["sk"]["S"].startswith("W#"):
                side = side_codec.decode(item)
                yield side.work_order_id, side.events
        progress(seen, max(seen, total))


def _counted(stack: Stack) -> Iterator[tuple[Where, Counts]]:
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(TableName=stack["scorecards_table"], ConsistentRead=True)
    )
    for page in pages:
        for item in page["Items"]:
            kind, *where = item["pk"]["S"].split("#")
            if kind == "S":
                month, district = where
                yield (month, district, item["sk"]["S"]), counts_of(item)


def _tallies(stack: Stack) -> DynamoDBTallies:
    return DynamoDBTallies(stack.client("dynamodb"), stack["scorecards_table"], stack["effects_table"])


def _print(differences: list[Difference]) -> None:
    for (month, district, agency_id), counted, recounted in differences:
        print(f"{month} {district} {agency_id}", file=sys.stderr)
        for name in COUNT_NAMES:
            before, after = getattr(counted, name), getattr(recounted, name)
            if before != after:
                print(f"  {name}: counted {before}, cases say {after}", file=sys.stderr)
