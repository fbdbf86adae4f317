"""Calls that operators take: looked up on record, hinted at, compared, registered and settled in one write."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.domain.appeal import Contact
from hotline.domain.case import Case
from hotline.domain.confidential import HEADLINE
from tests.aws_stack import MotoStack, sample
from tests.lives import APPEAL, TEXT, Life

ROUTES = ("take", "take_answered", "hints", "compare", "look_up", "looks")


def body_of(answer: dict[str, Any], status: int = 200) -> dict[str, Any]:
    assert answer["statusCode"] == status, answer
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def stored(stack: MotoStack, appeal_id: str) -> Case:
    return DynamoDBCases(stack.dynamodb, stack.lookup("CasesTable", None)).get(appeal_id)


def notes(stack: MotoStack, appeal_id: str) -> list[str]:
    store = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None))
    return [note.text for note in store.notes(appeal_id)]


def the_caller(stack: MotoStack) -> str:
    return stack.tokens.citizen_index(Contact(phone="13800138000").identity or "")


def changed(name: str, **body: Any) -> dict[str, Any]:
    event = sample(f"intake/calls_api.{name}")
    event["body"] = json.dumps(json.loads(event["body"]) | body, ensure_ascii=False)
    return event


# ---- take -------------------------------------------------------------------------------------


def test_a_call_is_taken_down_once_with_the_operator_and_the_language_to_call_back_in(
    stack: MotoStack,
) -> None:
    taken = body_of(stack.run("intake/calls_api.take"), 201)
    assert body_of(stack.run("intake/calls_api.take"), 201) == taken, "the same call again"
    case = stored(stack, taken["tracking_number"])
    assert (case.channel, case.spoken, case.events[0].actor) == ("phone", "yue", "operator:li")
    assert (case.status, case.citizen_index) == ("registered", the_caller(stack))
    assert "conclusion" not in taken


def test_what_is_answered_on_the_telephone_is_concluded_in_the_write_that_registers(stack: MotoStack) -> None:
    taken = body_of(stack.run("intake/calls_api.take_answered"), 201)
    assert body_of(stack.run("intake/calls_api.take_answered"), 201) == taken
    case = stored(stack, taken["tracking_number"])
    assert [event.name for event in case.events] == ["AppealRegistered", "AppealConcluded"]
    assert (case.status, case.conclusion, taken["conclusion"]) == ("resolved", *["answered_at_once"] * 2)
    assert notes(stack, case.appeal_id) == ["请带身份证到就近社保服务网点补办，当场可取。"]


def test_another_call_under_the_same_key_is_refused_and_writes_nothing_into_the_first(
    stack: MotoStack,
) -> None:
    taken = body_of(stack.run("intake/calls_api.take"), 201)
    other = sample("intake/calls_api.take_answered")
    other["headers"]["Idempotency-Key"] = "call-0001"
    assert body_of(stack.invoke("CallsApi", other), 422)["type"] == "/problems/idempotency-key-reused"
    assert notes(stack, taken["tracking_number"]) == []


def test_a_fact_of_an_answer_that_cannot_be_is_refused_before_anything_is_stored(stack: MotoStack) -> None:
    answer = {
        "outcome": "emergency_handoff",
        "number": "119",
        "reference": "警情 17",
        "acknowledged_at": "2030-01-01T00:00:00Z",
    }
    refused = body_of(stack.invoke("CallsApi", changed("take_answered", answer=answer)), 400)
    assert [error["field"] for error in refused["errors"]] == ["acknowledged_at"]
    assert stack.table("CasesTable") == stack.table("TextsTable") == []


def test_of_a_confidential_call_nothing_stands_where_agencies_read(stack: MotoStack) -> None:
    answer = {"outcome": "legal_route", "route": "litigation", "text": "李先生可向法院起诉"}
    taken = body_of(stack.invoke("CallsApi", changed("take_confidential", answer=answer, spoken="yue")), 201)
    case = stored(stack, taken["tracking_number"])
    assert (case.headline, case.citizen_index, case.spoken, case.status) == (HEADLINE, None, None, "resolved")
    assert notes(stack, case.appeal_id) == []
    assert len(stack.table("SealedTable")) == 2, "the statement, and what the informant was told"


# ---- the same matter again ----------------------------------------------------------------------


def test_the_same_matter_is_told_how_far_it_is_after_both_were_compared(stack: MotoStack) -> None:
    Life(stack).dispatched().acknowledged()
    compared = body_of(stack.run("intake/calls_api.compare"))
    assert compared["earlier"]["text"] == TEXT
    assert [entry["event"] for entry in compared["progress"]][-1] == "WorkOrderAcknowledged"
    said = json.loads(sample("intake/calls_api.compare")["body"])["text"]
    answer = {
        "outcome": "no_new_facts",
        "same_as": APPEAL,
        "comparison_id": compared["comparison_id"],
        "text": "已签收，正在办理",
    }
    taken = body_of(stack.invoke("CallsApi", changed("take", text=said, answer=answer)), 201)
    assert stored(stack, taken["tracking_number"]).conclusion == "no_new_facts"


@pytest.mark.parametrize("what", ["other words", "the earlier one has moved on", "no comparison"])
def test_a_comparison_is_void_when_words_or_appeal_have_changed(stack: MotoStack, what: str) -> None:
    life = Life(stack).dispatched()
    proof = body_of(stack.run("intake/calls_api.compare"))["comparison_id"]
    said = json.loads(sample("intake/calls_api.compare")["body"])["text"]
    if what == "the earlier one has moved on":
        life.acknowledged()
    answer = {
        "outcome": "no_new_facts",
        "same_as": APPEAL,
        "comparison_id": "made-up" if what == "no comparison" else proof,
        "text": "正在办理",
    }
    text = said + "，而且电线垂下来了" if what == "other words" else said
    refused = body_of(stack.invoke("CallsApi", changed("take", text=text, answer=answer)), 409)
    assert refused["type"] == "/problems/comparison-outdated"
    assert len(stack.table("CasesTable")) == 1


def test_a_confidential_report_is_compared_with_nothing(stack: MotoStack) -> None:
    Life(stack, confidential=True)
    assert stack.run("intake/calls_api.compare")["statusCode"] == 404


# ---- the caller -------------------------------------------------------------------------------


def test_every_look_at_a_caller_is_on_record_before_anything_is_shown(
    stack: MotoStack, log: StringIO
) -> None:
    Life(stack, citizen_index=the_caller(stack)).dispatched()
    shown = body_of(stack.run("intake/calls_api.look_up"))
    (appeal,) = shown["appeals"]
    assert (shown["caller"], appeal["appeal_id"], appeal["status"]) == (
        "+86138****8000",
        APPEAL,
        "dispatched",
    )
    assert set(appeal) & {"text", "contact", "place"} == set()
    looks = body_of(stack.run("intake/calls_api.looks"))["looks"]
    assert [(look["by"], look["shown"]) for look in looks] == [("operator:li", 1)]
    assert "13800138000" not in json.dumps(stack.table("TextsTable")[1:], default=str) + log.getvalue()


def test_a_number_that_nobody_has_used_is_looked_up_on_record_as_well(stack: MotoStack) -> None:
    assert body_of(stack.run("intake/calls_api.look_up"))["appeals"] == []
    assert [look["shown"] for look in body_of(stack.run("intake/calls_api.looks"))["looks"]] == [0]


def test_what_may_be_of_an_earlier_owner_of_the_number_is_not_shown(stack: MotoStack) -> None:
    Life(stack, citizen_index=the_caller(stack))
    stack.clock.pass_(days=stack.directory.policies.phone_codes.trust_days + 1)
    assert body_of(stack.run("intake/calls_api.look_up"))["appeals"] == []


def test_what_is_no_telephone_number_is_refused(stack: MotoStack) -> None:
    refused = body_of(stack.invoke("CallsApi", changed("look_up", phone="十二")), 400)
    assert [error["field"] for error in refused["errors"]] == ["phone"]


# ---- hints ------------------------------------------------------------------------------------


def test_hints_name_the_emergency_line_the_service_the_place_and_who_would_get_it(stack: MotoStack) -> None:
    hints = body_of(stack.run("intake/calls_api.hints"))
    assert hints["emergency"]["numbers"] == ["119"]
    assert [place["name_zh"] for place in hints["places"]] == ["东城区 东华门街道"]
    assert "road.lighting" in [service["service_code"] for service in hints["services"]]
    assert stack.table("CasesTable") == stack.table("TextsTable") == []


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("role", ["agency", "adjudicator", "supervisor"])
def test_nobody_but_the_desk_takes_calls_and_only_auditors_read_who_looked(
    stack: MotoStack, name: str, role: str
) -> None:
    event = sample(f"intake/calls_api.{name}")
    event["requestContext"]["authorizer"] |= {"role": role, "agency_id": "110101001"}
    assert stack.invoke("CallsApi", event)["statusCode"] == 403


def test_an_operator_does_not_read_who_looked(stack: MotoStack) -> None:
    event = sample("intake/calls_api.looks")
    event["requestContext"]["authorizer"] |= {"role": "operator"}
    assert stack.invoke("CallsApi", event)["statusCode"] == 403
