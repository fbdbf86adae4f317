"""``hotline queues``: see what waits and what has died, and send the dead back to work.

Messages are moved by receiving from the dead-letter queue, sending to the queue it belongs to, and only
then deleting: cut off anywhere, a message may come twice (every consumer stands that) but none is lost.
SQS's own move task is not everywhere, and shows no reasons.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, StackUnknown, add_stack_arguments, stack_from

PARALLEL_CALLS = 16
AT_ONCE = 10
"""Messages of one receive, send or delete; SQS allows no more."""

HIDDEN_S = 60
"""How long a message that is looked at or moved stays hidden from others."""

OUR_FACTS = ("reason", "detail", "source", "message_id")
"""Attributes that a worker added when it parked the message; they do not go back to work."""

Progress = Callable[[int, int], None]


class QueueUnknown(StackUnknown):
    """No queue of that name has a dead-letter queue; the message says where to look."""


class Queue(NamedTuple):
    """One queue as SQS counts it (approximately, and a few seconds late)."""

    name: str
    url: str
    arn: str
    waiting: int
    in_flight: int
    dead_letters_arn: str | None


class Line(NamedTuple):
    """One line of ``hotline queues list``."""

    name: str
    waiting: int
    in_flight: int
    dead: int | None
    oldest_dead_at: datetime | None


class DeadLetter(NamedTuple):
    """One message of a dead-letter queue."""

    sent_at: datetime
    facts: Mapping[str, str]
    body: str
    receipt: str
    message_id: str


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "queues",
        help="what waits, what has died; send dead letters back to work",
        description="The queues of the stack and of the agencies, with their dead-letter queues.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    list_parser = _add(actions, "list", list_, "show how many messages wait, are in work, or have died")
    list_parser.add_argument(
        "--all", action="store_true", help="also the agencies' queues with nothing in them"
    )
    peek_parser = _add(actions, "peek", peek_, "show dead letters and why they died, and leave them there")
    peek_parser.add_argument("queue", help="a name as 'hotline queues list' shows it")
    peek_parser.add_argument(
        "--limit", type=_positive, default=AT_ONCE, help="how many (default: %(default)s)"
    )
    peek_parser.add_argument(
        "--body", action="store_true", help="with the messages, which may hold citizens' words"
    )
    redrive_parser = _add(actions, "redrive", redrive_, "send dead letters back to the queue they belong to")
    redrive_parser.add_argument("queue", help="a name as 'hotline queues list' shows it")
    redrive_parser.add_argument(
        "--limit", type=_positive, help="at most so many (default: all that are there now)"
    )
    redrive_parser.add_argument("--dry-run", action="store_true", help="only count them, by reason")


def list_(arguments: argparse.Namespace) -> int:
    """Print one line a queue; 1 when there are dead letters."""
    stack = stack_from(arguments)
    lines = survey(stack, _client(stack), ProgressBar("queues"))
    agencies = f"{stack['agency_queue_prefix']}-"
    shown = [line for line in lines if arguments.all or not line.name.startswith(agencies) or any(line[1:])]
    _print_table(shown)
    dead = sum(line.dead or 0 for line in lines)
    print(f"{len(lines)} queues, {len(lines) - len(shown)} quiet ones not shown, {dead} dead letters")
    return 1 if dead else 0


def peek_(arguments: argparse.Namespace) -> int:
    """Print the dead letters of a queue."""
    stack = stack_from(arguments)
    client = _client(stack)
    queue = find(stack, client, arguments.queue)
    for letter in peek(client, _url_of(client, queue.dead_letters_arn), arguments.limit):
        known = "  ".join(f"{name}={letter.facts[name]}" for name in OUR_FACTS if name in letter.facts)
        print(f"{letter.sent_at:%Y-%m-%d %H:%M:%S}Z  {known or 'reason=given up after too many tries'}")
        if arguments.body:
            print(f"    {letter.body}")
    return 0


def redrive_(arguments: argparse.Namespace) -> int:
    """Move dead letters back, or count them."""
    stack = stack_from(arguments)
    client = _client(stack)
    queue = find(stack, client, arguments.queue)
    dead_letters_url = _url_of(client, queue.dead_letters_arn)
    limit = _measure(client, dead_letters_url).waiting
    if arguments.limit is not None:
        limit = min(limit, arguments.limit)
    if arguments.dry_run:
        letters = peek(client, dead_letters_url, limit)
        counted = Counter(letter.facts.get("reason", "given up after too many tries") for letter in letters)
        for reason, number in counted.most_common():
            print(f"{number:6}  {reason}")
        print(f"{counted.total()} would go back to {queue.name}; nothing was moved")
        return 0
    moved = redrive(client, dead_letters_url, queue.url, limit, ProgressBar("redrive"))
    print(f"{moved} sent back to {queue.name}")
    if moved < limit:
        print(f"hotline: {limit - moved} were in other hands; try again in a minute", file=sys.stderr)
    return 0


def survey(stack: Stack, client: Any, progress: Progress) -> list[Line]:
    """Every queue of the stack, then every agency's, each with what died of it.

    Looking at a message counts as a delivery, so only dead letters are asked for their age. A queue
    without a dead-letter queue that is nobody's dead-letter queue stands alone.
    """
    urls = [*_stack_urls(stack).values(), *_agency_urls(client, stack["agency_queue_prefix"])]
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        queues = []
        for queue in pool.map(lambda url: _measure(client, url), urls):
            queues.append(queue)
            progress(len(queues), len(urls))
        by_arn = {queue.arn: queue for queue in queues}
        targets = {queue.dead_letters_arn for queue in queues}
        listed = [queue for queue in queues if queue.arn not in targets]
        return list(pool.map(lambda queue: _line(client, queue, by_arn), listed))


def find(stack: Stack, client: Any, name: str) -> Queue:
    """The queue of that name: as listed, by its name in the template, or by its agency's id.

    Raises:
        QueueUnknown: there is none, or it has no dead-letter queue.
    """
    in_stack = _stack_urls(stack)
    url = in_stack.get(name) or next((url for url in in_stack.values() if _name(url) == name), None)
    prefix = stack["agency_queue_prefix"]
    agency_queue = name if name.startswith(f"{prefix}-") else f"{prefix}-{name}"
    try:
        queue = _measure(client, url or client.get_queue_url(QueueName=agency_queue)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        raise QueueUnknown(f"there is no queue {name!r}; 'hotline queues list --all' shows them") from None
    if queue.dead_letters_arn is None:
        raise QueueUnknown(f"{queue.name} has no dead-letter queue; name the queue that it serves")
    return queue


def peek(client: Any, dead_letters_url: str, limit: int) -> list[DeadLetter]:
    """Read up to ``limit`` dead letters, oldest first, and let them be seen again."""
    letters = [letter for batch in _receive(client, dead_letters_url, limit) for letter in batch]
    for batch in _in_tens(letters):
        entries = [
            {"Id": str(place), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for place, letter in enumerate(batch)
        ]
        client.change_message_visibility_batch(QueueUrl=dead_letters_url, Entries=entries)
    return sorted(letters, key=lambda letter: letter.sent_at)


def redrive(client: Any, dead_letters_url: str, url: str, limit: int, progress: Progress) -> int:
    """Send up to ``limit`` dead letters back to ``url`` and delete them; returns how many."""
    moved = 0
    for letters in _receive(client, dead_letters_url, limit):
        sent = _send(client, url, letters)
        if sent:
            entries = [
                {"Id": str(place), "ReceiptHandle": letter.receipt} for place, letter in enumerate(sent)
            ]
            client.delete_message_batch(QueueUrl=dead_letters_url, Entries=entries)
        moved += len(sent)
        progress(moved, limit)
    return moved


def _send(client: Any, url: str, letters: list[DeadLetter]) -> list[DeadLetter]:
    """Send a batch, in halves where it is too large for one call; those that SQS took."""
    entries = [
        {
            "Id": str(place),
            "MessageBody": letter.body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in letter.facts.items()
                if name not in OUR_FACTS
            },
        }
        for place, letter in enumerate(letters)
    ]
    try:
        answer = client.send_message_batch(QueueUrl=url, Entries=entries)
    except ClientError as error:
        if "BatchRequestTooLong" not in error.response["Error"]["Code"] or len(letters) == 1:
            raise
        middle = len(letters) // 2
        return _send(client, url, letters[:middle]) + _send(client, url, letters[middle:])
    return [letters[int(taken["Id"])] for taken in answer.get("Successful", ())]


def _receive(client: Any, url: str, limit: int) -> Iterator[list[DeadLetter]]:
    """Take up to ``limit`` messages in hand, in batches; ends when no more come."""
    seen: set[str] = set()
    while len(seen) < limit:
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(AT_ONCE, limit - len(seen)),
            VisibilityTimeout=HIDDEN_S,
            WaitTimeSeconds=1,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        letters = [_letter(message) for message in answer.get("Messages", ())]
        fresh = [letter for letter in letters if letter.message_id not in seen]
        if not fresh:
            return
        seen.update(letter.message_id for letter in fresh)
        yield fresh


def _letter(message: Mapping[str, Any]) -> DeadLetter:
    attributes = message.get("MessageAttributes", {})
    return DeadLetter(
        sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        facts={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        body=message["Body"],
        receipt=message["ReceiptHandle"],
        message_id=message["MessageId"],
    )


def _line(client: Any, queue: Queue, by_arn: Mapping[str, Queue]) -> Line:
    dead = by_arn.get(queue.dead_letters_arn or "")
    letters = peek(client, dead.url, AT_ONCE) if dead is not None and dead.waiting else []
    return Line(
        name=queue.name,
        waiting=queue.waiting,
        in_flight=queue.in_flight,
        dead=dead.waiting + dead.in_flight if dead is not None else None,
        oldest_dead_at=min((letter.sent_at for letter in letters), default=None),
    )


def _client(stack: Stack) -> Any:
    return stack.client("sqs", connections=PARALLEL_CALLS)


def _stack_urls(stack: Stack) -> dict[str, str]:
    """The queues of the template, by their names there."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources")
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=stack["stack_name"])
        for resource in page["StackResourceSummaries"]
        if resource["ResourceType"] == "AWS::SQS::Queue"
    }


