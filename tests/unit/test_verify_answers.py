"""访: some answers are asked about once more by somebody else; the score stays as it is (FAULTS S29)."""

from __future__ import annotations

import pytest

from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideStatus
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.call_citizens import RecordAttempt, TooEarlyToCall
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.use_cases.verify_answers import VerificationOvertaken
from tests.unit.builders import OFFICER, Hotline, appeal
from tests.unit.builders_calls import (
    LI,
    SATISFIED,
    UNRESOLVED,
    UNSATISFIED,
    WU,
    answered,
    attempted,
    calling,
    claimed,
    listed,
    shown_call,
    to_be_called,
    to_be_verified,
    verify,
)
from tests.unit.builders_sides import shown
from tests.unit.fakes import refuse

LIED_TO = AnswerSurvey(contacted=False, resolved=False, satisfied=False)


def done(hotline: Hotline, appeal_id: str) -> dict[str, object]:
    return hotline.event(appeal_id, "SideOrderDone").data


def reviews(hotline: Hotline, appeal_id: str) -> list[str]:
    return [side.agency_id for side in hotline.case(appeal_id).open_sides.values()]


# ---- which ones ---------------------------------------------------------------------------------


def test_a_keyed_share_of_the_appeals_is_taken_and_always_the_same() -> None:
    hotline = calling()
    ids = [f"appeal-{number}" for number in range(2000)]
    tenth = {each for each in ids if hotline.tokens.in_sample(each, 0.1)}
    assert 150 < len(tenth) < 250
    assert tenth == {each for each in ids if hotline.tokens.in_sample(each, 0.1)}
    assert tenth <= {each for each in ids if hotline.tokens.in_sample(each, 0.2)}
    assert not any(hotline.tokens.in_sample(each, 0) for each in ids)
    assert all(hotline.tokens.in_sample(each, 1) for each in ids)


def test_what_is_not_taken_costs_neither_a_read_nor_a_write() -> None:
    hotline = calling(share=0)
    appeal_id = hotline.surveying()
    hotline.answer(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)), SATISFIED)
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    before = hotline.cases.reads, hotline.cases.writes
    assert verify(hotline, closed) == {}
    assert (hotline.cases.reads, hotline.cases.writes) == before


def test_the_same_closing_twice_asks_once() -> None:
    hotline = calling()
    appeal_id, _ = to_be_verified(hotline)
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    assert verify(hotline, closed, closed) == {}
    assert len(hotline.case(appeal_id).open_sides) == 1


def test_silence_and_whoever_has_left_no_phone_are_not_asked_again() -> None:
    hotline = calling()
    silent = hotline.surveying()
    hotline.clock.pass_(days=7)
    hotline.sweep()
    reads = hotline.cases.reads
    assert verify(hotline, hotline.event(silent, "WorkOrderClosed")) == {}
    assert hotline.cases.reads == reads
    anonymous = hotline.surveying(appeal(contact=None, text="不留电话"))
    hotline.answer(hotline.tokens.survey_token(SurveyRef(anonymous, 1)), SATISFIED)
    assert verify(hotline, hotline.event(anonymous, "WorkOrderClosed")) == {}
    assert hotline.case(anonymous).open_sides == {}


def test_a_case_that_is_too_busy_comes_back_and_one_that_is_not_there_is_refused() -> None:
    hotline = calling()
    appeal_id = hotline.surveying()
    hotline.answer(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)), SATISFIED)
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    hotline.cases.before_save = [refuse(VerificationOvertaken())]
    failed = verify(hotline, closed)
    assert failed[closed.event_id].retryable
    assert verify(hotline, closed) == {}
    stray = closed.model_copy(update={"event_id": "000G40R40M30E209B:9"})
    assert isinstance(verify(hotline, stray)[stray.event_id], NotFound)


# ---- by whom ------------------------------------------------------------------------------------


