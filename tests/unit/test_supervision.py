"""督: supervisors decide about more time, and press by hand; each only where they have to do with it (S3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import Forbidden, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.lifecycle import Status
from hotline.domain.orders import Escalate
from hotline.domain.side_orders import SUPERVISORS
from hotline.use_cases.follow_appeal import track_appeal
from hotline.use_cases.list_requests import inbox_of, list_overdue, list_requests
from hotline.use_cases.press_agency import Supervise, Urge
from tests.unit.builders import ACKNOWLEDGE, AGENCY, CONTACT, OFFICER, OPERATOR, RESOLVE, Hotline
from tests.unit.builders_desk import (
    CITY_SUPERVISOR,
    EAST_SUPERVISOR,
    WEST_SUPERVISOR,
    asked_to_decide,
    decided,
    pressed,
    referred,
)
from tests.unit.builders_directory import CITY, EAST, WEST
from tests.unit.builders_sides import DISTRICT_OFFICER, EXTENSION, HOLD, assisted
from tests.unit.fakes import refuse

ADMIN = Actor(role=Role.ADMIN, subject="ad-1")
SUPERVISE = Supervise(text="请书面说明逾期原因")
UP = Escalate(text="请区里研究")


def asked(hotline: Hotline, command: object = EXTENSION) -> tuple[str, str]:
    """An appeal whose agency has asked for more time, and the request's number."""
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, command)  # type: ignore[arg-type]
    return appeal_id, f"{appeal_id}.2"


# --- decisions about more time (条例 Art 15) -------------------------------------------------------


def test_a_granted_extension_moves_the_limit_and_both_the_agency_and_the_citizen_are_told_why() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    limit = hotline.case(appeal_id).clocks["handling"].due_at
    side = asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)
    case = hotline.case(appeal_id)
    assert (side.status, case.clocks["handling"].due_at) == ("done", limit + timedelta(days=2))
    assert hotline.names(appeal_id)[-2:] == ["SideOrderClosed", "ExtensionGranted"]
    assert side.events[-1].facts["note"] == case.events[-1].facts["note"]
    seen = track_appeal(
        appeal_id,
        hotline.secret_key(appeal_id),
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )
    assert (seen.timeline[-1].text_zh, seen.timeline[-1].text) == ("经批准延长办理时限", "配件采购需要时间")


def test_a_granted_hold_waits_until_its_review_date_and_comes_back_by_itself() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline, HOLD)
    asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)
    case = hotline.case(appeal_id)
    assert case.status is Status.ON_HOLD
    assert case.resumes_at == HOLD.until
    hotline.clock.at = HOLD.until
    hotline.sweep()
    assert hotline.case(appeal_id).status is Status.IN_PROGRESS


def test_a_refused_request_ends_and_nothing_else_happens() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    before = hotline.case(appeal_id).clocks
    asked_to_decide(hotline, order_id, False, EAST_SUPERVISOR)
    case = hotline.case(appeal_id)
    assert (case.clocks, case.extensions, case.open_sides) == (before, 0, {})
    assert case.events[-1].facts["outcome"] == "refused"


def test_a_decision_that_is_sent_twice_is_taken_once() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    for _ in range(2):
        asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR, command_id="the-same")
    assert hotline.case(appeal_id).extensions == 1
    with pytest.raises(TransitionNotAllowed):
        asked_to_decide(hotline, order_id, False, EAST_SUPERVISOR)


def test_a_decision_that_another_write_overtakes_is_taken_on_what_is_there_now() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, CONTACT))
    asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)
    assert hotline.names(appeal_id)[-3:] == ["CitizenContacted", "SideOrderClosed", "ExtensionGranted"]


def test_a_decision_that_loses_every_race_leaves_neither_half() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    hotline.cases.before_save += [refuse(VersionConflict(9))] * 3
    with pytest.raises(VersionConflict):
        asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)
    assert (hotline.case(appeal_id).extensions, hotline.cases.side(order_id).status) == (0, "asked")


