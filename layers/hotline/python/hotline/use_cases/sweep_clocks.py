"""Fire every timer that is due: warnings, breaches, expired surveys (条例 Art 13, 23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import Unavailable, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.timers import SHARDS, bucket_of
from hotline.domain.tokens import command_fingerprint
from hotline.ports import CaseLists, Cases, Watermark
from hotline.ports import Clock as Now


class SweepReport(Frozen):
    """What one sweep did.

    ``passed_over`` counts cases that somebody else was just changing, ``stuck`` names those whose
    timers could not be fired, with the error; both stay due. ``complete`` says whether everything
    due was looked at before the time ran out.
    """

    fired: int
    passed_over: int
    stuck: tuple[str, ...]
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
    """Fire what is due, the oldest quarter of an hour first, and move the watermark behind it.

    Safe to overlap, to repeat and to die half-way: firing is a conditional write, so a timer fires
    once; what was not reached is still due for the next sweep. The bucket before the present one is
    always looked at again, for timers written with a late clock.
    """
    at = now()
    directory = directories.current()
    sweep = _Sweep(lists, cases, PolicyTimekeeper(directory.sla, directory.calendars), at, may_go_on)
    start, present = watermark.get(at), bucket_of(at)
    cleared, complete = start, True
    for bucket in range(start, present + 1):
        complete = sweep.fire(bucket)
        if not complete:
            break
        if not sweep.left_over:
            cleared = bucket + 1
    if (settled := min(cleared, present - 1)) > start:
        watermark.advance(settled)
    return SweepReport(
        fired=sweep.fired, passed_over=sweep.passed_over, stuck=tuple(sweep.stuck), complete=complete
    )


class _Sweep:
    """One sweep at work."""

    def __init__(
        self,
        lists: CaseLists,
        cases: Cases,
        timekeeper: PolicyTimekeeper,
        at: datetime,
        may_go_on: Callable[[], bool],
    ) -> None:
        self._lists = lists
        self._cases = cases
        self._timekeeper = timekeeper
        self._at = at
        self._may_go_on = may_go_on
        self.fired = 0
        self.passed_over = 0
        self.stuck: list[str] = []

    @property
    def left_over(self) -> bool:
        """Whether something that is due has not been fired."""
        return bool(self.passed_over or self.stuck)

    def fire(self, bucket: int) -> bool:
        """Fire everything due in a bucket; False when the time ran out before its end."""
        for shard in range(SHARDS):
            for page in self._lists.due(shard, bucket, self._at):
                loaded = self._cases.get_many(page)
                for appeal_id in page:
                    if not self._may_go_on():
                        return False
                    if appeal_id in loaded:
                        self._fire_one(loaded[appeal_id])
        return self._may_go_on()

    def _fire_one(self, case: Case) -> None:
        command_id = command_fingerprint("sweep", case.appeal_id, str(int(self._at.timestamp())))
        try:
            if case.fire_timers(self._at, command_id=command_id, timekeeper=self._timekeeper):
                self._cases.save(case)
                self.fired += 1
        except VersionConflict:
            self.passed_over += 1
        except Unavailable:
            raise
        except Exception as error:
            # A holiday calendar without next year, a tier that was taken out: the others go on.
            self.stuck.append(f"{case.appeal_id} {type(error).__name__}")
