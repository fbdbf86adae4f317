"""办: what is asked beside the lead order, from the asking to the report; who sees it (FAULTS S2, S3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import Forbidden, NotFound, TransitionNotAllowed, Unavailable, VersionConflict
from hotline.domain.lifecycle import Status
from hotline.domain.orders import AgencyCommand, SideAction
from hotline.domain.side_orders import LEAD, SideKind, SideStatus
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import TRIES
from hotline.use_cases.read_orders import list_orders
from tests.unit.builders import (
    AGENCY,
    HELPER,
    OFFICER,
    OPERATOR,
    PROGRESS,
    RETURN,
    Hotline,
    appeal,
)
from tests.unit.builders_directory import EAST, WEST, tiny_parts
from tests.unit.builders_sides import (
    ACCEPT,
    ARRIVE,
    ASSIST,
    CANCEL,
    DISTRICT_OFFICER,
    ESCALATE,
    EXTENSION,
    HELPING,
    PLUMBER,
    REPORT,
    STAGE,
    STRANGER,
    SUMMON,
    act_beside,
    assisted,
    shown,
    summoned,
)
from tests.unit.fakes import refuse

EAST_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="s", district=EAST)
WEST_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="s", district=WEST)
CITY_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="s")


def needing_contact() -> Hotline:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service["needs_contact"] = True
    return Hotline(parts)


# --- acting ----------------------------------------------------------------------------------------


def test_an_assist_goes_its_way_without_touching_the_case_until_it_ends() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    version = hotline.case(appeal_id).version
    act_beside(hotline, order_id, ACCEPT)
    act_beside(hotline, order_id, STAGE)
    assert hotline.case(appeal_id).version == version
    side = act_beside(hotline, order_id, REPORT)
    assert [event.name for event in side.events] == [
        "SideOrderAsked",
        "SideOrderAcknowledged",
        "SideOrderStageReported",
        "SideOrderDone",
    ]
    case = hotline.case(appeal_id)
    assert (case.version, case.events[-1].name, case.open_sides) == (version + 1, "SideOrderClosed", {})
    texts = [note.text for note in hotline.words.notes(appeal_id)]
    assert texts == [ASSIST.text, STAGE.text, REPORT.text]


def test_a_command_that_ends_nothing_takes_one_read_and_one_write() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    reads, writes = hotline.cases.reads, hotline.cases.writes
    act_beside(hotline, order_id, ACCEPT)
    assert (hotline.cases.reads - reads, hotline.cases.writes - writes) == (1, 1)


def test_a_stage_report_gives_a_new_limit_once() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.clock.pass_(days=2)
    side = act_beside(hotline, order_id, STAGE)
    assert side.clock.due_at == hotline.clock() + timedelta(hours=72)
    with pytest.raises(TransitionNotAllowed):
        act_beside(hotline, order_id, STAGE)


def test_after_the_limit_a_stage_report_no_longer_helps() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.clock.pass_(days=4)
    with pytest.raises(TransitionNotAllowed):
        act_beside(hotline, order_id, STAGE)
    assert not act_beside(hotline, order_id, REPORT).in_time


def test_a_summoned_agency_arrives_in_time_and_reports_when_it_likes() -> None:
    hotline = Hotline()
    _, order_id = summoned(hotline)
    with pytest.raises(TransitionNotAllowed):
        act_beside(hotline, order_id, REPORT)
    hotline.clock.pass_(hours=2)
    act_beside(hotline, order_id, ARRIVE)
    hotline.clock.pass_(days=3)
    assert act_beside(hotline, order_id, REPORT).in_time


def test_a_summoned_agency_that_comes_a_second_late_is_late() -> None:
    hotline = Hotline()
    _, order_id = summoned(hotline)
    hotline.clock.pass_(hours=2, seconds=1)
    side = act_beside(hotline, order_id, ARRIVE)
    assert [event.name for event in side.events][-2:] == ["SideOrderArrived", "SideOrderBreached"]
    assert not side.in_time


@pytest.mark.parametrize("command", [ACCEPT, REPORT, CANCEL], ids=lambda command: command.command)
def test_the_same_command_twice_is_one_event_and_one_note(command: SideAction) -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    by = OFFICER if command is CANCEL else HELPING
    for _ in range(2):
        act_beside(hotline, order_id, command, by, command_id="c")
    side = hotline.cases.side(order_id)
    assert [event.command_id for event in side.events].count("c") == 1
    assert sum(note.note_id == "c" for note in hotline.words.notes(appeal_id)) <= 1


def test_a_lost_acknowledgement_of_a_report_is_found_again() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        act_beside(hotline, order_id, REPORT, command_id="c")
    act_beside(hotline, order_id, REPORT, command_id="c")
    assert hotline.names(appeal_id).count("SideOrderClosed") == 1


def test_whoever_names_a_version_that_has_passed_is_told_the_present_one() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    act_beside(hotline, order_id, ACCEPT, expected_version=1)
    with pytest.raises(VersionConflict) as refusal:
        act_beside(hotline, order_id, REPORT, expected_version=1)
    assert refusal.value.facts["current_version"] == 2


def test_a_report_that_meets_another_change_of_the_case_is_tried_again() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, PROGRESS))
    act_beside(hotline, order_id, REPORT)
    assert hotline.names(appeal_id)[-2:] == ["ProgressReported", "SideOrderClosed"]


def test_a_report_that_the_lead_has_overtaken_by_taking_the_assist_back_is_refused() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.cases.before_save.append(lambda: act_beside(hotline, order_id, CANCEL, OFFICER))
    with pytest.raises(TransitionNotAllowed):
        act_beside(hotline, order_id, REPORT)
    assert hotline.cases.side(order_id).status is SideStatus.CANCELLED


def test_a_case_that_never_stands_still_is_given_up() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    hotline.cases.before_save = [refuse(VersionConflict(9))] * TRIES
    with pytest.raises(VersionConflict):
        act_beside(hotline, order_id, REPORT)
    assert hotline.cases.side(order_id).status is SideStatus.ASKED


def test_an_order_that_the_agency_gives_back_takes_its_assists_with_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ASSIST)
    hotline.act(appeal_id, RETURN)
    assert hotline.case(appeal_id).status is Status.RETURNED
    assert hotline.cases.side(f"{appeal_id}.2").status is SideStatus.CANCELLED
    with pytest.raises(TransitionNotAllowed):
        act_beside(hotline, f"{appeal_id}.2", REPORT)


# --- who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [OFFICER, STRANGER, PLUMBER, DISTRICT_OFFICER], ids=lambda by: by.agency_id)
def test_only_the_agency_that_is_asked_answers(by: Actor) -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    for command in (ACCEPT, STAGE, REPORT):
        with pytest.raises(NotFound):
            act_beside(hotline, order_id, command, by)


@pytest.mark.parametrize("by", [HELPING, STRANGER, DISTRICT_OFFICER, WEST_SUPERVISOR], ids=str)
def test_only_whoever_asked_and_the_districts_own_supervisor_take_it_back(by: Actor) -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    with pytest.raises(NotFound):
        act_beside(hotline, order_id, CANCEL, by)
    assert act_beside(hotline, order_id, CANCEL, EAST_SUPERVISOR).status is SideStatus.CANCELLED


def test_staff_answer_nothing_in_an_agencys_place() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    for by in (OPERATOR, EAST_SUPERVISOR):
        with pytest.raises(Forbidden):
            act_beside(hotline, order_id, REPORT, by)


def test_what_does_not_exist_is_not_found() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    for order_id in (f"{appeal_id}.3", appeal_id, "0041061050R3GG28A.2"):
        with pytest.raises(NotFound):
            act_beside(hotline, order_id, ACCEPT)


# --- seeing ----------------------------------------------------------------------------------------


def test_the_agency_that_is_asked_sees_the_matter_its_limit_and_what_is_asked_of_it() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    hotline.act(appeal_id, PROGRESS)
    order = shown(hotline, order_id, HELPING)
    assert (order.kind, order.agency_id, order.asked_by, order.lead_agency_id) == (
        "assist",
        HELPER,
        AGENCY,
        AGENCY,
    )
    assert (order.text, [note.text for note in order.notes]) == (appeal().text, [ASSIST.text])
    assert [(due.clock, due.rule_id) for due in order.due] == [("assist", "sla-1/any/assist")]
    assert order.allowed == ("acknowledge", "report_stage", "report")
    assert (order.version, order.status, order.contact) == (1, "asked", None)


@pytest.mark.parametrize(
    ("by", "allowed"),
    [
        (OFFICER, ("cancel",)),
        (DISTRICT_OFFICER, ()),
        (EAST_SUPERVISOR, ("cancel",)),
        (CITY_SUPERVISOR, ("cancel",)),
        (OPERATOR, ("cancel",)),
        (Actor(role=Role.AUDITOR), ()),
    ],
    ids=str,
)
def test_the_lead_its_district_and_staff_see_it_too(by: Actor, allowed: tuple[str, ...]) -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    assert shown(hotline, order_id, by).allowed == allowed


@pytest.mark.parametrize("by", [STRANGER, PLUMBER, WEST_SUPERVISOR], ids=str)
def test_whom_it_does_not_concern_sees_no_order_beside_either(by: Actor) -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    with pytest.raises(NotFound):
        shown(hotline, order_id, by)


def test_the_agency_that_is_asked_sees_its_own_order_and_not_the_leads() -> None:
    hotline = Hotline()
    appeal_id, _ = assisted(hotline)
    with pytest.raises(NotFound):
        shown(hotline, appeal_id, HELPING)


@pytest.mark.parametrize(
    ("ask", "asked"), [(ASSIST, HELPING), (SUMMON, HELPING), (ESCALATE, DISTRICT_OFFICER)], ids=str
)
def test_the_contact_goes_only_to_an_open_assist_whose_service_needs_it(
    ask: AgencyCommand, asked: Actor
) -> None:
    hotline = needing_contact()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ask)
    order_id = f"{appeal_id}.2"
    assert (shown(hotline, order_id, asked).contact is not None) is (ask is ASSIST)
    assert shown(hotline, order_id, OFFICER).contact is None
    assert shown(hotline, order_id, OPERATOR).contact is not None
    if ask is ASSIST:
        act_beside(hotline, order_id, REPORT)
        assert shown(hotline, order_id, asked).contact is None


def test_the_lead_order_lists_everything_asked_beside_it() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    hotline.act(appeal_id, SUMMON)
    hotline.act(appeal_id, EXTENSION)
    act_beside(hotline, order_id, REPORT)
    act_beside(hotline, f"{appeal_id}.3", CANCEL, OFFICER)
    sides = shown(hotline, appeal_id, OFFICER).sides
    assert [(side.work_order_id, side.kind, side.status, side.in_time) for side in sides] == [
        (f"{appeal_id}.4", "extension", "asked", None),
        (f"{appeal_id}.3", "summons", "cancelled", None),
        (f"{appeal_id}.2", "assist", "done", True),
    ]
    assert shown(hotline, hotline.dispatched(), OFFICER).sides == ()


def test_a_lead_may_take_back_only_while_something_is_asked() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    assert "cancel_assist" in shown(hotline, appeal_id, OFFICER).allowed
    act_beside(hotline, order_id, REPORT)
    assert "cancel_assist" not in shown(hotline, appeal_id, OFFICER).allowed


def test_only_a_sub_district_is_offered_to_summon() -> None:
    hotline = Hotline()
    assert "summon" in shown(hotline, hotline.in_progress(), OFFICER).allowed
    utility = hotline.dispatched(appeal(service_code="water.outage"))
    hotline.act(utility, ACCEPT, by=PLUMBER)
    assert "summon" not in shown(hotline, utility, PLUMBER).allowed


def test_a_request_for_time_is_the_districts_supervisors_to_decide_and_the_leads_to_take_back() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, EXTENSION)
    order_id = f"{appeal_id}.2"
    assert shown(hotline, order_id, EAST_SUPERVISOR).allowed == ("decide", "cancel")
    assert shown(hotline, order_id, OFFICER).allowed == ("cancel",)
    assert shown(hotline, order_id, OFFICER).terms["told"] == "phone"
    for by in (WEST_SUPERVISOR, HELPING):
        with pytest.raises(NotFound):
            shown(hotline, order_id, by)


def test_a_district_that_was_asked_by_its_street_sees_it_and_answers() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ESCALATE)
    order = shown(hotline, f"{appeal_id}.2", DISTRICT_OFFICER)
    assert (order.kind, order.allowed) == ("escalation", ("acknowledge", "report"))
    assert shown(hotline, appeal_id, DISTRICT_OFFICER).allowed == ()


def test_nobody_sees_a_confidential_report_about_itself_even_when_it_was_asked() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(appeal(confidential=True, about_agency=EAST))
    case = hotline.case(appeal_id)
    for agency_id in (EAST, HELPER):
        case.open_side(
            SideKind.OPINION,
            agency_id,
            by=OPERATOR,
            at=hotline.clock(),
            command_id=f"consult {agency_id}",
            timekeeper=PolicyTimekeeper.of(hotline.directories.current()),
        )
    hotline.cases.save(case)
    assert shown(hotline, f"{appeal_id}.3", HELPING).confidential
    with pytest.raises(NotFound):
        shown(hotline, f"{appeal_id}.2", DISTRICT_OFFICER)


# --- inboxes ---------------------------------------------------------------------------------------


def rows(hotline: Hotline, agency_id: str, by: Actor) -> list[tuple[str, str]]:
    page = list_orders(
        agency_id,
        by=by,
        limit=10,
        after=None,
        lists=hotline.cases,
        directories=hotline.directories,
        now=hotline.clock(),
    )
    return [(row.work_order_id, row.kind) for row in page.orders]


def test_an_inbox_tells_what_leads_from_what_is_asked() -> None:
    hotline = Hotline()
    appeal_id, order_id = assisted(hotline)
    assert rows(hotline, HELPER, HELPING) == [(order_id, "assist")]
    assert rows(hotline, AGENCY, OFFICER) == [(f"{appeal_id}.1", LEAD)]
    act_beside(hotline, order_id, REPORT)
    assert rows(hotline, HELPER, HELPING) == []


def test_supervisors_read_their_own_inbox_and_no_other_districts() -> None:
    hotline = Hotline()
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, EXTENSION)
    inbox = f"~supervisors/{EAST}"
    for by in (EAST_SUPERVISOR, CITY_SUPERVISOR, OPERATOR):
        assert rows(hotline, inbox, by) == [(f"{appeal_id}.2", "extension")]
    not_theirs: list[tuple[str, Actor]] = [
        (inbox, WEST_SUPERVISOR),
        (AGENCY, WEST_SUPERVISOR),
        (inbox, OFFICER),
        (HELPER, EAST_SUPERVISOR),
    ]
    for agency_id, by in not_theirs:
        with pytest.raises(Forbidden):
            rows(hotline, agency_id, by)
