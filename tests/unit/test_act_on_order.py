"""办: what an officer does at the desk, and what staff see of it."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import OrderView
from hotline.domain.errors import Forbidden, InvalidInput, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.orders import Resolve
from hotline.ports import OPERATORS
from hotline.use_cases.read_orders import list_orders, read_order
from tests.unit.builders import (
    ACKNOWLEDGE,
    AGENCY,
    CONTACT,
    OFFICER,
    OPERATOR,
    PROGRESS,
    RESOLVE,
    RETURN,
    Hotline,
    appeal,
)
from tests.unit.builders_directory import EAST, WEST, tiny_parts

DISTRICT_OFFICER = Actor(role=Role.AGENCY, subject="qu", agency_id=EAST)
STRANGER = Actor(role=Role.AGENCY, subject="li", agency_id="990102001")


def city_where_noise(**facts: bool) -> Hotline:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service.update(facts if service["service_code"] == "street.noise" else {})
    return Hotline(parts)


def read(hotline: Hotline, appeal_id: str, by: Actor) -> OrderView:
    return read_order(
        appeal_id,
        by=by,
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        directories=hotline.directories,
    )


def inbox(hotline: Hotline, agency_id: str, by: Actor, limit: int = 10, after: str | None = None) -> Any:
    return list_orders(
        agency_id,
        by=by,
        limit=limit,
        after=after,
        lists=hotline.cases,
        directories=hotline.directories,
        now=hotline.clock(),
    )


def test_an_order_goes_its_ordinary_way() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    for command in (ACKNOWLEDGE, CONTACT, PROGRESS, RESOLVE):
        hotline.act(appeal_id, command)
    assert hotline.names(appeal_id)[2:] == [
        "WorkOrderAcknowledged",
        "CitizenContacted",
        "ProgressReported",
        "WorkOrderResolved",
    ]
    assert [note.text for note in hotline.words.notes(appeal_id)] == [PROGRESS.text, RESOLVE.text]
    assert hotline.case(appeal_id).events[-1].actor == f"agency:{AGENCY}/zhang"


def test_a_returned_order_waits_at_the_operators_desk() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, RETURN)
    assert [row.appeal_id for row in inbox(hotline, OPERATORS, OPERATOR).orders] == [appeal_id]
    assert inbox(hotline, AGENCY, OFFICER).orders == ()


def test_another_agency_finds_nothing_to_act_on() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(NotFound):
        hotline.act(appeal_id, ACKNOWLEDGE, by=STRANGER)
    with pytest.raises(NotFound):
        hotline.act(appeal_id, ACKNOWLEDGE, by=DISTRICT_OFFICER)
    with pytest.raises(Forbidden):
        hotline.act(appeal_id, ACKNOWLEDGE, by=OPERATOR)


def test_a_service_may_ask_for_evidence() -> None:
    hotline = city_where_noise(evidence_required=True)
    appeal_id = hotline.in_progress()
    with pytest.raises(InvalidInput):
        hotline.act(appeal_id, RESOLVE)
    assert hotline.words.notes(appeal_id) == []
    hotline.act(appeal_id, Resolve(text="已处理", attachments=("a01-x",)))
    assert hotline.words.notes(appeal_id)[0].attachments == ("a01-x",)


def test_two_officers_on_the_same_version_make_one_success_and_one_conflict() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, ACKNOWLEDGE, expected_version=2)
    with pytest.raises(VersionConflict) as refusal:
        hotline.act(appeal_id, RETURN, expected_version=2)
    assert refusal.value.facts["current_version"] == 3


def test_the_same_command_twice_is_one_event() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    for _ in range(2):
        hotline.act(appeal_id, ACKNOWLEDGE, command_id="c")
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, ACKNOWLEDGE, command_id="d")
    assert hotline.names(appeal_id).count("WorkOrderAcknowledged") == 1


# --- seeing ----------------------------------------------------------------------------------------


def test_the_lead_agency_sees_everything_and_what_it_may_do() -> None:
    hotline = Hotline()
    shown = read(hotline, hotline.dispatched(), OFFICER)
    assert shown.text == appeal().text
    assert shown.allowed == ("acknowledge", "return", "request_assist", "escalate", "request_review")
    assert shown.contact is None


def test_the_supervising_district_sees_the_order_but_may_do_nothing_with_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    shown = read(hotline, appeal_id, DISTRICT_OFFICER)
    assert (shown.copy_to, shown.allowed) == (EAST, ())


@pytest.mark.parametrize("by", [STRANGER, Actor(role=Role.SUPERVISOR, subject="s", district=WEST)], ids=str)
def test_whom_it_does_not_concern_sees_nothing(by: Actor) -> None:
    hotline = Hotline()
    with pytest.raises(NotFound):
        read(hotline, hotline.dispatched(), by)


def test_the_contact_is_for_operators_and_for_the_lead_where_the_service_needs_it() -> None:
    needed, other = city_where_noise(needs_contact=True), Hotline()
    supervisor = Actor(role=Role.SUPERVISOR, subject="s", district=EAST)
    for hotline, by, sees in (
        (needed, OFFICER, True),
        (needed, DISTRICT_OFFICER, False),
        (needed, supervisor, False),
        (needed, Actor(role=Role.AUDITOR), False),
        (needed, OPERATOR, True),
        (other, OFFICER, False),
        (other, OPERATOR, True),
    ):
        assert (read(hotline, hotline.dispatched(), by).contact is not None) is sees, by


def test_an_inbox_is_read_by_its_owner_and_by_staff_of_the_same_district() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    for by in (OFFICER, OPERATOR, Actor(role=Role.SUPERVISOR, district=EAST), Actor(role=Role.SUPERVISOR)):
        assert [row.appeal_id for row in inbox(hotline, AGENCY, by).orders] == [appeal_id]
    for by in (STRANGER, DISTRICT_OFFICER, Actor(role=Role.SUPERVISOR, district=WEST)):
        with pytest.raises(Forbidden):
            inbox(hotline, AGENCY, by)


def test_an_inbox_shows_the_most_urgent_first_page_by_page() -> None:
    hotline = Hotline()
    expected = []
    for _ in range(5):
        expected.append(hotline.dispatched())
        hotline.clock.pass_(hours=1)
    first = inbox(hotline, AGENCY, OFFICER, limit=2)
    rest = inbox(hotline, AGENCY, OFFICER, limit=10, after=first.next)
    assert [row.appeal_id for row in (*first.orders, *rest.orders)] == expected
    assert rest.next is None
    hotline.clock.pass_(days=7)
    assert inbox(hotline, AGENCY, OFFICER).orders[0].overdue
