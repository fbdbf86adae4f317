"""The outbox: new events only, and nothing in them that is a person's (I7)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.adapters.dynamodb.codec import _EVENT_CODES
from hotline.domain.actor import Actor, Role
from hotline.domain.case import CaseChange
from hotline.domain.orders import ReportProgress, Resolve, ReturnGround, ReturnOrder
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.dispatch_appeals import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.follow_appeal import supplement_appeal, withdraw_appeal
from hotline.use_cases.publish_events import envelopes_of, publish_events
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import (
    ACKNOWLEDGE,
    CONTACT,
    OPERATOR,
    Hotline,
    Life,
    appeal,
    in_progress,
)
from tests.unit.builders_directory import RIVERSIDE
from tests.unit.fakes import MemoryBus


def test_only_the_events_that_a_write_has_added_are_published() -> None:
    case = Life().dispatched().acknowledged().case
    bus = MemoryBus()
    assert publish_events([CaseChange(case, 0), CaseChange(case, 2), CaseChange(case, 3)], bus=bus) == 4
    assert [event.event_id.partition(":")[2] for event in bus.published] == ["1", "2", "3", "3"]


def test_nothing_new_calls_nobody() -> None:
    case = Life().case
    assert publish_events([CaseChange(case, 1)], bus=None) == 0  # type: ignore[arg-type]


def test_an_envelope_says_what_happened_to_what_and_whose_it_is() -> None:
    (event,) = envelopes_of(CaseChange(Life().dispatched().case, 1))
    assert (event.name, event.event_id, event.appeal_id) == (
        "WorkOrderDispatched",
        "000G40R40M30E209B:2",
        "000G40R40M30E209B",
    )
    assert event.correlation_id == event.data["appeal_id"] == event.appeal_id
    assert event.data["agency_id"] == event.data["agency"] == RIVERSIDE
    assert {"service_code", "district", "tier", "rule", "catalogue"} <= event.data.keys()


def test_an_agency_acts_as_a_whole() -> None:
    (event,) = envelopes_of(CaseChange(Life().dispatched().acknowledged().case, 2))
    assert event.actor == f"agency:{RIVERSIDE}"


def test_events_after_a_spill_keep_their_numbers() -> None:
    case = in_progress().case
    case.events, case.first_event = case.events[2:], 3
    assert [event.event_id[-1] for event in envelopes_of(CaseChange(case, 2))] == ["3", "4"]


MARK = "秘密"
"""Stands in everything that a person says or is; it must never be seen on the bus or in a case item."""


def everything_that_can_happen(marked: str, phone: str) -> Hotline:
    """Lives that bring about every kind of event, full of marked words."""
    hotline = Hotline()
    officer = Actor(role=Role.AGENCY, subject=phone, agency_id=RIVERSIDE)

    def registered(**changes: Any) -> str:
        return hotline.registered(
            appeal(
                text=f"着火 {phone} {marked}",
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
        directories=hotline.directories,
        now=hotline.clock,
    )
    hotline.clock.pass_(days=8)
    hotline.watermark.bucket -= 1000
    hotline.sweep()

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
    return hotline


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
