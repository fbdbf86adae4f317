"""``hotline board``: the dashboard's figures.

A function counts them every five minutes. By hand they are counted after a backfill of the lake, which can
change days that are over, and wherever nobody wants to wait.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from hotline.adapters.day_events import LakeDayEvents
from hotline.adapters.dynamodb.inbox_counts import DynamoDBInboxCounts
from hotline.adapters.dynamodb.snapshots import DynamoDBSnapshots
from hotline.adapters.lake_files import LakeFiles
from hotline.domain.stock import TREND_DAYS, Flow, Snapshot, Stock
from hotline.use_cases.take_stock import take_stock
from infrastructure.ops.outbox import directories_of
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from


def register(subparsers: Any) -> None:
    """Add the command and its action."""
    parser = subparsers.add_parser(
        "board", help="the dashboard's figures", description="The figures of the city's dashboard."
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    text = "count what lies open and what the days brought, now"
    action = actions.add_parser("refresh", help=text, description=text)
    action.add_argument(
        "--days",
        type=int,
        choices=range(1, TREND_DAYS + 1),
        default=TREND_DAYS,
        metavar="N",
        help=f"how many days to look at, today counted (default: {TREND_DAYS}); those that are counted for good stay",
    )
    action.add_argument("--again", action="store_true", help="count days again that were counted for good")
    add_stack_arguments(action)
    action.set_defaults(run=refresh_)


def refresh_(arguments: argparse.Namespace) -> int:
    """Take stock and say what was found."""
    snapshot = refresh(stack_from(arguments), arguments.days, again=arguments.again)
    lying = Stock.sum(snapshot.stocks().values())
    today = Flow.sum(snapshot.days[-1].districts.values())
    print(
        f"{lying.open} open, {lying.overdue} overdue, {lying.due_today} due today, {lying.held} on hold; "
        f"today {today.registered} registered, {today.closed} closed; {snapshot.units:g} read units"
    )
    return 0


def refresh(stack: Stack, days: int = TREND_DAYS, *, again: bool = False) -> Snapshot:
    """Take stock of a deployed stack."""
    client, table = stack.client("dynamodb"), stack["scorecards_table"]
    snapshots: DynamoDBSnapshots = (Forgetful if again else DynamoDBSnapshots)(client, table)
    return take_stock(
        counts=DynamoDBInboxCounts(client, stack["cases_table"]),
        events=LakeDayEvents(LakeFiles(stack.client("s3"), stack["lake_bucket"])),
        snapshots=snapshots,
        directories=directories_of(stack),
        now=datetime.now(UTC).replace(microsecond=0),
        past_days=days - 1,
    )


class Forgetful(DynamoDBSnapshots):
    """Knows what lay open at the end of each day, and takes none of them for counted."""

    def latest(self) -> Snapshot | None:
        """The last figures, each day as if it had been counted at its beginning."""
        found = super().latest()
        if found is None:
            return None
        days = (
            each.model_copy(update={"counted_at": datetime.min.replace(tzinfo=UTC)}) for each in found.days
        )
        return found.model_copy(update={"days": tuple(days)})
