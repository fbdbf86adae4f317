"""办: agencies whose own system speaks Open311: each order once, each of their words once."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.errors import HotlineError
from hotline.domain.far_ends import (
    FarAnswerLost,
    FarEndRefused,
    FarState,
    FarUpdate,
    InDoubt,
    NotForOpen311,
    NotYet,
    form_of,
)
from hotline.domain.lifecycle import Status
from hotline.domain.orders import OrderMessage
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.poll_far_ends import CLOSED_WITHOUT_WORDS
from tests.unit.builders import AGENCY, AnswerSurvey, Hotline, appeal
from tests.unit.builders_far_ends import Died, FarHotline, Trouble


def tried(hotline: FarHotline, message: OrderMessage) -> str:
    """The code of what a try ends with."""
    try:
        hotline.send(message)
    except HotlineError as error:
        return error.code
    return "done"


# ---- there, once ----------------------------------------------------------------------------------


def test_an_order_is_posted_once_with_what_the_agency_needs_and_no_contact() -> None:
    hotline = FarHotline(jurisdiction_id="east.example", reference_field="hotline")
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.send(message)
    hotline.send(message)
    (kept,) = hotline.far_end.requests.values()
    request = hotline.far(appeal_id)
    assert (request.state, request.request_id) == (FarState.OPEN, kept.request_id)
    assert kept.form["service_code"] == "SL"
    assert kept.form["jurisdiction_id"] == "east.example"
    assert kept.form["attribute[hotline]"] == request.reference
    assert appeal().text in kept.form["description"]
    assert "13800138000" not in str(kept.form)
    assert appeal_id not in str(kept.form), "the number is not for publishing"


def test_the_contact_goes_along_only_if_the_directory_says_so() -> None:
    hotline = FarHotline(contact=True)
    hotline.dispatched()
    message = hotline.messages()[-1].model_copy(update={"contact": appeal().contact})
    far_end = hotline.directories.current().far_ends[AGENCY]
    hotline.send(message)
    (request,) = hotline.far_requests.kept.values()
    assert form_of(message, far_end, request, "")["phone"] == "13800138000"
    discreet = far_end.model_copy(update={"contact": False})
    assert {"phone", "first_name", "email"}.isdisjoint(form_of(message, discreet, request, ""))


def test_a_long_text_is_cut_and_keeps_its_reference() -> None:
    hotline = FarHotline()
    hotline.dispatched()
    message = hotline.messages()[-1].model_copy(update={"text": "长" * 9000})
    hotline.send(message)
    (kept,) = hotline.far_end.requests.values()
    (request,) = hotline.far_requests.kept.values()
    assert len(kept.form["description"]) == 4000
    assert request.reference in kept.form["description"]


def test_a_far_end_that_is_down_gets_it_later() -> None:
    hotline = FarHotline()
    hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["down", "busy", "ok"]
    assert [tried(hotline, message) for _ in range(3)] == ["unavailable", "unavailable", "done"]
    assert len(hotline.far_end.requests) == 1


def test_after_a_lost_answer_it_is_found_in_their_list_and_not_sent_again() -> None:
    hotline = FarHotline()
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["lost"]
    with pytest.raises(FarAnswerLost):
        hotline.send(message)
    hotline.clock.pass_(minutes=2)
    hotline.send(message)
    assert len(hotline.far_end.requests) == 1
    assert hotline.far(appeal_id).state is FarState.OPEN


def test_what_their_list_cannot_tell_is_left_to_a_person() -> None:
    hotline = FarHotline(list_limit=None)
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["lost-late"]
    assert tried(hotline, message) == "unavailable"
    hotline.clock.pass_(minutes=5)
    assert tried(hotline, message) == "not-yet"
    hotline.clock.pass_(minutes=6)
    assert tried(hotline, message) == "in-doubt"
    assert len(hotline.far_end.requests) == 0
    assert hotline.far(appeal_id).trouble(hotline.clock()) == "in-doubt"


def test_a_list_that_is_full_tells_nothing() -> None:
    hotline = FarHotline(list_limit=1)
    hotline.sent()
    hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["lost-late"]
    assert tried(hotline, message) == "unavailable"
    hotline.clock.pass_(minutes=11)
    with pytest.raises(InDoubt):
        hotline.send(message)


def test_one_that_turns_up_after_it_was_sent_again_is_flagged() -> None:
    hotline = FarHotline()
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["lost-late"]
    assert tried(hotline, message) == "unavailable"
    hotline.clock.pass_(minutes=11)
    assert tried(hotline, message) == "done"
    hotline.clock.pass_(hours=2)
    hotline.poll()
    assert len(hotline.far_end.with_reference(hotline.far(appeal_id).reference)) == 2
    assert hotline.far(appeal_id).flags == ("there-twice",)


def test_two_workers_with_the_same_message_send_it_once() -> None:
    hotline = FarHotline()
    hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_requests.fail_after_put = 1
    with pytest.raises(Died):
        hotline.send(message)
    with pytest.raises(NotYet):
        hotline.send(message)
    assert hotline.far_end.requests == {}


def test_a_refusal_waits_for_a_person_and_is_tried_again_when_they_say_so() -> None:
    hotline = FarHotline()
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["refused", "ok"]
    with pytest.raises(FarEndRefused):
        hotline.send(message)
    assert hotline.far(appeal_id).trouble(hotline.clock()) == "HTTP 400"
    hotline.send(message)
    assert hotline.far(appeal_id).state is FarState.OPEN


def test_a_service_that_they_have_no_code_for_is_not_sent() -> None:
    hotline = FarHotline(services={"water.outage": "W"})
    hotline.dispatched()
    with pytest.raises(NotForOpen311):
        hotline.send(hotline.messages()[-1])


def test_a_confidential_report_is_never_sent_to_a_system_that_publishes() -> None:
    hotline = FarHotline()
    hotline.dispatched()
    message = hotline.messages()[-1].model_copy(update={"confidential": True})
    with pytest.raises(NotForOpen311):
        hotline.send(message)
    assert hotline.far_end.requests == {}


def test_an_agency_that_left_the_directory_gets_nothing() -> None:
    hotline = FarHotline()
    hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.directories = Hotline().directories
    with pytest.raises(NotForOpen311):
        hotline.send(message)


TROUBLES: list[Trouble] = ["ok", "down", "busy", "lost", "half", "refused"]


@settings(max_examples=150, deadline=None)
@given(
    plan=st.lists(st.sampled_from(TROUBLES), max_size=8),
    deaths=st.lists(st.integers(0, 12), max_size=3),
    pauses=st.lists(st.integers(0, 30), min_size=14, max_size=14),
    appears=st.integers(0, 9),
    limit=st.sampled_from([None, 200]),
)
def test_whatever_goes_wrong_there_is_one_request_at_most(
    plan: list[Trouble], deaths: list[int], pauses: list[int], appears: int, limit: int | None
) -> None:
    hotline = FarHotline(list_limit=limit)
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = list(plan)
    hotline.far_end.appears_after = timedelta(minutes=appears)
    for step, pause in enumerate(pauses):
        hotline.far_requests.fail_after_put = 1 if step in deaths else 0
        with suppress(HotlineError, Died):
            hotline.send(message)
        hotline.far_requests.fail_after_put = 0
        hotline.clock.pass_(minutes=pause)
    assert len(hotline.far_end.requests) <= 1
    request = hotline.far(appeal_id)
    if request.state is FarState.OPEN:
        assert request.request_id in hotline.far_end.requests


@settings(max_examples=60, deadline=None)
@given(pauses=st.lists(st.integers(1, 200), min_size=6, max_size=6))
def test_where_the_protocol_cannot_help_a_twin_is_flagged(pauses: list[int]) -> None:
    """A server that keeps a request two hours after it was sent, and never answered."""
    hotline = FarHotline()
    appeal_id = hotline.dispatched()
    message = hotline.messages()[-1]
    hotline.far_end.plan = ["lost-late"]
    for pause in pauses:
        with suppress(HotlineError):
            hotline.send(message)
        hotline.clock.pass_(minutes=pause)
    for hours in (0, 2, 3):
        hotline.clock.pass_(hours=hours)
        hotline.poll()
    twins = hotline.far_end.with_reference(hotline.far(appeal_id).reference)
    assert (len(twins) > 1) == ("there-twice" in hotline.far(appeal_id).flags)


# ---- news ------------------------------------------------------------------------------------------


def test_what_the_citizen_adds_is_posted_as_an_update_once() -> None:
    hotline = FarHotline(updates=True)
    appeal_id = hotline.sent()
    message = hotline.messages()[-1].model_copy(
        update={"kind": "supplemented", "message_id": f"{appeal_id}:9", "text": "又坏了一盏"}
    )
    hotline.send(message)
    hotline.send(message, again=True)
    assert hotline.far_end.told == {f"{appeal_id}:9": "又坏了一盏"}


def test_without_updates_a_person_has_to_tell_them() -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    hotline.send(hotline.messages()[-1].model_copy(update={"kind": "withdrawn"}))
    assert hotline.far(appeal_id).trouble(hotline.clock()) == "untold:withdrawn"
    hotline.send(hotline.messages()[-1].model_copy(update={"kind": "clock_warned"}))
    assert hotline.far(appeal_id).flags == ("untold:withdrawn",)


# ---- back ------------------------------------------------------------------------------------------


def test_what_they_write_becomes_contact_progress_and_done_each_once() -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    number = hotline.far(appeal_id).request_id or ""
    hotline.poll()
    assert hotline.case(appeal_id).status is Status.ACKNOWLEDGED
    for notes in ("已派人查看", "已派人查看", "等待配件"):
        hotline.far_end.says(number, notes)
        hotline.poll()
    hotline.far_end.says(number, "已更换灯泡", closed=True)
    for _ in range(3):
        hotline.poll()
    assert hotline.names(appeal_id)[2:] == [
        "WorkOrderAcknowledged",
        "CitizenContacted",
        "ProgressReported",
        "ProgressReported",
        "WorkOrderResolved",
    ]
    assert [note.text for note in hotline.words.notes(appeal_id)] == ["已派人查看", "等待配件", "已更换灯泡"]
    assert hotline.far_requests.watched(AGENCY) == []


def test_one_that_is_closed_without_a_word_still_needs_the_citizens() -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    hotline.far_end.says(hotline.far(appeal_id).request_id or "", closed=True)
    hotline.poll()
    assert hotline.case(appeal_id).status is Status.RESOLVED
    assert [note.text for note in hotline.words.notes(appeal_id)] == [CLOSED_WITHOUT_WORDS]


def test_what_the_citizen_sends_back_is_a_new_request_there() -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    hotline.far_end.says(hotline.far(appeal_id).request_id or "", "修好了", closed=True)
    hotline.poll()
    assert hotline.open_surveys(hotline.event(appeal_id, "WorkOrderResolved")) == {}
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=False, satisfied=False))
    (reopened,) = [each for each in hotline.messages() if each.kind == "reopened"]
    hotline.send(reopened)
    assert len(hotline.far_end.requests) == 2
    hotline.far_end.says(hotline.far(appeal_id).request_id or "", "这次真的修好了", closed=True)
    hotline.poll()
    assert hotline.names(appeal_id).count("WorkOrderResolved") == 2
    assert hotline.names(appeal_id).count("WorkOrderAcknowledged") == 1


def test_a_token_is_followed_until_it_is_a_number() -> None:
    hotline = FarHotline()
    hotline.far_end.tokens = True
    appeal_id = hotline.sent()
    assert hotline.far(appeal_id).state is FarState.ACCEPTED
    hotline.poll()
    assert hotline.case(appeal_id).status is Status.DISPATCHED
    hotline.far_end.numbered.add("101")
    hotline.poll()
    assert hotline.case(appeal_id).status is Status.ACKNOWLEDGED
    assert hotline.far(appeal_id).request_id == "101"


def test_updates_are_taken_over_in_their_order_a_few_at_a_time() -> None:
    hotline = FarHotline(updates=True)
    appeal_id = hotline.sent()
    number = hotline.far(appeal_id).request_id or ""
    hotline.far_end.published = [
        FarUpdate(f"u{place}", number, False, f"第 {place} 步") for place in range(7)
    ]
    hotline.poll()
    assert hotline.names(appeal_id).count("ProgressReported") == 5
    hotline.poll()
    hotline.poll()
    assert [note.text for note in hotline.words.notes(appeal_id)] == [f"第 {place} 步" for place in range(7)]


def test_a_far_end_that_fails_holds_up_nobody_and_is_known_to_be_silent() -> None:
    hotline = FarHotline()
    hotline.sent()
    hotline.far_end.down = True
    assert (hotline.poll().silent, hotline.poll().silent) == (1, 1)
    assert hotline.far_requests.health(AGENCY).failures == 2
    hotline.far_end.down = False
    assert hotline.poll().silent == 0
    assert hotline.far_requests.health(AGENCY).failures == 0


def test_an_endpoint_is_asked_no_more_often_than_its_line_says() -> None:
    hotline = FarHotline(poll_minutes=60)
    hotline.sent()
    assert sum(hotline.poll().asked for _ in range(8)) == 2


def test_an_order_that_others_have_finished_is_not_done_twice() -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    hotline.poll()
    hotline.far_end.says(hotline.far(appeal_id).request_id or "", "修好了", closed=True)
    hotline.far_requests.fail_after_put = 1
    with pytest.raises(Died):
        hotline.poll()
    hotline.far_requests.kept = {
        key: each.model_copy(update={"state": FarState.OPEN, "seen": ()})
        for key, each in hotline.far_requests.kept.items()
    }
    hotline.poll()
    assert hotline.names(appeal_id).count("WorkOrderResolved") == 1


@settings(max_examples=60, deadline=None)
@given(
    says=st.lists(
        st.tuples(st.sampled_from(["", "看过了", "在修", "\u202e坏\x00字"]), st.booleans()), max_size=6
    ),
    deaths=st.sets(st.integers(0, 12), max_size=3),
)
def test_every_change_there_is_one_command_at_most(says: list[tuple[str, bool]], deaths: set[int]) -> None:
    hotline = FarHotline()
    appeal_id = hotline.sent()
    number = hotline.far(appeal_id).request_id or ""
    for step in range(12):
        notes, closed = says[min(step // 2, len(says) - 1)] if says else ("", False)
        hotline.far_end.says(number, notes, closed)
        hotline.far_requests.fail_after_put = 1 if step in deaths else 0
        with suppress(Died):
            hotline.poll()
    names = hotline.names(appeal_id)
    assert names.count("WorkOrderAcknowledged") == 1
    assert names.count("CitizenContacted") <= 1
    assert names.count("WorkOrderResolved") <= 1
    assert names.count("ProgressReported") <= len({notes for notes, _ in says})