def test_somebody_else_asks_than_the_first_time() -> None:
    hotline = calling()
    appeal_id, call = to_be_called(hotline)
    claimed(hotline, call)
    answered(hotline, call)
    assert verify(hotline, hotline.event(appeal_id, "WorkOrderClosed")) == {}
    hotline.clock.pass_(hours=3)
    again = f"{appeal_id}.3"
    with pytest.raises(TransitionNotAllowed, match="another operator"):
        claimed(hotline, again, LI)
    claimed(hotline, again, WU)


def test_whoever_has_just_answered_is_left_alone_for_a_while() -> None:
    hotline = calling()
    appeal_id, call = to_be_called(hotline)
    claimed(hotline, call)
    answered(hotline, call)
    verify(hotline, hotline.event(appeal_id, "WorkOrderClosed"))
    assert listed(hotline).calls == ()
    with pytest.raises(TooEarlyToCall):
        claimed(hotline, f"{appeal_id}.3", WU)


def test_the_second_operator_does_not_see_what_was_answered_and_no_agency_that_it_was_asked() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    assert "yyy" not in shown_call(hotline, order_id).model_dump_json()
    with pytest.raises(NotFound):
        shown(hotline, order_id, OFFICER)
    assert shown(hotline, appeal_id, OFFICER).sides == ()


# ---- what comes of it ---------------------------------------------------------------------------


def test_the_same_answers_agree_and_nothing_follows() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    claimed(hotline, order_id)
    answered(hotline, order_id)
    assert (done(hotline, appeal_id)["outcome"], done(hotline, appeal_id)["answers"]) == ("agreed", "yyy")
    assert reviews(hotline, appeal_id) == []


def test_other_answers_ask_a_reviewer_to_look_and_change_no_score() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    claimed(hotline, order_id)
    since = len(hotline.cases.changes)
    answered(hotline, order_id, LIED_TO)
    told = done(hotline, appeal_id)
    assert (told["kind"], told["outcome"], told["answers"]) == ("verification", "disagreed", "nnn")
    case = hotline.case(appeal_id)
    assert (case.status, case.last_answers, reviews(hotline, appeal_id)) == (
        Status.CLOSED,
        "yyy",
        ["~reviewers/suspicion"],
    )
    review = hotline.cases.side(f"{appeal_id}.3")
    assert (review.terms["signals"], review.events[0].actor) == (["reverification"], "system")
    counted = {"WorkOrderClosed", "WorkOrderReopened", "SurveyAnswerChanged", "DissatisfactionJudged"}
    assert not counted & {event.name for event in hotline.events(since)}


def test_a_review_that_is_open_already_is_not_asked_for_twice() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    claimed(hotline, order_id)
    answered(hotline, order_id, UNSATISFIED)
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    assert verify(hotline, closed.model_copy(update={"event_id": f"{appeal_id}:999"})) == {}
    hotline.clock.pass_(hours=3)
    claimed(hotline, f"{appeal_id}.4")
    answered(hotline, f"{appeal_id}.4", LIED_TO)
    assert reviews(hotline, appeal_id) == ["~reviewers/suspicion"]


def test_answers_are_compared_with_those_that_count_when_the_citizen_has_changed_them() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    hotline.answer(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)), UNSATISFIED)
    claimed(hotline, order_id)
    answered(hotline, order_id, UNSATISFIED)
    assert done(hotline, appeal_id)["outcome"] == "agreed"


def test_a_second_call_that_reaches_nobody_says_nothing_about_the_answer() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_verified(hotline)
    claimed(hotline, order_id)
    side = attempted(hotline, order_id, RecordAttempt(outcome="wrong_number"))
    assert (side.status, done(hotline, appeal_id)["outcome"]) == (SideStatus.DONE, "wrong_number")
    assert "answers" not in done(hotline, appeal_id)
    assert reviews(hotline, appeal_id) == []


def test_of_a_second_call_only_the_answers_are_kept() -> None:
    hotline = calling()
    _, order_id = to_be_verified(hotline)
    claimed(hotline, order_id)
    with pytest.raises(InvalidInput):
        answered(hotline, order_id, UNRESOLVED)
    assert hotline.cases.side(order_id).status is SideStatus.CLAIMED
