"""What a run has done so far, in one SQLite file: a killed demo goes on where it was."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]


class Posted(NamedTuple):
    """One row's receipt, and how it ended as far as is known (``ended`` is a status or ``refused``)."""

    row: int
    number: str | None
    secret_key: str | None
    ended: str | None
    detail: str | None


class Journal:
    """The state of one run. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(
            """
            CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT);
            CREATE TABLE IF NOT EXISTS appeals (
                row INTEGER PRIMARY KEY, number TEXT, secret_key TEXT, ended TEXT, detail TEXT);
            CREATE TABLE IF NOT EXISTS messages (
                message_id TEXT, agency_id TEXT, kind TEXT, work_order_id TEXT, reply_token TEXT, at REAL,
                times INTEGER DEFAULT 1, PRIMARY KEY (message_id, agency_id));
            CREATE INDEX IF NOT EXISTS messages_by_order ON messages (work_order_id);
            CREATE TABLE IF NOT EXISTS bodies (
                message_id TEXT, agency_id TEXT, appeal_id TEXT, body TEXT, PRIMARY KEY (message_id, agency_id));
            CREATE INDEX IF NOT EXISTS bodies_by_appeal ON bodies (appeal_id);
            """
        )

    @property
    def run(self) -> str:
        """The run's id: the file's name."""
        return self.path.stem

    def fact(self, name: str) -> Any:
        """Something noted about the run; None when it was not."""
        row = self._one("SELECT value FROM facts WHERE name = ?", (name,))
        return json.loads(row[0]) if row else None

    def note(self, **facts: Any) -> None:
        """Note something about the run."""
        rows = [(name, json.dumps(value, ensure_ascii=False)) for name, value in facts.items()]
        self._many("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)

    def posted(self, row: int, number: str, secret_key: str) -> None:
        """The hotline has taken the appeal."""
        self._many("INSERT OR REPLACE INTO appeals VALUES (?, ?, ?, NULL, NULL)", [(row, number, secret_key)])

    def refused(self, row: int, detail: str) -> None:
        """The hotline has refused the appeal."""
        self._many("INSERT OR REPLACE INTO appeals VALUES (?, NULL, NULL, 'refused', ?)", [(row, detail)])

    def ended(self, row: int, status: str) -> None:
        """Nothing more is to be done for the appeal."""
        self._many("UPDATE appeals SET ended = ? WHERE row = ?", [(status, row)])

    def appeals(self) -> list[Posted]:
        """Every row that has been posted."""
        with self._lock:
            return [Posted(*row) for row in self._database.execute("SELECT * FROM appeals ORDER BY row")]

    def received(self, messages: Iterable[Json], agency_id: str) -> None:
        """Keep that messages have come out of an agency's queue; called before they are answered."""
        now = time.time()
        rows = [
            (
                each["message_id"],
                agency_id,
                each["kind"],
                each["work_order_id"],
                each.get("reply_token"),
                now,
            )
            for each in messages
        ]
        self._many(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
            rows,
        )

    def keep(self, messages: Iterable[Json], agency_id: str) -> None:
        """Keep the whole of messages; called before they are answered."""
        rows = [
            (each["message_id"], agency_id, each["appeal_id"], json.dumps(each, ensure_ascii=False))
            for each in messages
        ]
        self._many("INSERT OR IGNORE INTO bodies VALUES (?, ?, ?, ?)", rows)

    def kept(self, appeal_id: str) -> list[Json]:
        """The messages about an appeal that were kept whole."""
        with self._lock:
            rows = self._database.execute("SELECT body FROM bodies WHERE appeal_id = ?", (appeal_id,))
            return [json.loads(body) for (body,) in rows]

    def first_order(self, work_order_id: str) -> str | None:
        """The first message that gave this order to an agency."""
        row = self._one(
            "SELECT message_id FROM messages WHERE work_order_id = ? AND kind = 'dispatched' ORDER BY rowid",
            (work_order_id,),
        )
        return row[0] if row else None

    def reply_token(self, work_order_id: str, agency_id: str) -> str | None:
        """What proves to the hotline that this agency has received the order."""
        row = self._one(
            "SELECT reply_token FROM messages"
            " WHERE work_order_id = ? AND agency_id = ? AND reply_token IS NOT NULL",
            (work_order_id, agency_id),
        )
        return row[0] if row else None

    def receipts(self, work_order_id: str) -> Mapping[tuple[str, str], float]:
        """When each message about an order first came: by message id and agency, as Unix time."""
        with self._lock:
            rows = self._database.execute(
                "SELECT message_id, agency_id, at FROM messages WHERE work_order_id = ?", (work_order_id,)
            )
            return {(message_id, agency_id): at for message_id, agency_id, at in rows}

    def repeats(self) -> int:
        """How many deliveries were repeats of one that had come before."""
        row = self._one("SELECT coalesce(sum(times - 1), 0) FROM messages", ())
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _one(self, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._database.execute(query, values).fetchone()
            return row

    def _many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        with self._lock:
            self._database.execute("BEGIN")
            self._database.executemany(statement, rows)
            self._database.execute("COMMIT")
