"""Whatever everybody does with several appeals that touch each other: the orders still fit together.

A machine plays citizens, agencies, operators, adjudicators, supervisors and the sweep against two
appeals in one store, with the orders beside them, in random interleavings with random steps of time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hotline.adapters.dynamodb import codec, side_codec
from hotline.domain.actor import CITIZEN, SYSTEM, Actor, Role
from hotline.domain.appeal import Note
from hotline.domain.calendar import Limit
from hotline.domain.case import Answers, Case
from hotline.domain.chronicle import Chronicle
from hotline.domain.errors import HotlineError
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import VERDICTS, ReviewSubject, SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import save_case
from tests.unit.builders import AGENCY, NOON, OFFICER, OPERATOR, Life, assignment
from tests.unit.builders_sla import LADDER, ROUND_THE_CLOCK, policy
from tests.unit.fakes import MemoryCases

APPEALS = ("000G40R40M30E209B", "000G40R40M30E209C")
OTHER = "990102001"
HELPER = "lamp-office"
SUPERIORS = {AGENCY: "990101", OTHER: "990102", HELPER: "990000", "990101": "990000", "990102": "990000"}

OFFICERS = [
    Actor(role=Role.AGENCY, subject="li", agency_id=each) for each in (OTHER, HELPER, "990101", "990000")
]
SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-1")
JUDGE = Actor(role=Role.ADJUDICATOR, subject="ju-1")
EVERYBODY = [OFFICER, *OFFICERS, CITIZEN, OPERATOR, SUPERVISOR, JUDGE, SYSTEM]

WHO = st.one_of(st.none(), st.none(), st.none(), st.sampled_from(EVERYBODY))
"""Mostly whoever it concerns: chance alone rarely gets far."""
WHICH = st.sampled_from(APPEALS)
AGENCIES = st.sampled_from([AGENCY, OTHER, HELPER])
SIDES = st.sampled_from([kind for kind in SideKind if kind.asked_of_agency or kind.decided_by_supervisor])
STEP = st.sampled_from([timedelta(minutes=1), timedelta(hours=3), timedelta(days=1), timedelta(days=4)])
ANSWERS = st.builds(Answers, contacted=st.booleans(), resolved=st.booleans(), satisfied=st.booleans())

_ASKERS = {
    SideKind.OPINION: OPERATOR,
    SideKind.SUPERVISION: SUPERVISOR,
    SideKind.ESCALATION: SUPERVISOR,
}
"""Who asks for it, unless it is the agency that holds the order."""

_THE_CITIZENS = {"WorkOrderReopened", "ConclusionContested"}
BEFORE_WORK = {Status.REGISTERED, Status.RETURNED, Status.DISPATCHED, Status.ACKNOWLEDGED}
HELD_BY_AN_AGENCY = {Status.DISPATCHED, Status.ACKNOWLEDGED, Status.IN_PROGRESS, Status.ON_HOLD}


def superior(agency_id: str, steps: int) -> str | None:
    above: str | None = agency_id
    for _ in range(steps):
        above = SUPERIORS.get(above) if above else None
    return above


TIMEKEEPER = PolicyTimekeeper(policy(ladder=LADDER), {"24x7": ROUND_THE_CLOCK}, superior)


class Neighbours(RuleBasedStateMachine):
    """Two appeals of one street and everybody who may touch them."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.cases = MemoryCases()
        self.commands = count(1)
        self.ended: dict[str, Status] = {}

    @initialize()
    def register(self) -> None:
        for appeal_id in APPEALS:
            case = Life(appeal_id=appeal_id, timekeeper=TIMEKEEPER).case
            self.cases.items[appeal_id] = codec.encode(case)

    def concerned(self, by: Actor | None, appeal_id: str, other: Actor | None = None) -> Actor:
        """Who was drawn, or whom it concerns: ``other``, else the agency that holds the order."""
        holder = Actor(role=Role.AGENCY, subject="wang", agency_id=self.cases.get(appeal_id).agency_id)
        return by or other or holder

    # --- commands -----------------------------------------------------------------------------------

    def attempt(self, appeal_id: str, act: Callable[[Case, Mapping[str, Any]], object]) -> None:
        """Let somebody act on a case; store what came of it only if nothing was refused."""
        case, before = self.cases.get(appeal_id), dict(self.cases.items)
        try:
            act(case, {"at": self.now, "command_id": f"c{next(self.commands)}"})
            if case.new_events:
                for each in (case, *case.changed_sides):
                    cited(each)
                save_case(case, self.cases)
        except HotlineError:
            assert self.cases.items == before, "a refused command left something behind"

    @rule(step=STEP)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(appeal_id=WHICH, times=st.integers(1, 4))
    def goes_on_as_it_should(self, appeal_id: str, times: int) -> None:
        for _ in range(times):
            case = self.cases.get(appeal_id)
            holder = Actor(role=Role.AGENCY, subject="wang", agency_id=case.agency_id)
            match case.status:
                case Status.REGISTERED | Status.RETURNED:
                    self.dispatches(appeal_id, AGENCY, OPERATOR, verdict=None)
                case Status.DISPATCHED:
                    self.attempt(appeal_id, lambda c, now, by=holder: c.acknowledge(by=by, **now))
                case Status.ACKNOWLEDGED:
                    self.attempt(appeal_id, lambda c, now, by=holder: c.record_contact("phone", by=by, **now))
                case Status.IN_PROGRESS:
                    self.resolves(appeal_id, holder, alone=False)
                case Status.RESOLVED:
                    self.attempt(
                        appeal_id, lambda c, now: c.open_survey("resolved", timekeeper=TIMEKEEPER, **now)
                    )

    @rule(
        appeal_id=WHICH,
        agency_id=AGENCIES,
        by=WHO,
        verdict=st.sampled_from([None, None, "redirect", "designate"]),
    )
    def dispatches(self, appeal_id: str, agency_id: str, by: Actor | None, verdict: Any) -> None:
        by = self.concerned(by, appeal_id, JUDGE if verdict else OPERATOR)
        given = assignment(agency_id, verdict=verdict)
        self.attempt(appeal_id, lambda case, now: case.dispatch(given, by=by, timekeeper=TIMEKEEPER, **now))

    @rule(appeal_id=WHICH, by=WHO)
    def returns(self, appeal_id: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id)
        self.attempt(
            appeal_id,
            lambda case, now: case.return_("not_our_duty", "n", by=by, timekeeper=TIMEKEEPER, **now),
        )

    @rule(appeal_id=WHICH, by=WHO)
    def upholds(self, appeal_id: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id, JUDGE)
        self.attempt(appeal_id, lambda case, now: case.uphold("n", by=by, timekeeper=TIMEKEEPER, **now))

    @rule(appeal_id=WHICH, by=WHO, sure=st.integers(0, 3))
    def concludes(self, appeal_id: str, by: Actor | None, sure: int) -> None:
        by = self.concerned(by, appeal_id, OPERATOR)
        if sure == 0:
            self.attempt(appeal_id, lambda case, now: case.conclude("legal_route", "n", {}, by=by, **now))

    @rule(appeal_id=WHICH, by=WHO, alone=st.booleans())
    def resolves(self, appeal_id: str, by: Actor | None, *, alone: bool) -> None:
        by = self.concerned(by, appeal_id)
        self.attempt(appeal_id, lambda case, now: case.resolve("n", by=by, without_assists=alone, **now))

    @rule(appeal_id=WHICH, kind=SIDES, agency_id=AGENCIES, by=WHO, days=st.integers(1, 20))
    def asks_somebody(
        self, appeal_id: str, kind: SideKind, agency_id: str, by: Actor | None, days: int
    ) -> None:
        if kind is not SideKind.OPINION and self.cases.get(appeal_id).status in BEFORE_WORK:
            self.goes_on_as_it_should(appeal_id, 3)
        by = self.concerned(by, appeal_id, _ASKERS.get(kind))
        terms: dict[str, Any] = {}
        if kind is SideKind.EXTENSION:
            terms = {"amount": days, "unit": "days"}
        if kind is SideKind.HOLD:
            terms = {"until": int((self.now + timedelta(days=days)).timestamp())}
        asked = "~supervisors/990101" if kind.decided_by_supervisor else agency_id
        self.attempt(
            appeal_id,
            lambda case, now: case.open_side(
                kind, asked, by=by, timekeeper=TIMEKEEPER, note_id="n", terms=terms, **now
            ),
        )

    @rule(which=st.integers(0, 9), verb=st.integers(0, 5), by=WHO)
    def answers_what_was_asked(self, which: int, verb: int, by: Actor | None) -> None:
        sides = self.all_sides()
        if not sides:
            return
        side = sides[-1 - which % len(sides)]
        appeal_id, order_id = side.appeal_id, side.work_order_id
        asked = Actor(role=Role.AGENCY, subject="zhao", agency_id=side.agency_id)
        by = by or (SUPERVISOR if side.kind.decided_by_supervisor or verb == 4 else asked)
        if verb > 2:
            who = by
            self.attempt(appeal_id, lambda case, now: self.end(case, side, verb, who, now))
            return
        now = {"at": self.now, "command_id": f"c{next(self.commands)}"}
        before = self.cases.items[order_id]
        try:
            if verb == 0:
                side.acknowledge(by=by, **now)
            elif verb == 1:
                side.arrive(by=by, **now)
            else:
                side.report_stage("n", TIMEKEEPER.start_side(side.kind, self.now), by=by, **now)
            self.cases.save_side(cited(side))
        except HotlineError:
            assert self.cases.items[order_id] == before

    @rule(
        appeal_id=WHICH,
        kind=st.sampled_from([SideKind.EXTENSION, SideKind.HOLD]),
        days=st.integers(1, 9),
        sure=st.integers(0, 3),
    )
    def is_given_time(self, appeal_id: str, kind: SideKind, days: int, sure: int) -> None:
        self.asks_somebody(appeal_id, kind, AGENCY, None, days)
        side = next((each for each in self.all_sides() if each.kind is kind and not each.status.ended), None)
        if side is not None and sure:
            self.attempt(side.appeal_id, lambda case, now: self.end(case, side, 5, SUPERVISOR, now))

    def end(self, case: Case, side: SideOrder, verb: int, by: Actor | None, now: Mapping[str, Any]) -> None:
        """Report, cancel, or decide; what was granted takes effect in the same write."""
        if verb == 3:
            side.report("n", by=by, **now)
        elif verb == 4:
            side.cancel(by=by, **now)
        else:
            side.decide(True, "n", by=by, **now)
        case.end_side(side, by=by, **now)
        if verb == 5 and side.kind is SideKind.EXTENSION:
            limit = Limit.model_validate(side.terms)
            case.extend(limit, side, by=by, timekeeper=TIMEKEEPER, **now)
        if verb == 5 and side.kind is SideKind.HOLD:
            until = NOON + timedelta(seconds=side.terms["until"] - int(NOON.timestamp()))
            case.hold(until, side, by=by, timekeeper=TIMEKEEPER, **now)

    @rule(
        appeal_id=WHICH,
        about=st.sampled_from(["exclusion", "dissatisfaction", "suspicion"]),
        first=st.booleans(),
        by=WHO,
    )
    def is_reviewed(self, appeal_id: str, about: ReviewSubject, first: bool, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id)
        terms = {"reason": "untrue"} if about == "exclusion" else {}
        self.attempt(
            appeal_id,
            lambda case, now: case.ask_review(
                about, by=by, timekeeper=TIMEKEEPER, terms=terms, note_id="n", **now
            ),
        )
        for side in self.all_sides():
            if side.kind is SideKind.REVIEW and side.appeal_id == appeal_id and not side.status.ended:
                verdict = VERDICTS[side.terms["about"]][0 if first else 1]
                self.attempt(
                    appeal_id,
                    lambda case, now, side=side, verdict=verdict: case.judge(  # type: ignore[misc]
                        side, verdict, "n", by=JUDGE, timekeeper=TIMEKEEPER, **now
                    ),
                )

    @rule(appeal_id=WHICH, by=WHO)
    def resumes(self, appeal_id: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id, SUPERVISOR)
        self.attempt(appeal_id, lambda case, now: case.resume(by=by, timekeeper=TIMEKEEPER, **now))

    @rule(appeal_id=WHICH, by=WHO)
    def urges(self, appeal_id: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id, SUPERVISOR)
        self.attempt(appeal_id, lambda case, now: case.urge(None, by=by, **now))

    @rule(appeal_id=WHICH, into=WHICH, by=WHO)
    def merges(self, appeal_id: str, into: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id, OPERATOR)
        self.both(appeal_id, into, lambda case, other, now: case.merge_into(other, by=by, **now))

    @rule(appeal_id=WHICH, by=WHO)
    def unmerges(self, appeal_id: str, by: Actor | None) -> None:
        by = self.concerned(by, appeal_id, OPERATOR)
        into = self.cases.get(appeal_id).merged_into
        if into:
            self.both(
                appeal_id,
                into,
                lambda case, other, now: case.unmerge(other, by=by, timekeeper=TIMEKEEPER, **now),
            )

    def both(self, appeal_id: str, into: str, act: Callable[[Case, Case, Mapping[str, Any]], object]) -> None:
        case, other, before = self.cases.get(appeal_id), self.cases.get(into), dict(self.cases.items)
        now = {"at": self.now, "command_id": f"c{next(self.commands)}"}
        try:
            act(case, other, now)
            idle = self.cases.sides([f"{case.appeal_id}.{number}" for number in case.idle_sides()])
            case.cancel_idle(idle, **now)
            changed = [case, *case.changed_sides] + ([other] if other.new_events else [])
            self.cases.save_together(*changed)
        except HotlineError:
            assert self.cases.items == before, "a refused command left something behind"

    @rule(appeal_id=WHICH)
    def members_are_asked(self, appeal_id: str) -> None:
        into = self.cases.get(appeal_id).merged_into
        if into:
            leader = self.cases.get(into)
            self.attempt(
                appeal_id, lambda case, now: case.open_joint_survey(leader, timekeeper=TIMEKEEPER, **now)
            )

    @rule(appeal_id=WHICH, answers=ANSWERS)
    def answers(self, appeal_id: str, answers: Answers) -> None:
        survey = self.cases.get(appeal_id).survey
        number = survey.number if survey else 0
        self.attempt(
            appeal_id,
            lambda case, now: case.answer_survey(
                number, answers, None, by=CITIZEN, timekeeper=TIMEKEEPER, **now
            ),
        )

    @rule(appeal_id=WHICH, by=WHO, sure=st.integers(0, 9))
    def withdraws(self, appeal_id: str, by: Actor | None, sure: int) -> None:
        by = self.concerned(by, appeal_id, CITIZEN)
        if sure == 0:
            self.attempt(appeal_id, lambda case, now: case.withdraw(by=by, **now))

    @rule(appeal_id=WHICH)
    def is_swept_twice(self, appeal_id: str) -> None:
        def sweep(case: Case, now: Mapping[str, Any]) -> object:
            return case.fire_timers(now["at"], command_id=now["command_id"], timekeeper=TIMEKEEPER)

        self.attempt(appeal_id, sweep)
        swept = dict(self.cases.items)
        self.attempt(appeal_id, sweep)
        assert self.cases.items == swept, "a second sweep in the same second did something"

    # --- what always holds --------------------------------------------------------------------------

    def all_cases(self) -> list[Case]:
        return [self.cases.get(appeal_id) for appeal_id in APPEALS]

    def all_sides(self) -> list[SideOrder]:
        return [side_codec.decode(item) for order_id, item in self.cases.items.items() if "." in order_id]

    @invariant()
    def an_order_that_is_worked_on_has_exactly_one_lead(self) -> None:
        for case in self.all_cases():
            if case.status in HELD_BY_AN_AGENCY:
                assert case.agency_id is not None
            leads = {item["ip"]["S"] for item in [codec.encode(case)] if "ip" in item}
            assert len(leads) <= 1

    @invariant()
    def no_order_beside_it_outlives_its_case_or_is_forgotten(self) -> None:
        open_sides = {side.work_order_id: side for side in self.all_sides() if not side.status.ended}
        remembered = {f"{case.appeal_id}.{number}" for case in self.all_cases() for number in case.open_sides}
        assert open_sides.keys() == remembered
        for case in self.all_cases():
            assert case.idle_sides() == []
            if case.status.ended:
                assert all(side.kind.outlives_case for side in case.open_sides.values())

    @invariant()
    def whoever_is_merged_has_a_leader_and_every_leader_knows_how_many(self) -> None:
        cases = {case.appeal_id: case for case in self.all_cases()}
        for case in cases.values():
            assert (case.status is not Status.MERGED) or case.merged_into in cases
            assert case.merged_into != case.appeal_id
            if case.status is Status.MERGED:
                assert case.members == 0

    @invariant()
    def what_has_ended_stays_ended_unless_the_citizen_says_otherwise(self) -> None:
        for case in self.all_cases():
            ended = self.ended.get(case.appeal_id)
            if ended and case.status is not ended:
                assert ended is Status.CLOSED
                assert _THE_CITIZENS & {event.name for event in case.events}
                del self.ended[case.appeal_id]
            if case.status.ended:
                self.ended[case.appeal_id] = case.status

    @invariant()
    def versions_count_the_events_without_a_gap(self) -> None:
        for each in (*self.all_cases(), *self.all_sides()):
            last = each.first_event + len(each.events) - 1
            assert [event.number for event in each.events] == list(range(each.first_event, last + 1))
            assert each.version == last

    @invariant()
    def time_never_runs_backwards_in_a_clock(self) -> None:
        clocks = [clock for case in self.all_cases() for clock in case.clocks.values()]
        for clock in (*clocks, *(side.clock for side in self.all_sides())):
            assert clock.started_at <= clock.warn_at <= clock.due_at
            assert clock.stopped_at is None or clock.stopped_at >= clock.started_at
            assert clock.remaining is None or clock.remaining >= timedelta(0)

    @invariant()
    def a_designated_agency_was_never_let_return_it(self) -> None:
        for case in self.all_cases():
            assert not (case.designated and case.status is Status.RETURNED)

    @invariant()
    def the_bounds_of_the_policy_hold(self) -> None:
        for case in self.all_cases():
            assert case.extensions <= 2
            assert case.holds <= 1


def cited(changed: Chronicle) -> Any:
    """Ready to be stored: what its new events cite has been written down somewhere."""
    for event in changed.new_events:
        if note_id := event.facts.get("note"):
            changed.cite(Note(note_id=note_id, by=event.actor, at=event.at, text="words"))
    return changed


Neighbours.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestWhateverNeighboursDo = Neighbours.TestCase
