"""The pages of reviewers and of the callback desk: what they show, to whom, and what becomes of a form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.aws_stack import MotoStack, sample
from tests.functions.test_console_pages import Desk
from tests.lives import AGENCY, APPEAL, TEXT, Life
from tests.pages import Page

SIDE = f"{APPEAL}.2"
HOSTILE = "<script>alert(1)</script>"
REVIEW, CALL = "/console/reviews/{order_id}", "/console/callbacks/{order_id}"


def review(desk: Desk, **query: str) -> Page:
    return desk.get("ReviewPages", f"/console/reviews/{SIDE}", route=REVIEW, **query)


def judged(desk: Desk, **typed: Any) -> Page:
    form = review(desk)
    kept = {name: form.value(name) for name in ("form_id", "version")}
    path, route = f"/console/reviews/{SIDE}/judge", f"{REVIEW}/judge"
    return desk.post("ReviewPages", path, route=route, **{**kept, **typed})


def call(desk: Desk) -> Page:
    return desk.get("CallbackPages", f"/console/callbacks/{SIDE}", route=CALL)


def acted(desk: Desk, action: str, **typed: Any) -> Page:
    form = call(desk)
    kept = {name: form.value(name) for name in ("form_id", "version")}
    path, route = f"/console/callbacks/{SIDE}/{action}", f"{CALL}/{action}"
    return desk.post("CallbackPages", path, route=route, **{**kept, **typed})


@pytest.fixture
def judge(stack: MotoStack) -> Desk:
    return Desk(stack, "adjudicator", subject="qian")


@pytest.fixture
def operator(stack: MotoStack) -> Desk:
    return Desk(stack, "operator", subject="li")


def asked_to_exclude(stack: MotoStack) -> Life:
    life = Life(stack).dispatched().acknowledged().contacted().resolved()
    return life.asked("review", "~reviewers/exclusion", about="exclusion", reason="outside_control")


def to_be_called(stack: MotoStack) -> Life:
    life = Life(stack, citizen_index="citizen-1").dispatched().acknowledged().contacted().resolved()
    return life.surveying().to_be_called()


# ---- reviews ----------------------------------------------------------------------------------


def test_a_reviewer_sees_what_waits_and_judges_it_with_reasons(stack: MotoStack, judge: Desk) -> None:
    life = asked_to_exclude(stack)
    listed = judge.get("ReviewPages", "/console/reviews", about="exclusion")
    assert SIDE in listed.text
    assert TEXT in review(judge).text
    refused = judged(judge, verdict="granted", why="")
    assert (refused.status, "granted" in refused.html) == (400, True)
    assert judged(judge, verdict="granted", why="不在本市职责内").headers["Location"].endswith("done=judged")
    assert (life.part.status, life.case.excluded) == ("done", "outside_control")
    assert "没有待复核" in judge.get("ReviewPages", "/console/reviews").text


def test_a_verdict_on_what_has_changed_is_kept_and_asked_again(stack: MotoStack, judge: Desk) -> None:
    asked_to_exclude(stack)
    page = judged(judge, version="7", verdict="refused", why="理由不足")
    assert page.status == 409
    assert "理由不足" in page.html
    assert judged(judge, verdict="refused", why="理由不足").status == 303
    again = judge.post(
        "ReviewPages",
        f"/console/reviews/{SIDE}/judge",
        route=f"{REVIEW}/judge",
        form_id="q7Yb0dZ2m4K1x9Vn3LrTcA",
        verdict="granted",
        why="再判一次",
    )
    assert again.status == 409


def test_signals_are_looked_up_by_the_name_of_an_agency(stack: MotoStack, judge: Desk) -> None:
    page = judge.get("ReviewPages", "/console/suspicions", agency="东华门街道", month="202605")
    assert (page.status, "没有发现信号" in page.text) == (200, True)
    wrong = judge.get("ReviewPages", "/console/suspicions", agency="八里庄", month="2026")
    assert (wrong.status, "有多个单位符合" in wrong.text) == (400, True)
    elsewhere = Desk(stack, "supervisor", district="110105")
    assert elsewhere.get("ReviewPages", "/console/suspicions", agency=AGENCY, month="202605").status == 404


def test_a_district_may_read_its_reviews_and_judge_none(stack: MotoStack) -> None:
    asked_to_exclude(stack)
    supervisor = Desk(stack, "supervisor", district="110101")
    page = review(supervisor)
    assert page.status in (200, 404)
    assert "作出结论" not in page.text
    form = {"form_id": "q7Yb0dZ2m4K1x9Vn3LrTcA", "verdict": "granted", "why": "自己的单位"}
    path, route = f"/console/reviews/{SIDE}/judge", f"{REVIEW}/judge"
    assert supervisor.post("ReviewPages", path, route=route, **form).status == 403


# ---- callbacks --------------------------------------------------------------------------------


def test_a_call_is_taken_made_and_answered(stack: MotoStack, operator: Desk) -> None:
    life = to_be_called(stack)
    assert SIDE in operator.get("CallbackPages", "/console/callbacks").text
    assert "13800138000" not in call(operator).html
    assert acted(operator, "claim").status == 303
    page = call(operator)
    for words in ("13800138000", "已更换灯泡", "是否解决"):
        assert words in page.text
    assert "13800138000" not in call(Desk(stack, "operator", subject="wu")).html
    missing = acted(operator, "answers", contacted="true", resolved="false", comment=HOSTILE)
    assert (missing.status, "<script>alert" not in missing.html) == (400, True)
    answers = {"contacted": "true", "resolved": "false", "satisfied": "false", "comment": HOSTILE}
    assert acted(operator, "answers", **answers).status == 303
    assert "WorkOrderReopened" in [event.name for event in life.case.events]


def test_a_call_in_vain_comes_back_and_a_wish_is_a_time_of_the_city(stack: MotoStack, operator: Desk) -> None:
    life = to_be_called(stack)
    acted(operator, "claim")
    assert acted(operator, "attempts").status == 400
    assert acted(operator, "attempts", outcome="no_answer", wished_at="2026-05-09T15:30").status == 400
    assert acted(operator, "attempts", outcome="no_answer", language="yue").status == 400
    day = f"{stack.clock():%Y-%m-%d}"
    assert acted(operator, "attempts", outcome="call_back", wished_at=f"{day}T15:30").status == 303
    assert f"{life.part.next_at:%H:%M}" == "07:30"
    assert "现在没有要打的电话" in operator.get("CallbackPages", "/console/callbacks").text
    assert SIDE in operator.get("CallbackPages", "/console/callbacks", all="true").text


def test_a_call_that_somebody_else_has_taken_cannot_be_answered(stack: MotoStack, operator: Desk) -> None:
    to_be_called(stack)
    acted(operator, "claim")
    form = {"form_id": "q7Yb0dZ2m4K1x9Vn3LrTcA", "contacted": "true", "resolved": "true", "satisfied": "true"}
    path, route = f"/console/callbacks/{SIDE}/answers", f"{CALL}/answers"
    page = Desk(stack, "operator", subject="wu").post("CallbackPages", path, route=route, **form)
    assert page.status == 409
    assert "现在不能这样做" in page.text


# ---- who may ----------------------------------------------------------------------------------


PAGES = (
    ("web/console_reviews_api.reviews", "ReviewPages"),
    ("web/console_reviews_api.review", "ReviewPages"),
    ("web/console_reviews_api.suspicions", "ReviewPages"),
    ("web/console_callbacks_api.list", "CallbackPages"),
    ("web/console_callbacks_api.show", "CallbackPages"),
)
FORMS = (
    ("web/console_reviews_api.judge", "ReviewPages"),
    ("web/console_callbacks_api.claim", "CallbackPages"),
    ("web/console_callbacks_api.attempt", "CallbackPages"),
    ("web/console_callbacks_api.answer", "CallbackPages"),
)


@pytest.mark.parametrize(("name", "function"), PAGES)
def test_pages_are_kept_from_agencies_and_from_strangers(stack: MotoStack, name: str, function: str) -> None:
    assert stack.run(name)["statusCode"] == 303
    officer = Desk(stack, "agency", agency_id=AGENCY)
    event = sample(name)
    event["headers"]["Cookie"] = f"__Host-session={officer.secret}"
    assert stack.invoke(function, event)["statusCode"] == 403


@pytest.mark.parametrize(("name", "function"), FORMS)
def test_forms_of_strangers_of_agencies_and_of_other_sessions_do_nothing(
    stack: MotoStack, name: str, function: str
) -> None:
    assert stack.run(name)["statusCode"] == 401
    for role, agency_id in (("agency", AGENCY), ("admin", None)):
        officer = Desk(stack, role, agency_id=agency_id)
        event = sample(name)
        event["headers"]["Cookie"] = f"__Host-session={officer.secret}"
        assert stack.invoke(function, event)["statusCode"] == 403