def _agency_urls(client: Any, prefix: str) -> list[str]:
    pages = client.get_paginator("list_queues").paginate(
        QueueNamePrefix=f"{prefix}-", PaginationConfig={"PageSize": 1000}
    )
    return sorted(url for page in pages for url in page.get("QueueUrls", ()))


def _measure(client: Any, url: str) -> Queue:
    facts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive_policy = json.loads(facts.get("RedrivePolicy", "{}"))
    return Queue(
        name=_name(url),
        url=url,
        arn=facts["QueueArn"],
        waiting=int(facts["ApproximateNumberOfMessages"]),
        in_flight=int(facts["ApproximateNumberOfMessagesNotVisible"]),
        dead_letters_arn=redrive_policy.get("deadLetterTargetArn"),
    )


def _url_of(client: Any, arn: str | None) -> str:
    url: str = client.get_queue_url(QueueName=(arn or "").rpartition(":")[2])["QueueUrl"]
    return url


def _name(url: str) -> str:
    return url.rpartition("/")[2]


def _in_tens(letters: list[DeadLetter]) -> Iterator[list[DeadLetter]]:
    for start in range(0, len(letters), AT_ONCE):
        yield letters[start : start + AT_ONCE]


def _print_table(lines: Iterable[Line]) -> None:
    rows = [("QUEUE", "WAITING", "IN WORK", "DEAD", "OLDEST DEAD"), *(_cells(line) for line in lines)]
    width = max(len(row[0]) for row in rows)
    for name, *numbers, oldest in rows:
        print(f"{name:{width}}", *(f"{number:>8}" for number in numbers), f"{oldest:>21}")


def _cells(line: Line) -> tuple[str, str, str, str, str]:
    oldest = f"{line.oldest_dead_at:%Y-%m-%d %H:%M:%S}Z" if line.oldest_dead_at else "-"
    dead = "-" if line.dead is None else str(line.dead)
    return (line.name, str(line.waiting), str(line.in_flight), dead, oldest)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _add(
    actions: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=f"{summary.capitalize()}."
    )
    add_stack_arguments(parser)
    parser.set_defaults(run=run)
    return parser
