"""Stored histories, held against their own chain (``domain/history.py``) and the lifecycle.

All of it works on items as DynamoDB returns them: what cannot be read any more is a finding, not a crash.

Example of findings::

    000G40R40M30E209B.1: event 4 cannot be read
    000G40R40M30E209B.1: the words of note Ab3dE9xk were changed
    000G40R40M30E209B.1: the head differs: one of the events 1 to 7, or the citizen's own words, was changed
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hotline.adapters.dynamodb import codec, keys
from hotline.adapters.dynamodb.texts import decode_note, decode_words
from hotline.domain.events import Event
from hotline.domain.history import beginning, digest_of, link
from hotline.domain.lifecycle import TRANSITIONS, Status
from hotline.domain.side_orders import STEPS, SideStatus

Item = dict[str, Any]
Items = Mapping[str, Item]
"""The items of one appeal by their sort keys."""

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, zlib.error)
"""What reading a spoilt item may raise."""

CASE = "#"
WORDS = keys.words_key("")["sk"]

_Moves = Mapping[tuple[str, str], frozenset[str]]
"""What an event may do in a status: the statuses that may follow."""


class Difference(NamedTuple):
    """Something that contradicts an order's history."""

    order_id: str
    what: str

    def __str__(self) -> str:
        return f"{self.order_id}: {self.what}"


class History(NamedTuple):
    """An order's events, oldest first, and its chain after each of them."""

    order_id: str
    events: list[Event]
    links: list[bytes]


class Reading(NamedTuple):
    """What one appeal's items say.

    Attributes:
        histories: of every order whose events and words can be read.
        erased: how many texts are gone whose digest still stands.
    """

    histories: list[History]
    differences: list[Difference]
    erased: int


