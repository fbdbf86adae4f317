"""Whatever anybody does, in whatever order: the invariants I2, I3 and I4 hold for every case.

A machine plays all roles against one case, in random interleavings with random steps of time, and
keeps the case as the store would: encoded, and written only when a command succeeded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hotline.adapters.dynamodb import codec
from hotline.domain.actor import CITIZEN, Actor, Role
from hotline.domain.case import Answers, Case
from hotline.domain.errors import HotlineError
from hotline.domain.lifecycle import TRANSITIONS, Status
from hotline.domain.side_orders import VERDICTS, ReviewSubject, SideOrder
from hotline.ports import OPERATORS
from tests.unit.builders import (
    AGENCY,
    JUDGE,
    NOON,
    OFFICER,
    OPERATOR,
    SUPERVISOR,
    TIMEKEEPER,
    Life,
    assignment,
    citing,
)

OTHER_AGENCY = "990102001"
OTHER_OFFICER = Actor(role=Role.AGENCY, subject="li", agency_id=OTHER_AGENCY)

ANYBODY = st.sampled_from(
    [OFFICER, OFFICER, OTHER_OFFICER, CITIZEN, OPERATOR, Actor(role=Role.SYSTEM), Actor(role=Role.AUDITOR)]
)
ANSWERS = st.builds(Answers, contacted=st.booleans(), resolved=st.booleans(), satisfied=st.booleans())
STEP = st.sampled_from([timedelta(minutes=1), timedelta(hours=5), timedelta(days=1), timedelta(days=4)])

RECORDS = {"AppealRegistered", "EmergencyHandedOff", "ClockWarned", "ClockBreached", "SideOrderOpened"}
"""What happens without a command of the lifecycle table, or follows from one: a superior and a reviewer."""

CITIZENS_LAST_WORD = {"SurveyAnswerChanged", "WorkOrderReopened", "ConclusionContested"}
REVIEWED = {"SideOrderClosed", "ExcludedFromAssessment", "DissatisfactionJudged", "WorkOrderClosed"}

MOVES = {(status, row.event, row.to) for (status, _), row in TRANSITIONS.items()}


class AnyLife(RuleBasedStateMachine):
    """One case and everybody who may touch it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.stored = codec.encode(Life().case)
        self.commands = count(1)

    @initialize(emergency=st.booleans())
    def registers(self, emergency: bool) -> None:
        self.stored = codec.encode(Life(emergency_numbers=("119",) if emergency else ()).case)

    def case(self) -> Case:
        return codec.decode(self.stored)

    def holder(self) -> Actor:
        return OFFICER if self.case().agency_id == AGENCY else OTHER_OFFICER

    def attempt(self, act: Callable[[Case, str], object]) -> None:
        """Let somebody act; store what came of it only if nothing was refused."""
        case, before = self.case(), self.case()
        try:
            act(case, f"c{next(self.commands)}")
        except HotlineError:
            assert case == before, "a refused command left something behind"
            return
        new = case.new_events
        if not new:
            assert case == before, "a change without an event"
        moves = [event for event in new if event.name not in RECORDS]
        assert len(moves) <= 1 or {event.name for event in moves} <= REVIEWED
        for event in moves[-1:]:
            assert (before.status, event.name, case.status) in MOVES
        if not moves:
            assert case.status is before.status
        if before.status.ended and new:
            assert {event.name for event in moves} <= CITIZENS_LAST_WORD | REVIEWED, "it had ended"
        self.stored = codec.encode(citing(case))

    @rule(step=STEP)
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @rule(times=st.integers(1, 4))
    def goes_on_as_it_should(self, times: int) -> None:
        """The next step of an ordinary life, by whom it concerns: chance alone rarely gets far."""
        for _ in range(times):
            match self.case().status:
                case Status.REGISTERED | Status.RETURNED:
                    self.dispatches(AGENCY, OPERATOR)
                case Status.DISPATCHED:
                    self.acknowledges(self.holder())
                case Status.ACKNOWLEDGED:
                    self.contacts(self.holder())
                case Status.IN_PROGRESS:
                    self.resolves(self.holder())
                case Status.RESOLVED:
                    self.asks("resolved")

    @rule()
    def is_left_lying_until_it_is_late(self) -> None:
        handling = self.case().clocks.get("handling")
        if handling is not None:
            self.now = max(self.now, handling.due_at + timedelta(minutes=1))
            self.is_swept_twice()
            self.asks("limit")

    @rule()
    def is_referred(self) -> None:
        self.attempt(lambda case, id_: case.refer(["service-unknown"], [], at=self.now, command_id=id_))

    @rule(agency_id=st.sampled_from([AGENCY, OTHER_AGENCY]), by=ANYBODY)
    def dispatches(self, agency_id: str, by: Actor) -> None:
        given = assignment(agency_id)
        self.attempt(
            lambda case, id_: case.dispatch(given, by=by, at=self.now, command_id=id_, timekeeper=TIMEKEEPER)
        )

    @rule(by=ANYBODY)
    def acknowledges(self, by: Actor) -> None:
        self.attempt(lambda case, id_: case.acknowledge(by=by, at=self.now, command_id=id_))

    @rule(by=ANYBODY)
    def returns(self, by: Actor) -> None:
        self.attempt(
            lambda case, id_: case.return_(
                "not_our_duty", "n", by=by, at=self.now, command_id=id_, timekeeper=TIMEKEEPER
            )
        )

    @rule(by=ANYBODY)
    def contacts(self, by: Actor) -> None:
        self.attempt(lambda case, id_: case.record_contact("phone", by=by, at=self.now, command_id=id_))

    @rule(by=ANYBODY)
    def reports(self, by: Actor) -> None:
        self.attempt(lambda case, id_: case.report_progress("n", by=by, at=self.now, command_id=id_))

    @rule(by=ANYBODY)
    def resolves(self, by: Actor) -> None:
        self.attempt(lambda case, id_: case.resolve("n", by=by, at=self.now, command_id=id_))

    @rule(trigger=st.sampled_from(["resolved", "limit"]))
    def asks(self, trigger: str) -> None:
        self.attempt(
            lambda case, id_: case.open_survey(
                trigger,
                at=self.now,
                command_id=id_,
                timekeeper=TIMEKEEPER,  # type: ignore[arg-type]
            )
        )

    @rule(answers=ANSWERS, lag=st.sampled_from([0, 0, 0, 1]), by=ANYBODY)
    def answers(self, answers: Answers, lag: int, by: Actor) -> None:
        survey = self.case().survey
        number = (survey.number if survey else 0) - lag
        self.attempt(
            lambda case, id_: case.answer_survey(
                number, answers, None, at=self.now, command_id=id_, by=by, timekeeper=TIMEKEEPER
            )
        )

    @rule(
        about=st.sampled_from(["exclusion", "dissatisfaction", "suspicion"]),
        first=st.booleans(),
        asker=ANYBODY,
        by=st.sampled_from([JUDGE, JUDGE, SUPERVISOR, OFFICER, OPERATOR]),
    )
    def is_reviewed(self, about: ReviewSubject, first: bool, asker: Actor, by: Actor) -> None:
        asked: list[SideOrder] = []

        def ask(case: Case, id_: str) -> None:
            terms = {"reason": "untrue"} if about == "exclusion" else {}
            side = case.ask_review(
                about, by=asker, at=self.now, command_id=id_, timekeeper=TIMEKEEPER, terms=terms
            )
            asked.append(side)

        self.attempt(ask)
        for side in asked:
            verdict = VERDICTS[about][0 if first else 1]
            self.attempt(
                lambda case, id_, side=side, verdict=verdict: case.judge(  # type: ignore[misc]
                    side, verdict, "n", by=by, at=self.now, command_id=id_, timekeeper=TIMEKEEPER
                )
            )

    @rule(by=ANYBODY)
    def supplements(self, by: Actor) -> None:
        self.attempt(lambda case, id_: case.supplement("n", by=by, at=self.now, command_id=id_))

    @rule(by=ANYBODY, sure=st.integers(0, 9))
    def withdraws(self, by: Actor, sure: int) -> None:
        if sure == 0:
            self.attempt(lambda case, id_: case.withdraw(by=by, at=self.now, command_id=id_))

    @rule()
    def is_swept_twice(self) -> None:
        self.attempt(lambda case, id_: case.fire_timers(self.now, command_id=id_, timekeeper=TIMEKEEPER))
        swept = self.stored
        self.attempt(lambda case, id_: case.fire_timers(self.now, command_id=id_, timekeeper=TIMEKEEPER))
        assert self.stored == swept, "a second sweep in the same second did something"

    @invariant()
    def versions_count_the_events_without_a_gap(self) -> None:
        case = self.case()
        assert [event.number for event in case.events] == list(range(1, case.version + 1))

    @invariant()
    def a_case_is_in_the_one_inbox_of_whoever_has_to_act_next(self) -> None:
        case, item = self.case(), self.stored
        with_the_rules = case.status is Status.REGISTERED and not case.awaits_operator
        if case.status.ended or case.resolved_at is not None or with_the_rules:
            assert not {"ip", "is"} & item.keys()
        else:
            assert item["ip"]["S"] == f"U#{OPERATORS if case.awaits_operator else case.agency_id}"
            assert item["is"]["S"].endswith(case.appeal_id)

    @invariant()
    def there_is_a_next_timer_exactly_while_something_runs(self) -> None:
        case, item = self.case(), self.stored
        running = [
            clock
            for clock in case.clocks.values()
            if not (clock.stopped_at or clock.paused_at or clock.breached_at)
        ]
        waiting = case.status is Status.SURVEYING
        assert ("tp" in item) == ((bool(running) or waiting) and not case.status.ended)

    @invariant()
    def time_never_runs_backwards_in_a_clock(self) -> None:
        for clock in self.case().clocks.values():
            assert clock.started_at <= clock.warn_at <= clock.due_at
            assert clock.stopped_at is None or clock.stopped_at >= clock.started_at
            assert clock.remaining is None or clock.remaining >= timedelta(0)
            assert clock.breached_at is None or clock.breached_at > clock.due_at

    @invariant()
    def every_limit_is_warned_of_and_breached_at_most_once(self) -> None:
        told = [
            (event.name, event.facts["clock"], event.facts["due_at"])
            for event in self.case().events
            if event.name in ("ClockWarned", "ClockBreached")
        ]
        assert len(told) == len(set(told))

    @invariant()
    def a_closed_case_was_closed_by_the_citizen_a_reviewer_or_silence_after_an_answer(self) -> None:
        case = self.case()
        if case.status is Status.CLOSED:
            facts = next(event for event in reversed(case.events) if event.name == "WorkOrderClosed").facts
            assert facts["outcome"] in ("answered", "judged") or case.resolved_at is not None
            assert facts["reopened"] == case.reopened


AnyLife.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWhateverAnybodyDoes = AnyLife.TestCase
