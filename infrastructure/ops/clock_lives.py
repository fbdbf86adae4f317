"""Run the clocks of a stored order once more, step by step, under the rules that were in force. Pure.

Where ``clock_replay.py`` asks what other rules would have made of the same past, this asks whether
the rules of the time give the due times that stand on the order, and keeps every step for telling.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import methodcaller
from typing import Literal, NamedTuple, cast

from hotline.domain.calendar import Limit, WorkCalendar
from hotline.domain.case import Case
from hotline.domain.clock import Clock, ClockKind, ClockMisused
from hotline.domain.directory import Directory
from hotline.domain.errors import HotlineError
from hotline.domain.events import Event
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.sla import RuleName, SideRule
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.ops.clock_replay import CLOCK_ACTIONS

What = Literal["started", "paused", "resumed", "extended", "stopped"]

RulesAt = Callable[[datetime, str | None, str | None], Directory]
"""The directory in force at a moment; with the policy version, or the directory version, that was used."""

_DISPATCHES = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_SIDE_BEGINNINGS = frozenset({"SideOrderAsked", "SideOrderStageReported"})
_SIDE_ENDS = frozenset({"SideOrderArrived", "SideOrderDone", "SideOrderCancelled"})


class Step(NamedTuple):
    """Something that befell a clock, and the clock after it.

    Attributes:
        limit: what was allowed at the start, or added by an extension.
        directory: the version whose policy and calendars decided.
    """

    what: What
    event: Event
    clock: Clock
    directory: str
    calendar: WorkCalendar
    limit: Limit | None = None


class Recorded(NamedTuple):
    """A due time that an event has written down, and the one that comes out now."""

    event: Event
    due_at: datetime
    recomputed: datetime


class ClockLife(NamedTuple):
    """One clock from its start to its end, or to its replacement by another of its kind.

    Attributes:
        stored: the clock as it stands on the order; None for one that was replaced.
        recorded: what warnings, breaches and extensions have written down meanwhile.
        tier_assumed: another dispatch came later and may have changed the tier, which events do not tell.
        trouble: why it could not be run again; the steps end there.
    """

    kind: ClockKind
    steps: Sequence[Step]
    stored: Clock | None = None
    recorded: Sequence[Recorded] = ()
    tier_assumed: bool = False
    trouble: str | None = None

    @property
    def clock(self) -> Clock | None:
        """The clock as it comes out; None when it could not even be started."""
        return self.steps[-1].clock if self.steps else None

    @property
    def differs(self) -> bool:
        """Whether the stored or recorded due times are other ones than the rules give."""
        if self.trouble or self.clock is None:
            return True
        if self.stored is not None and _position(self.stored) != _position(self.clock):
            return True
        return not self.tier_assumed and any(each.due_at != each.recomputed for each in self.recorded)


class LeadClocks(NamedTuple):
    """The clocks of a lead order.

    Attributes:
        shared: stored clocks of the order that the appeal was handled with; they are explained there.
    """

    lives: list[ClockLife]
    shared: list[Clock]


def lives_of_case(case: Case, events: Sequence[Event], rules_at: RulesAt) -> LeadClocks:
    """Every clock that a lead order ever had, in the order in which they were started."""
    replay = _Replay(rules_at, case.clocks)
    reopened = False
    for event in events:
        reopened = reopened or event.name == "WorkOrderReopened"
        if event.name in _DISPATCHES:
            replay.doubt_tiers()
        for action in CLOCK_ACTIONS.get(event.name, ()):
            verb, _, name = action.value.partition(" ")
            replay.act(verb, name, event, again=reopened and name == "handling")
        replay.note(event)
        if event.name == "ExtensionGranted":
            replay.extend(event)
    lives = replay.lives()
    told = [life.stored for life in lives]
    rest = [clock for clock in case.clocks.values() if clock not in told]
    if any(event.name == "AppealMerged" for event in events):
        return LeadClocks(lives, rest)
    unknown = [ClockLife(clock.kind, (), clock, trouble="no event tells of its start") for clock in rest]
    return LeadClocks([*lives, *unknown], [])


def lives_of_side(side: SideOrder, rules_at: RulesAt) -> list[ClockLife]:
    """The clock of an order beside the lead order; two when a stage report began it anew (条例 Art 14)."""
    kind = side.clock.kind
    replay = _Replay(rules_at, {kind: side.clock})
    for event in side.events:
        if event.name in _SIDE_ENDS:
            replay.act("stop", kind, event)
        elif event.name in _SIDE_BEGINNINGS and not replay.stopped(kind):
            replay.act("start", kind, event, side=side.kind)
        replay.note(event)
    return replay.lives()


class _Draft:
    """A life while it is being lived."""

    def __init__(self, kind: ClockKind, stored: Clock | None) -> None:
        self.kind = kind
        self.stored = stored
        self.steps: list[Step] = []
        self.recorded: list[Recorded] = []
        self.doubtful = False
        self.trouble: str | None = None

    @property
    def clock(self) -> Clock | None:
        return self.steps[-1].clock if self.steps and not self.trouble else None


class _Replay:
    """Does to clocks what ``Case`` does, and writes down each step."""

    def __init__(self, rules_at: RulesAt, stored: Mapping[ClockKind, Clock]) -> None:
        self._rules_at = rules_at
        self._stored = stored
        self._drafts: list[_Draft] = []
        self._latest: dict[str, _Draft] = {}

    def stopped(self, kind: ClockKind) -> bool:
        """Whether the latest clock of a kind has been stopped."""
        draft = self._latest.get(kind)
        return draft is not None and draft.clock is not None and draft.clock.stopped_at is not None

    def doubt_tiers(self) -> None:
        """A dispatch comes: clocks of before may have been of another tier."""
        for draft in self._drafts:
            draft.doubtful = True

    def act(
        self, verb: str, name: str, event: Event, *, again: bool = False, side: SideKind | None = None
    ) -> None:
        """Start, pause, resume or stop; ``all`` stops every clock."""
        if verb == "start":
            self._start(cast("ClockKind", name), event, again, side)
            return
        for draft in [each for kind, each in self._latest.items() if name in (kind, "all")]:
            clock = draft.clock
            if clock is None:
                continue
            if verb == "stop":
                if clock.stopped_at is None:
                    stopped = draft.steps[-1]._replace(what="stopped", event=event, limit=None)
                    draft.steps.append(stopped._replace(clock=clock.stop(event.at)))
            elif verb == "pause":
                self._step(draft, "paused", event, methodcaller("pause", clock, event.at))
            else:
                self._step(draft, "resumed", event, methodcaller("resume", clock, event.at))

    def extend(self, event: Event) -> None:
        """Move the handling limit (条例 Art 15)."""
        draft = self._latest.get("handling")
        if draft is not None and (clock := draft.clock) is not None:
            limit = Limit(amount=event.facts["amount"], unit=event.facts["unit"])
            self._step(draft, "extended", event, methodcaller("extend", clock, limit), limit)
            self._compare(draft, event)

    def note(self, event: Event) -> None:
        """Hold what a warning or a breach has written down against the clock at that moment."""
        if "clock" in event.facts and (draft := self._latest.get(event.facts["clock"])) is not None:
            self._compare(draft, event)

    def lives(self) -> list[ClockLife]:
        """What came of it, beside what is stored."""
        return [
            ClockLife(
                kind=draft.kind,
                steps=draft.steps,
                stored=(stored := draft.stored if self._latest[draft.kind] is draft else None),
                recorded=draft.recorded,
                tier_assumed=draft.doubtful and stored is None,
                trouble=draft.trouble,
            )
            for draft in self._drafts
        ]

    def _start(self, kind: ClockKind, event: Event, again: bool, side: SideKind | None) -> None:
        """The tier is the stored clock's: that of a clock which it has replaced is not kept."""
        stored = self._stored.get(kind)
        mine = stored is not None and stored.started_at == event.at
        draft = self._latest[kind] = _Draft(kind, stored if mine else None)
        self._drafts.append(draft)
        if stored is None:
            draft.trouble = f"the order has no {kind} clock"
        elif side is not None:
            self._step(draft, "started", event, methodcaller("start_side", side, event.at))
        else:
            start = methodcaller("start", kind, _parts(stored)[1], event.at, again=again)
            self._step(draft, "started", event, start)

    def _step(
        self,
        draft: _Draft,
        what: What,
        event: Event,
        change: Callable[[PolicyTimekeeper], Clock],
        limit: Limit | None = None,
    ) -> None:
        policy = _parts(draft.stored)[0] if what == "started" and draft.stored else None
        try:
            directory = self._rules_at(event.at, policy, event.facts.get("catalogue"))
            clock = change(PolicyTimekeeper.of(directory))
            calendar = directory.calendars[clock.calendar_id]
            limit = limit or (_limit_of(clock, directory) if what == "started" else None)
        except HotlineError as error:
            draft.trouble = error.detail_en
        except (KeyError, ClockMisused) as error:
            draft.trouble = str(error.args[0])
        else:
            draft.steps.append(Step(what, event, clock, directory.version, calendar, limit))

    @staticmethod
    def _compare(draft: _Draft, event: Event) -> None:
        if draft.clock is not None and "due_at" in event.facts:
            due_at = datetime.fromtimestamp(event.facts["due_at"], draft.clock.due_at.tzinfo)
            draft.recorded.append(Recorded(event, due_at, draft.clock.due_at))


def _parts(clock: Clock) -> tuple[str, str, str]:
    """Policy version, tier and rule: what a rule id says."""
    policy, tier, name = clock.rule_id.split("/")
    return policy, tier, name


def _limit_of(clock: Clock, directory: Directory) -> Limit:
    """What the rule that is printed on the order allows."""
    _, tier, name = _parts(clock)
    if tier in {each.tier_id for each in directory.sla.tiers}:
        return directory.sla.rule(tier, cast("RuleName", name)).limit
    return directory.sla.side_rule(cast("SideRule", name)).limit


def _position(clock: Clock) -> tuple[object, ...]:
    """What a due time consists of: while a clock is paused, also what is left."""
    return clock.rule_id, clock.calendar_id, clock.due_at, clock.paused_at, clock.remaining, clock.stopped_at
