"""The lake: what ``functions/lake`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS, s3
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.lake import S3Lake
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import write_events
from hotline.wiring.common import directories


def write() -> EventConsumer:
    """Keep batches of events."""
    return partial(
        write_events.write_events,
        lake=S3Lake(s3(NOBODY_WAITS), setting("LAKE_BUCKET")),
        directories=directories(),
    )


def dead_letters() -> SqsDeadLetters:
    """Where events go that cannot be read."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "write-events")
