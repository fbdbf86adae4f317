"""The outbox: from the stream of the cases table to the bus."""

from __future__ import annotations

import json
from typing import Any

from hotline.domain.case import Change
from hotline.observability import logger
from hotline.ports import Refusal
from hotline.wiring import outbox


def handler(event: dict[str, Any], context: object) -> None:
    """Publish the new events of a batch of writes.

    A record that cannot be read is parked with the reason, so that it never blocks its shard; when
    the bus cannot take the events the function fails and the stream delivers the batch again.
    """
    changes: list[Change] = []
    for record in event["Records"]:
        try:
            change = outbox.change_in(record)
        except (KeyError, ValueError, TypeError) as error:
            park(record, error)
        else:
            changes += [change] if change else []
    published = outbox.publish(changes)
    logger().info("events published", records=len(event["Records"]), events=published)


def park(record: dict[str, Any], error: Exception) -> None:
    """Put an unreadable record aside: its keys only, the stream has no more than that to lose."""
    keys = record.get("dynamodb", {}).get("Keys", {})
    body = json.dumps({"keys": keys, "sequence_number": record.get("dynamodb", {}).get("SequenceNumber")})
    refusal = Refusal("unreadable-record", type(error).__name__)
    outbox.parked().park(body, refusal, str(record.get("eventID", "-")))
    logger().error("stream record parked", event_id=record.get("eventID"), reason=type(error).__name__)
