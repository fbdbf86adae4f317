"""The outbox: hand the new events of changed cases to the bus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotline.domain.case import CaseChange
from hotline.domain.events import Envelope
from hotline.ports import Bus


def publish_events(changes: Sequence[CaseChange], *, bus: Bus) -> int:
    """Publish every event that the writes have added, in order.

    The event's id is its place in the case, so a batch that the stream delivers twice is
    recognised by every consumer.

    Returns:
        How many events were published.
    """
    envelopes = [envelope for change in changes for envelope in envelopes_of(change)]
    if envelopes:
        bus.publish(envelopes)
    return len(envelopes)


def envelopes_of(change: CaseChange) -> Iterator[Envelope]:
    """The new events as they travel: codes and times, no phone, no name, no words.

    An agency acts as a whole: which officer did is for those who may read the case.

    Example of ``data``: ``{"appeal_id": …, "agency_id": "110101001", "service_code": "noise.construction"}``
    """
    case = change.case
    for event in case.events:
        if event.number <= change.version_before:
            continue
        data = {
            "appeal_id": case.appeal_id,
            "agency_id": case.agency_id,
            "service_code": case.service_code,
            "district": case.district,
            "tier": case.tier,
        }
        yield Envelope(
            event_id=f"{case.appeal_id}:{event.number}",
            name=event.name,
            occurred_at=event.at,
            correlation_id=case.appeal_id,
            causation_id=event.command_id,
            actor=event.actor.partition("/")[0],
            data={**{name: value for name, value in data.items() if value is not None}, **event.facts},
        )
