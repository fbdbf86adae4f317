"""What a case and an order beside it have in common: numbered events, chained, saved on condition.

``version`` is the number of events so far, so a lost event shows as a gap and a write that expects
version *n* loses to the one that came before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from hotline.domain.actor import Actor
from hotline.domain.appeal import Note, Words
from hotline.domain.events import Event
from hotline.domain.history import UNCHAINED, WordsNotCited, beginning, digest_of, link


class Chronicle(BaseModel):
    """Something that acts and remembers every act.

    ``events`` are those still kept in the item; older ones have been moved to history items and
    ``first_event`` says where the list begins. ``head`` is the last link of the hash chain over all
    of them (``domain/history.py``).
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    version: int = 0
    head: bytes = UNCHAINED
    events: list[Event] = Field(default_factory=list)
    first_event: int = 1

    _loaded_version: int = PrivateAttr(default=0)
    _chained: int = PrivateAttr(default=0)
    _words_digest: bytes | None = PrivateAttr(default=None)
    _cited: dict[str, bytes] = PrivateAttr(default_factory=dict)

    @property
    def work_order_id(self) -> str:
        """The order's number."""
        raise NotImplementedError

    @property
    def loaded_version(self) -> int:
        """The version that the store holds; what the conditional write expects to find."""
        return self._loaded_version

    @property
    def new_events(self) -> list[Event]:
        """Events recorded since it was loaded."""
        return [event for event in self.events if event.number > self._loaded_version]

    def mark_stored(self) -> None:
        """Called by the store: everything recorded so far is safe."""
        self._loaded_version = self._chained = self.version
        self._cited.clear()
        self._words_digest = None

    def knows(self, command_id: str) -> bool:
        """Whether this command has been carried out before."""
        return any(event.command_id == command_id for event in self.events)

    def begin_with(self, words: Words) -> None:
        """Bind what the citizen said at registration into the hash chain; called by the store."""
        self._words_digest = digest_of(words)

    def cite(self, note: Note) -> None:
        """Bind the words that a new event cites into the hash chain; see ``use_cases/notes.py``."""
        self._cited[note.note_id] = digest_of(note)

    def chain(self) -> None:
        """Called by the store before it writes: link the new events to the chain, once.

        Raises:
            WordsNotCited: an event cites words that were never given to ``cite``.
        """
        if self._chained == 0:
            self.head = beginning(self.work_order_id, self._words_digest)
        for event in self.events:
            if event.number > self._chained:
                note_id = event.facts.get("note")
                if note_id and note_id not in self._cited:
                    raise WordsNotCited(event, note_id)
                self.head = link(self.head, event, self._cited[note_id] if note_id else None)
        self._chained = self.version

    def _record(self, name: str, by: Actor, at: datetime, command_id: str, facts: Mapping[str, Any]) -> None:
        self.version += 1
        self.events.append(
            Event(
                number=self.version,
                name=name,
                at=at,
                actor=by.signature,
                command_id=command_id,
                facts=dict(facts),
            )
        )


def citing(note_id: str | None) -> dict[str, Any]:
    """The fact by which an event cites words, if there are any."""
    return {"note": note_id} if note_id else {}
