"""The outbox: new events only, and nothing in them that is a person's (I7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.dynamodb.codec import _EVENT_CODES
from hotline.domain.actor import Actor, Role
from hotline.domain.appeal import Note
from hotline.domain.case import Case, Change
from hotline.domain.orders import (
    Report,
    ReportProgress,
    ReportStage,
    RequestAssist,
    RequestReview,
    Resolve,
    Resume,
    ReturnGround,
    ReturnOrder,
    Summon,
)
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.change_case import change_case
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.follow_appeal import supplement_appeal, withdraw_appeal
from hotline.use_cases.judge_review import Judge, judge_review
from hotline.use_cases.notes import keep_note
from hotline.use_cases.press_agency import Supervise, Urge
from hotline.use_cases.publish_events import envelopes_of, publish_events
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import (
    ACKNOWLEDGE,
    CONTACT,
    HELPER,
    JUDGE,
    OPERATOR,
    Hotline,
    Life,
    appeal,
    in_progress,
)
from tests.unit.builders_desk import CITY_SUPERVISOR, adjudicated, asked_to_decide, concluded, pressed
from tests.unit.builders_directory import RIVERSIDE
from tests.unit.builders_repeats import merge, unmerge
from tests.unit.builders_sides import (
    ACCEPT,
    ARRIVE,
    CANCEL_ASSIST,
    EXTENSION,
    HELPING,
    HOLD,
    PLUMBER,
    act_beside,
)
from tests.unit.fakes import MemoryBus


def test_only_the_events_that_a_write_has_added_are_published() -> None:
    case = Life().dispatched().acknowledged().case
    bus = MemoryBus()
    assert publish_events([Change(case, 0), Change(case, 2), Change(case, 3)], bus=bus) == 4
    assert [event.event_id.partition(":")[2] for event in bus.published] == ["1", "2", "3", "3"]


def test_nothing_new_calls_nobody() -> None:
    case = Life().case
    assert publish_events([Change(case, 1)], bus=None) == 0  # type: ignore[arg-type]


def test_an_envelope_says_what_happened_to_what_and_whose_it_is() -> None:
    (event,) = envelopes_of(Change(Life().dispatched().case, 1))
    assert (event.name, event.event_id, event.appeal_id) == (
        "WorkOrderDispatched",
        "000G40R40M30E209B:2",
        "000G40R40M30E209B",
    )
    assert event.correlation_id == event.data["appeal_id"] == event.appeal_id
    assert event.data["agency_id"] == event.data["agency"] == RIVERSIDE
    assert {"service_code", "district", "tier", "rule", "catalogue"} <= event.data.keys()


def test_an_agency_acts_as_a_whole() -> None:
    (event,) = envelopes_of(Change(Life().dispatched().acknowledged().case, 2))
    assert event.actor == f"agency:{RIVERSIDE}"


def test_events_after_a_spill_keep_their_numbers() -> None:
    case = in_progress().case
    case.events, case.first_event = case.events[2:], 3
    assert [event.event_id[-1] for event in envelopes_of(Change(case, 2))] == ["3", "4"]


MARK = "秘密"
"""Stands in everything that a person says or is; it must never be seen on the bus or in a case item."""


def everything_that_can_happen(marked: str, phone: str) -> Hotline:
    """Lives that bring about every kind of event, full of marked words."""
    hotline = Hotline()
    officer = Actor(role=Role.AGENCY, subject=phone, agency_id=RIVERSIDE)

    def registered(**changes: Any) -> str:
        return hotline.registered(
            appeal(
                text=f"着火 {phone} {marked} {len(hotline.cases.items)}",
                contact={"name": marked, "phone": phone, "email": f"{marked}@example.com"},
                **{"place": {"subdistrict": RIVERSIDE, "address_text": marked}, **changes},
            )
        )

    def dispatched() -> str:
        appeal_id = registered()
        hotline.dispatch(hotline.event(appeal_id, "AppealRegistered"))
        return appeal_id

    def supplement(appeal_id: str) -> None:
        supplement_appeal(
            appeal_id,
            hotline.secret_key(appeal_id),
            marked,
            "s",
            cases=hotline.cases,
            words=hotline.words,
            sealed=hotline.sealed,
            now=hotline.clock,
        )

    referred = registered(service_code=None, place={"address_text": marked})
    hotline.dispatch(hotline.event(referred, "AppealRegistered"))
    withdraw_appeal(referred, hotline.secret_key(referred), "w", cases=hotline.cases, now=hotline.clock)

    returned = dispatched()
    hotline.act(returned, ReturnOrder(ground=ReturnGround.INCOMPLETE, text=marked), by=officer)
    dispatch_by_operator(
        returned,
        DispatchByOperator(agency_id=RIVERSIDE),
        by=OPERATOR,
        command_id="op",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )
    hotline.clock.pass_(days=8)
    hotline.watermark.bucket -= 1000
    hotline.sweep()

    asked_about_the_answer(
        hotline, hotline.surveying(appeal(text=marked, contact={"phone": phone})), marked, officer
    )

    handled = dispatched()
    supplement(handled)
    for command in (ACKNOWLEDGE, CONTACT, ReportProgress(text=marked), Resolve(text=marked, attachments=())):
        hotline.act(handled, command, by=officer)
    for number, resolved in ((1, False), (2, True)):
        hotline.open_surveys(hotline.event(handled, "WorkOrderResolved"))
        hotline.answer(
            hotline.tokens.survey_token(SurveyRef(handled, number)),
            AnswerSurvey(contacted=True, resolved=resolved, satisfied=resolved, comment=marked),
        )
        if not resolved:
            hotline.act(handled, Resolve(text=marked, attachments=()), by=officer)

    asked_of_others(hotline, dispatched(), marked, officer)
    decided_at_the_desk(hotline, dispatched(), registered(), marked, officer)
    leader, member = dispatched(), dispatched()
    merge(hotline, member, leader)
    unmerge(hotline, member)
    hidden = registered(confidential=True)
    change_case(
        hidden,
        "look",
        lambda case, at: looked_at(case, marked, hotline),
        cases=hotline.cases,
        now=hotline.clock,
    )
    return hotline


def asked_of_others(hotline: Hotline, appeal_id: str, marked: str, officer: Actor) -> None:
    """Assists, summonses, more time, urging and supervision."""
    for command in (
        ACKNOWLEDGE,
        CONTACT,
        RequestAssist(agency_ids=(HELPER,), text=marked),
        Summon(agency_ids=("waterworks",), text=marked),
        EXTENSION.model_copy(update={"text": marked}),
    ):
        hotline.act(appeal_id, command, by=officer)
    asked_to_decide(hotline, f"{appeal_id}.4", True, CITY_SUPERVISOR, text=marked)
    for number, by, action in (
        (2, HELPING, ACCEPT),
        (2, HELPING, ReportStage(text=marked)),
        (3, PLUMBER, ARRIVE),
        (3, PLUMBER, Report(text=marked, attachments=())),
    ):
        act_beside(hotline, f"{appeal_id}.{number}", action, by)
    hotline.act(appeal_id, CANCEL_ASSIST, by=officer)
    hotline.act(appeal_id, HOLD.model_copy(update={"text": marked}), by=officer)
    asked_to_decide(hotline, f"{appeal_id}.5", True, CITY_SUPERVISOR, text=marked)
    hotline.act(appeal_id, Resume(), by=officer)
    pressed(hotline, appeal_id, Urge(text=marked), by=CITY_SUPERVISOR)
    pressed(hotline, appeal_id, Supervise(text=marked), by=CITY_SUPERVISOR)
    hotline.clock.pass_(days=2)
    hotline.sweep()


def decided_at_the_desk(hotline: Hotline, disputed: str, undecided: str, marked: str, officer: Actor) -> None:
    """An objection that is not accepted, and an answer that the citizen does not accept."""
    hotline.act(disputed, ReturnOrder(ground=ReturnGround.INCOMPLETE, text=marked), by=officer)
    adjudicated(hotline, disputed, "uphold", text=marked)
    concluded(hotline, undecided, outcome="dissuaded", law=marked, text=marked)
    hotline.open_surveys(hotline.event(undecided, "AppealConcluded"))
    token = hotline.tokens.survey_token(SurveyRef(undecided, 1))
    hotline.answer(token, AnswerSurvey(contacted=True, resolved=False, satisfied=False, comment=marked))


def asked_about_the_answer(hotline: Hotline, appeal_id: str, marked: str, officer: Actor) -> None:
    """The answer is changed, the order excluded and the dissatisfaction judged, and somebody calls once more."""
    token = hotline.tokens.survey_token(SurveyRef(appeal_id, 1))
    for comment in ("", marked):
        hotline.answer(
            token, AnswerSurvey(contacted=True, resolved=True, satisfied=False, comment=marked + comment)
        )
    evidence = {"text": marked, "attachments": ("a01",)}
    hotline.act(appeal_id, RequestReview(about="exclusion", reason="untrue", **evidence), by=officer)
    hotline.act(appeal_id, RequestReview(about="dissatisfaction", **evidence), by=officer)
    for number, verdict in ((2, "granted"), (3, "unreasonable")):
        judge_review(
            appeal_id,
            f"{appeal_id}.{number}",
            Judge(verdict=verdict, text=marked),
            by=JUDGE,
            command_id=f"judged-{number}",
            expected_version=None,
            cases=hotline.cases,
            words=hotline.words,
            directories=hotline.directories,
            now=hotline.clock,
        )
    now = {"at": hotline.clock(), "command_id": "call"}
    case = hotline.case(appeal_id)
    side = case.verify_answer(timekeeper=PolicyTimekeeper.of(hotline.directories.current()), **now)
    side.claim(hotline.clock(), by=OPERATOR, **now)
    side.attempt("busy", hotline.clock(), by=OPERATOR, **now)
    hotline.cases.save(case)


def looked_at(case: Case, marked: str, hotline: Hotline) -> None:
    """An operator reads what an informant has said."""
    at = hotline.clock()
    case.reveal("look", by=OPERATOR, at=at, command_id="look")
    keep_note(case, Note(note_id="look", by=OPERATOR.signature, at=at, text=marked), hotline.sealed)


@settings(max_examples=10, deadline=None)
@given(
    st.text("甲乙丙丁abcXYZ", min_size=1, max_size=20).map(lambda text: MARK + text),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
)
def test_no_phone_no_name_and_no_words_are_in_any_event(marked: str, phone: str) -> None:
    hotline = everything_that_can_happen(marked, phone)
    events = hotline.events()
    assert {event.name for event in events} == set(_EVENT_CODES)
    for event in events:
        published = event.model_dump_json()
        assert MARK not in published
        assert phone not in published
        assert "example.com" not in published


def test_the_case_item_holds_no_contact_and_its_headline_no_phone() -> None:
    hotline = everything_that_can_happen(MARK, "13800138000")
    for item in hotline.cases.items.values():
        events = item.pop("e")
        assert "example.com" not in str(events)
        assert "13800138000" not in str(item)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CITIZEN, Role.SYSTEM])
def test_every_role_signs_with_a_word_not_a_name(role: Role) -> None:
    assert Actor(role=role, subject="").signature == role.value
