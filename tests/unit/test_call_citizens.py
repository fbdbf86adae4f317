"""访: operators call who has not answered; nobody twice at once, no agency ever (条例 Art 23)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from hotline.adapters.dynamodb import side_codec
from hotline.domain.answers import timeline_of
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    SurveyClosed,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideStatus
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.call_citizens import (
    LanguageNotSpoken,
    RecordAttempt,
    TooEarlyToCall,
    call_state,
)
from tests.unit.builders import JUDGE, OFFICER, SUPERVISOR, Hotline, Life, appeal
from tests.unit.builders_calls import (
    ADMIN,
    LI,
    SATISFIED,
    UNRESOLVED,
    WU,
    answered,
    attempted,
    calling,
    claimed,
    listed,
    shown_call,
    to_be_called,
)
from tests.unit.builders_sides import assisted, shown


def numbers(hotline: Hotline, by: object = LI, **wanted: object) -> list[str]:
    return [row.work_order_id for row in listed(hotline, by=by, **wanted).calls]  # type: ignore[arg-type]


# ---- who is called ------------------------------------------------------------------------------


def test_who_does_not_answer_the_message_is_called_and_who_cannot_be_is_not() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    assert numbers(hotline) == [order_id]
    hotline.surveying(appeal(contact=None, text="没有留电话"))
    hotline.clock.pass_(days=2)
    hotline.sweep()
    assert numbers(hotline) == [order_id]


def test_the_list_leaves_out_what_others_have_taken_and_what_is_not_due() -> None:
    hotline = calling()
    _, first = to_be_called(hotline)
    _, second = to_be_called(hotline)
    assert numbers(hotline) == [first, second]
    claimed(hotline, first)
    assert numbers(hotline, WU) == [second]
    assert [(row.work_order_id, row.mine) for row in listed(hotline).calls] == [
        (first, True),
        (second, False),
    ]
    attempted(hotline, first)
    assert numbers(hotline) == [second]
    assert numbers(hotline, all=True) == [second, first]
    assert numbers(hotline, kind="verification", all=True) == []


def test_the_list_ends_where_nothing_is_due_any_more() -> None:
    hotline = calling()
    for _ in range(3):
        to_be_called(hotline)
    for order_id in numbers(hotline)[:2]:
        claimed(hotline, order_id)
        attempted(hotline, order_id)
    assert listed(hotline, limit=2).next is None
    assert listed(hotline, limit=2, all=True).next is not None


def test_at_night_nobody_is_called_and_the_list_is_empty() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    hotline.clock.pass_(hours=10)
    assert numbers(hotline) == []
    (row,) = listed(hotline, all=True).calls
    assert row.call_from == datetime(2026, 3, 9, 0, tzinfo=UTC), "eight in the morning"
    with pytest.raises(TooEarlyToCall):
        claimed(hotline, order_id)


def test_a_confidential_informant_is_never_called() -> None:
    directory = calling().directories.current()
    timekeeper = PolicyTimekeeper.of(directory)
    for confidential in (False, True):
        life = Life(timekeeper=timekeeper, citizen_index="c", confidential=confidential)
        case = life.dispatched().acknowledged().contacted().resolved().surveying().case
        assert case.survey is not None
        assert (case.survey.call_at is None) == confidential


# ---- claiming -----------------------------------------------------------------------------------


def test_of_two_operators_who_take_a_call_at_once_one_gets_it() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    hotline.cases.before_save.append(lambda: claimed(hotline, order_id, WU))
    with pytest.raises(TransitionNotAllowed) as refused:
        claimed(hotline, order_id, LI)
    assert "正由他人处理" in refused.value.detail
    assert hotline.cases.side(order_id).claimed_by == WU.signature


def test_a_lease_ends_by_itself_and_somebody_else_may_take_the_call() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    hotline.clock.pass_(minutes=14)
    with pytest.raises(TransitionNotAllowed):
        claimed(hotline, order_id, WU)
    hotline.clock.pass_(minutes=1)
    claimed(hotline, order_id, WU)
    with pytest.raises(TransitionNotAllowed, match="taken this call"):
        attempted(hotline, order_id)
    with pytest.raises(TransitionNotAllowed):
        answered(hotline, order_id)


def test_a_call_is_taken_before_anything_is_said_about_it() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    with pytest.raises(TransitionNotAllowed):
        attempted(hotline, order_id)
    with pytest.raises(TransitionNotAllowed):
        answered(hotline, order_id)


def test_the_same_claim_sent_twice_is_taken_once_and_one_with_an_old_version_is_told() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    first = claimed(hotline, order_id, command_id="same")
    assert call_state(claimed(hotline, order_id, command_id="same")) == call_state(first)
    with pytest.raises(VersionConflict):
        claimed(hotline, order_id, expected_version=first.version - 1)


def test_an_operator_takes_only_calls_in_a_language_of_the_token() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    english = LI.model_copy(update={"languages": ("en",)})
    cantonese = WU.model_copy(update={"languages": ("zh-CN", "yue")})
    assert (numbers(hotline, english), numbers(hotline, english, language="zh-CN")) == ([], [order_id])
    with pytest.raises(LanguageNotSpoken):
        claimed(hotline, order_id, english)
    claimed(hotline, order_id)
    attempted(hotline, order_id, RecordAttempt(outcome="language", language="yue"))
    hotline.clock.pass_(hours=4)
    assert numbers(hotline, cantonese) == [order_id]
    with pytest.raises(LanguageNotSpoken):
        claimed(hotline, order_id, LI.model_copy(update={"languages": ("zh-CN",)}))
    claimed(hotline, order_id, cantonese)


@pytest.mark.parametrize("by", [SUPERVISOR, JUDGE])
def test_only_operators_and_administrators_call(by: object) -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    with pytest.raises(Forbidden):
        claimed(hotline, order_id, by)  # type: ignore[arg-type]


# ---- what is seen -------------------------------------------------------------------------------


def test_the_phone_is_shown_to_whoever_has_taken_the_call_and_only_as_long() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    assert shown_call(hotline, order_id).phone is None
    claimed(hotline, order_id)
    view = shown_call(hotline, order_id)
    assert (view.name, view.phone) == ("王女士", "13800138000")
    assert shown_call(hotline, order_id, WU).phone is shown_call(hotline, order_id, ADMIN).phone is None
    hotline.clock.pass_(minutes=15)
    assert shown_call(hotline, order_id).phone is None


def test_an_operator_sees_what_was_said_what_was_answered_and_what_to_ask() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    attempted(hotline, order_id)
    view = shown_call(hotline, order_id)
    assert view.text == "楼前路灯不亮，晚上很黑"
    assert view.answered is not None
    assert view.answered.text == "已更换灯泡"
    assert [question.field for question in view.questions] == ["contacted", "resolved", "satisfied"]
    assert [(each.outcome, each.by) for each in view.attempts] == [("no_answer", "operator:li")]


def test_no_agency_sees_that_its_citizens_are_called() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    with pytest.raises(NotFound):
        shown(hotline, order_id, OFFICER)
    order = shown(hotline, appeal_id, OFFICER)
    assert order.sides == ()
    assert not [event for event in order.events if event.facts.get("kind") == "callback"]
    assert [side.kind for side in shown(hotline, appeal_id, LI).sides] == ["callback"]
    with pytest.raises(NotFound):
        claimed(hotline, order_id, OFFICER)


def test_what_is_no_call_is_not_found_among_them() -> None:
    hotline = calling()
    appeal_id, assist = assisted(hotline)
    for order_id in (appeal_id, f"{appeal_id}.1", assist, f"{appeal_id}.3"):
        with pytest.raises(NotFound):
            shown_call(hotline, order_id)


# ---- attempts -----------------------------------------------------------------------------------


def test_a_citizen_is_unreachable_after_calls_at_different_hours_and_can_still_answer_by_link() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    hours = []
    while (call := hotline.cases.side(order_id)).status is not SideStatus.DONE:
        hotline.clock.at = max(hotline.clock(), call.next_at or hotline.clock())
        hours.append((hotline.clock() + timedelta(hours=8)).hour)
        claimed(hotline, order_id)
        attempted(hotline, order_id)
    assert hours == [12, 14, 18]
    done = hotline.event(order_id.partition(".")[0], "SideOrderDone")
    assert (done.data["outcome"], done.data["attempts"]) == ("unreachable", 3)
    case = hotline.case(appeal_id)
    assert (case.status, case.open_sides) == (Status.SURVEYING, {})
    hotline.answer(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)), SATISFIED)
    assert hotline.case(appeal_id).status is Status.CLOSED


@pytest.mark.parametrize("outcome", ["wrong_number", "no_number", "refused"])
def test_where_a_call_is_hopeless_nobody_calls_again(outcome: str) -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    side = attempted(hotline, order_id, RecordAttempt.model_validate({"outcome": outcome}))
    assert side.status is SideStatus.DONE
    assert side.events[-1].facts["outcome"] == outcome
    case = hotline.case(appeal_id)
    assert case.status is Status.SURVEYING
    assert timeline_of(case.events, {})[-1].event == "SideOrderOpened", "the citizen reads nothing about it"


def test_a_citizen_is_called_back_when_wished_but_not_after_the_survey() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    wished = hotline.clock() + timedelta(hours=1)
    late = RecordAttempt(outcome="call_back", wished_at=hotline.clock() + timedelta(days=6))
    with pytest.raises(InvalidInput):
        attempted(hotline, order_id, late)
    assert (
        attempted(hotline, order_id, RecordAttempt(outcome="call_back", wished_at=wished)).next_at == wished
    )
    hotline.clock.pass_(minutes=59)
    with pytest.raises(TooEarlyToCall):
        claimed(hotline, order_id)
    hotline.clock.pass_(minutes=1)
    claimed(hotline, order_id)


def test_where_no_time_is_left_before_the_survey_expires_the_citizen_is_unreachable() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    survey = hotline.case(appeal_id).survey
    assert survey is not None
    hotline.clock.at = survey.expires_at - timedelta(minutes=30)
    claimed(hotline, order_id)
    assert attempted(hotline, order_id).events[-1].facts["outcome"] == "unreachable"


def test_a_lost_acknowledgement_records_one_attempt() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    attempted(hotline, order_id, command_id="same")
    assert attempted(hotline, order_id, command_id="same").attempts == 1


@pytest.mark.parametrize(
    "said",
    [
        {"outcome": "no_answer", "wished_at": "2026-03-06T12:00:00+08:00"},
        {"outcome": "call_back", "wished_at": "2026-03-06T12:00:00"},
        {"outcome": "language"},
        {"outcome": "busy", "language": "yue"},
        {"outcome": "language", "language": "普通话"},
        {"outcome": "reached"},
    ],
)
def test_an_attempt_says_what_belongs_to_its_outcome(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        RecordAttempt.model_validate(said)


# ---- answers ------------------------------------------------------------------------------------


def test_answers_by_phone_close_the_order_and_say_who_asked_and_how() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    writes = hotline.cases.writes
    side = answered(hotline, order_id, command_id="same")
    assert answered(hotline, order_id, command_id="same").version == side.version
    assert hotline.cases.writes - writes == 2, "the case and the call, once"
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    assert (closed.actor, closed.data["how"], closed.data["answers"]) == ("operator:li", "phone", "yyy")
    assert (side.status, side.events[-1].facts["outcome"]) == (SideStatus.DONE, "reached")
    assert numbers(hotline, all=True) == []


def test_what_the_citizen_says_on_the_phone_goes_back_to_the_agency() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    answered(hotline, order_id, UNRESOLVED)
    case = hotline.case(appeal_id)
    assert case.status is Status.IN_PROGRESS
    assert "还是不亮" in [note.text for note in shown(hotline, appeal_id, OFFICER).notes]


def test_who_answers_by_the_link_while_the_operator_calls_has_answered() -> None:
    hotline = calling()
    appeal_id, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    link = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.cases.before_save.append(lambda: hotline.answer(link, SATISFIED))
    with pytest.raises(TransitionNotAllowed, match="answered by the link"):
        answered(hotline, order_id, UNRESOLVED)
    with pytest.raises(TransitionNotAllowed, match="answered by the link"):
        attempted(hotline, order_id)
    with pytest.raises(TransitionNotAllowed, match="answered by the link"):
        claimed(hotline, order_id)
    closed = hotline.event(appeal_id, "WorkOrderClosed")
    assert (closed.actor, closed.data.get("how"), closed.data["answers"]) == ("citizen", None, "yyy")
    assert hotline.cases.side(order_id).status is SideStatus.CANCELLED


def test_an_expired_survey_takes_no_answer_by_phone_either() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    hotline.clock.pass_(days=6)
    with pytest.raises(SurveyClosed):
        answered(hotline, order_id)
    hotline.sweep()
    assert hotline.cases.side(order_id).status is SideStatus.CANCELLED


# ---- as it is stored ----------------------------------------------------------------------------


def test_nothing_of_a_call_is_lost_in_its_item() -> None:
    hotline = calling()
    _, order_id = to_be_called(hotline)
    claimed(hotline, order_id)
    attempted(hotline, order_id, RecordAttempt(outcome="language", language="yue"))
    hotline.clock.pass_(hours=4)
    side = claimed(hotline, order_id)
    assert side.claimed_until is not None
    assert side.next_at is not None
    assert hotline.cases.side(order_id).model_dump() == side.model_dump()
    assert side_codec.encode(side)["is"]["S"].startswith(f"{int(side.next_at.timestamp()):010d}#")
