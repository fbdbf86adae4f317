"""Fire every timer that is due: warnings, breaches, rungs, reviews, expired surveys (条例 Art 13, 20, 23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import Unavailable, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.side_orders import SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.timers import SHARDS, bucket_of
from hotline.domain.tokens import command_fingerprint
from hotline.ports import CaseLists, Cases, Watermark
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import save_case


class SweepReport(Frozen):
    """What one sweep did.

    ``passed_over`` counts orders that somebody else was just changing, ``stuck`` names those whose
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
    sweep = _Sweep(lists, cases, PolicyTimekeeper.of(directory), at, may_go_on)
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
                loaded: dict[str, Case | SideOrder] = {**self._cases.get_many(_appeals(page))}
                loaded |= {side.work_order_id: side for side in self._cases.sides(_sides(page))}
                for order_id in page:
                    if not self._may_go_on():
                        return False
                    if order_id in loaded:
                        self._fire_one(order_id, loaded[order_id])
        return self._may_go_on()

    def _fire_one(self, order_id: str, order: Case | SideOrder) -> None:
        command_id = command_fingerprint("sweep", order_id, str(int(self._at.timestamp())))
        try:
            self.fired += self._fire(order, command_id)
        except VersionConflict:
            self.passed_over += 1
        except Unavailable:
            raise
        except Exception as error:
            # A holiday calendar without next year, a tier that was taken out: the others go on.
            self.stuck.append(f"{order_id} {type(error).__name__}")

    def _fire(self, order: Case | SideOrder, command_id: str) -> bool:
        if isinstance(order, SideOrder):
            fired = order.fire_timers(self._at, command_id=command_id)
            if fired:
                self._cases.save_side(order)
            return fired
        fired = order.fire_timers(self._at, command_id=command_id, timekeeper=self._timekeeper)
        if fired:
            save_case(order, self._cases)
        return fired


def _appeals(page: list[str]) -> list[str]:
    return [order_id for order_id in page if "." not in order_id]


def _sides(page: list[str]) -> list[str]:
    return [order_id for order_id in page if "." in order_id]
