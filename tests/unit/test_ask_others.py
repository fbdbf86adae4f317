"""办: the lead asks others: assists (条例 Art 14), summons (Art 16), more time (Art 15), its superior (Art 20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import asked_by_command
from hotline.domain.errors import (
    BoundExceeded,
    InvalidInput,
    NotFound,
    SidesOpen,
    TransitionNotAllowed,
)
from hotline.domain.orders import (
    AgencyCommand,
    CancelAssist,
    RequestAssist,
    RequestExtension,
    RequestHold,
    Resolve,
    Resume,
    Summon,
)
from hotline.domain.side_orders import SideKind, SideStatus
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from tests.unit.builders import (
    ACKNOWLEDGE,
    AGENCY,
    CONTACT,
    HELPER,
    OPERATOR,
    RESOLVE,
    Hotline,
    appeal,
)
from tests.unit.builders_directory import CITY, EAST, EAST_ZHONGSHAN, WEST, WEST_ZHONGSHAN
from tests.unit.builders_sides import (
    ASSIST,
    CANCEL_ASSIST,
    ESCALATE,
    EXTENSION,
    HOLD,
    PLUMBER,
    REPORT,
    SUMMON,
    act_beside,
    assisted,
)

SUPERVISORS_EAST = f"~supervisors/{EAST}"


def of_the_waterworks(hotline: Hotline) -> str:
    """An appeal that a city-wide utility works on."""
    appeal_id = hotline.dispatched(appeal(service_code="water.outage"))
    hotline.act(appeal_id, ACKNOWLEDGE, by=PLUMBER)
    hotline.act(appeal_id, CONTACT, by=PLUMBER)
    return appeal_id


# --- assists ---------------------------------------------------------------------------------------


def test_every_agency_that_is_asked_gets_an_order_and_a_clock_of_its_own() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    wanted = RequestAssist(agency_ids=(HELPER, "waterworks"), text="请核查线路和管道")
    case = hotline.act(appeal_id, wanted, command_id="ask")
    assert asked_by_command(case, "ask") == (f"{appeal_id}.2", f"{appeal_id}.3")
    sides = hotline.cases.sides(asked_by_command(case, "ask"))
    assert [(side.agency_id, side.kind, side.asked_by) for side in sides] == [
        (HELPER, SideKind.ASSIST, AGENCY),
        ("waterworks", SideKind.ASSIST, AGENCY),
    ]
    assert {side.clock.due_at for side in sides} == {hotline.clock() + timedelta(hours=72)}
    assert [note.text for note in hotline.words.notes(appeal_id)] == [wanted.text]
    assert {side.events[0].facts["note"] for side in sides} == {"ask"}


def test_asking_twice_with_one_command_asks_once() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    for _ in range(2):
        case = hotline.act(appeal_id, ASSIST, command_id="ask")
    assert asked_by_command(case, "ask") == (f"{appeal_id}.2",)
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, ASSIST, command_id="ask again")


def test_a_refusal_of_the_second_agency_leaves_the_first_unasked() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    before = dict(hotline.cases.items)
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, RequestAssist(agency_ids=("waterworks", HELPER), text="x"))
    assert hotline.cases.items == before


@pytest.mark.parametrize("agency_ids", [(AGENCY,), ("nobody",), (HELPER, HELPER)], ids=str)
def test_only_other_agencies_of_the_directory_can_be_asked_each_once(agency_ids: tuple[str, ...]) -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    with pytest.raises(InvalidInput) as refusal:
        hotline.act(appeal_id, RequestAssist(agency_ids=agency_ids, text="x"))
    assert refusal.value.facts["errors"][0]["field"] == "agency_ids"
    assert hotline.case(appeal_id).sides == 0


@pytest.mark.parametrize("agency_ids", [(), tuple(f"a{number}" for number in range(11))], ids=len)
def test_nobody_and_more_than_ten_cannot_be_asked_at_once(agency_ids: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        RequestAssist(agency_ids=agency_ids, text="x")


def test_the_lead_does_not_resolve_while_an_assist_is_open_unless_it_says_why() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    with pytest.raises(SidesOpen) as refusal:
        hotline.act(appeal_id, RESOLVE)
    assert refusal.value.facts["open"] == [order_id]
    alone = Resolve(text="已自行修复，无须等待", attachments=(), without_assists=True)
    hotline.act(appeal_id, alone)
    assert hotline.case(appeal_id).events[-1].facts["without"] == [2]


def test_after_the_report_the_lead_resolves_and_tells_of_an_objective_constraint() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    act_beside(hotline, order_id, REPORT)
    hotline.act(
        appeal_id, Resolve(text="线路属铁路专用，已向诉求人说明", attachments=(), result="constraint")
    )
    facts = hotline.case(appeal_id).events[-1].facts
    assert facts["result"] == "constraint"
    assert "without" not in facts


def test_the_lead_takes_back_what_it_asked_of_an_agency() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    hotline.act(appeal_id, SUMMON)
    hotline.act(appeal_id, CANCEL_ASSIST)
    sides = hotline.cases.sides([order_id, f"{appeal_id}.3"])
    assert [side.status for side in sides] == [SideStatus.CANCELLED] * 2
    assert hotline.case(appeal_id).open_sides == {}


def test_nothing_can_be_taken_back_that_was_not_asked() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    with pytest.raises(InvalidInput):
        hotline.act(appeal_id, CancelAssist(agency_ids=(HELPER, "waterworks")))
    assert list(hotline.case(appeal_id).open_sides) == [2]


def test_staff_of_the_hotline_ask_in_the_leads_place() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ASSIST, by=OPERATOR)
    assert hotline.cases.side(f"{appeal_id}.2").asked_by is None


def test_another_district_cannot_ask_or_resume_and_nobody_elses_agency_either() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    west = Actor(role=Role.SUPERVISOR, subject="s", district=WEST)
    stranger = Actor(role=Role.AGENCY, subject="x", agency_id=WEST_ZHONGSHAN)
    district = Actor(role=Role.AGENCY, subject="x", agency_id=EAST)
    for by in (west, stranger, district):
        for command in (ASSIST, Resume()):
            with pytest.raises(NotFound):
                hotline.act(appeal_id, command, by=by)


# --- summons ---------------------------------------------------------------------------------------


def test_a_sub_district_summons_departments_utilities_and_its_district() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, Summon(agency_ids=(HELPER, "waterworks", EAST), text="请到现场"))
    sides = hotline.cases.sides([f"{appeal_id}.{number}" for number in (2, 3, 4)])
    assert {side.kind for side in sides} == {SideKind.SUMMONS}
    assert {side.clock.due_at for side in sides} == {hotline.clock() + timedelta(hours=2)}


@pytest.mark.parametrize("agency_id", [EAST_ZHONGSHAN, CITY])
def test_neither_another_sub_district_nor_the_city_can_be_summoned(agency_id: str) -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    with pytest.raises(InvalidInput) as refusal:
        hotline.act(appeal_id, Summon(agency_ids=(agency_id,), text="请到现场"))
    assert refusal.value.facts["errors"][0]["field"] == "agency_ids"


def test_nobody_but_a_sub_district_summons() -> None:
    hotline = Hotline()
    appeal_id = of_the_waterworks(hotline)
    with pytest.raises(InvalidInput) as refusal:
        hotline.act(appeal_id, Summon(agency_ids=(HELPER,), text="请到现场"), by=PLUMBER)
    assert "sub-district" in refusal.value.facts["errors"][0]["message_en"]


# --- more time -------------------------------------------------------------------------------------


def test_more_time_is_asked_of_the_districts_supervisors_and_the_citizen_was_told() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, EXTENSION)
    side = hotline.cases.side(f"{appeal_id}.2")
    assert (side.kind, side.agency_id) == (SideKind.EXTENSION, SUPERVISORS_EAST)
    assert side.terms == {"amount": 2, "unit": "days", "told": "phone"}
    assert side.events[0].facts["told"] == "phone"
    (note,) = hotline.words.notes(appeal_id)
    assert note.attachments == EXTENSION.attachments


def test_a_city_wide_agency_asks_the_citys_supervisors() -> None:
    hotline = Hotline()
    appeal_id = of_the_waterworks(hotline)
    hotline.act(appeal_id, EXTENSION, by=PLUMBER)
    assert hotline.cases.side(f"{appeal_id}.2").agency_id == f"~supervisors/{CITY}"


def test_a_hold_is_asked_until_a_review_date() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, HOLD)
    side = hotline.cases.side(f"{appeal_id}.2")
    assert side.terms == {"until": int(HOLD.until.timestamp()), "told": "visit"}


def test_more_than_the_policy_allows_is_refused_before_any_supervisor_sees_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    too_long: list[AgencyCommand] = [
        RequestExtension(amount=11, unit="days", text="x", attachments=(), citizen_told="phone"),
        RequestHold.model_validate(
            {"until": "2027-01-01T00:00:00+08:00", "text": "x", "citizen_told": "phone"}
        ),
    ]
    for command in too_long:
        with pytest.raises(BoundExceeded):
            hotline.act(appeal_id, command)
    assert hotline.case(appeal_id).sides == 0


def test_what_is_not_asked_in_time_is_not_asked_at_all() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.clock.at = hotline.case(appeal_id).clocks["handling"].due_at + timedelta(seconds=1)
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, EXTENSION)


@pytest.mark.parametrize("missing", ["text", "citizen_told"])
def test_a_request_without_its_reason_or_without_having_told_the_citizen_is_none(missing: str) -> None:
    for command in (EXTENSION, HOLD):
        body: dict[str, Any] = command.model_dump(exclude={missing})
        with pytest.raises(ValidationError):
            type(command).model_validate(body)


# --- the superior ----------------------------------------------------------------------------------


def test_an_agency_asks_its_superior_and_then_the_one_above() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ESCALATE)
    hotline.act(appeal_id, ESCALATE)
    sides = hotline.cases.sides([f"{appeal_id}.2", f"{appeal_id}.3"])
    assert [(side.kind, side.agency_id) for side in sides] == [
        (SideKind.ESCALATION, EAST),
        (SideKind.ESCALATION, CITY),
    ]
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, ESCALATE)


def test_a_confidential_report_reaches_nobody_whom_it_is_about() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(appeal(confidential=True, about_agency=EAST))
    dispatch_by_operator(
        appeal_id,
        DispatchByOperator(agency_id="waterworks", released_text="请核查"),
        by=OPERATOR,
        command_id="op",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )
    for asked in (EAST, EAST_ZHONGSHAN):
        with pytest.raises(InvalidInput):
            hotline.act(appeal_id, RequestAssist(agency_ids=(asked,), text="请协查"), by=PLUMBER)
    hotline.act(appeal_id, ASSIST, by=PLUMBER)
    assert hotline.cases.side(f"{appeal_id}.2").agency_id == HELPER
