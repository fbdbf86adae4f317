"""The events that the cases keep, as they would travel, held against those that the lake has.

The lake has what was published. What a case has and the lake has not was lost on the way: the stream forgets
after 24 hours (FAULTS F24). After a restore the lake is filled again from here (F47).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hotline.domain.case import Case, Change
from hotline.domain.directory import Directory
from hotline.domain.events import Envelope, Event
from hotline.domain.lake import day_of
from hotline.domain.side_orders import SideOrder
from hotline.use_cases.publish_events import envelopes_of
from infrastructure.lake.files import LakeBucket
from infrastructure.lake.local import LocalLake
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack
from infrastructure.ops.stored_cases import StoredCases

_GIVEN_TO = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_TAKEN_FROM_ALL = frozenset({"AppealConcluded", "AppealUnmerged"})
_ADAY = timedelta(days=1)


class Span(NamedTuple):
    """From a first moment to the one after the last, both aware."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= at < self.end


def not_in_lake(stack: Stack, span: Span) -> Iterator[Envelope]:
    """The events of a time that the cases keep and the lake has not, in no order."""
    known = lake_ids(LakeBucket(stack), span)
    return (each for each in stored(stack, span) if each.event_id not in known)


def stored(stack: Stack, span: Span) -> Iterator[Envelope]:
    """The events of a time that the cases keep, in no order: a scan, which is maintenance."""
    cases = StoredCases(stack)
    for order in cases.orders():
        events = cases.events(order) if isinstance(order, Case) else order.events
        for envelope in as_published(order, events):
            if span.holds(envelope.occurred_at):
                yield envelope


def lake_ids(bucket: LakeBucket, span: Span) -> set[str]:
    """The ids of the events in the lake; of a day more on both sides, whatever the city's time is."""
    first, last = (span.start - _ADAY).date(), (span.end + _ADAY).date()
    folder = bucket.fetch(ProgressBar("lake"), first, last)
    with LocalLake(folder) as lake:
        found = lake.ask(f"SELECT event_id FROM facts WHERE day BETWEEN '{first}' AND '{last}'")
    return {row[0] for row in found.rows}


def as_published(order: Case | SideOrder, events: Sequence[Event]) -> Iterator[Envelope]:
    """The whole history of an order as it travels, from what is stored.

    Who held the order is told as it was after each event; place, service and tier as they are now.
    """
    whole = order.model_copy(update={"events": list(events)})
    holder: str | None = None
    for envelope in envelopes_of(Change(whole, 0)):
        if isinstance(order, SideOrder):
            yield envelope
            continue
        if envelope.name in _GIVEN_TO:
            holder = envelope.data["agency"]
        elif envelope.name in _TAKEN_FROM_ALL:
            holder = None
        data = {name: value for name, value in envelope.data.items() if name != "agency_id"}
        yield envelope.model_copy(update={"data": data | ({"agency_id": holder} if holder else {})})


def by_day(envelopes: Iterator[Envelope], directory: Directory, most: int) -> Iterator[list[Envelope]]:
    """Gather events into batches of one day, of at most so many."""
    days: dict[object, list[Envelope]] = {}
    for envelope in envelopes:
        batch = days.setdefault(day_of(envelope, directory), [])
        batch.append(envelope)
        if len(batch) == most:
            yield days.pop(day_of(envelope, directory))
    yield from days.values()
