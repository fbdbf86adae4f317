"""What is done next with an order: for each course, in each state, by whoever it is up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from hotline.domain.lifecycle import TRANSITIONS, Command, Status
from hotline.domain.orders import AgencyCommand
from hotline.domain.side_orders import SideKind, SideStatus
from infrastructure.demo.acts import (
    DECIDED_BY_SUPERVISORS,
    FOLLOWED,
    MAY_BE_JOINED,
    MAY_JOIN,
    OF_THE_HOTLINE,
    Act,
    Others,
    is_followed,
    next_act,
    next_of_repeat,
    open_sides,
    round_of,
    takes_course,
)
from infrastructure.demo.habits import PLAIN, Course, Entry, Plan
from tests.unit.builders_demo import BUS, NUMBER, OTHER, SUBDISTRICT, TAX, order, side

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OTHERS = Others(assisting=[BUS, "110105"], summoned=[BUS, TAX])

ASKS = {
    Course.ASSISTED: ("agency", "request_assist", "assist"),
    Course.SUMMONED: ("agency", "summon", "summons"),
    Course.EXTENDED: ("agency", "request_extension", "extension"),
    Course.HELD: ("agency", "request_hold", "hold"),
    Course.ESCALATED: ("agency", "escalate", "escalation"),
    Course.SUPERVISED: ("supervisor", "supervise", "supervision"),
}


def act(document: dict[str, Any], course: Course = Course.PLAIN) -> Act | None:
    return next_act(document, Plan(course=course), OTHERS, NOW)


def command(document: dict[str, Any], course: Course = Course.PLAIN) -> tuple[str, str] | None:
    found = act(document, course)
    return (found.by, found.command) if found else None


@pytest.mark.parametrize(("course", "ask"), ASKS.items())
def test_a_course_is_asked_for_waited_for_and_then_the_agency_says_done(
    course: Course, ask: tuple[str, str, str]
) -> None:
    by, wanted, kind = ask
    assert command(order(), course) == (by, wanted)
    assert command(order(sides=[side(kind)]), course) is None
    assert command(order(sides=[side(kind, "done")]), course) == ("agency", "resolve")


def test_an_order_is_urged_once() -> None:
    assert command(order(), Course.URGED) == ("supervisor", "urge")
    urged = order("in_progress", "WorkOrderDispatched", "WorkOrderUrged")
    assert command(urged, Course.URGED) == ("agency", "resolve")


def test_both_who_are_asked_are_waited_for() -> None:
    sides = [side("assist", "done"), side("assist", "acknowledged", number=3)]
    assert command(order(sides=sides), Course.ASSISTED) is None


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("registered", None),
        ("dispatched", ("agency", "acknowledge")),
        ("acknowledged", ("agency", "record_contact")),
        ("on_hold", ("supervisor", "resume")),
        ("in_progress", ("agency", "resolve")),
        ("returned", None),
        ("merged", None),
    ],
)
def test_an_order_without_a_course_goes_straight_on(status: str, wanted: tuple[str, str] | None) -> None:
    assert command(order(status)) == wanted


def test_only_a_sub_district_summons_and_any_other_agency_handles_the_order() -> None:
    assert command(order(agency_id=BUS), Course.SUMMONED) == ("agency", "resolve")
    assert takes_course(Plan(course=Course.SUMMONED), SUBDISTRICT)
    assert not takes_course(Plan(course=Course.SUMMONED), "110101")
    assert takes_course(Plan(entry=Entry.REPEAT), BUS)


def test_who_no_longer_waits_for_an_assist_says_so() -> None:
    waiting = act(order(sides=[side("assist")]))
    assert waiting is not None
    assert waiting.body["without_assists"] is True


@pytest.mark.parametrize("course", [course for course, ask in ASKS.items() if ask[0] == "agency"])
def test_what_agencies_say_is_what_the_hotline_takes(course: Course) -> None:
    found = act(order(), course)
    assert found is not None
    TypeAdapter(AgencyCommand).validate_python(found.body)


def test_a_hold_is_asked_for_until_a_date_to_come() -> None:
    found = act(order(), Course.HELD)
    assert found is not None
    assert datetime.fromisoformat(found.body["until"]) == NOW + timedelta(days=7)


# ---------------------------------------------------------------------- repeats


def repeat(document: dict[str, Any], likeness: str = "retold", leader: str = "in_progress") -> object:
    plan = Plan(Entry.REPEAT, likeness=likeness)  # type: ignore[arg-type]
    found = next_of_repeat(document, plan, order(leader, appeal_id=OTHER))
    return found.command if isinstance(found, Act) else found


def test_the_rules_look_at_a_repeat_first() -> None:
    assert repeat(order("registered", "AppealRegistered")) is None
    assert repeat(order("registered", "AppealRegistered", "DispatchReferred")) == "merge"


@pytest.mark.parametrize("status", ["dispatched", "acknowledged", "in_progress"])
def test_what_the_rules_did_not_fold_an_operator_merges(status: str) -> None:
    found = next_of_repeat(order(status), Plan(Entry.REPEAT), order(appeal_id=OTHER))
    assert isinstance(found, Act)
    assert (found.by, found.command, found.body["into"]) == ("operator", "merge", OTHER)


def test_what_is_merged_is_settled_unless_it_is_another_matter() -> None:
    merged = order("merged", "WorkOrderDispatched", "AppealMerged")
    assert repeat(merged) == "settled"
    assert repeat(merged, "word for word") == "settled"
    assert repeat(merged, "another matter") == "unmerge"


def test_what_was_taken_apart_is_not_merged_again() -> None:
    apart = order("registered", "DispatchReferred", "AppealMerged", "AppealUnmerged")
    assert repeat(apart, "another matter") == "settled"
    assert (
        repeat(order("merged", "AppealMerged", "AppealUnmerged", "AppealMerged"), "another matter")
        == "settled"
    )


@pytest.mark.parametrize("status", ["resolved", "surveying", "closed", "withdrawn"])
def test_a_repeat_of_what_is_done_stands_alone(status: str) -> None:
    assert repeat(order("in_progress"), leader=status) == "settled"
    assert repeat(order(status)) == "settled"


# ---------------------------------------------------------------------- reading


def test_an_order_is_followed_until_somebody_says_done() -> None:
    assert is_followed(order())
    assert not is_followed(order("surveying", "WorkOrderDispatched", "WorkOrderResolved", "SurveyOpened"))
    again = ("WorkOrderDispatched", "WorkOrderResolved", "SurveyOpened", "WorkOrderReopened")
    assert not is_followed(order("in_progress", *again))


def test_an_order_that_came_back_to_the_desk_is_followed_anew() -> None:
    contested = ("AppealConcluded", "SurveyOpened", "ConclusionContested")
    assert is_followed(order("registered", *contested))
    assert is_followed(order("dispatched", *contested, "WorkOrderDispatched"))


def test_each_time_an_order_is_given_to_somebody_is_a_round_of_its_own() -> None:
    assert round_of(order("registered", "AppealRegistered")) == 0
    assert round_of(order("dispatched", "WorkOrderDispatched", "WorkOrderReturned", "ReturnUpheld")) == 2


def test_a_side_is_open_until_it_is_done_or_cancelled() -> None:
    sides = [side("assist", status.value, number=place) for place, status in enumerate(SideStatus, 2)]
    found = {each["status"] for each in open_sides(order(sides=sides))}
    assert found == {status.value for status in SideStatus if not status.ended}


def test_the_demo_knows_the_lifecycle() -> None:
    """Statuses and kinds are spelt out here as an outsider would; they are the hotline's own."""
    assert {status for status, wanted in TRANSITIONS if wanted is Command.MERGE} == MAY_JOIN
    joined = {status for status, wanted in TRANSITIONS if wanted is Command.JOIN}
    assert {status.value for status in joined} | {"merged"} == MAY_BE_JOINED
    assert set(Status) > FOLLOWED
    assert {kind for kind in SideKind if kind.decided_by_supervisor} == DECIDED_BY_SUPERVISORS
    assert {kind for kind in SideKind if not kind.asked_of_agency} == DECIDED_BY_SUPERVISORS | OF_THE_HOTLINE


def test_plain_is_the_plan_of_a_stranger() -> None:
    assert next_act(order(), PLAIN, OTHERS, NOW) == act(order())
    assert order()["appeal_id"] == NUMBER
