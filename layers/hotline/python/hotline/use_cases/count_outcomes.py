"""评: count how orders ended, and count again from the stored cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope, Event
from hotline.domain.outcomes import counted_of
from hotline.domain.tallies import Counted, Counts, Where, add_up
from hotline.ports import Tallies

History = tuple[str, Iterable[Event]]
"""An order's id and everything that ever happened to it, what was moved out of its item included."""


def count_outcomes(
    envelopes: Sequence[Envelope], *, tallies: Tallies, directories: Directories
) -> dict[str, HotlineError]:
    """Count a batch of endings, each once by its event id, in one transaction.

    Returns:
        Nothing: it counts the batch or raises, and then the whole batch comes back.
    """
    directory = directories.current()
    counted = {
        each.event_id: tuple(counted_of(each.name, each.data, each.occurred_at, directory))
        for each in envelopes
    }
    if counts := {event_id: outcomes for event_id, outcomes in counted.items() if outcomes}:
        tallies.count(counts)
    return {}


def counted_again(
    histories: Iterable[History], directory: Directory
) -> Iterator[tuple[str, tuple[Counted, ...]]]:
    """Each event that counts, by its id, with what it counts."""
    for order_id, events in histories:
        for event in events:
            if counted := tuple(counted_of(event.name, event.facts, event.at, directory)):
                yield f"{order_id}:{event.number}", counted


def recount(histories: Iterable[History], directory: Directory) -> dict[Where, Counts]:
    """Count every ended order anew, from the events that it keeps."""
    return add_up(each for _, counted in counted_again(histories, directory) for each in counted)
