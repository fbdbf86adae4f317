"""The callback desk and the second calls: the samples of their functions do what their names say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotline.adapters.dynamodb.texts import DynamoDBWords
from tests.aws_stack import MotoStack, failed, sample
from tests.lives import APPEAL, Life

CALL = f"{APPEAL}.2"
ROUTES = ("list", "show", "claim", "attempt", "answer")


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["statusCode"] == 200, answer
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def called(stack: MotoStack) -> Life:
    """An appeal whose citizen has left a phone and not answered the message."""
    life = Life(stack, citizen_index="citizen-1").dispatched().acknowledged().contacted().resolved()
    return life.surveying().to_be_called()


def test_an_operator_takes_a_call_from_the_list_and_gets_the_phone_for_it(stack: MotoStack) -> None:
    called(stack)
    (row,) = body_of(stack.run("survey/callbacks_api.list"))["calls"]
    assert (row["work_order_id"], row["kind"], row["language"]) == (CALL, "callback", "zh-CN")
    assert "phone" not in body_of(stack.run("survey/callbacks_api.show"))
    first = body_of(stack.run("survey/callbacks_api.claim"))
    assert body_of(stack.run("survey/callbacks_api.claim")) == first, "the same command again"
    shown = body_of(stack.run("survey/callbacks_api.show"))
    assert (shown["phone"], shown["answered"]["text"]) == ("13800138000", "已更换灯泡")
    assert [each["field"] for each in shown["questions"]] == ["contacted", "resolved", "satisfied"]


def test_a_citizen_without_time_is_called_when_wished(stack: MotoStack) -> None:
    called(stack)
    stack.run("survey/callbacks_api.claim")
    state = body_of(stack.run("survey/callbacks_api.attempt"))
    assert (state["status"], state["next_at"], state["attempts"]) == ("asked", "2026-05-09T07:30:00Z", 1)
    assert body_of(stack.run("survey/callbacks_api.list"))["calls"] == []


def test_who_speaks_a_dialect_waits_for_somebody_who_does(stack: MotoStack) -> None:
    life = called(stack)
    stack.run("survey/callbacks_api.claim")
    assert body_of(stack.run("survey/callbacks_api.attempt_dialect"))["status"] == "asked"
    life.at_ten()
    event = sample("survey/callbacks_api.claim")
    event["headers"] |= {"Idempotency-Key": "claim-0002", "If-Match": '"3"'}
    answer = stack.invoke("CallbacksApi", event)
    assert (answer["statusCode"], json.loads(answer["body"])["type"]) == (
        403,
        "/problems/language-not-spoken",
    )


def test_answers_by_phone_count_like_the_citizens_own(stack: MotoStack) -> None:
    life = called(stack)
    stack.run("survey/callbacks_api.claim")
    assert body_of(stack.run("survey/callbacks_api.answer"))["status"] == "done"
    assert body_of(stack.run("survey/callbacks_api.answer"))["status"] == "done", "the same answers again"
    (sent_back,) = (event for event in life.case.events if event.name == "WorkOrderReopened")
    assert (sent_back.actor, sent_back.facts["how"], sent_back.facts["answers"]) == (
        "operator:li",
        "phone",
        "ynn",
    )
    notes = DynamoDBWords(stack.dynamodb, stack.lookup("TextsTable", None)).notes(APPEAL)
    assert [(note.by, note.text) for note in notes][-1] == ("citizen", "灯还是不亮")


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("role", ["agency", "adjudicator", "supervisor", "auditor"])
def test_no_agency_and_nobody_but_the_desk_can_use_any_of_it(stack: MotoStack, name: str, role: str) -> None:
    event = sample(f"survey/callbacks_api.{name}")
    event["requestContext"]["authorizer"] |= {"role": role, "agency_id": "110101001"}
    assert stack.invoke("CallbacksApi", event)["statusCode"] == 403


def closed(stack: MotoStack) -> Life:
    life = Life(stack, citizen_index="citizen-1").dispatched().acknowledged().contacted().resolved()
    return life.surveying().answered()


def test_of_a_share_of_the_closings_somebody_asks_once_more_and_only_once(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = closed(stack)
    assert failed(stack.run("survey/on_closed_orders")) == []
    assert life.case.open_sides == {}, "not in a sample of two in a hundred"
    monkeypatch.setattr("hotline.domain.tokens.Tokens.in_sample", lambda *_: True)
    assert failed(stack.run("survey/on_closed_orders")) == failed(stack.run("survey/on_closed_orders")) == []
    assert [side.kind for side in life.case.open_sides.values()] == ["verification"]


def test_a_closing_that_cannot_be_read_is_parked(stack: MotoStack) -> None:
    closed(stack)
    assert failed(stack.run("survey/on_closed_orders.poison")) == []
    (dead,) = stack.messages("VerificationsDeadLetters")
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "invalid-input"


def test_other_answers_the_second_time_are_a_reviewers_business(stack: MotoStack) -> None:
    life = closed(stack).to_be_verified()
    claim, answer = sample("survey/callbacks_api.claim"), sample("survey/callbacks_api.answer")
    body_of(stack.invoke("CallbacksApi", claim))
    answer["body"] = json.dumps({"contacted": False, "resolved": False, "satisfied": False})
    assert body_of(stack.invoke("CallbacksApi", answer))["status"] == "done"
    assert [side.agency_id for side in life.case.open_sides.values()] == ["~reviewers/suspicion"]
    assert (life.case.status, life.case.last_answers) == ("closed", "yyy")
