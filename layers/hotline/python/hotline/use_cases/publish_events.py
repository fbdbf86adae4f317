"""The outbox: hand the new events of changed cases to the bus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotline.domain.case import Case, Change
from hotline.domain.events import Envelope
from hotline.ports import Bus


def publish_events(changes: Sequence[Change], *, bus: Bus) -> int:
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


def envelopes_of(change: Change) -> Iterator[Envelope]:
    """The new events as they travel: codes and times, no phone, no name, no words.

    An agency acts as a whole: which officer did is for those who may read the case. ``joint`` says of a
    case that it leads others (``leader``) or is handled together with another (``member``).

    Example of ``data``: ``{"appeal_id": …, "agency_id": "110101001", "service_code": "noise.construction"}``
    """
    changed = change.changed
    order_id = changed.appeal_id if isinstance(changed, Case) else changed.work_order_id
    data: dict[str, object] = {
        "appeal_id": changed.appeal_id,
        "agency_id": changed.agency_id,
        "service_code": changed.service_code,
        "district": changed.district,
        "subdistrict": changed.subdistrict if isinstance(changed, Case) else None,
        "tier": changed.tier,
        "joint": _joint(changed) if isinstance(changed, Case) else None,
    }
    if isinstance(changed, Case) and change.version_before == 0:
        data["channel"] = changed.channel
        if changed.confidential:
            data["confidential"] = 1
    for event in changed.events:
        if event.number > change.version_before:
            yield Envelope(
                event_id=f"{order_id}:{event.number}",
                name=event.name,
                occurred_at=event.at,
                correlation_id=changed.appeal_id,
                causation_id=event.command_id,
                actor=event.actor.partition("/")[0],
                data={**{name: value for name, value in data.items() if value is not None}, **event.facts},
            )


def _joint(case: Case) -> str | None:
    if case.members:
        return "leader"
    return "member" if case.merged_into else None