def test_a_decision_about_a_request_that_has_changed_since_it_was_seen_is_a_conflict() -> None:
    hotline = Hotline()
    _, order_id = asked(hotline)
    with pytest.raises(VersionConflict):
        asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR, expected_version=7)
    assert asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR, expected_version=1).status == "done"


def test_after_the_limit_nothing_can_be_granted_and_the_request_goes_with_the_order() -> None:
    hotline = Hotline()
    appeal_id, order_id = asked(hotline)
    hotline.clock.at = hotline.case(appeal_id).clocks["handling"].due_at + timedelta(seconds=1)
    with pytest.raises(TransitionNotAllowed):
        asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)
    assert hotline.cases.side(order_id).status == "asked", "it can still be refused"
    hotline.act(appeal_id, RESOLVE)
    assert hotline.cases.side(order_id).status == "cancelled"


@pytest.mark.parametrize(
    ("by", "refusal"),
    [
        (WEST_SUPERVISOR, NotFound),
        (OPERATOR, Forbidden),
        (OFFICER, NotFound),
        (Actor(role=Role.AUDITOR, subject="au"), Forbidden),
    ],
    ids=["another district", "an operator", "the agency itself", "an auditor"],
)
def test_nobody_else_decides(by: Actor, refusal: type[Exception]) -> None:
    hotline = Hotline()
    _, order_id = asked(hotline)
    with pytest.raises(refusal):
        asked_to_decide(hotline, order_id, True, by)
    assert hotline.cases.side(order_id).status == "asked"


def test_the_city_and_its_administrators_may_decide_for_every_district() -> None:
    for by in (CITY_SUPERVISOR, ADMIN):
        hotline = Hotline()
        assert asked_to_decide(hotline, asked(hotline)[1], True, by).status == "done"


def test_what_a_city_wide_agency_asks_is_for_the_city_even_in_the_own_district() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    decided(hotline, appeal_id, agency_id="waterworks", district=EAST)
    officer = Actor(role=Role.AGENCY, subject="qian", agency_id="waterworks")
    for command in (ACKNOWLEDGE, EXTENSION):
        hotline.act(appeal_id, command, by=officer)
    assert hotline.cases.side(f"{appeal_id}.2").agency_id == f"{SUPERVISORS}/{CITY}"
    with pytest.raises(Forbidden):
        asked_to_decide(hotline, f"{appeal_id}.2", True, EAST_SUPERVISOR)
    assert asked_to_decide(hotline, f"{appeal_id}.2", True, CITY_SUPERVISOR).status == "done"


def test_an_assist_is_nothing_to_decide_about() -> None:
    hotline = Hotline()
    _, order_id = assisted(hotline)
    with pytest.raises(NotFound):
        asked_to_decide(hotline, order_id, True, EAST_SUPERVISOR)


# --- the lists -------------------------------------------------------------------------------------


def test_a_district_sees_its_own_requests_with_what_exactly_is_asked() -> None:
    hotline = Hotline()
    _, order_id = asked(hotline)
    inbox = inbox_of(EAST_SUPERVISOR, None, hotline.directories)
    (row,) = list_requests(
        inbox, limit=10, after=None, cases=hotline.cases, lists=hotline.cases, now=hotline.clock()
    ).requests
    assert (row.work_order_id, row.kind, row.amount, row.unit, row.asked_by, row.citizen_told) == (
        order_id,
        "extension",
        2,
        "days",
        AGENCY,
        "phone",
    )
    asked_to_decide(hotline, order_id, False, EAST_SUPERVISOR)
    assert (
        list_requests(
            inbox, limit=10, after=None, cases=hotline.cases, lists=hotline.cases, now=hotline.clock()
        ).requests
        == ()
    )


