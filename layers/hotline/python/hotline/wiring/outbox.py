"""The outbox: what ``functions/outbox`` runs with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hotline.adapters.aws import events
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb import stream
from hotline.adapters.eventbridge import EventBridgeBus
from hotline.domain.case import Change
from hotline.settings import setting
from hotline.use_cases.publish_events import publish_events


def change_in(record: Mapping[str, Any]) -> Change | None:
    """The change that a stream record tells of; None when it tells of something else.

    Raises:
        KeyError, ValueError, TypeError: the record cannot be read.
    """
    return stream.change_in(record)


def publish(changes: Sequence[Change]) -> int:
    """Publish the new events."""
    return publish_events(changes, bus=EventBridgeBus(events(), setting("BUS_NAME")))


def parked() -> SqsDeadLetters:
    """Where a stream record goes that cannot be read."""
    return SqsDeadLetters(setting("PARKED_RECORDS_QUEUE_URL"), "publish-events")