class StoredAppeal:
    """One appeal as it lies in the tables.

    Attributes:
        confidential: the informant's words lie in the sealed table.
    """

    def __init__(self, appeal_id: str, items: Items) -> None:
        self.appeal_id = appeal_id
        self.confidential = "cf" in items.get(CASE, {})
        self._items = items
        self._differences: list[Difference] = []
        self._erased = 0
        self._orders = [
            (order_id, item, events)
            for order_id, item in self._stored_orders()
            if (events := self._events_of(order_id, item)) is not None
        ]

    @property
    def text_keys(self) -> list[keys.Key]:
        """Where the words lie that the events cite."""
        notes = dict.fromkeys(
            str(event.facts["note"])
            for _, _, events in self._orders
            for event in events
            if event.facts.get("note")
        )
        return [keys.words_key(self.appeal_id), *(keys.note_key(self.appeal_id, note) for note in notes)]

    def held_against(self, texts: Items) -> Reading:
        """Recompute every chain with these words, and replay every status."""
        histories = []
        for order_id, item, events in self._orders:
            history = self._chained(order_id, events, texts)
            if history is not None:
                self._check_head(history, item)
                histories.append(history)
            self._check_status(order_id, item, events)
        self._check_beside()
        return Reading(histories, self._differences, self._erased)

    # ------------------------------------------------------------------ reading

    def _stored_orders(self) -> Iterator[tuple[str, Item]]:
        if CASE not in self._items:
            self._differ(f"{self.appeal_id}.1", "the case is missing")
        for sort_key, item in sorted(self._items.items()):
            if sort_key == CASE:
                yield f"{self.appeal_id}.1", item
            elif sort_key.startswith("W#"):
                yield keys.order_id_of(item["pk"]["S"], sort_key), item

    def _events_of(self, order_id: str, item: Item) -> list[Event] | None:
        """Every event without a gap; None when one of them is missing or cannot be read."""
        try:
            first, version = int(item.get("e0", {"N": "1"})["N"]), int(item["v"]["N"])
            parts = [*self._older_parts(first), (first, item["e"]["L"])]
        except UNREADABLE:
            self._differ(order_id, "the item cannot be read")
            return None
        events: list[Event] = []
        for number, stored in parts:
            if number != len(events) + 1:
                gap = f"the events {len(events) + 1} to {number - 1} are missing"
                self._differ(order_id, gap if number > len(events) else f"event {number} is there twice")
                return None
            read = _readable(number, stored)
            events += read
            if len(read) < len(stored):
                self._differ(order_id, f"event {len(events) + 1} cannot be read")
                return None
        if version != len(events):
            self._differ(order_id, f"the version is {version}, but there are {len(events)} events")
        return events or None

    def _older_parts(self, first_event: int) -> Iterator[tuple[int, list[Item]]]:
        """The history items before the case item; later ones are left over from a write that failed."""
        for sort_key, item in sorted(self._items.items()):
            if sort_key.startswith("H#") and int(sort_key[2:]) < first_event:
                yield int(sort_key[2:]), item["e"]["L"]

    # ------------------------------------------------------------------ checking

    def _chained(self, order_id: str, events: list[Event], texts: Items) -> History | None:
        """The chain anew; None when words are missing that it needs."""
        words_digest = None
        if order_id.endswith(".1"):
            words_digest = self._words_digest(order_id, texts.get(WORDS))
            if words_digest is None:
                return None
        links = [beginning(order_id, words_digest)]
        for event in events:
            note_id = event.facts.get("note")
            digest = self._note_digest(order_id, event, texts) if note_id else None
            if note_id and digest is None:
                return None
            links.append(link(links[-1], event, digest))
        return History(order_id, events, links[1:])

    def _words_digest(self, order_id: str, item: Item | None) -> bytes | None:
        if item is not None and "z" not in item and "dg" in item:
            self._erased += 1
            return bytes(item["dg"]["B"])
        try:
            return digest_of(decode_words({"z": (item or {})["z"]}))
        except UNREADABLE:
            self._differ(order_id, f"the citizen's words {'cannot be read' if item else 'are missing'}")
            return None

    def _note_digest(self, order_id: str, event: Event, texts: Items) -> bytes | None:
        note_id = event.facts["note"]
        item = texts.get(keys.note_key(self.appeal_id, str(note_id))["sk"])
        if item is None or not item.keys() & {"z", "dg"}:
            self._differ(order_id, f"the words of note {note_id} (event {event.number}) are missing")
            return None
        if "z" not in item:
            self._erased += 1
            return bytes(item["dg"]["B"])
        try:
            digest = digest_of(decode_note(item))
        except UNREADABLE:
            self._differ(order_id, f"the words of note {note_id} (event {event.number}) cannot be read")
            return None
        kept = bytes(item["dg"]["B"]) if "dg" in item else digest
        if kept != digest:
            self._differ(order_id, f"the words of note {note_id} (event {event.number}) were changed")
        return kept

    def _check_head(self, history: History, item: Item) -> None:
        head = bytes(item.get("x", {}).get("B", b""))
        if head != history.links[-1]:
            words = ", or the citizen's own words," if history.order_id.endswith(".1") else ""
            self._differ(
                history.order_id,
                f"the head differs: one of the events 1 to {len(history.events)}{words} was changed",
            )

    def _check_status(self, order_id: str, item: Item, events: list[Event]) -> None:
        """Every event must be possible in the status that the events before it have led to."""
        moves, first = (
            (_CASE_MOVES, Status.REGISTERED.value)
            if order_id.endswith(".1")
            else (_SIDE_MOVES, SideStatus.ASKED.value)
        )
        known = {name for _, name in moves}
        possible = frozenset({first})
        for event in events:
            if event.name in known:
                after = frozenset(to for status in possible for to in moves.get((status, event.name), ()))
                if not after:
                    reached = " or ".join(sorted(possible))
                    self._differ(order_id, f"event {event.number} {event.name} cannot follow {reached!r}")
                    return
                possible = after
        status = item.get("s", {}).get("S")
        if status not in possible:
            reached = " or ".join(sorted(possible))
            self._differ(order_id, f"the status is {status!r}, but the events lead to {reached!r}")

    def _check_beside(self) -> None:
        """The case has opened exactly the orders that lie beside it."""
        lead = f"{self.appeal_id}.1"
        for order_id, _, events in self._orders:
            if order_id == lead:
                opened = {f"W#{event.facts.get('side')}" for event in events if event.name == _OPENED}
                there = {sort_key for sort_key in self._items if sort_key.startswith("W#")}
                for sort_key in sorted(opened - there):
                    self._differ(f"{self.appeal_id}.{sort_key[2:]}", "the order is missing")
                for sort_key in sorted(there - opened):
                    self._differ(f"{self.appeal_id}.{sort_key[2:]}", "the case has never opened this order")

    def _differ(self, order_id: str, what: str) -> None:
        difference = Difference(order_id, what)
        if difference not in self._differences:
            self._differences.append(difference)


def _readable(first: int, stored: list[Item]) -> list[Event]:
    """The events up to the first one that cannot be read, or that the hotline would write otherwise."""
    try:
        for each in stored:
            if codec.compact(json.loads(each["S"])) != each["S"]:
                raise ValueError(each["S"])
        return codec.decode_events(first, {"e": {"L": stored}})
    except UNREADABLE:
        return _readable(first, stored[:-1])


def _moves(rows: Iterator[tuple[str, str, str]]) -> _Moves:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for status, event, to in rows:
        found[status, event] = found.get((status, event), frozenset()) | {to}
    return found


_CASE_MOVES = _moves((status.value, row.event, row.to.value) for (status, _), row in TRANSITIONS.items())
_SIDE_MOVES = _moves(
    (status.value, step.event, (step.to or status).value) for step in STEPS.values() for status in step.status
)
_OPENED = "SideOrderOpened"