def test_a_district_reads_no_other_districts_list_and_the_city_reads_all() -> None:
    directories = Hotline().directories
    assert inbox_of(EAST_SUPERVISOR, EAST, directories) == f"{SUPERVISORS}/{EAST}"
    assert inbox_of(CITY_SUPERVISOR, None, directories) == f"{SUPERVISORS}/{CITY}"
    assert inbox_of(CITY_SUPERVISOR, WEST, directories) == f"{SUPERVISORS}/{WEST}"
    with pytest.raises(Forbidden):
        inbox_of(EAST_SUPERVISOR, WEST, directories)


def test_only_what_is_late_and_not_on_hold_is_overdue() -> None:
    hotline = Hotline()
    late, resting = hotline.in_progress(), hotline.in_progress()
    hotline.act(resting, HOLD)
    asked_to_decide(hotline, f"{resting}.2", True, EAST_SUPERVISOR)
    hotline.clock.at = hotline.case(late).clocks["handling"].due_at + timedelta(hours=1)
    hotline.in_progress()

    def overdue(by: Actor) -> list[str]:
        page = list_overdue(
            AGENCY,
            by=by,
            limit=10,
            after=None,
            lists=hotline.cases,
            directories=hotline.directories,
            now=hotline.clock(),
        )
        return [row.appeal_id for row in page.orders]

    assert overdue(EAST_SUPERVISOR) == overdue(CITY_SUPERVISOR) == [late]
    with pytest.raises(Forbidden):
        overdue(WEST_SUPERVISOR)


# --- by hand ---------------------------------------------------------------------------------------


def test_an_urging_with_words_keeps_them_and_one_without_needs_none() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    pressed(hotline, appeal_id, Urge(text="请尽快联系诉求人"))
    pressed(hotline, appeal_id, Urge())
    first, second = (event for event in hotline.case(appeal_id).events if event.name == "WorkOrderUrged")
    (note,) = hotline.words.notes(appeal_id)
    assert (first.facts["note"], "note" in second.facts, note.by) == (
        note.note_id,
        False,
        "supervisor:su-1",
    )


def test_a_supervision_is_a_written_order_to_the_holder_with_an_answer_due() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    pressed(hotline, appeal_id, SUPERVISE)
    side = hotline.cases.side(f"{appeal_id}.2")
    assert (side.kind, side.agency_id, side.clock.due_at - hotline.clock()) == (
        "supervision",
        AGENCY,
        timedelta(hours=24),
    )
    with pytest.raises(TransitionNotAllowed):
        pressed(hotline, appeal_id, SUPERVISE)


def test_an_escalation_goes_one_step_up_each_time_and_ends_at_the_city() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    pressed(hotline, appeal_id, UP)
    pressed(hotline, appeal_id, UP)
    sides = hotline.cases.sides([f"{appeal_id}.2", f"{appeal_id}.3"])
    assert [side.agency_id for side in sides] == [DISTRICT_OFFICER.agency_id, CITY]
    with pytest.raises(TransitionNotAllowed):
        pressed(hotline, appeal_id, UP)
    assert hotline.case(appeal_id).rung == 0


@pytest.mark.parametrize("command", [Urge(), SUPERVISE, UP], ids=["urge", "supervise", "escalate"])
def test_a_supervisor_of_another_district_presses_nobody(command: Urge | Supervise | Escalate) -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(NotFound):
        pressed(hotline, appeal_id, command, by=WEST_SUPERVISOR)
    assert hotline.case(appeal_id).version == 2


@pytest.mark.parametrize("command", [Urge(), SUPERVISE, UP], ids=["urge", "supervise", "escalate"])
def test_nobody_is_pressed_for_what_nobody_holds_or_what_is_done(
    command: Urge | Supervise | Escalate,
) -> None:
    hotline = Hotline()
    for appeal_id in (referred(hotline), hotline.resolved(), hotline.surveying()):
        with pytest.raises(TransitionNotAllowed):
            pressed(hotline, appeal_id, command, by=CITY_SUPERVISOR)
