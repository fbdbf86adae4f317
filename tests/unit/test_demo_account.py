"""The account of a run: each way to be wrong is seen, and nothing right is called wrong."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.demo.account import (
    GIVEN_TO_AGENCY,
    Seen,
    ending,
    judge,
    judge_all,
    missing_at,
    told_twice,
)
from infrastructure.demo.habits import Citizen, Entry, Habits, Plan
from infrastructure.demo.informants import Informant
from infrastructure.demo.proportions import Proportion, proportions

NUMBER = "000G40R40M30E209B"
AGENCY, DISTRICT = "110101001", "110101"
PLAIN = Citizen(
    leaves_phone=False,
    posts_twice=False,
    silent=False,
    unresolved_at_first=False,
    satisfied=True,
)
LIFE = (
    "AppealRegistered",
    "WorkOrderDispatched",
    "WorkOrderAcknowledged",
    "CitizenContacted",
    "WorkOrderResolved",
    "SurveyOpened",
    "WorkOrderClosed",
)


def order(*names: str, status: str = "closed", **changes: Any) -> dict[str, Any]:
    """An order with these events, each told to the agency as it should be."""
    events = [
        {"number": number, "name": name, "at": "2026-03-02T00:00:00Z", "actor": "system", "facts": {}}
        for number, name in enumerate(names, 1)
    ]
    told = [
        {"event": f"{NUMBER}:{event['number']}", "agency_id": AGENCY, "state": "delivered"}
        for event in events
        if event["name"] in GIVEN_TO_AGENCY
    ]
    return {
        "work_order_id": f"{NUMBER}.1",
        "kind": "lead",
        "version": len(events),
        "status": status,
        "confidential": False,
        "events": events,
        "deliveries": told,
        **changes,
    }


def seen(document: dict[str, Any] | None, **changes: Any) -> Seen:
    """What is known of a row whose agency took every message in."""
    deliveries = document["deliveries"] if document else ()
    received = frozenset((each["event"], each["agency_id"]) for each in deliveries)
    facts: dict[str, Any] = {"citizen": PLAIN, "number": NUMBER, "order": document, "received": received}
    return Seen(**{"row": 1, **facts, **changes})


def found(case: Seen) -> list[tuple[str, str]]:
    return [(problem.kind, problem.what) for problem in judge(case)]


def test_a_life_that_went_well_is_accounted_for() -> None:
    assert judge(seen(order(*LIFE))) == []
    assert ending(seen(order(*LIFE))) == "closed"


def test_a_returned_and_a_reopened_life_are_accounted_for() -> None:
    returned = (*LIFE[:2], "WorkOrderReturned", "WorkOrderRedispatched", *LIFE[2:])
    reopened = (*LIFE[:6], "WorkOrderReopened", "CitizenContacted", *LIFE[4:])
    assert judge(seen(order(*returned))) == []
    assert judge(seen(order(*reopened))) == []


def test_a_silent_citizen_may_be_waited_for_and_no_other() -> None:
    waiting = order(*LIFE[:6], status="surveying")
    assert judge(seen(waiting, citizen=PLAIN._replace(silent=True))) == []
    assert found(seen(waiting)) == [("stuck", "is surveying since SurveyOpened at 2026-03-02T00:00:00Z")]


def test_a_withdrawn_appeal_is_accounted_for() -> None:
    assert ending(seen(order("AppealRegistered", "AppealWithdrawn", status="withdrawn"))) == "withdrawn"


def test_an_appeal_that_never_got_a_receipt_is_lost() -> None:
    assert found(seen(None, number=None)) == [("lost", "never taken by the hotline")]


def test_an_appeal_with_a_receipt_that_the_stack_does_not_know_is_lost() -> None:
    assert found(seen(None)) == [("lost", "has a receipt, but the stack does not know it")]


def test_a_refusal_is_named_with_its_reason() -> None:
    assert found(seen(None, number=None, refusal="400 invalid")) == [("refused", "400 invalid")]


def test_two_rows_with_one_number_are_duplicated() -> None:
    rows = [seen(order(*LIFE)), seen(order(*LIFE), row=2)]
    assert [(problem.kind, problem.row) for problem in judge_all(rows)] == [
        ("duplicated", 1),
        ("duplicated", 2),
    ]


@pytest.mark.parametrize(
    "name", ["AppealRegistered", "WorkOrderDispatched", "WorkOrderResolved", "SurveyOpened"]
)
def test_an_event_that_happened_twice_is_duplicated(name: str) -> None:
    place = LIFE.index(name)
    names = (*LIFE[: place + 1], name, *LIFE[place + 1 :])
    assert found(seen(order(*names))) == [
        ("duplicated", f"{name} happened 2 times, at most 1 would be right")
    ]


def test_a_gap_in_the_events_is_seen() -> None:
    document = order(*LIFE)
    del document["events"][3]
    assert [kind for kind, _ in found(seen(document))] == ["duplicated"]


def test_a_second_text_message_for_one_survey_is_counted_and_none_is_undelivered() -> None:
    assert judge(seen(order(*LIFE), texts={1: 1})) == []
    assert told_twice([seen(order(*LIFE), texts={1: 1}), seen(order(*LIFE), texts={1: 2})]) == 1
    assert found(seen(order(*LIFE), texts={})) == [
        ("undelivered", "survey 1 was announced in no text message")
    ]


@pytest.mark.parametrize("events", range(1, 6))
def test_an_appeal_that_stands_still_is_stuck(events: int) -> None:
    case = seen(order(*LIFE[:events], status="dispatched"))
    assert [kind for kind, _ in found(case)] == ["stuck"]


def test_an_order_of_which_no_agency_was_told_is_undelivered() -> None:
    case = seen(order(*LIFE, deliveries=[]))
    assert found(case) == [("undelivered", f"no agency was told of WorkOrderDispatched ({NUMBER}:2)")]


def test_a_message_that_could_not_be_sent_is_undelivered() -> None:
    failed = [{"event": f"{NUMBER}:2", "agency_id": AGENCY, "state": "failed"}]
    assert found(seen(order(*LIFE, deliveries=failed))) == [
        ("undelivered", f"the message about {NUMBER}:2 to {AGENCY} is failed")
    ]


def test_a_message_that_never_came_out_of_its_queue_is_undelivered() -> None:
    assert found(seen(order(*LIFE), received=frozenset())) == [
        ("undelivered", f"a message that was delivered to {AGENCY} never came out of its queue")
    ]


def test_the_district_gets_its_copy_under_an_id_of_its_own() -> None:
    document = order(*LIFE)
    document["deliveries"].append({"event": f"{NUMBER}:2", "agency_id": DISTRICT, "state": "delivered"})
    received = frozenset({(f"{NUMBER}:2", AGENCY), (f"{NUMBER}:2/copy", DISTRICT)})
    assert judge(seen(document, received=received)) == []


# ---------------------------------------------------------------------- more than one order, more than one appeal


def beside(kind: str = "assist", status: str = "done", **changes: Any) -> dict[str, Any]:
    """An order beside the lead order, told to the one who is asked."""
    told = [{"event": f"{NUMBER}.2:1", "agency_id": "bus", "state": "delivered"}]
    return {
        "work_order_id": f"{NUMBER}.2",
        "kind": kind,
        "agency_id": "bus",
        "status": status,
        "deliveries": told,
        **changes,
    }


def with_side(side: dict[str, Any], **changes: Any) -> Seen:
    case = seen(order(*LIFE, sides=[side]), sides=(side,))
    came = {(each["event"], each["agency_id"]) for each in side["deliveries"]}
    return case._replace(**{"received": case.received | came, **changes})


def closing(document: dict[str, Any], **facts: Any) -> dict[str, Any]:
    document["events"][-1]["facts"] = facts
    return document


def test_what_was_asked_beside_an_order_must_be_over() -> None:
    assert judge(with_side(beside())) == []
    assert judge(with_side(beside(status="cancelled"))) == []
    assert found(with_side(beside(status="acknowledged"))) == [
        ("stuck", f"the assist asked of bus ({NUMBER}.2) is acknowledged")
    ]


def test_who_was_asked_must_have_been_told() -> None:
    assert found(with_side(beside(deliveries=[]))) == [
        ("undelivered", f"no agency was told of the assist asked of bus ({NUMBER}.2:1)")
    ]
    kept_back = with_side(beside(), received=seen(order(*LIFE)).received)
    assert found(kept_back) == [
        ("undelivered", "a message that was delivered to bus never came out of its queue")
    ]


def test_supervisors_have_no_queue() -> None:
    request = beside("extension", agency_id="~supervisors/110101", deliveries=[])
    assert judge(with_side(request)) == []


def test_every_way_to_come_out_is_a_class_of_its_own() -> None:
    concluded = ("AppealRegistered", "DispatchReferred", "AppealConcluded", "SurveyOpened", "WorkOrderClosed")
    joined = ("AppealRegistered", "AppealMerged", "SurveyOpened", "WorkOrderClosed")
    cases = [
        seen(order(*LIFE)),
        seen(closing(order(*concluded), conclusion="legal_route")),
        seen(closing(order(*joined), into=NUMBER, conclusion="legal_route")),
        seen(order("AppealRegistered", "AppealWithdrawn", status="withdrawn")),
        seen(order(*LIFE[:6], status="surveying"), citizen=PLAIN._replace(silent=True)),
        seen(order(*LIFE[:6], status="surveying")),
        seen(order("AppealRegistered", "AppealMerged", status="merged")),
        seen(None),
    ]
    assert [ending(case) for case in cases] == [
        "closed",
        "closed without handling",
        "closed together with another",
        "withdrawn",
        "waiting for a silent citizen",
        None,
        None,
        None,
    ]


def test_a_merged_appeal_must_be_asked_about_and_closed() -> None:
    waiting = seen(order("AppealRegistered", "AppealMerged", status="merged"))
    assert found(waiting) == [("stuck", "is merged since AppealMerged at 2026-03-02T00:00:00Z")]
    unasked = seen(closing(order("AppealRegistered", "AppealMerged", "WorkOrderClosed"), into=NUMBER))
    assert found(unasked) == [
        ("stuck", "was closed together with another, and its own citizen was not asked")
    ]


@pytest.mark.parametrize(
    "life",
    [
        (*LIFE[:2], "WorkOrderReturned", "ReturnUpheld", *LIFE[2:]),
        ("AppealRegistered", "AppealConcluded", "SurveyOpened", "ConclusionContested", *LIFE[1:]),
        ("AppealRegistered", "AppealMerged", "AppealUnmerged", *LIFE[1:]),
        (*LIFE[:4], "WorkOrderHeld", "WorkOrderResumed", *LIFE[4:]),
    ],
)
def test_what_begins_anew_may_happen_again(life: tuple[str, ...]) -> None:
    assert judge(seen(order(*life))) == []


@pytest.mark.parametrize("name", ["ReturnUpheld", "AppealConcluded", "AppealMerged", "WorkOrderResumed"])
def test_what_happens_once_too_often_is_duplicated(name: str) -> None:
    twice = seen(order("AppealRegistered", name, name, name, *LIFE[1:]))
    assert ("duplicated", name) in [(kind, what.partition(" ")[0]) for kind, what in found(twice)]


def test_what_joined_another_order_before_its_agency_was_told_needs_no_telling() -> None:
    joined = ("AppealRegistered", "WorkOrderDispatched", "AppealMerged", "SurveyOpened", "WorkOrderClosed")
    assert judge(seen(closing(order(*joined, deliveries=[]), into=NUMBER))) == []


def test_several_messages_about_one_event_have_ids_that_begin_alike() -> None:
    document = order(*LIFE)
    assert missing_at(document, {(f"{NUMBER}:2/000G40R40M30E209C", AGENCY)}) == []
    assert missing_at(document, {(f"{NUMBER}:20", AGENCY)}) == [AGENCY]


# ---------------------------------------------------------------------- confidential reports

INFORMANT = Informant(("夜里两点有人往河里倒油漆",), None, "tax")
RELEASED_ONLY = {"agency_id": AGENCY, "message_id": f"{NUMBER}:3", "text": "请核查河道"}


def confidential(**changes: Any) -> Seen:
    life = ("AppealRegistered", "InformantRevealed", *LIFE[1:])
    case = seen(order(*life, confidential=True), informant=INFORMANT, told=(RELEASED_ONLY,))
    return case._replace(**changes)


def test_a_confidential_report_that_stayed_so_is_accounted_for() -> None:
    assert judge(confidential()) == []


def test_the_informants_own_words_at_an_agency_are_a_problem() -> None:
    told = {**RELEASED_ONLY, "notes": ["据称有人往河里倒油漆"]}
    assert found(confidential(told=(told,))) == [
        ("revealed", f"{AGENCY} was told the informant's own (有人往河里倒) in {NUMBER}:3")
    ]


def test_the_agency_that_it_is_about_must_not_get_a_message() -> None:
    case = confidential()
    received = case.received | {(f"{NUMBER}:3/copy", "tax")}
    assert found(case._replace(received=received)) == [
        ("revealed", "tax, which it is about, got a message about it")
    ]


def test_a_look_that_nobody_recorded_is_a_problem() -> None:
    unrecorded = confidential(order=order(*LIFE, confidential=True))
    assert found(unrecorded._replace(received=seen(order(*LIFE)).received)) == [
        ("revealed", "was read by an operator, and nobody recorded it")
    ]


def test_a_report_that_is_confidential_no_more_is_a_problem() -> None:
    document = order("AppealRegistered", "InformantRevealed", *LIFE[1:])
    assert ("revealed", "is not confidential any more") in found(confidential(order=document))


# ---------------------------------------------------------------------- proportions


def test_stated_shares_stand_beside_what_the_stack_shows() -> None:
    returned = order(*LIFE[:2], "WorkOrderReturned", "ReturnUpheld", *LIFE[2:])
    assisted = order(*LIFE, sides=[beside()])
    merged = order("AppealRegistered", "AppealMerged", "SurveyOpened", "WorkOrderClosed")
    everything = [
        seen(order(*LIFE)),
        seen(returned),
        seen(assisted, sides=(beside(staged=True),)),
        seen(order("AppealRegistered", "AppealWithdrawn", status="withdrawn"), plan=Plan(Entry.WITHDRAWN)),
        seen(order(*LIFE[:2], "AppealJoined", *LIFE[2:]), plan=Plan(Entry.REPEATED)),
        seen(merged, plan=Plan(Entry.REPEAT)),
        seen(None, number=None, refusal="400"),
    ]
    rows = {each.name: each for each in proportions(everything, Habits(returned=0.25))}
    assert rows["returned"] == Proportion("returned", 0.25, 1, 3, "orders")
    assert rows["upheld"][2:4] == (1, 1)
    assert rows["assisted"][2:4] == rows["returned"][2:4] == (1, 3)
    assert rows["staged"][2:4] == (1, 1)
    assert rows["withdrawn"][2:4] == rows["repeated"][2:4] == (1, 5)
    assert rows["folded"][2:4] == (1, 1)
    assert rows["held"][2:4] == (0, 3)
