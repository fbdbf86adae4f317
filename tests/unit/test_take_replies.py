"""办: what agencies' systems answer, in any order, any number of times (F5, F17, F18, S2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.lifecycle import Status
from hotline.domain.orders import AgencyReply, RequestAssist
from hotline.domain.side_orders import SideStatus
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.take_replies import PATIENCE, Conflicted, ReplyUnproven, TakeReplies, TooEarly
from tests.unit.builders import (
    ACKNOWLEDGE,
    AGENCY,
    CONTACT,
    HELPER,
    PROGRESS,
    RESOLVE,
    RETURN,
    AnswerSurvey,
    Hotline,
    reply,
)
from tests.unit.builders_directory import WEST_ZHONGSHAN, tiny_parts
from tests.unit.builders_sides import (
    ACCEPT,
    ARRIVE,
    ASSIST,
    CANCEL_ASSIST,
    ESCALATE,
    EXTENSION,
    REPORT,
    assisted,
    side_reply,
    summoned,
)


def take(hotline: Hotline, *replies: AgencyReply, receives: int = 1) -> dict[int, HotlineError]:
    worker = TakeReplies(
        cases=hotline.cases,
        words=hotline.words,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )
    return worker([(each, receives) for each in replies])


def refusals(hotline: Hotline) -> list[tuple[str, str, str]]:
    return [
        (message.agency_id, message.status, message.refused.problem)
        for message in hotline.queues.sent
        if message.refused is not None
    ]


def test_a_batch_about_one_order_is_carried_out_in_its_order_with_one_read() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    reads = hotline.cases.reads
    replies = [
        reply(hotline, appeal_id, action, f"r-{place}")
        for place, action in enumerate((ACKNOWLEDGE, CONTACT, PROGRESS, RESOLVE))
    ]
    assert take(hotline, *replies) == {}
    assert hotline.cases.reads - reads == 1
    assert hotline.case(appeal_id).status is Status.RESOLVED
    assert [note.text for note in hotline.words.notes(appeal_id)] == [PROGRESS.text, RESOLVE.text]


@pytest.mark.parametrize(
    "forged",
    [
        {"reply_token": "x" * 22},
        {"agency_id": WEST_ZHONGSHAN},
        {"work_order_id": "0000000000000000C.1"},
    ],
    ids=str,
)
def test_a_reply_that_proves_nothing_does_nothing_and_is_answered_to_nobody(forged: dict[str, str]) -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    genuine = reply(hotline, appeal_id, ACKNOWLEDGE).model_dump(by_alias=True)
    failed = take(hotline, AgencyReply.model_validate({**genuine, **forged}))
    assert isinstance(failed[0], ReplyUnproven)
    assert not failed[0].retryable
    assert (hotline.case(appeal_id).version, hotline.queues.sent) == (2, [])


def test_an_agency_that_has_lost_the_order_is_told_that_there_is_none() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    stranger = reply(hotline, appeal_id, ACKNOWLEDGE, agency_id=WEST_ZHONGSHAN)
    assert take(hotline, stranger) == {}
    assert refusals(hotline) == [(WEST_ZHONGSHAN, "unknown", "not-found")]
    assert hotline.queues.sent[0].due == ()
    assert hotline.case(appeal_id).status is Status.DISPATCHED


def test_a_reply_to_an_unknown_order_is_refused_on_the_agencys_queue() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    answer = reply(hotline, appeal_id, ACKNOWLEDGE)
    del hotline.cases.items[appeal_id]
    assert take(hotline, answer) == {}
    assert refusals(hotline) == [(AGENCY, "unknown", "not-found")]


def test_a_reply_to_a_closed_order_is_refused_at_once() -> None:
    hotline = Hotline()
    appeal_id = hotline.surveying()
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=True, satisfied=True))
    assert take(hotline, reply(hotline, appeal_id, PROGRESS)) == {}
    assert refusals(hotline) == [(AGENCY, "closed", "transition-not-allowed")]
    assert all(note.text != PROGRESS.text for note in hotline.words.notes(appeal_id))


def test_the_same_reply_three_times_is_one_event_and_one_note() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    again = reply(hotline, appeal_id, RETURN)
    assert take(hotline, again, again) == {}
    assert take(hotline, again) == {}
    assert hotline.names(appeal_id).count("WorkOrderReturned") == 1
    assert len(hotline.words.notes(appeal_id)) == 1
    assert hotline.queues.sent == []


def test_replies_that_overtook_each_other_in_one_batch_are_put_in_order() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    ordered = [
        reply(hotline, appeal_id, action, f"r-{place}")
        for place, action in enumerate((ACKNOWLEDGE, CONTACT, RESOLVE))
    ]
    assert take(hotline, *ordered[::-1]) == {}
    assert hotline.names(appeal_id)[2:] == ["WorkOrderAcknowledged", "CitizenContacted", "WorkOrderResolved"]


def test_a_reply_that_overtook_another_batch_waits_and_then_finds_its_turn() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    early = reply(hotline, appeal_id, CONTACT, "r-2")
    failed = take(hotline, early)
    assert [type(error) for error in failed.values()] == [TooEarly]
    assert failed[0].retryable
    assert take(hotline, reply(hotline, appeal_id, ACKNOWLEDGE, "r-1")) == {}
    assert take(hotline, early, receives=2) == {}
    assert hotline.case(appeal_id).status is Status.IN_PROGRESS


def test_a_reply_whose_turn_never_comes_is_refused_after_its_patience() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    early = reply(hotline, appeal_id, RESOLVE)
    for receives in range(1, PATIENCE):
        assert isinstance(take(hotline, early, receives=receives)[0], TooEarly)
    assert refusals(hotline) == []
    assert take(hotline, early, receives=PATIENCE) == {}
    assert refusals(hotline) == [(AGENCY, "dispatched", "transition-not-allowed")]
    assert hotline.queues.sent[0].refused is not None
    assert hotline.queues.sent[0].refused.command_id == "r-1"


def test_missing_evidence_is_refused_at_once() -> None:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service["evidence_required"] = True
    hotline = Hotline(parts)
    appeal_id = hotline.in_progress()
    assert take(hotline, reply(hotline, appeal_id, RESOLVE)) == {}
    assert refusals(hotline) == [(AGENCY, "in_progress", "invalid-input")]


def test_a_reply_that_meets_the_sweep_comes_back_and_then_succeeds() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.clock.pass_(days=8)
    hotline.watermark.bucket -= 1000
    hotline.cases.before_save.append(lambda: hotline.sweep())
    answer = reply(hotline, appeal_id, RESOLVE)
    assert isinstance(take(hotline, answer)[0], Conflicted)
    assert take(hotline, answer) == {}
    assert hotline.names(appeal_id)[-3:] == ["ClockWarned", "ClockBreached", "WorkOrderResolved"]
    assert len(hotline.words.notes(appeal_id)) == 1


def test_a_note_that_could_not_be_kept_does_not_leak_into_the_next_save() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.words.failures = 1
    lost, kept = reply(hotline, appeal_id, RESOLVE, "r-1"), reply(hotline, appeal_id, CONTACT, "r-2")
    failed = take(hotline, lost, kept)
    assert [type(error) for error in failed.values()] == [Unavailable]
    assert hotline.names(appeal_id)[-1] == "CitizenContacted"
    assert "WorkOrderResolved" not in hotline.names(appeal_id)
    assert take(hotline, lost) == {}
    assert hotline.case(appeal_id).status is Status.RESOLVED


def test_a_lost_acknowledgement_is_one_event() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.cases.lose_acknowledgements = 1
    answer = reply(hotline, appeal_id, ACKNOWLEDGE)
    assert isinstance(take(hotline, answer)[0], Unavailable)
    assert take(hotline, answer) == {}
    assert hotline.names(appeal_id).count("WorkOrderAcknowledged") == 1


def test_a_refusal_that_cannot_be_delivered_comes_back() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.queues.broken.add(AGENCY)
    failed = take(hotline, reply(hotline, appeal_id, RESOLVE), receives=PATIENCE)
    assert failed[0].retryable


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=4))
def test_in_whatever_order_and_however_often_each_reply_takes_effect_once(
    order: list[int], repeats: list[int]
) -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    replies = [
        reply(hotline, appeal_id, action, f"r-{place}")
        for place, action in enumerate((ACKNOWLEDGE, CONTACT, PROGRESS, RESOLVE))
    ]
    waiting = [replies[place] for place in [*order, *repeats]]
    for _ in range(6):
        failed = take(hotline, *waiting)
        waiting = [waiting[place] for place in failed]
    told = hotline.names(appeal_id)[2:]
    assert [name for name in told if name != "ProgressReported"] == [
        "WorkOrderAcknowledged",
        "CitizenContacted",
        "WorkOrderResolved",
    ]
    # Progress is news only until the result; a report that the result has overtaken keeps waiting.
    assert told.count("ProgressReported") == (0 if waiting else 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "hotline.reply/2"},
        {"action": {"command": "close"}},
        {"action": {"command": "return", "ground": "too_hard", "text": "x"}},
        {"action": {"command": "acknowledge", "status": "closed"}},
        {"officer": "张三 13800138000"},
        {"reply_token": ""},
        {"agency": "x"},
    ],
    ids=str,
)
def test_a_reply_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    hotline = Hotline()
    genuine = reply(hotline, hotline.dispatched(), ACKNOWLEDGE).model_dump(by_alias=True)
    with pytest.raises(ValidationError):
        AgencyReply.model_validate({**genuine, **changes})


# --- orders beside the lead order ------------------------------------------------------------------


def test_a_helping_agency_answers_its_part_by_message_in_whatever_order_it_comes() -> None:
    hotline = Hotline()
    appeal_id, order_id = summoned(hotline)
    steps = [
        side_reply(hotline, order_id, action, f"s-{place}")
        for place, action in enumerate((ACCEPT, ARRIVE, REPORT))
    ]
    assert take(hotline, *reversed(steps)) == {}
    side = hotline.cases.side(order_id)
    assert [event.name for event in side.events[1:]] == ["SideOrderArrived", "SideOrderDone"]
    assert refusals(hotline) == [(HELPER, "done", "transition-not-allowed")]
    assert hotline.case(appeal_id).open_sides == {}


def test_the_same_report_three_times_ends_the_part_once() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    again = side_reply(hotline, order_id, REPORT)
    assert take(hotline, again, again) == {}
    assert take(hotline, again) == {}
    assert hotline.names(appeal_id).count("SideOrderClosed") == 1
    assert hotline.queues.sent == []


def test_a_report_and_the_leads_result_in_one_batch_are_put_in_order() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    result = reply(hotline, appeal_id, RESOLVE, "r-2")
    assert take(hotline, side_reply(hotline, order_id, REPORT), result) == {}
    assert hotline.case(appeal_id).status is Status.RESOLVED


def test_the_leads_result_before_the_report_is_refused_with_what_is_open() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    assert take(hotline, reply(hotline, appeal_id, RESOLVE)) == {}
    assert refusals(hotline) == [(AGENCY, "in_progress", "assist-open")]


def test_the_token_of_one_order_does_not_open_another() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    lead_token = hotline.tokens.reply_token(f"{appeal_id}.1", AGENCY)
    for forged in (
        {"agency_id": AGENCY, "reply_token": lead_token},
        {"agency_id": WEST_ZHONGSHAN},
        {"reply_token": hotline.tokens.reply_token(f"{appeal_id}.3", HELPER)},
    ):
        genuine = side_reply(hotline, order_id, REPORT).model_dump(by_alias=True)
        failed = take(hotline, AgencyReply.model_validate({**genuine, **forged}))
        assert isinstance(failed[0], ReplyUnproven)
    assert hotline.cases.side(order_id).version == 1


@pytest.mark.parametrize("number", ["x", "2.3", "02", "99999", "-1", "²"])
def test_a_number_that_cannot_be_an_orders_hurts_nobody_else_in_the_batch(number: str) -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    nonsense = side_reply(hotline, f"{appeal_id}.{number}", REPORT)
    failed = take(hotline, nonsense, side_reply(hotline, order_id, REPORT))
    assert failed == {}
    assert hotline.cases.side(order_id).status is SideStatus.DONE
    assert [problem for _, _, problem in refusals(hotline)] == ["not-found"]


def test_a_command_of_the_other_kind_of_order_is_refused_at_once() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    beside = side_reply(hotline, order_id, REPORT).model_dump(by_alias=True)
    wrong = AgencyReply.model_validate({**beside, "action": RESOLVE.model_dump()})
    assert take(hotline, wrong, reply(hotline, appeal_id, REPORT)) == {}  # type: ignore[arg-type]
    assert [problem for _, _, problem in refusals(hotline)] == ["invalid-input"] * 2


def test_what_a_refused_reply_had_begun_is_not_saved_with_the_next_one() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    halfway = RequestAssist(agency_ids=("waterworks", HELPER), text="请核查")
    replies = [reply(hotline, appeal_id, halfway, "r-1"), reply(hotline, appeal_id, PROGRESS, "r-2")]
    assert take(hotline, *replies, receives=PATIENCE) == {}
    assert hotline.case(appeal_id).sides == 1
    assert hotline.names(appeal_id)[-1] == "ProgressReported"


def test_a_lead_asks_and_takes_back_by_message() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    asking = [
        reply(hotline, appeal_id, action, f"r-{place}")
        for place, action in enumerate((ASSIST, CANCEL_ASSIST, EXTENSION, ESCALATE))
    ]
    assert take(hotline, *asking) == {}
    sides = hotline.cases.sides([f"{appeal_id}.{number}" for number in (2, 3, 4)])
    assert [(side.kind.value, side.status.value) for side in sides] == [
        ("assist", "cancelled"),
        ("extension", "asked"),
        ("escalation", "asked"),
    ]
