"""Repeated appeals: the samples of their functions do what their names say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.aws_stack import MotoStack, failed, sample
from tests.lives import APPEAL, Life

MEMBER = "010GC42GR73HR204P"


def body_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["statusCode"] == 200, answer
    body: dict[str, Any] = json.loads(answer["body"])
    return body


def two(stack: MotoStack) -> tuple[Life, Life]:
    """A dispatched appeal and, a minute later, another on the same matter."""
    leader = Life(stack).dispatched()
    return leader, Life(stack, appeal_id=MEMBER)


def joined(stack: MotoStack) -> tuple[Life, Life]:
    leader, member = two(stack)
    body_of(stack.run("dispatch/repeats_api.merge"))
    return leader, member


def told(stack: MotoStack) -> list[dict[str, Any]]:
    return [json.loads(message["Body"]) for message in stack.messages("110101001")]


def test_an_operator_sees_what_is_like_an_appeal(stack: MotoStack) -> None:
    two(stack)
    (found,) = body_of(stack.run("dispatch/repeats_api.similar"))["appeals"]
    assert (found["appeal_id"], found["status"], found["score"]) == (APPEAL, "dispatched", 0.85)


def test_an_operator_sees_what_is_like_the_words_of_a_caller(stack: MotoStack) -> None:
    two(stack)
    appeals = body_of(stack.run("dispatch/repeats_api.similar_to_draft"))["appeals"]
    assert {each["appeal_id"] for each in appeals} == {APPEAL, MEMBER}
    assert len(stack.table("CasesTable")) == 2, "a draft is not registered"


def test_an_operator_compares_two_appeals(stack: MotoStack) -> None:
    two(stack)
    shown = body_of(stack.run("dispatch/repeats_api.comparison"))
    assert (shown["earlier"]["appeal_id"], shown["later"]["appeal_id"]) == (APPEAL, MEMBER)
    assert shown["new_phrases"] == []
    assert [entry["event"] for entry in shown["progress"]] == ["AppealRegistered", "WorkOrderDispatched"]


def test_no_new_facts_is_believed_with_the_comparison_and_only_while_it_holds(stack: MotoStack) -> None:
    leader, member = two(stack)
    comparison = body_of(stack.run("dispatch/repeats_api.comparison"))["comparison_id"]
    assert comparison in sample("dispatch/api.conclude_no_new_facts")["body"]
    leader.acknowledged()
    refused = stack.run("dispatch/api.conclude_no_new_facts")
    assert json.loads(refused["body"])["type"] == "/problems/comparison-outdated"
    assert member.case.status == "registered"


def test_an_operator_tells_how_far_the_same_matter_is(stack: MotoStack) -> None:
    _, member = two(stack)
    assert body_of(stack.run("dispatch/api.conclude_no_new_facts"))["status"] == "resolved"
    assert member.case.conclusion == "no_new_facts"


def test_an_operator_joins_two_appeals_and_takes_them_apart(stack: MotoStack) -> None:
    leader, member = two(stack)
    for _ in range(2):
        assert body_of(stack.run("dispatch/repeats_api.merge"))["status"] == "merged"
    assert (leader.case.members, member.case.merged_into) == (1, APPEAL)
    (shown,) = body_of(stack.run("dispatch/repeats_api.members"))["appeals"]
    assert shown["appeal_id"] == MEMBER
    for _ in range(2):
        assert body_of(stack.run("dispatch/repeats_api.unmerge"))["status"] == "registered"
    assert (leader.case.members, member.case.merged_into) == (0, None)


@pytest.mark.parametrize(
    ("name", "verbs", "status"),
    [
        ("survey/on_joint_orders.resolved", ["acknowledged", "contacted", "resolved"], "surveying"),
        ("survey/on_joint_orders.withdrawn", ["withdrawn"], "registered"),
        (
            "survey/on_joint_orders.closed",
            ["acknowledged", "contacted", "resolved", "surveying", "answered"],
            "surveying",
        ),
    ],
)
def test_when_the_joint_order_ends_the_other_citizen_is_asked_or_set_free(
    stack: MotoStack, name: str, verbs: list[str], status: str
) -> None:
    leader, member = joined(stack)
    for verb in verbs:
        getattr(leader, verb)()
    assert failed(stack.run(name)) == failed(stack.run(name)) == []
    assert member.case.status == status


def test_when_the_hotline_answers_the_first_itself_the_second_is_asked_too(stack: MotoStack) -> None:
    Life(stack)
    member = Life(stack, appeal_id=MEMBER)
    body_of(stack.run("dispatch/repeats_api.merge"))
    body_of(stack.run("dispatch/api.conclude_answered"))
    assert failed(stack.run("survey/on_joint_orders.concluded")) == []
    assert (member.case.status, member.case.conclusion) == ("surveying", "answered_at_once")


def test_a_joint_event_that_cannot_be_read_is_parked_and_the_other_is_worked_on(stack: MotoStack) -> None:
    leader, member = joined(stack)
    leader.acknowledged().contacted().resolved()
    assert failed(stack.run("survey/on_joint_orders.poison")) == []
    (dead,) = stack.messages("MembersDeadLetters")
    assert dead["MessageAttributes"]["reason"]["StringValue"] == "invalid-input"
    assert member.case.status == "surveying"


def test_the_agency_is_told_who_joins_and_who_leaves(stack: MotoStack) -> None:
    stack.agency_queue("110101001")
    joined(stack)
    stack.run("handling/deliver_work_orders.joined")
    (message,) = told(stack)
    assert (message["kind"], message["member_id"], message["members"]) == ("joined", MEMBER, 1)
    assert message["text"].startswith("东华门街道")
    body_of(stack.run("dispatch/repeats_api.unmerge"))
    stack.run("handling/deliver_work_orders.left")
    (message,) = told(stack)
    assert (message["kind"], message["member_id"], "text" in message) == ("left", MEMBER, False)
