"""Run the clocks of stored orders once more under another policy, and compare. Pure.

What people did and when stays as it was; only the limits differ. The tier is the one under which a
clock was started, which stands in the rule id that it carries.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple, cast

from hotline.domain.calendar import Limit
from hotline.domain.case import Case
from hotline.domain.clock import Clock, ClockKind
from hotline.domain.errors import CalendarYearMissing
from hotline.domain.events import Event
from hotline.domain.lifecycle import TRANSITIONS, ClockAction
from hotline.domain.side_orders import SideOrder
from hotline.domain.statistics import percentile
from hotline.domain.timekeeping import PolicyTimekeeper

State = Literal["in time", "late", "running"]
"""``in time`` stopped within its limit, whatever stopped it; ``running`` is within its limit so far."""

CLOCK_ACTIONS: Mapping[str, tuple[ClockAction, ...]] = {
    "AppealRegistered": (ClockAction.START_DISPATCH,),
    **{row.event: row.clocks for row in TRANSITIONS.values()},
}
"""What each event does to the clocks; the same in every status."""

_SIDE_BEGINNINGS = frozenset({"SideOrderAsked", "SideOrderStageReported"})
_SIDE_ENDS = frozenset({"SideOrderArrived", "SideOrderDone", "SideOrderCancelled"})
_HOUR = timedelta(hours=1)


class NotComputable(Exception):
    """A clock cannot be run under the other policy; the message says why."""


class Moved(NamedTuple):
    """One clock under both policies."""

    order_id: str
    tier: str
    clock: ClockKind
    before: Clock
    after: Clock


def clocks_of(case: Case, events: Iterable[Event], timekeeper: PolicyTimekeeper) -> Iterator[Moved]:
    """The present clocks of a lead order, as stored and as they would stand.

    What a member of a joint order has from its leader is not its own and left out.

    Raises:
        NotComputable: the other policy lacks the tier, or a year of a calendar.
    """
    tiers: dict[ClockKind, str] = {kind: _tier_of(clock) for kind, clock in case.clocks.items()}
    try:
        replayed = _replay(events, tiers, timekeeper)
    except CalendarYearMissing as error:
        raise NotComputable(error.detail_en) from error
    for kind, after in replayed.items():
        before = case.clocks[kind]
        if before.started_at == after.started_at:
            yield Moved(case.work_order_id, tiers[kind], kind, before, after)


def clock_of_side(side: SideOrder, timekeeper: PolicyTimekeeper) -> Moved:
    """The clock of an order beside the lead order.

    Raises:
        NotComputable: the other policy has no limit for it, or lacks a year of a calendar.
    """
    clock: Clock | None = None
    for event in side.events:
        if event.name in _SIDE_ENDS and clock is not None:
            clock = clock.stop(event.at)
        elif event.name in _SIDE_BEGINNINGS and (clock is None or clock.stopped_at is None):
            clock = _started(partial(timekeeper.start_side, side.kind, event.at))
    if clock is None:
        raise NotComputable(f"{side.work_order_id} has no beginning")
    return Moved(side.work_order_id, _tier_of(side.clock), side.clock.kind, side.clock, clock)


class Line(NamedTuple):
    """One clock of one tier over all orders; the times are hours by which due times move."""

    tier: str
    clock: str
    orders: int
    in_time_before: int
    in_time_after: int
    late_before: int
    late_after: int
    running_before: int
    running_after: int
    moved_p10: float
    moved_median: float
    moved_p90: float


class Flip(NamedTuple):
    """An order that would be late and was not, or the other way round."""

    order_id: str
    tier: str
    clock: str
    before: State
    after: State
    due_before: datetime
    due_after: datetime


def compare(moved: Iterable[Moved], now: datetime) -> tuple[list[Line], list[Flip]]:
    """Count by tier and clock, and list what flips, by order."""
    states: dict[tuple[str, str], Counter[tuple[State, State]]] = {}
    hours: dict[tuple[str, str], array[float]] = {}
    flips = []
    for each in moved:
        where = (each.tier, each.clock)
        before, after = _state(each.before, now), _state(each.after, now)
        states.setdefault(where, Counter())[before, after] += 1
        hours.setdefault(where, array("d")).append((each.after.due_at - each.before.due_at) / _HOUR)
        if (before == "late") != (after == "late"):
            flips.append(Flip(each.order_id, *where, before, after, each.before.due_at, each.after.due_at))
    return [_line(*where, states[where], sorted(hours[where])) for where in sorted(states)], sorted(flips)


def _line(tier: str, clock: str, states: Counter[tuple[State, State]], hours: Sequence[float]) -> Line:
    def counted(place: int, state: State) -> int:
        return sum(number for pair, number in states.items() if pair[place] == state)

    return Line(
        tier=tier,
        clock=clock,
        orders=states.total(),
        in_time_before=counted(0, "in time"),
        in_time_after=counted(1, "in time"),
        late_before=counted(0, "late"),
        late_after=counted(1, "late"),
        running_before=counted(0, "running"),
        running_after=counted(1, "running"),
        moved_p10=percentile(hours, 10),
        moved_median=percentile(hours, 50),
        moved_p90=percentile(hours, 90),
    )


def _state(clock: Clock, now: datetime) -> State:
    if clock.late(now):
        return "late"
    return "in time" if clock.stopped_at else "running"


def _replay(
    events: Iterable[Event], tiers: Mapping[ClockKind, str], timekeeper: PolicyTimekeeper
) -> dict[ClockKind, Clock]:
    clocks: dict[ClockKind, Clock] = {}
    reopened = False
    for event in events:
        reopened = reopened or event.name == "WorkOrderReopened"
        for action in CLOCK_ACTIONS.get(event.name, ()):
            _act(action, clocks, tiers, event.at, timekeeper, again=reopened)
        if event.name == "ExtensionGranted":
            limit = Limit(amount=event.facts["amount"], unit=event.facts["unit"])
            clocks["handling"] = timekeeper.extend(clocks["handling"], limit)
    return clocks


def _act(
    action: ClockAction,
    clocks: dict[ClockKind, Clock],
    tiers: Mapping[ClockKind, str],
    at: datetime,
    timekeeper: PolicyTimekeeper,
    *,
    again: bool,
) -> None:
    """As ``Case`` does it, without noting breaches."""
    verb, _, name = action.value.partition(" ")
    kind = cast("ClockKind", name)
    if verb == "start":
        again = again and kind == "handling"
        clocks[kind] = _started(partial(timekeeper.start, kind, tiers[kind], at, again=again))
    elif verb == "pause":
        clocks[kind] = timekeeper.pause(clocks[kind], at)
    elif verb == "resume":
        clocks[kind] = timekeeper.resume(clocks[kind], at)
    else:
        for each in list(clocks):
            if name in (each, "all"):
                clocks[each] = clocks[each].stop(at)


def _tier_of(clock: Clock) -> str:
    """``general`` of ``sla-1/general/handling``."""
    return clock.rule_id.split("/")[1]


def _started(start: Callable[[], Clock]) -> Clock:
    """A clock, or why the policy has none: its own words, which name what it lacks."""
    try:
        return start()
    except KeyError as error:
        raise NotComputable(str(error.args[0])) from error
    except CalendarYearMissing as error:
        raise NotComputable(error.detail_en) from error
