"""The event bus."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from hotline.adapters.aws import translate_errors
from hotline.domain.errors import Unavailable
from hotline.domain.events import Envelope

SOURCE = "hotline"

_AT_ONCE = 10
_ROUNDS = 4


class EventBridgeBus:
    """Implements ``ports.Bus``: ten events a call, refused entries sent again by themselves."""

    def __init__(self, client: Any, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Put the events on the bus in their order.

        Raises:
            Unavailable: the bus kept refusing some; the stream delivers the batch again.
        """
        entries = [self._entry(envelope) for envelope in envelopes]
        for start in range(0, len(entries), _AT_ONCE):
            self._put(entries[start : start + _AT_ONCE])

    def _put(self, entries: list[dict[str, Any]]) -> None:
        for attempt in range(_ROUNDS):
            with translate_errors("events"):
                answer = self._client.put_events(Entries=entries)
            results = answer["Entries"]
            entries = [entry for entry, result in zip(entries, results, strict=True) if "ErrorCode" in result]
            if not entries:
                return
            time.sleep(random.uniform(0, 0.05 * 2**attempt))
        raise Unavailable("events")

    def _entry(self, envelope: Envelope) -> dict[str, Any]:
        return {
            "Source": SOURCE,
            "DetailType": envelope.name,
            "Detail": envelope.model_dump_json(),
            "EventBusName": self._bus_name,
        }
