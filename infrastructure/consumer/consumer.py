"""An agency's side of the hotline: take orders from the agency's own queue, answer on the replies queue.

One file that needs nothing but boto3. Copy it, replace ``Handler``, keep the rest: it may be killed at
any moment without losing an order or doing one twice, because

- a message is deleted from the queue only after it and the replies to it are stored, in one transaction;
- a message that comes again (SQS delivers at least once) is known by its ``message_id`` and only deleted;
- a reply stays in the outbox until SQS has taken it, and its ``command_id`` follows from the message that
  it answers, so that the hotline carries a reply that was sent twice out once.

    python consumer.py --queue-url https://… --replies-url https://…

The messages are described in the hotline's ``events/README.md``, how to run this in the README beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger("consumer")

Json = dict[str, Any]

LONG_POLL_S = 20
"""How long one receive waits for messages; SQS allows no more."""

LONGEST_PAUSE_S = 60
"""Between tries while AWS refuses us or cannot be reached."""


ASKED = frozenset({"assist", "opinion", "summons", "supervision", "escalation"})
"""What somebody else's order may ask of us."""

OWED = frozenset({"dispatched", "reopened"}) | ASKED
"""The kinds that want an answer, when they carry a ``reply_token``; without one they only inform."""


class Handler(Protocol):
    """The one thing that an agency replaces: what it does with an order."""

    def handle(self, order: Json) -> Sequence[Json]:
        """Take an order over, for example into the agency's own case system.

        It is called again for the same order if the program dies before the answer is stored, so it must
        stand being called twice. If it raises, the message stays on the queue and comes again.

        Args:
            order: the message. Kind ``dispatched`` is an order that we lead, ``reopened`` one whose citizen is
                not satisfied (the words are in ``notes``). The kinds in ``ASKED`` are our part in an order that
                another agency leads: ``notes`` hold what is asked, ``due`` until when.

        Returns:
            The actions to answer with, in order. What is done days later goes through ``Store.reply``.

        Example:
            ``[{"command": "acknowledge"}, {"command": "record_contact", "channel": "phone"}]``
        """
        ...


def is_owed(message: Json) -> bool:
    """Whether a message wants an answer of ours; a district's copy of it does not."""
    return message["kind"] in OWED and bool(message.get("reply_token"))


class Acknowledging:
    """Acknowledges what is new; people do the rest at the hotline's web desk."""

    def handle(self, order: Json) -> Sequence[Json]:
        # What is reopened was acknowledged before, and an opinion never is.
        return [] if order["kind"] in ("reopened", "opinion") else [{"command": "acknowledge"}]


class Simulating:
    """Pretends that everything is handled at once (``--auto``): for trying the chain, never for citizens."""

    def handle(self, order: Json) -> Sequence[Json]:
        acknowledged = Acknowledging().handle(order)
        if order["kind"] in ASKED:
            arrived = [{"command": "arrive"}] if order["kind"] == "summons" else []
            report = {"command": "report", "text": "已配合处理并核实。 Our part is done and checked."}
            return [*acknowledged, *arrived, report]
        return [
            *acknowledged,
            {"command": "record_contact", "channel": "phone"},
            {"command": "resolve", "text": "已现场处理完毕。 Dealt with on site."},
        ]


