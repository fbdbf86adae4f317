"""The hash chain over an order's events: whoever changes one byte of the past breaks it.

The chain begins with the order's number and, for an appeal, the digest of the citizen's words. Each
link is the SHA-256 of the link before it, the event and, where the event cites words, the digest of
those words; the first 16 bytes are kept. Words are not in the chain themselves, so that an erasure
(PIPL Art 47) leaves it whole as long as their digest is kept.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from hotline.domain.appeal import Words

if TYPE_CHECKING:
    from hotline.domain.appeal import Note
    from hotline.domain.events import Event

LINK_BYTES = 16
UNCHAINED = bytes(LINK_BYTES)
"""The head of what has no event yet."""


class WordsNotCited(RuntimeError):
    """An event cites words that were never bound into the history; a mistake in the program."""

    def __init__(self, event: Event, note_id: str) -> None:
        super().__init__(
            f"event {event.number} {event.name} cites note {note_id!r}, which nobody has kept: "
            "call use_cases.notes.keep_note before the order is saved"
        )


def beginning(order_id: str, words_digest: bytes | None = None) -> bytes:
    """What the first event is linked to.

    Args:
        words_digest: of what the citizen said at registration; None for an order beside the lead order.

    Example:
        >>> beginning("X.1") == beginning("X.2")
        False
    """
    return _shortened(order_id.encode() + (words_digest or b""))


def link(previous: bytes, event: Event, note_digest: bytes | None = None) -> bytes:
    """The next link of the chain.

    Args:
        note_digest: of the words that ``event`` cites by its fact ``note``.

    Example:
        >>> from datetime import UTC, datetime
        >>> from hotline.domain.events import Event
        >>> event = Event(number=1, name="AppealRegistered", at=datetime(2026, 1, 1, tzinfo=UTC),
        ...     actor="citizen", command_id="Ab3dE9xk")
        >>> link(UNCHAINED, event) == link(UNCHAINED, event.model_copy(update={"actor": "system"}))
        False
    """
    said = [event.number, event.name, int(event.at.timestamp()), event.actor, event.command_id, event.facts]
    return _shortened(previous + _canonical(said) + (note_digest or b""))


def digest_of(said: Note | Words) -> bytes:
    """The digest of words: who wrote them, when, what, with which attachments.

    Of a citizen's own words the contact is left out: it is erased while the words stay.
    """
    if isinstance(said, Words):
        body: Any = said.model_dump(
            mode="json", exclude={"contact"}, exclude_none=True, exclude_defaults=True
        )
    else:
        body = [said.note_id, said.by, int(said.at.timestamp()), said.text, list(said.attachments)]
    return hashlib.sha256(_canonical(body)).digest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _shortened(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:LINK_BYTES]
