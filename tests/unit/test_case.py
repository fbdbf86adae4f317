"""What each command does to a case: status, clocks, events."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.case import emergency_numbers
from hotline.domain.errors import Forbidden, NotFound, SurveyClosed, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.timekeeping import PolicyTimekeeper
from tests.unit.builders import (
    AGENCY,
    NO,
    NOON,
    OFFICER,
    OPERATOR,
    TIMEKEEPER,
    YES,
    Life,
    assignment,
    in_progress,
)
from tests.unit.builders_sla import ROUND_THE_CLOCK, policy, rule, tier

STRANGER = Actor(role=Role.AGENCY, subject="li", agency_id="990102001")


# --- 接 --------------------------------------------------------------------------------------------


def test_registering_starts_the_dispatch_clock_and_nothing_else() -> None:
    case = Life().case
    assert case.status is Status.REGISTERED
    assert list(case.clocks) == ["dispatch"]
    assert case.clocks["dispatch"].due_at == NOON + timedelta(hours=24)
    assert (case.version, [event.name for event in case.events]) == (1, ["AppealRegistered"])


def test_an_emergency_is_recorded_with_the_numbers_that_the_citizen_was_told() -> None:
    life = Life(emergency_numbers=("119", "120"))
    assert life.names == ["AppealRegistered", "EmergencyHandedOff"]
    assert emergency_numbers(life.case.events) == ["119", "120"]
    assert emergency_numbers(Life().case.events) == []


# --- 派 --------------------------------------------------------------------------------------------


def test_dispatching_stops_the_dispatch_clock_and_starts_the_other_two() -> None:
    life = Life().passing(hours=1).dispatched()
    clocks = life.case.clocks
    assert clocks["dispatch"].stopped_at == NOON + timedelta(hours=1)
    assert clocks["response"].due_at == NOON + timedelta(hours=25)
    assert clocks["handling"].due_at == NOON + timedelta(hours=1, days=7)
    assert life.case.return_until == NOON + timedelta(hours=25)


def test_a_dispatch_keeps_who_and_what_and_by_which_rule() -> None:
    case = Life().dispatched(assignment(decided_by="keywords", confidence=0.8349)).case
    assert (case.agency_id, case.copy_to, case.service_code) == (AGENCY, "990101", "street.lamp")
    assert case.events[-1].facts == {
        "agency": AGENCY,
        "rule": "city/street",
        "catalogue": "2026-11-23-tiny",
        "by": "keywords",
        "confidence": "0.83",
    }


def test_a_dispatch_under_another_tier_sets_that_tiers_limits() -> None:
    timekeeper = PolicyTimekeeper(
        policy(tier(), tier("urgent").model_copy(update={"handling": rule("24 hours")})),
        {"24x7": ROUND_THE_CLOCK},
    )
    case = Life(timekeeper=timekeeper).dispatched(assignment(tier="urgent")).case
    assert case.clocks["handling"].rule_id == "sla-1/urgent/handling"
    assert case.clocks["handling"].due_at == NOON + timedelta(hours=24)


def test_a_referral_leaves_the_dispatch_clock_running() -> None:
    life = Life().referred()
    assert life.case.status is Status.REGISTERED
    assert life.case.clocks["dispatch"].stopped_at is None
    assert life.dispatched(by=OPERATOR).case.status is Status.DISPATCHED


# --- 退单 ------------------------------------------------------------------------------------------


def test_returning_stops_the_response_clock_and_pauses_the_handling_clock() -> None:
    life = Life().dispatched().returned()
    assert life.case.status is Status.RETURNED
    assert life.case.clocks["response"].stopped_at is not None
    assert life.case.clocks["handling"].paused_at is not None
    assert life.case.next_timer() == (life.case.clocks["adjudication"].warn_at, "adjudication.warn")
    assert life.case.events[-1].facts == {"agency": AGENCY, "reason": "not_our_duty", "note": "n-return"}


def test_a_redispatch_starts_fresh_clocks_for_the_next_agency() -> None:
    life = Life().dispatched().returned().passing(hours=5)
    case = life.dispatched(assignment("990102001"), by=OPERATOR).case
    assert (case.status, case.agency_id) == (Status.DISPATCHED, "990102001")
    assert case.events[-1].name == "WorkOrderRedispatched"
    assert case.clocks["handling"].due_at == life.now - timedelta(minutes=1) + timedelta(days=7)
    assert case.clocks["handling"].paused_at is None
    assert case.clocks["response"].stopped_at is None


def test_the_return_window_includes_its_last_second() -> None:
    life = Life().dispatched()
    assert life.case.return_until is not None
    assert life.until(life.case.return_until).returned().case.status is Status.RETURNED


def test_after_the_return_window_the_order_stays() -> None:
    life = Life().dispatched()
    assert life.case.return_until is not None
    with pytest.raises(TransitionNotAllowed) as refusal:
        life.until(life.case.return_until + timedelta(seconds=1)).returned()
    assert refusal.value.facts["return_until"] == life.case.return_until.isoformat()
    assert life.case.status is Status.DISPATCHED
    assert life.case.clocks["handling"].paused_at is None


# --- 办 --------------------------------------------------------------------------------------------


def test_the_first_contact_stops_the_response_clock_and_a_second_one_changes_nothing() -> None:
    life = in_progress()
    stopped_at = life.case.clocks["response"].stopped_at
    assert stopped_at == life.now - timedelta(minutes=1)
    assert life.passing(hours=1).contacted().case.clocks["response"].stopped_at == stopped_at
    assert life.names.count("CitizenContacted") == 2


def test_resolving_stops_the_handling_clock_and_leaves_no_timer() -> None:
    life = in_progress().resolved()
    assert life.case.status is Status.RESOLVED
    assert life.case.clocks["handling"].stopped_at == life.case.resolved_at
    assert life.case.next_timer() is None


def test_an_order_cannot_be_resolved_before_the_citizen_was_contacted() -> None:
    with pytest.raises(TransitionNotAllowed):
        Life().dispatched().acknowledged().resolved()


@pytest.mark.parametrize("verb", ["acknowledged", "returned"])
def test_another_agencys_order_looks_like_none(verb: str) -> None:
    life = Life().dispatched()
    with pytest.raises(NotFound):
        getattr(life, verb)(by=STRANGER)
    assert life.case.version == 2


def test_a_role_that_may_not_is_told_so() -> None:
    with pytest.raises(Forbidden):
        Life().dispatched().acknowledged(by=OPERATOR)
    with pytest.raises(Forbidden):
        Life().dispatched().withdrawn(by=OFFICER)


def test_a_case_knows_the_commands_that_it_has_carried_out() -> None:
    case = Life().dispatched().case
    assert case.knows("command-2")
    assert not case.knows("command-9")


# --- clocks ----------------------------------------------------------------------------------------


def test_a_clock_warns_once_and_breaches_once_however_often_it_is_swept() -> None:
    life = in_progress()
    handling = life.case.clocks["handling"]
    life.until(handling.warn_at).swept().swept()
    life.until(handling.due_at + timedelta(seconds=1)).swept().swept().passing(days=1).swept()
    assert life.names.count("ClockWarned") == 1
    assert life.names.count("ClockBreached") == 1
    assert life.case.next_timer() is None


def test_the_last_second_of_a_limit_is_in_time_for_the_sweep_as_for_the_agency() -> None:
    life = in_progress()
    due_at = life.case.clocks["handling"].due_at
    assert "ClockBreached" not in life.until(due_at).swept().names
    life.resolved()
    assert "ClockBreached" not in life.passing(days=1).swept().names


def test_a_sweep_that_missed_the_warning_records_both() -> None:
    life = in_progress().passing(days=8).swept()
    assert life.names[-2:] == ["ClockWarned", "ClockBreached"]


def test_an_answer_that_comes_late_but_before_the_sweep_is_recorded_as_a_breach() -> None:
    life = in_progress().passing(days=8).resolved()
    assert life.names[-2:] == ["ClockBreached", "WorkOrderResolved"]
    assert life.names == life.swept().names


def test_an_answer_in_time_is_never_a_breach_however_late_the_sweep_comes() -> None:
    life = in_progress().passing(days=6).resolved().passing(days=9).swept()
    assert "ClockBreached" not in life.names


def test_a_paused_clock_neither_warns_nor_breaches() -> None:
    life = Life().dispatched().returned().passing(days=30).swept()
    told = {event.facts["clock"] for event in life.case.events if "clock" in event.facts}
    assert told == {"adjudication"}


def test_a_late_dispatch_is_recorded_even_when_no_sweep_has_seen_it() -> None:
    life = Life().passing(hours=25).dispatched()
    assert life.names == ["AppealRegistered", "ClockBreached", "WorkOrderDispatched"]
    assert life.case.events[1].facts["clock"] == "dispatch"


def test_the_next_timer_is_the_earliest_of_all_clocks() -> None:
    case = Life().dispatched().case
    timer = case.next_timer()
    assert timer is not None
    assert (timer.at, timer.kind) == (case.clocks["response"].warn_at, "response.warn")


# --- 访 --------------------------------------------------------------------------------------------


def test_a_survey_opens_after_the_answer_and_expires_by_policy() -> None:
    life = in_progress().resolved().surveying()
    survey = life.case.survey
    assert survey is not None
    assert (survey.number, survey.trigger) == (1, "resolved")
    assert survey.expires_at == survey.opened_at + timedelta(days=3)
    timer = life.case.next_timer()
    assert timer is not None
    assert (timer.at, timer.kind) == (survey.expires_at, "survey.expire")


def test_a_survey_opens_when_the_limit_has_passed_without_an_answer() -> None:
    life = in_progress().passing(days=8).swept().surveying_late()
    assert life.case.status is Status.SURVEYING
    assert life.case.events[-1].facts == {"trigger": "limit"}


def test_no_survey_opens_before_the_limit_or_twice() -> None:
    life = in_progress()
    with pytest.raises(TransitionNotAllowed):
        life.surveying_late()
    with pytest.raises(TransitionNotAllowed):
        life.surveying()
    life.resolved().surveying()
    with pytest.raises(TransitionNotAllowed):
        life.surveying()


def test_a_dispatch_limit_that_passed_opens_no_survey() -> None:
    life = Life().passing(hours=25).dispatched()
    with pytest.raises(TransitionNotAllowed):
        life.surveying_late()


def test_yes_closes_with_everything_that_is_scored() -> None:
    life = in_progress().resolved().surveying().answered(YES, note_id="n-comment")
    assert life.case.status is Status.CLOSED
    assert life.case.next_timer() is None
    assert life.case.events[-1].facts == {
        "outcome": "answered",
        "agency": AGENCY,
        "response_in_time": 1,
        "handled_in_time": 1,
        "reopened": 0,
        "answers": "yyy",
        "note": "n-comment",
    }


def test_no_sends_the_order_back_to_the_same_agency_with_the_citizens_words_and_a_fresh_clock() -> None:
    life = in_progress().resolved().surveying().passing(days=1).answered(NO, note_id="n-comment")
    case = life.case
    assert (case.status, case.agency_id, case.reopened) == (Status.IN_PROGRESS, AGENCY, 1)
    assert case.events[-1].facts == {"note": "n-comment", "answers": "ynn", "stood": "yy"}
    assert case.resolved_at is None
    assert case.clocks["handling"].started_at == life.now - timedelta(minutes=1)
    assert case.clocks["handling"].stopped_at is None


def test_a_reopened_order_runs_under_the_reopen_rule_where_the_policy_has_one() -> None:
    timekeeper = PolicyTimekeeper(policy(tier(reopen=rule("48 hours"))), {"24x7": ROUND_THE_CLOCK})
    case = in_progress(timekeeper=timekeeper).resolved().surveying().answered(NO).case
    assert case.clocks["handling"].rule_id == "sla-1/general/reopen"
    assert case.clocks["handling"].due_at == case.clocks["handling"].started_at + timedelta(hours=48)


def test_silence_after_an_answer_closes_with_no_answer_and_praises_nobody() -> None:
    life = in_progress().resolved().surveying().passing(days=3).swept()
    facts = life.case.events[-1].facts
    assert (life.names[-1], facts["outcome"]) == ("WorkOrderClosed", "no_answer")
    assert "answers" not in facts


def test_silence_after_no_answer_at_all_sends_the_order_back() -> None:
    life = in_progress().passing(days=8).swept().surveying_late().passing(days=3).swept()
    assert life.case.status is Status.IN_PROGRESS
    assert (life.names[-1], life.case.reopened) == ("WorkOrderReopened", 1)
    assert life.case.events[-1].actor == "system"


def test_silence_closes_an_unresolved_order_where_the_policy_says_so() -> None:
    closing = policy().model_copy(update={"unanswered_unresolved": "close"})
    timekeeper = PolicyTimekeeper(closing, {"24x7": ROUND_THE_CLOCK})
    life = in_progress(timekeeper=timekeeper).passing(days=8).swept().surveying_late().passing(days=3).swept()
    facts = life.case.events[-1].facts
    assert (life.names[-1], facts["outcome"], facts["handled_in_time"]) == ("WorkOrderClosed", "no_answer", 0)


def test_a_survey_expires_once() -> None:
    life = in_progress().resolved().surveying().passing(days=3).swept().swept()
    assert life.names.count("WorkOrderClosed") == 1


def test_who_said_no_and_is_silent_when_asked_again_has_said_no() -> None:
    life = in_progress().resolved().surveying().answered(NO).resolved().surveying().passing(days=3).swept()
    facts = life.case.events[-1].facts
    assert (facts["outcome"], facts["answers"], facts["reopened"]) == ("no_answer", "ynn", 1)


def test_an_agency_may_still_resolve_late_while_the_citizen_is_being_asked() -> None:
    life = in_progress().passing(days=8).swept().surveying_late().resolved()
    assert life.case.status is Status.SURVEYING
    assert life.case.resolved_at is not None
    with pytest.raises(TransitionNotAllowed):
        life.resolved()
    facts = life.answered(YES).case.events[-1].facts
    assert (facts["handled_in_time"], facts["answers"]) == (0, "yyy")


def test_silence_closes_what_was_resolved_late() -> None:
    life = in_progress().passing(days=8).swept().surveying_late().resolved().passing(days=3).swept()
    assert life.case.status is Status.CLOSED


@pytest.mark.parametrize("number", [0, 2])
def test_only_the_open_survey_can_be_answered(number: int) -> None:
    with pytest.raises(SurveyClosed):
        in_progress().resolved().surveying().answered(YES, number=number)


def test_a_survey_can_be_answered_once_and_until_it_expires() -> None:
    life = in_progress().resolved().surveying()
    assert life.case.survey is not None
    with pytest.raises(SurveyClosed):
        life.until(life.case.survey.expires_at).answered(YES)
    life.until(life.case.survey.expires_at - timedelta(seconds=1)).answered(YES)
    with pytest.raises(SurveyClosed):
        life.passing(days=1).answered(NO)


def test_a_first_contact_that_never_came_is_not_in_time() -> None:
    life = Life().dispatched().passing(days=8).swept().surveying_late().answered(YES)
    assert life.case.events[-1].facts["response_in_time"] == 0


# --- the citizen -----------------------------------------------------------------------------------


def test_supplements_change_nothing_but_the_story() -> None:
    life = Life().dispatched()
    before = life.case.model_copy(deep=True)
    life.supplemented()
    assert (life.case.status, life.case.clocks) == (before.status, before.clocks)
    assert life.names[-1] == "AppealSupplemented"


def test_withdrawing_stops_every_clock_and_ends_the_case() -> None:
    life = in_progress().withdrawn()
    assert life.case.status is Status.WITHDRAWN
    assert all(clock.stopped_at is not None for clock in life.case.clocks.values())
    assert life.case.next_timer() is None
    assert not life.case.fire_timers(life.now + timedelta(days=99), command_id="s", timekeeper=TIMEKEEPER)
    with pytest.raises(TransitionNotAllowed):
        life.supplemented()


def test_nothing_of_a_refused_command_stays_in_the_case() -> None:
    life = in_progress()
    before = life.case.model_dump()
    for verb in (life.acknowledged, life.returned, life.surveying):
        with pytest.raises(TransitionNotAllowed):
            verb()
    with pytest.raises(Forbidden):
        life.supplemented(by=OPERATOR)
    assert life.case.model_dump() == before
