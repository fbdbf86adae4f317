"""``hotline outbox``: find the events that never reached the bus, and publish them.

The outbox is the stream of the cases table, and it forgets after 24 hours. If its reader stood longer, events
are in the cases and nowhere else: every event on the bus also goes to the lake, so what a case has and the lake
has not was lost. Whoever gets an event a second time knows it by its id, so sending too much does no harm.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.adapters.eventbridge import EventBridgeBus
from hotline.domain.directory import Directory
from hotline.domain.events import Envelope
from infrastructure.lake.stored_events import Span, not_in_lake
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, StackUnknown, add_stack_arguments, stack_from

ON_THE_WAY = timedelta(minutes=30)
"""What is younger may still be on its way to the lake."""

LOOKED_BACK = timedelta(days=7)
AT_ONCE = 10


def register(subparsers: Any) -> None:
    """Add the command and its action."""
    parser = subparsers.add_parser(
        "outbox",
        help="find events that never reached the bus",
        description="The outbox: events on their way from the cases to the bus.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    text = "show the events that the cases keep and the lake has not; with --apply publish them"
    action = actions.add_parser("reconcile", help=text, description=f"{text.capitalize()}.")
    add_span_arguments(action, "seven days ago", "half an hour ago")
    action.add_argument("--apply", action="store_true", help="publish what is missing, oldest first")
    action.add_argument("--list", action="store_true", help="name each missing event")
    add_stack_arguments(action)
    action.set_defaults(run=reconcile_)


def reconcile_(arguments: argparse.Namespace) -> int:
    """Print what is missing; 1 when something is and was not published."""
    stack = stack_from(arguments)
    directory = directories_of(stack).current()
    span = span_from(arguments, directory, datetime.now(UTC) - LOOKED_BACK)
    missing = sorted(not_in_lake(stack, span), key=lambda each: (each.occurred_at, each.event_id))
    for name, number in sorted(Counter(each.name for each in missing).items()):
        print(f"{number:8}  {name}")
    if arguments.list:
        for each in missing:
            print(f"{each.event_id}  {each.occurred_at:%Y-%m-%d %H:%M:%S}Z  {each.name}")
    if arguments.apply:
        publish(stack, missing)
    done = "published again" if arguments.apply else "missing from the bus"
    print(f"{len(missing)} events {done}, {span.start:%Y-%m-%d %H:%M}Z to {span.end:%Y-%m-%d %H:%M}Z")
    return 1 if missing and not arguments.apply else 0


def publish(stack: Stack, envelopes: Sequence[Envelope]) -> None:
    """Put events on the bus, ten a call."""
    bus, progress = EventBridgeBus(stack.client("events"), stack["bus_name"]), ProgressBar("events")
    for start in range(0, len(envelopes), AT_ONCE):
        bus.publish(envelopes[start : start + AT_ONCE])
        progress(min(start + AT_ONCE, len(envelopes)), len(envelopes))


def add_span_arguments(parser: argparse.ArgumentParser, since: str, until: str) -> None:
    """Let a command be given two moments."""
    what = "a day in the city's time, or a time with its offset, such as 2026-05-06T08:00:00+08:00"
    parser.add_argument("--since", type=moment, metavar="WHEN", help=f"{what} (default: {since})")
    parser.add_argument(
        "--until", type=moment, metavar="WHEN", help=f"the same, not counted (default: {until})"
    )


def span_from(arguments: argparse.Namespace, directory: Directory, start: datetime) -> Span:
    """The time that the arguments name; a day stands for its first moment.

    Raises:
        StackUnknown: it ends before it begins.
    """
    zone = ZoneInfo(directory.city.timezone)
    latest = datetime.now(UTC) - ON_THE_WAY
    span = Span(*(_aware(given, zone) for given in (arguments.since or start, arguments.until or latest)))
    if span.end <= span.start:
        raise StackUnknown(f"--until {span.end} is not after --since {span.start}")
    return span


def directories_of(stack: Stack) -> DynamoDBDirectories:
    """The directory of a stack."""
    return DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"])


def moment(text: str) -> datetime | date:
    """A day or a time as an argument.

    Raises:
        ArgumentTypeError: it is neither, or a time without its offset.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day, or a time with its offset") from None
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, such as +08:00 or Z")
    return at


def _aware(given: datetime | date, zone: ZoneInfo) -> datetime:
    at = given if isinstance(given, datetime) else datetime.combine(given, time(), zone)
    return at.astimezone(UTC)
