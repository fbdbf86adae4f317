"""Who is who in a run: the appeals of the file, those that repeat them, and what is made of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from infrastructure.demo.habits import PLAIN, Entry, Habits, Plan, lot, phone_of
from infrastructure.demo.rows import TEXT_LIMIT, Row

AGAIN = {"zh-CN": "再次反映同一问题：", "en": "The same matter again: "}
"""How a repeat begins that is not word for word."""


RECEIPT_S = 5.0
"""For so long a receipt that is under way is waited for: agencies may be faster than the answer to the citizen."""


class Script:
    """The plan of a run, the same each time for the same rows, habits and seed.

    Attributes:
        rows: every appeal that goes in, by number: those of the file, then the repeats.
    """

    def __init__(self, file: Sequence[Row], habits: Habits, seed: int) -> None:
        self.habits = habits
        self.seed = seed
        self.rows = {row.number: row for row in file}
        entries = habits.entries(seed, self.rows)
        repeated = [row for row, entry in entries.items() if entry is Entry.REPEATED]
        repeats = dict(enumerate(repeated, max(self.rows, default=0) + 1))
        self._plans = habits.plans(seed, list(self.rows), repeats)
        self._repeats = {row: number for number, row in repeats.items()}
        self.rows |= {number: self._told_again(number, self.rows[row]) for number, row in repeats.items()}
        self._row_of: dict[str, int] = {}
        self._number_of: dict[int, str] = {}
        self._receipts = threading.Condition()
        self._under_way: list[float] = []

    # ------------------------------------------------------------------ plans

    def plan(self, row: int) -> Plan:
        """What is made of an appeal."""
        return self._plans[row]

    def plan_of(self, number: str) -> Plan:
        """The same by tracking number; nothing special for an appeal that is not the demo's own."""
        row = self._row_of.get(number)
        return PLAIN if row is None else self._plans[row]

    def repeat_of(self, row: int) -> int | None:
        """The row that repeats this one."""
        return self._repeats.get(row)

    def phone(self, row: Row) -> str | None:
        """The number that the citizen of an appeal leaves; a repeat may come from the same citizen."""
        whose = row.number
        if row.repeats is not None and self._from_the_same(row.number):
            whose = row.repeats
        left = self.habits.citizen(self.seed, whose).leaves_phone
        return (self.rows[whose].phone or phone_of(self.seed, whose)) if left else None

    # ------------------------------------------------------------------ tracking numbers

    @contextmanager
    def posting(self) -> Iterator[None]:
        """While an appeal is being posted, a number that nobody knows may be its own."""
        began = time.time()
        with self._receipts:
            self._under_way.append(began)
        try:
            yield
        finally:
            with self._receipts:
                self._under_way.remove(began)
                self._receipts.notify_all()

    def know(self, row: int, number: str) -> None:
        """The appeal has its tracking number."""
        with self._receipts:
            self._number_of[row] = number
            self._row_of[number] = row
            self._receipts.notify_all()

    def wait_for(self, number: str, since: datetime) -> None:
        """Wait until it is known whose number this is, or that it cannot be the demo's own.

        Args:
            since: when the stack had the appeal at the latest; what was posted later is another one.
        """

        def is_decided() -> bool:
            until = since.timestamp() + 1  # the stack's times have whole seconds
            return number in self._row_of or not any(began <= until for began in self._under_way)

        with self._receipts:
            self._receipts.wait_for(is_decided, RECEIPT_S)

    def row_of(self, number: str) -> int | None:
        """The row of a tracking number; None for an appeal that is not the demo's own."""
        return self._row_of.get(number)

    def number_of(self, row: int) -> str | None:
        """The tracking number of a row; None as long as it has none."""
        return self._number_of.get(row)

    # ------------------------------------------------------------------ inside

    def _told_again(self, number: int, first: Row) -> Row:
        body = first.body
        if self._plans[number].likeness != "word for word":
            again = f"{AGAIN[body['language']]}{body['text']}"[:TEXT_LIMIT]
            body = {**body, "text": again}
        return Row(number=number, body=body, phone=None, at=first.at, repeats=first.number)

    def _from_the_same(self, number: int) -> bool:
        word_for_word = self._plans[number].likeness == "word for word"
        return word_for_word or lot(self.seed, "same citizen", str(number)) < 0.5
