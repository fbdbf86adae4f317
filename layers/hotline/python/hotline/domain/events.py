"""Domain events: what happened to a case, in order, for ever.

An event is numbered by the version of the case after it, so ``<appeal_id>:<number>`` is its id on
the bus and a gap is visible. ``facts`` hold codes, times and numbers: never a phone, a name or words.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from hotline.domain.model import Frozen


class Event(Frozen):
    """One thing that happened."""

    number: int
    name: str
    at: datetime
    actor: str
    command_id: str
    """Fingerprint of the command that caused it; equal fingerprints mean the same command."""
    facts: dict[str, Any] = Field(default_factory=dict)


class Envelope(Frozen):
    """An event as it travels over the bus (``events/README.md`` is the catalogue).

    ``event_id`` is ``<appeal_id>:<n>`` for the case and its lead order, ``<appeal_id>.<m>:<n>`` for an order
    beside it.
    """

    event_id: str
    name: str
    version: int = 1
    occurred_at: datetime
    correlation_id: str
    causation_id: str
    actor: str
    data: dict[str, Any]

    @property
    def appeal_id(self) -> str:
        """The case that the event belongs to."""
        return self.order_id.partition(".")[0]

    @property
    def order_id(self) -> str:
        """The order that acted: the appeal's id alone for the lead order."""
        return self.event_id.partition(":")[0]
