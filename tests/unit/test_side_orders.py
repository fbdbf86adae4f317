"""What is asked of others beside the lead order, and what it means for the case."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.domain.actor import SYSTEM, Actor, Role
from hotline.domain.case import Case
from hotline.domain.errors import BoundExceeded, Forbidden, NotFound, SidesOpen, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideCommand, SideKind, SideOrder, SideStatus, commands_for_side
from hotline.domain.timekeeping import PolicyTimekeeper
from tests.unit.builders import (
    AGENCY,
    HELPER,
    JUDGE,
    NO,
    NOON,
    OFFICER,
    OPERATOR,
    SUPERVISOR,
    TIMEKEEPER,
    YES,
    Life,
    assignment,
    in_progress,
)
from tests.unit.builders_sla import ROUND_THE_CLOCK, policy

LAMPS = Actor(role=Role.AGENCY, subject="zhao", agency_id=HELPER)
STRANGER = Actor(role=Role.AGENCY, subject="li", agency_id="990102001")
SUPERVISORS = "~supervisors/990101"


def act(life: Life, number: int = 2) -> SideOrder:
    return life.sides[number]


# --- 首接负责 (条例 Art 14) ---------------------------------------------------------------------------


def test_an_assist_has_a_number_a_clock_and_an_entry_of_its_own() -> None:
    life = in_progress().asked(SideKind.ASSIST)
    side = act(life)
    assert (side.work_order_id, side.agency_id, side.asked_by) == (f"{life.case.appeal_id}.2", HELPER, AGENCY)
    assert side.clock.due_at - side.clock.started_at == timedelta(days=3)
    assert life.case.agency_id == AGENCY
    assert life.names[-1] == "SideOrderOpened"
    assert life.case.clocks["handling"].paused_at is None


def test_the_lead_cannot_say_done_while_an_assist_is_open_unless_it_says_why() -> None:
    life = in_progress().asked(SideKind.ASSIST)
    with pytest.raises(SidesOpen) as refusal:
        life.resolved()
    assert refusal.value.facts["open"] == [f"{life.case.appeal_id}.2"]
    life.case.resolve("n", by=OFFICER, at=life.now, command_id="c", without_assists=True)
    assert life.case.status is Status.RESOLVED
    assert life.case.events[-1].facts["without"] == [2]


def test_after_the_report_the_lead_can_say_done() -> None:
    life = in_progress().asked(SideKind.ASSIST).reported_by(2)
    assert act(life).status is SideStatus.DONE
    assert act(life).in_time
    assert life.names[-1] == "SideOrderClosed"
    assert life.resolved().case.status is Status.RESOLVED


def test_a_stage_report_with_reasons_gives_a_new_limit_once() -> None:
    life = in_progress().asked(SideKind.ASSIST).passing(days=2)
    side = act(life)
    new = TIMEKEEPER.start_side(SideKind.ASSIST, life.now)
    side.report_stage("n", new, by=LAMPS, at=life.now, command_id="c1")
    assert side.clock.due_at == life.now + timedelta(days=3)
    with pytest.raises(TransitionNotAllowed):
        side.report_stage("n", new, by=LAMPS, at=life.now, command_id="c2")


def test_a_stage_report_after_the_limit_is_too_late() -> None:
    life = in_progress().asked(SideKind.ASSIST).passing(days=4)
    new = TIMEKEEPER.start_side(SideKind.ASSIST, life.now)
    with pytest.raises(TransitionNotAllowed):
        act(life).report_stage("n", new, by=LAMPS, at=life.now, command_id="c1")


def test_a_report_after_the_limit_is_late_and_says_so() -> None:
    life = in_progress().asked(SideKind.ASSIST).passing(days=4).reported_by(2)
    names = [event.name for event in act(life).events]
    assert names == ["SideOrderAsked", "SideOrderBreached", "SideOrderDone"]
    assert act(life).events[-1].facts["in_time"] == 0


def test_the_same_part_is_asked_of_an_agency_once() -> None:
    life = in_progress().asked(SideKind.ASSIST)
    with pytest.raises(TransitionNotAllowed):
        life.asked(SideKind.ASSIST)
    life.asked(SideKind.ASSIST, "waterworks")
    assert sorted(life.case.open_sides) == [2, 3]


def test_another_agency_finds_nothing_there() -> None:
    side = act(in_progress().asked(SideKind.ASSIST))
    with pytest.raises(NotFound):
        side.acknowledge(by=STRANGER, at=NOON, command_id="c")
    with pytest.raises(NotFound):
        side.cancel(by=LAMPS, at=NOON, command_id="c")
    with pytest.raises(Forbidden):
        side.acknowledge(by=OPERATOR, at=NOON, command_id="c")


def test_whoever_asked_may_take_it_back_and_whoever_was_asked_may_not() -> None:
    side = act(in_progress().asked(SideKind.ASSIST))
    assert commands_for_side(side, OFFICER) == (SideCommand.CANCEL,)
    assert SideCommand.CANCEL not in commands_for_side(side, LAMPS)
    side.cancel(by=OFFICER, at=NOON, command_id="c")
    assert side.status is SideStatus.CANCELLED


@pytest.mark.parametrize("kind", [SideKind.ASSIST, SideKind.SUMMONS])
def test_a_returned_order_takes_back_what_its_agency_asked_of_others(kind: SideKind) -> None:
    life = Life().dispatched().acknowledged().asked(kind)
    life.case.return_("not_our_duty", "n", by=OFFICER, at=life.now, command_id="c", timekeeper=TIMEKEEPER)
    assert life.case.idle_sides() == [2]


def test_nothing_that_was_asked_outlives_the_case() -> None:
    life = in_progress().asked(SideKind.ASSIST).asked(SideKind.SUMMONS, "waterworks")
    life.case.withdraw(by=Actor(role=Role.CITIZEN), at=life.now, command_id="c")
    life.case.cancel_idle([act(life, 2), act(life, 3)], at=life.now, command_id="c")
    assert life.case.open_sides == {}
    assert {side.status for side in life.sides.values()} == {SideStatus.CANCELLED}


# --- 会商, 吹哨 (Art 12, 16) --------------------------------------------------------------------------


def test_opinions_are_asked_before_dispatch_and_not_needed_after() -> None:
    life = Life().referred().asked(SideKind.OPINION, by=OPERATOR)
    assert life.case.status is Status.REGISTERED
    life.case.dispatch(assignment(), by=OPERATOR, at=life.now, command_id="c", timekeeper=TIMEKEEPER)
    assert life.case.idle_sides() == [2]
    with pytest.raises(TransitionNotAllowed):
        Life().dispatched().asked(SideKind.OPINION, by=OPERATOR)


def test_a_summons_is_timed_until_the_arrival() -> None:
    life = in_progress().asked(SideKind.SUMMONS).passing(minutes=30)
    side = act(life)
    with pytest.raises(TransitionNotAllowed):
        side.report("n", by=LAMPS, at=life.now, command_id="c0")
    side.arrive(by=LAMPS, at=life.now, command_id="c1")
    assert side.in_time
    assert side.next_timer() is None
    side.report("n", by=LAMPS, at=life.now + timedelta(days=9), command_id="c2")
    assert side.events[-1].facts | {"in_time": 1} == side.events[-1].facts


# --- 异议 (Art 12) -----------------------------------------------------------------------------------


def test_an_objection_that_is_not_accepted_buys_no_new_limit_and_loses_no_time() -> None:
    life = Life().dispatched().passing(hours=5).returned().passing(days=2).upheld()
    handling = life.case.clocks["handling"]
    assert life.case.status is Status.DISPATCHED
    assert handling.due_at - handling.started_at == timedelta(days=9, minutes=1)
    with pytest.raises(TransitionNotAllowed):
        life.returned()


def test_a_designated_agency_cannot_return_the_order() -> None:
    life = Life().dispatched().returned().dispatched(assignment("waterworks", verdict="designate"), JUDGE)
    officer = Actor(role=Role.AGENCY, subject="li", agency_id="waterworks")
    with pytest.raises(TransitionNotAllowed) as refusal:
        life.returned(officer)
    assert "指定" in refusal.value.detail


def test_a_redirect_says_which_rule_it_speaks_against() -> None:
    life = Life().dispatched().returned().dispatched(assignment("waterworks", rule_id="operator"), OPERATOR)
    facts = life.case.events[-1].facts
    assert (facts["against"], facts["from"], facts["verdict"]) == ("city/street", AGENCY, "redirect")


def test_a_dispute_has_a_limit_of_its_own() -> None:
    life = Life().dispatched().returned()
    assert life.case.owed.kind == "adjudication"
    assert life.passing(days=1, hours=1).swept().names[-2:] == ["ClockWarned", "ClockBreached"]


# --- 延期, 挂账 (Art 15) ------------------------------------------------------------------------------


def test_an_extension_moves_the_due_time_from_the_due_time() -> None:
    life = in_progress()
    before = life.case.clocks["handling"].due_at
    life.asked(SideKind.EXTENSION, SUPERVISORS, amount=5, unit="days").decided()
    assert life.case.clocks["handling"].due_at == before + timedelta(days=5)
    assert life.case.extensions == 1


def test_a_refused_request_changes_nothing() -> None:
    life = in_progress()
    before = life.case.clocks["handling"]
    life.asked(SideKind.EXTENSION, SUPERVISORS, amount=5, unit="days").decided(granted=False)
    assert life.case.clocks["handling"] == before
    assert life.case.open_sides == {}


def test_more_time_is_asked_for_before_the_limit_and_one_request_at_a_time() -> None:
    life = in_progress().asked(SideKind.EXTENSION, SUPERVISORS, amount=5, unit="days")
    with pytest.raises(TransitionNotAllowed):
        life.asked(SideKind.HOLD, SUPERVISORS, until=int(NOON.timestamp()) + 86400)
    late = in_progress().passing(days=8)
    with pytest.raises(TransitionNotAllowed):
        late.asked(SideKind.EXTENSION, SUPERVISORS, amount=5, unit="days")


def test_extensions_are_bounded_in_length_and_number() -> None:
    with pytest.raises(BoundExceeded):
        in_progress().asked(SideKind.EXTENSION, SUPERVISORS, amount=11, unit="days")
    life = in_progress()
    for _ in range(2):
        life.asked(SideKind.EXTENSION, SUPERVISORS, amount=10, unit="days").decided()
    with pytest.raises(BoundExceeded):
        life.asked(SideKind.EXTENSION, SUPERVISORS, amount=1, unit="days")


def test_a_hold_stands_still_and_comes_back_by_itself() -> None:
    life = in_progress()
    left = life.case.clocks["handling"].due_at - life.now
    until = int((life.now + timedelta(days=30)).timestamp())
    life.asked(SideKind.HOLD, SUPERVISORS, until=until).decided()
    assert life.case.status is Status.ON_HOLD
    assert life.case.next_timer() == (life.case.resumes_at, "hold.review")
    assert life.passing(days=29).swept().case.status is Status.ON_HOLD
    life.passing(days=1).swept()
    assert life.case.status is Status.IN_PROGRESS
    assert life.names[-1] == "WorkOrderResumed"
    assert timedelta(0) <= left - (life.case.clocks["handling"].due_at - life.now) <= timedelta(minutes=2)


def test_only_a_supervisor_decides() -> None:
    side = act(in_progress().asked(SideKind.EXTENSION, SUPERVISORS, amount=5, unit="days"))
    assert commands_for_side(side, OPERATOR) == (SideCommand.CANCEL,)
    with pytest.raises(Forbidden):
        side.decide(True, "n", by=OPERATOR, at=NOON, command_id="c")


def test_a_policy_without_bounds_refuses_every_request() -> None:
    closed = policy().model_copy(update={"extensions": None})
    life = in_progress(timekeeper=PolicyTimekeeper(closed, {"24x7": ROUND_THE_CLOCK}))
    with pytest.raises(BoundExceeded):
        life.asked(SideKind.EXTENSION, SUPERVISORS, amount=1, unit="days")


# --- 督办, 提级 (Art 20) ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SideKind.SUPERVISION, SideKind.ESCALATION])
def test_nobody_is_pressed_for_what_is_done(kind: SideKind) -> None:
    with pytest.raises(TransitionNotAllowed):
        in_progress().resolved().surveying().asked(kind, by=SUPERVISOR)
    with pytest.raises(TransitionNotAllowed):
        Life().referred().concluded().surveying().asked(kind, by=SUPERVISOR)


# --- 不属办理的 (Art 11) ------------------------------------------------------------------------------


def test_what_is_not_for_handling_is_asked_about_and_can_be_contested() -> None:
    life = Life().referred().concluded().surveying()
    assert (life.case.agency_id, life.case.conclusion) == (None, "legal_route")
    life.answered(NO)
    assert life.case.status is Status.REGISTERED
    assert life.case.awaits_operator
    assert life.case.conclusion is None
    assert life.case.clocks["dispatch"].stopped_at is None


def test_an_accepted_conclusion_closes_without_an_agency() -> None:
    life = Life().referred().concluded().surveying().answered(YES)
    facts = life.case.events[-1].facts
    assert facts["conclusion"] == "legal_route"
    assert "agency" not in facts


# --- 并单 --------------------------------------------------------------------------------------------


def joined() -> tuple[Life, Life]:
    leader, member = in_progress(), Life(appeal_id="000G40R40M30E209C").referred()
    member.case.merge_into(leader.case, by=OPERATOR, at=leader.now, command_id="m")
    return leader, member


def test_a_merged_appeal_waits_with_its_leader() -> None:
    leader, member = joined()
    assert (member.case.status, member.case.merged_into) == (Status.MERGED, leader.case.appeal_id)
    assert leader.case.members == 1
    assert member.case.next_timer() is None


def test_every_citizen_has_a_survey_and_no_sends_only_ones_own_back() -> None:
    leader, member = joined()
    with pytest.raises(TransitionNotAllowed):
        open_joint_survey(member.case, leader.case)
    leader.resolved()
    open_joint_survey(member.case, leader.case)
    assert member.case.survey is not None
    member.case.answer_survey(
        1, NO, None, by=Actor(role=Role.CITIZEN), at=leader.now, command_id="a", timekeeper=TIMEKEEPER
    )
    assert (member.case.status, member.case.agency_id) == (Status.IN_PROGRESS, AGENCY)
    assert member.case.merged_into is None
    assert leader.case.status is Status.RESOLVED


def test_unmerging_gives_the_appeal_back_to_the_desk() -> None:
    leader, member = joined()
    member.case.unmerge(leader.case, by=OPERATOR, at=leader.now, command_id="u", timekeeper=TIMEKEEPER)
    assert member.case.status is Status.REGISTERED
    assert member.case.awaits_operator
    assert leader.case.members == 0


def test_an_appeal_joins_neither_itself_nor_another_when_others_have_joined_it() -> None:
    leader, member = joined()
    with pytest.raises(TransitionNotAllowed):
        leader.case.merge_into(leader.case, by=SYSTEM, at=leader.now, command_id="x")
    third = in_progress(appeal_id="000G40R40M30E209D")
    with pytest.raises(TransitionNotAllowed):
        leader.case.merge_into(third.case, by=SYSTEM, at=leader.now, command_id="x")
    with pytest.raises(TransitionNotAllowed):
        third.case.merge_into(member.case, by=SYSTEM, at=leader.now, command_id="x")


def open_joint_survey(member: Case, leader: Case) -> None:
    member.open_joint_survey(leader, at=NOON, command_id="s", timekeeper=TIMEKEEPER)
