"""The account of a run: each way to be wrong is seen, and nothing right is called wrong."""

from __future__ import annotations

from typing import Any

import pytest

from infrastructure.demo.account import Seen, ending, judge, judge_all, told_twice
from infrastructure.demo.habits import Citizen

NUMBER = "000G40R40M30E209B"
AGENCY, DISTRICT = "110101001", "110101"
PLAIN = Citizen(
    leaves_phone=False,
    posts_twice=False,
    withdraws=False,
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
        if event["name"] in ("WorkOrderDispatched", "WorkOrderRedispatched", "WorkOrderReopened")
    ]
    return {
        "work_order_id": f"{NUMBER}.1",
        "version": len(events),
        "status": status,
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
