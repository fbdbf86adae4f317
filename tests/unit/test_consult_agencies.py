"""派: 会商 before a dispatch, and dispatches with assists: reasons, limits, who may be asked (条例 Art 12, 14)."""

from __future__ import annotations

from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.domain.orders import Report
from hotline.domain.side_orders import SideStatus
from hotline.use_cases.consult_agencies import read_opinions
from tests.unit.builders import AGENCY, HELPER, JUDGE, RETURN, Hotline
from tests.unit.builders_desk import VAGUE, consulted, decided, referred
from tests.unit.builders_directory import EAST, RIVERSIDE
from tests.unit.builders_sides import HELPING, act_beside

OPINION = Report(text="属路灯所管养", attachments=())


def fields(refusal: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [error["field"] for error in refusal.value.facts["errors"]]


def test_each_agency_that_is_asked_gets_the_question_and_a_limit_of_its_own() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    case = consulted(hotline, appeal_id, HELPER, RIVERSIDE)
    assert case.status is Status.REGISTERED
    sides = hotline.cases.sides([f"{appeal_id}.2", f"{appeal_id}.3"])
    assert [(side.kind, side.agency_id, side.clock.kind) for side in sides] == [
        ("opinion", HELPER, "opinion"),
        ("opinion", RIVERSIDE, "opinion"),
    ]
    (note,) = hotline.words.notes(appeal_id)
    assert {side.events[0].facts["note"] for side in sides} == {note.note_id}


def test_the_operator_sees_who_has_said_what_and_whether_in_time() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER, RIVERSIDE)
    act_beside(hotline, f"{appeal_id}.2", OPINION, HELPING)
    first, second = read_opinions(appeal_id, cases=hotline.cases, words=hotline.words)
    assert (first.agency_id, first.status, first.in_time, first.text) == (
        HELPER,
        "done",
        True,
        "属路灯所管养",
    )
    assert (second.agency_id, second.status, second.in_time, second.text) == (RIVERSIDE, "asked", None, None)
    assert read_opinions(referred(hotline), cases=hotline.cases, words=hotline.words) == ()


def test_after_a_consultation_the_dispatch_needs_reasons_which_everybody_concerned_can_read() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER)
    with pytest.raises(InvalidInput) as refusal:
        decided(hotline, appeal_id, agency_id=HELPER)
    assert fields(refusal) == ["reasons"]
    assert hotline.case(appeal_id).status is Status.REGISTERED
    case = decided(hotline, appeal_id, agency_id=HELPER, reasons="按会商意见")
    facts = case.events[-1].facts
    assert [note.text for note in hotline.words.notes(appeal_id) if note.note_id == facts["note"]] == [
        "按会商意见"
    ]


def test_an_opinion_that_is_still_open_is_cancelled_by_the_dispatch() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER, RIVERSIDE)
    act_beside(hotline, f"{appeal_id}.2", OPINION, HELPING)
    decided(hotline, appeal_id, agency_id=HELPER, reasons="按会商意见")
    statuses = [side.status for side in hotline.cases.sides([f"{appeal_id}.2", f"{appeal_id}.3"])]
    assert statuses == [SideStatus.DONE, SideStatus.CANCELLED]
    with pytest.raises(TransitionNotAllowed):
        act_beside(
            hotline, f"{appeal_id}.3", OPINION, Actor(role=Role.AGENCY, subject="x", agency_id=RIVERSIDE)
        )


def test_a_consultation_counts_for_the_dispatch_that_follows_it_and_no_later_one() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER)
    decided(hotline, appeal_id, agency_id=AGENCY, reasons="按会商意见")
    hotline.act(appeal_id, RETURN)
    assert not hotline.case(appeal_id).consulted
    consulted(hotline, appeal_id, HELPER, by=JUDGE)
    assert hotline.case(appeal_id).consulted


def test_the_rules_leave_an_appeal_alone_once_agencies_were_asked() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    consulted(hotline, appeal_id, HELPER)
    assert hotline.dispatch(hotline.event(appeal_id, "AppealRegistered")) == {}
    assert hotline.case(appeal_id).status is Status.REGISTERED


@pytest.mark.parametrize(
    "agency_ids", [("nobody",), (HELPER, HELPER), (HELPER, "nobody")], ids=["unknown", "twice", "one unknown"]
)
def test_nobody_is_asked_when_one_of_them_cannot_be(agency_ids: tuple[str, ...]) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    with pytest.raises(InvalidInput):
        consulted(hotline, appeal_id, *agency_ids)
    assert hotline.case(appeal_id).open_sides == {}


def test_an_agency_is_not_asked_twice_for_the_same_and_not_when_another_has_the_order() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    consulted(hotline, appeal_id, HELPER)
    with pytest.raises(TransitionNotAllowed):
        consulted(hotline, appeal_id, HELPER)
    with pytest.raises(TransitionNotAllowed):
        consulted(hotline, hotline.dispatched(), HELPER)
    with pytest.raises(NotFound):
        consulted(hotline, referred(hotline), HELPER, by=HELPING)


def test_whom_a_confidential_report_is_about_is_asked_nothing_and_takes_no_part() -> None:
    hotline = Hotline()
    report = VAGUE.model_copy(update={"confidential": True, "about_agency": EAST})
    appeal_id = hotline.registered(report)
    for asked in (EAST, RIVERSIDE):
        with pytest.raises(InvalidInput):
            consulted(hotline, appeal_id, asked)
    with pytest.raises(InvalidInput) as refusal:
        decided(
            hotline,
            appeal_id,
            agency_id=HELPER,
            released_text="某工地夜间施工",
            assist_agency_ids=(RIVERSIDE,),
            reasons="核查",
        )
    assert fields(refusal) == ["assist_agency_ids"]


# --- assists from the beginning --------------------------------------------------------------------


def test_a_dispatch_with_assists_opens_them_in_the_same_write() -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    writes = len(hotline.cases.changes)
    case = decided(
        hotline,
        appeal_id,
        agency_id=RIVERSIDE,
        assist_agency_ids=(HELPER, "waterworks"),
        reasons="街道牵头，路灯所查线路，水务查管井",
    )
    assert case.agency_id == RIVERSIDE
    sides = hotline.cases.sides([f"{appeal_id}.2", f"{appeal_id}.3"])
    assert [(side.kind, side.agency_id, side.asked_by) for side in sides] == [
        ("assist", HELPER, None),
        ("assist", "waterworks", None),
    ]
    assert len(hotline.cases.changes) - writes == 3
    (note,) = hotline.words.notes(appeal_id)
    assert {each.events[0].facts["note"] for each in sides} == {note.note_id}


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"assist_agency_ids": (HELPER,)}, "reasons"),
        ({"assist_agency_ids": ("nobody",), "reasons": "分工"}, "assist_agency_ids"),
        ({"assist_agency_ids": (RIVERSIDE,), "reasons": "分工"}, "assist_agency_ids"),
        ({"assist_agency_ids": (HELPER, HELPER), "reasons": "分工"}, "assist_agency_ids"),
    ],
    ids=["without a word", "unknown", "the lead itself", "twice"],
)
def test_a_dispatch_whose_assists_cannot_be_opened_does_not_happen(
    command: dict[str, Any], field: str
) -> None:
    hotline = Hotline()
    appeal_id = referred(hotline)
    with pytest.raises(InvalidInput) as refusal:
        decided(hotline, appeal_id, agency_id=RIVERSIDE, **command)
    assert fields(refusal) == [field]
    assert hotline.case(appeal_id).status is Status.REGISTERED
