"""Fire every timer that is due: warnings, breaches, expired surveys (条例 Art 13, 23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hotline.domain.directory import Directories
from hotline.domain.errors import VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.timers import SHARDS, bucket_of
from hotline.domain.tokens import command_fingerprint
from hotline.ports import CaseLists, Cases, Watermark
from hotline.ports import Clock as Now

AT_ONCE = 50
"""Cases loaded together."""


class SweepReport(Frozen):
    """What one sweep did.

    ``passed_over`` counts cases that somebody else was just changing; they stay due. ``complete``
    says whether everything due was looked at before the time ran out.
    """

    fired: int
    passed_over: int
    complete: bool


def sweep_clocks(
    *,
    lists: CaseLists,
    cases: Cases,
    watermark: Watermark,
    directories: Directories,
    now: Now,
    may_go_on: Callable[[], bool],
) -> SweepReport:
    """Fire what is due, oldest first, and move the watermark up to where everything is fired.

    Safe to overlap, to repeat and to die half-way: firing is a conditional write, so a timer fires
    once; what was not reached is still due for the next sweep. The bucket before the present one is
    always looked at again, for timers written with a late clock.
    """
    at = now()
    directory = directories.current()
    timekeeper = PolicyTimekeeper(directory.sla, directory.calendars)
    start, present = watermark.get(at), bucket_of(at)
    fired = passed_over = 0
    for bucket in range(start, present + 1):
        left = 0
        for shard in range(SHARDS):
            done, busy, finished = _sweep_bucket(shard, bucket, at, lists, cases, timekeeper, may_go_on)
            fired, left = fired + done, left + busy
            if not finished:
                return SweepReport(fired=fired, passed_over=passed_over + left, complete=False)
        passed_over += left
        if left == 0 and passed_over == 0 and bucket < present - 1 and bucket + 1 > start:
            watermark.advance(bucket + 1)
    return SweepReport(fired=fired, passed_over=passed_over, complete=True)


def _sweep_bucket(
    shard: int,
    bucket: int,
    at: datetime,
    lists: CaseLists,
    cases: Cases,
    timekeeper: PolicyTimekeeper,
    may_go_on: Callable[[], bool],
) -> tuple[int, int, bool]:
    """Fired, busy, and whether the bucket was finished."""
    fired, busy = 0, 0
    seen: set[str] = set()
    while due := [each for each in lists.due(shard, bucket, at, AT_ONCE + len(seen)) if each not in seen]:
        seen.update(due)
        loaded = cases.get_many(due)
        for appeal_id in due:
            if not may_go_on():
                return fired, busy, False
            case = loaded.get(appeal_id)
            command_id = command_fingerprint("sweep", appeal_id, str(int(at.timestamp())))
            if case is None or not case.fire_timers(at, command_id=command_id, timekeeper=timekeeper):
                continue
            try:
                cases.save(case)
            except VersionConflict:
                busy += 1
            else:
                fired += 1
    return fired, busy, True