class Store:
    """What has been taken in and what is still to be sent, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(
            """
            CREATE TABLE IF NOT EXISTS messages (
                message_id TEXT PRIMARY KEY, work_order_id TEXT, kind TEXT, body TEXT,
                taken_at TEXT DEFAULT CURRENT_TIMESTAMP);
            CREATE INDEX IF NOT EXISTS messages_by_order ON messages (work_order_id);
            CREATE TABLE IF NOT EXISTS outbox (
                place INTEGER PRIMARY KEY AUTOINCREMENT, command_id TEXT UNIQUE, body TEXT, sent_at TEXT);
            """
        )

    def knows(self, message_id: str) -> bool:
        """Whether the message has been taken in before."""
        query = "SELECT 1 FROM messages WHERE message_id = ?"
        return self._database.execute(query, (message_id,)).fetchone() is not None

    def keep(self, message: Json, actions: Sequence[Json]) -> None:
        """Store a message and the replies to it: both or neither."""
        with self._transaction():
            row = (message["message_id"], message["work_order_id"], message["kind"], json.dumps(message))
            self._database.execute(
                "INSERT OR IGNORE INTO messages (message_id, work_order_id, kind, body) VALUES (?, ?, ?, ?)",
                row,
            )
            for number, action in enumerate(actions, 1):
                self._put(message, f"{message['message_id']}/{number}", action)

    def reply(self, work_order_id: str, command_id: str, action: Json) -> None:
        """Answer later, from the agency's own system.

        Args:
            command_id: chosen by you, unique, at most 128 characters; makes it safe to call twice.

        Raises:
            LookupError: no order of that number has come to us for an answer.
        """
        query = "SELECT body FROM messages WHERE work_order_id = ?"
        bodies = self._database.execute(query, (work_order_id,))
        owed = (order for order in map(json.loads, (body for (body,) in bodies)) if is_owed(order))
        if (order := next(owed, None)) is None:
            raise LookupError(f"no order {work_order_id} has come to us")
        with self._transaction():
            self._put(order, command_id, action)

    def unsent(self, limit: int = 50) -> list[tuple[int, str]]:
        """The next replies, oldest first: place and body."""
        query = "SELECT place, body FROM outbox WHERE sent_at IS NULL ORDER BY place LIMIT ?"
        return self._database.execute(query, (limit,)).fetchall()

    def mark_sent(self, place: int) -> None:
        """SQS has taken the reply."""
        self._database.execute("UPDATE outbox SET sent_at = CURRENT_TIMESTAMP WHERE place = ?", (place,))

    def _put(self, order: Json, command_id: str, action: Json) -> None:
        reply = {
            "schema": "hotline.reply/1",
            "work_order_id": order["work_order_id"],
            "agency_id": order["agency_id"],
            "reply_token": order["reply_token"],
            "command_id": command_id,
            "action": action,
        }
        statement = "INSERT OR IGNORE INTO outbox (command_id, body) VALUES (?, ?)"
        self._database.execute(statement, (command_id, json.dumps(reply, ensure_ascii=False)))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")


class Consumer:
    """Moves messages from the agency's queue into the store, and replies from the store to the hotline."""

    def __init__(self, sqs: Any, queue_url: str, replies_url: str, store: Store, handler: Handler) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._replies_url = replies_url
        self._store = store
        self._handler = handler

    def step(self, stop: Stop) -> None:
        """Send what is waiting, then take in what has come.

        Raises:
            ClientError, BotoCoreError: AWS refused or was out of reach; nothing is lost, call again.
        """
        self.send()
        for received in self._receive(stop):
            self._take(received)
        self.send()

    def send(self) -> None:
        """Empty the outbox, one after the other: a reply waits until the one before it was taken."""
        for place, body in self._store.unsent():
            self._sqs.send_message(QueueUrl=self._replies_url, MessageBody=body)
            self._store.mark_sent(place)

    def _receive(self, stop: Stop) -> list[Json]:
        answer = stop.interruptible(
            lambda: self._sqs.receive_message(
                QueueUrl=self._queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=LONG_POLL_S
            )
        )
        return list(answer.get("Messages", ())) if answer else []

    def _take(self, received: Json) -> None:
        """Handle a message, store it, then delete it. One that fails stays and comes again."""
        try:
            message = json.loads(received["Body"])
            if not self._store.knows(message["message_id"]):
                self._store.keep(message, self._answer(message))
        except Exception:
            logger.exception("not handled, stays on the queue: %s", received["MessageId"])
            return
        self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=received["ReceiptHandle"])

    def _answer(self, message: Json) -> Sequence[Json]:
        """Orders go to the handler, everything else into the log; kinds not known yet are kept as well."""
        order, kind = message["work_order_id"], message["kind"]
        if is_owed(message):
            actions = self._handler.handle(message)
            logger.info("%s %s: %s", kind, order, [action["command"] for action in actions])
            return actions
        match kind:
            case "reply_refused":
                refused = message["refused"]
                logger.error("refused %s %s: %s", order, refused["command_id"], refused["detail_en"])
            case "clock_warned" | "clock_breached":
                due = ", ".join(f"{each['clock']} due {each['due_at']}" for each in message.get("due", ()))
                logger.warning("%s %s: %s", kind, order, due)
            case "side_report" | "side_stage_report":
                logger.info("%s %s by %s", kind, order, message.get("asked_agency_id"))
            case _:
                logger.info("%s %s", kind, order)
        return ()


class Stop:
    """SIGTERM and Ctrl-C: finish what is in hand, cut waiting short."""

    def __init__(self) -> None:
        self.asked = False
        self._waiting = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Handle the signal."""
        self.asked = True
        if self._waiting:
            raise _Interrupted

    def interruptible(self, wait: Callable[[], Any]) -> Any:
        """Wait, or give up with None when asked to stop. A message on its way to us then comes again."""
        try:
            self._waiting = True
            return None if self.asked else wait()
        except _Interrupted:
            return None
        finally:
            self._waiting = False


class _Interrupted(BaseException):
    """The waiting has been cut short."""


def run(consumer: Consumer, stop: Stop) -> None:
    """Work until told to stop; while AWS cannot be used, try again at growing intervals."""
    failures = 0
    while not stop.asked:
        try:
            consumer.step(stop)
            failures = 0
        except (ClientError, BotoCoreError) as error:
            failures += 1
            pause_s = min(LONGEST_PAUSE_S, 2**failures) * random.uniform(0.5, 1)
            logger.warning("AWS cannot be used, next try in %.0f s: %s", pause_s, error)
            stop.interruptible(partial(time.sleep, pause_s))


def main(argv: Sequence[str] | None = None) -> int:
    """Start from the command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    # Client-side retries are few: the loop in ``run`` goes on trying for ever.
    sqs = boto3.client("sqs", config=Config(retries={"mode": "standard", "max_attempts": 2}))
    handler = Simulating() if arguments.auto else Acknowledging()
    consumer = Consumer(sqs, arguments.queue_url, arguments.replies_url, Store(arguments.state), handler)
    logger.info("waiting for orders at %s, state in %s", arguments.queue_url, arguments.state)
    run(consumer, stop)
    logger.info("stopped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="consumer.py",
        description="Take orders from an agency's queue and answer them. May be killed at any time.",
        epilog="Region, credentials and endpoint come from the environment, as for every AWS program.",
    )
    parser.add_argument("--queue-url", required=True, help="the agency's own queue: <prefix>-<agency_id>")
    parser.add_argument("--replies-url", required=True, help="the replies queue of the hotline")
    parser.add_argument(
        "--state", type=Path, default=Path("orders.sqlite"), help="the store (default: %(default)s)"
    )
    parser.add_argument("--auto", action="store_true", help="pretend that all is handled at once")
    return parser


if __name__ == "__main__":
    sys.exit(main())
