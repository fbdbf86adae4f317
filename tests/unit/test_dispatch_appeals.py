"""派: batches of registered appeals, and operators' decisions."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.actor import CITIZEN, Actor, Role
from hotline.domain.case import Case
from hotline.domain.dispatching import Dispatch, Referral
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    Unavailable,
    VersionConflict,
)
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.ports import OPERATORS
from hotline.use_cases.change_case import change_case
from hotline.use_cases.dispatch_appeals import Overtaken, candidates_for
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from tests.unit.builders import AGENCY, OFFICER, OPERATOR, RETURN, Hotline, appeal
from tests.unit.builders_directory import CITY, EAST, EAST_ZHONGSHAN, RIVERSIDE, WEST, WEST_ZHONGSHAN
from tests.unit.fakes import refuse

VAGUE = {"text": "我有一件事想反映", "service_code": None, "place": None}


def registered_event(hotline: Hotline, **changes: Any) -> Envelope:
    return hotline.event(hotline.registered(appeal(**changes) if changes else None), "AppealRegistered")


def by_operator(
    hotline: Hotline, appeal_id: str, by: Actor = OPERATOR, expected: int | None = None, **command: Any
) -> Case:
    return dispatch_by_operator(
        appeal_id,
        DispatchByOperator(**{"agency_id": RIVERSIDE, **command}),
        by=by,
        command_id=f"op-{command}",
        expected_version=expected,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
    )


def test_a_batch_is_dispatched_with_two_reads_and_one_write_each() -> None:
    hotline = Hotline()
    events = [registered_event(hotline) for _ in range(5)]
    reads, writes = hotline.cases.reads, hotline.cases.writes
    assert hotline.dispatch(*events) == {}
    assert (hotline.cases.reads - reads, hotline.words.reads, hotline.cases.writes - writes) == (1, 1, 5)


def test_a_dispatch_goes_to_the_sub_district_with_a_copy_to_its_district() -> None:
    hotline = Hotline()
    event = registered_event(hotline)
    hotline.dispatch(event)
    case = hotline.case(event.appeal_id)
    assert (case.status, case.agency_id, case.copy_to) == (Status.DISPATCHED, RIVERSIDE, EAST)
    assert case.events[-1].facts["catalogue"] == "2026-11-23-tiny"


def test_a_service_and_a_place_can_be_found_in_the_words() -> None:
    hotline = Hotline()
    event = registered_event(hotline, text="河边街道 3 号楼的路灯不亮", service_code=None, place=None)
    hotline.dispatch(event)
    case = hotline.case(event.appeal_id)
    assert (case.agency_id, case.service_code, case.subdistrict) == ("lamp-office", "street.lamp", RIVERSIDE)


def test_what_nobody_can_place_waits_for_an_operator_with_the_reasons() -> None:
    hotline = Hotline()
    event = registered_event(hotline, **VAGUE)
    assert hotline.dispatch(event) == {}
    case = hotline.case(event.appeal_id)
    assert (case.status, case.events[-1].name) == (Status.REGISTERED, "DispatchReferred")
    assert "service-unknown" in case.events[-1].facts["reasons"]
    assert [row.order_id for row in hotline.cases.inbox(OPERATORS, 10, None).rows] == [event.appeal_id]


def test_a_repeated_event_decides_nothing_twice() -> None:
    hotline = Hotline()
    events = [registered_event(hotline), registered_event(hotline, **VAGUE)]
    for _ in range(3):
        assert hotline.dispatch(*events) == {}
    assert [hotline.case(event.appeal_id).version for event in events] == [2, 2]


def test_an_appeal_that_was_withdrawn_meanwhile_is_left_alone() -> None:
    hotline = Hotline()
    event = registered_event(hotline)
    change_case(
        event.appeal_id,
        "w",
        lambda case, at: case.withdraw(by=CITIZEN, at=at, command_id="w"),
        cases=hotline.cases,
        now=hotline.clock,
    )
    assert hotline.dispatch(event) == {}
    assert hotline.case(event.appeal_id).status is Status.WITHDRAWN


def test_an_appeal_that_changes_just_then_comes_back_and_the_others_are_done() -> None:
    hotline = Hotline()
    first, second = registered_event(hotline), registered_event(hotline)
    hotline.cases.before_save.append(refuse(VersionConflict(2)))
    failed = hotline.dispatch(first, second)
    assert [type(error) for error in failed.values()] == [Overtaken]
    assert failed[first.event_id].retryable
    assert hotline.case(second.appeal_id).status is Status.DISPATCHED
    assert hotline.dispatch(first) == {}
    assert hotline.case(first.appeal_id).status is Status.DISPATCHED


def test_a_lost_acknowledgement_does_not_dispatch_twice() -> None:
    hotline = Hotline()
    event = registered_event(hotline)
    hotline.cases.lose_acknowledgements = 1
    assert isinstance(hotline.dispatch(event)[event.event_id], Unavailable)
    assert hotline.dispatch(event) == {}
    assert hotline.names(event.appeal_id) == ["AppealRegistered", "WorkOrderDispatched"]


def test_an_event_without_a_case_is_refused_for_good() -> None:
    hotline = Hotline()
    event = registered_event(hotline)
    del hotline.cases.items[event.appeal_id]
    error = hotline.dispatch(event)[event.event_id]
    assert isinstance(error, NotFound)
    assert not error.retryable


# --- by hand ---------------------------------------------------------------------------------------


def test_an_operator_dispatches_what_was_referred() -> None:
    hotline = Hotline()
    event = registered_event(hotline, **VAGUE)
    hotline.dispatch(event)
    case = by_operator(hotline, event.appeal_id, service_code="street.lamp", subdistrict=RIVERSIDE)
    assert (case.agency_id, case.copy_to, case.district, case.tier) == (RIVERSIDE, EAST, EAST, "general")
    assert case.events[-1].facts["by"] == "operator"


def test_an_operator_redispatches_what_came_back() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, RETURN)
    case = by_operator(hotline, appeal_id, agency_id="waterworks", service_code="water.outage")
    assert (case.status, case.agency_id, case.copy_to) == (Status.DISPATCHED, "waterworks", None)
    assert case.clocks["handling"].rule_id == "sla-1/urgent/handling"
    assert hotline.names(appeal_id)[-1] == "WorkOrderRedispatched"


def test_without_a_service_the_default_one_sets_the_limits() -> None:
    hotline = Hotline()
    event = registered_event(hotline, **VAGUE)
    assert by_operator(hotline, event.appeal_id).service_code == "other"


@pytest.mark.parametrize(
    ("command", "fields"),
    [
        ({"agency_id": "nobody"}, ["agency_id"]),
        ({"service_code": "street.ufo"}, ["service_code"]),
        ({"district": "110101"}, ["district"]),
        ({"district": CITY}, ["district"]),
        ({"district": RIVERSIDE}, ["district"]),
        ({"subdistrict": EAST}, ["subdistrict"]),
        (
            {"agency_id": "x", "service_code": "x", "subdistrict": "x"},
            ["agency_id", "service_code", "subdistrict"],
        ),
    ],
    ids=str,
)
def test_codes_that_the_directory_lacks_are_refused(command: dict[str, str], fields: list[str]) -> None:
    hotline = Hotline()
    appeal_id = hotline.registered(appeal(**VAGUE))
    with pytest.raises(InvalidInput) as refusal:
        by_operator(hotline, appeal_id, **command)
    assert [error["field"] for error in refusal.value.facts["errors"]] == fields
    assert hotline.case(appeal_id).version == 1


def test_only_the_desk_dispatches_and_only_what_waits() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(TransitionNotAllowed):
        by_operator(hotline, appeal_id)
    hotline.act(appeal_id, RETURN)
    for by in (OFFICER, CITIZEN, Actor(role=Role.AUDITOR)):
        with pytest.raises(Forbidden):
            by_operator(hotline, appeal_id, by=by)
    with pytest.raises(VersionConflict):
        by_operator(hotline, appeal_id, expected=2)
    assert hotline.case(appeal_id).agency_id == AGENCY


def test_an_operator_sees_what_the_rules_make_of_an_appeal() -> None:
    hotline = Hotline()

    def candidates(**changes: Any) -> Dispatch | Referral:
        return candidates_for(
            hotline.registered(appeal(**changes)),
            cases=hotline.cases,
            words=hotline.words,
            directories=hotline.directories,
            now=hotline.clock,
        )

    decided, unclear = candidates(), candidates(service_code=None, place=None, text="中山街道路灯不亮")
    assert isinstance(decided, Dispatch)
    assert isinstance(unclear, Referral)
    assert {EAST_ZHONGSHAN, WEST_ZHONGSHAN} <= set(unclear.places)
    assert WEST not in unclear.places
