"""The sweep of notices: those that have waited for the morning, for a supplier, or for their worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from itertools import islice

from hotline.domain.model import Frozen
from hotline.domain.notices import Notice, NoticeState
from hotline.domain.timers import SHARDS
from hotline.use_cases.send_notices import NoticeDesk, tally

_TOGETHER = 25
"""How many notices are read at once."""


class DueReport(Frozen):
    """What one sweep did; ``complete`` says whether everything due was looked at before the time ran out."""

    sent: int
    waiting: int
    parked: int
    ended: int
    complete: bool


def send_due_notices(desk: NoticeDesk, may_go_on: Callable[[], bool]) -> DueReport:
    """Send what is due, the oldest first; at night nothing.

    Safe to overlap, to repeat and to die half-way: a notice is taken by a conditional write.
    """
    done: list[Notice] = []
    due, complete = _due(desk), True
    while complete and (keys := list(islice(due, _TOGETHER))):
        if not _closed(desk):
            done += _send(keys, desk, may_go_on)
        complete = may_go_on() and not _closed(desk)
    counts = tally(done)
    ended = counts.get(NoticeState.DROPPED, 0) + counts.get(NoticeState.FAILED, 0)
    return DueReport(
        sent=counts.get(NoticeState.SENT, 0),
        waiting=counts.get(NoticeState.QUEUED, 0),
        parked=counts.get(NoticeState.PARKED, 0),
        ended=ended,
        complete=complete,
    )


def _due(desk: NoticeDesk) -> Iterator[str]:
    """The keys of what is due in all shards, the oldest first."""
    at = desk.now()
    shards = (desk.notices.waiting(shard, at) for shard in range(SHARDS))
    return (key for _, key in merge(*shards))


def _closed(desk: NoticeDesk) -> bool:
    at = desk.now()
    return desk.hours.opens(at) > at


def _send(keys: list[str], desk: NoticeDesk, may_go_on: Callable[[], bool]) -> Iterator[Notice]:
    found = desk.notices.find_notices(keys)
    cases = desk.cases.get_many(list(dict.fromkeys(each.appeal_id for each in found.values())))
    readers = desk.readers(cases.values())
    for notice in (found[key] for key in keys if key in found):
        at = desk.now()
        if not may_go_on():
            return
        if notice.next_at is None or notice.next_at > at:
            continue  # the index is a moment behind the table
        taken = notice.taken(at)
        if desk.notices.change_notice(taken):
            yield desk.send(taken, cases.get(notice.appeal_id), readers.get(notice.appeal_id))
