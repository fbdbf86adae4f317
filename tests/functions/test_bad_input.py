"""What people and programs send by mistake or on purpose, through the real functions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest

from hotline.domain.identifiers import tracking_number
from hotline.domain.tokens import SurveyRef
from tests.api_events import api_event
from tests.aws_stack import MotoStack
from tests.lives import AGENCY, APPEAL, TRACKING_KEY, Life
from tests.template import load

KEY = {"X-Tracking-Key": TRACKING_KEY}
STRANGER = {"sub": "wang", "role": "agency", "agency_id": "110101002"}
OFFICER = {"sub": "zhang", "role": "agency", "agency_id": AGENCY}
OPERATOR = {"sub": "li", "role": "operator"}
UNKNOWN = tracking_number(b"a number that nobody has")
EMOJI_AND_RARE_HAN = "路灯💡不亮，𠮷祥胡同𬒗号 👨‍👩‍👧 門牌 é"


def post(
    stack: MotoStack, body: object, *, key: str | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Register an appeal over HTTP."""
    idempotency = {"Idempotency-Key": key} if key else {}
    event = api_event("POST", "/appeals", body=body, headers={**idempotency, **(headers or {})})
    answer: dict[str, Any] = stack.invoke("IntakeApi", event)
    return answer


def call(
    stack: MotoStack,
    function: str,
    method: str,
    route: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    claims: Mapping[str, str] | None = None,
    query: Mapping[str, str | list[str]] | None = None,
    **path: str,
) -> dict[str, Any]:
    """One call of an operation."""
    event = api_event(
        method,
        route.format(**path),
        route=route,
        headers=headers,
        body=body,
        claims=claims,
        query=query,
    )
    answer: dict[str, Any] = stack.invoke(function, event)
    return answer


def problem(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer["body"])
    assert document["status"] == answer["statusCode"]
    return document


def appeal(**changes: Any) -> dict[str, Any]:
    """A good appeal, or one with something changed."""
    return {"type": "complaint", "text": "路灯不亮", "place": {"district": "110101"}, **changes}


NOT_ACCEPTED = {
    "malformed JSON": ('{"type": "complaint"', "body"),
    "an array": ("[]", "body"),
    "a repeated field": ('{"type": "help", "type": "complaint", "text": "x"}', "body"),
    "NaN": ('{"type": "help", "text": "x", "place": {"lat": NaN, "long": 1}}', "body"),
    "an unknown field": (appeal(status="closed"), "status"),
    "mass assignment": (appeal(agency_id=AGENCY), "agency_id"),
    "a wrong type": (appeal(type="congratulation"), "type"),
    "a wrong channel": (appeal(channel="fax"), "channel"),
    "no text": (appeal(text=""), "text"),
    "only spaces": (appeal(text="  \n "), "text"),
    "50,000 characters": (appeal(text="灯" * 50_000), "text"),
    "a control character": (appeal(text="路灯\x07不亮"), "text"),
    "a direction override": (appeal(text="路灯\u202e不亮"), "text"),
    "half a character": ('{"type": "help", "text": "\\ud83d"}', "text"),
    "NUL": ('{"type": "help", "text": "a\\u0000b"}', "text"),
    "a district of another city": (appeal(place={"district": "310101"}), "place.district"),
    "a point outside the city": (appeal(place={"lat": 31.2, "long": 121.5}), "place.lat"),
    "lat without long": (appeal(place={"lat": 39.9}), "place"),
    "a sub-district elsewhere": (
        appeal(place={"district": "110102", "subdistrict": "110101001"}),
        "place",
    ),
    "a date in the future": (appeal(happened_at="2026-05-07T09:00:00+08:00"), "happened_at"),
    "a time without a zone": (appeal(happened_at="2026-05-05T09:00:00"), "body"),
    "an unknown service": (appeal(service_code="moon.landing"), "service_code"),
    "a required field left out": (appeal(service_code="water.outage"), "fields.extent"),
    "a contact without a way to reach": (appeal(contact={"name": "王"}), "contact"),
}


@pytest.mark.parametrize(("body", "field"), NOT_ACCEPTED.values(), ids=NOT_ACCEPTED.keys())
def test_it_is_refused_by_field_and_nothing_is_written(stack: MotoStack, body: object, field: str) -> None:
    refused = problem(post(stack, body))
    assert refused["type"] == "/problems/invalid-input"
    assert field in {error["field"] for error in refused["errors"]}
    assert stack.table("CasesTable") == stack.table("TextsTable") == []


def test_a_refusal_does_not_repeat_what_was_sent(stack: MotoStack) -> None:
    refused = post(stack, appeal(text="我的电话 13912345678\x07", mood="13912345678"))
    assert "13912345678" not in refused["body"]


def test_emoji_and_rare_han_are_kept_intact(stack: MotoStack) -> None:
    receipt = json.loads(post(stack, appeal(text=EMOJI_AND_RARE_HAN))["body"])
    operator = call(
        stack,
        "HandlingApi",
        "GET",
        "/orders/{order_id}",
        claims=OPERATOR,
        order_id=f"{receipt['tracking_number']}.1",
    )
    assert json.loads(operator["body"])["text"] == EMOJI_AND_RARE_HAN


def test_the_longest_text_is_accepted(stack: MotoStack) -> None:
    assert post(stack, appeal(text="𠮷" * 4_000))["statusCode"] == 201


def test_a_clock_a_little_ahead_is_not_the_future(stack: MotoStack) -> None:
    assert post(stack, appeal(happened_at="2026-05-06T09:09:00+08:00"))["statusCode"] == 201


# ---- the same again -----------------------------------------------------------------------------


def test_the_same_key_and_body_give_the_same_receipt_and_one_appeal(stack: MotoStack) -> None:
    first, second = (post(stack, appeal(), key="device-0001") for _ in range(2))
    assert (first["statusCode"], first["body"]) == (second["statusCode"], second["body"])
    assert len(stack.table("CasesTable")) == 1


def test_the_same_key_with_another_body_is_refused_and_changes_nothing(stack: MotoStack) -> None:
    post(stack, appeal(), key="device-0001")
    before = stack.table("CasesTable"), stack.table("TextsTable")
    refused = problem(post(stack, appeal(text="另一件事"), key="device-0001"))
    assert (refused["status"], refused["type"]) == (422, "/problems/idempotency-key-reused")
    assert (stack.table("CasesTable"), stack.table("TextsTable")) == before


def test_a_replay_after_the_order_has_moved_on_gives_the_first_receipt(stack: MotoStack) -> None:
    receipt = json.loads(post(stack, appeal(), key="device-0001")["body"])
    stack.clock.pass_(hours=3)
    again = json.loads(post(stack, appeal(), key="device-0001")["body"])
    assert again == receipt


@pytest.mark.parametrize("key", ["short", "ключ-ключ", "with space in it", "x" * 129])
def test_a_key_that_cannot_be_one_is_refused(stack: MotoStack, key: str) -> None:
    assert problem(post(stack, appeal(), key=key))["errors"][0]["field"] == "Idempotency-Key"


def test_a_command_sent_twice_is_carried_out_once(stack: MotoStack) -> None:
    life = Life(stack).dispatched()
    for _ in range(2):
        answer = call(
            stack,
            "HandlingApi",
            "POST",
            "/orders/{order_id}/acknowledge",
            claims=OFFICER,
            headers={"Idempotency-Key": "acknowledge-1"},
            order_id=f"{APPEAL}.1",
        )
        assert answer["statusCode"] == 200
    assert [event.name for event in life.case.events].count("WorkOrderAcknowledged") == 1


# ---- not yours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("GET", "/appeals/{number}", None),
        ("POST", "/appeals/{number}/supplements", {"text": "还是不亮"}),
        ("POST", "/appeals/{number}/withdrawal", None),
        (
            "POST",
            "/appeals/{number}/attachments",
            {"content_type": "image/jpeg", "size_bytes": 10, "file_name": "x.jpg"},
        ),
        ("GET", "/appeals/{number}/attachments", None),
    ],
)
def test_a_wrong_key_and_an_unknown_number_look_the_same(
    stack: MotoStack, method: str, route: str, body: object
) -> None:
    life = Life(stack)
    version = life.case.version
    wrong = {"X-Tracking-Key": "A" * 22}
    ways = [(APPEAL, wrong), (APPEAL, {}), (UNKNOWN, KEY), ("NOT-A-NUMBER", KEY)]
    answers = [
        call(stack, "IntakeApi", method, route, headers=headers, body=body, number=number)
        for number, headers in ways
    ]
    assert {(answer["statusCode"], answer["body"]) for answer in answers} == {(404, answers[0]["body"])}
    assert life.case.version == version


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("acknowledge", None),
        ("contact", {"channel": "phone"}),
        ("progress", {"text": "x"}),
        ("return", {"ground": "not_our_duty", "text": "x"}),
        ("resolve", {"text": "x"}),
        ("attachments", {"content_type": "image/jpeg", "size_bytes": 10, "file_name": "x.jpg"}),
    ],
)
def test_an_agency_finds_nothing_where_the_order_is_anothers(
    stack: MotoStack, verb: str, body: object
) -> None:
    life = Life(stack).dispatched()
    route = f"/orders/{{order_id}}/{verb}"
    theirs = call(stack, "HandlingApi", "POST", route, claims=STRANGER, body=body, order_id=f"{APPEAL}.1")
    nobodys = call(stack, "HandlingApi", "POST", route, claims=STRANGER, body=body, order_id=f"{UNKNOWN}.1")
    assert (theirs["statusCode"], problem(theirs)["detail"]) == (404, problem(nobodys)["detail"])
    assert life.case.events[-1].name == "WorkOrderDispatched"


def test_an_agency_cannot_read_anothers_order_or_inbox(stack: MotoStack) -> None:
    Life(stack).dispatched()
    order = call(stack, "HandlingApi", "GET", "/orders/{order_id}", claims=STRANGER, order_id=f"{APPEAL}.1")
    inbox = call(stack, "HandlingApi", "GET", "/orders", claims=STRANGER, query={"agency_id": AGENCY})
    assert (order["statusCode"], inbox["statusCode"]) == (404, 403)


def test_a_district_supervisor_sees_the_own_district_only(stack: MotoStack) -> None:
    Life(stack).dispatched()
    answers = [
        call(
            stack,
            "HandlingApi",
            "GET",
            "/orders/{order_id}",
            claims={"sub": "chen", "role": "supervisor", "district": district},
            order_id=f"{APPEAL}.1",
        )
        for district in ("110101", "110102")
    ]
    assert [answer["statusCode"] for answer in answers] == [200, 404]


@pytest.mark.parametrize(
    ("function", "method", "route", "role"),
    [
        ("DispatchApi", "GET", "/dispatch/queue", "agency"),
        ("DispatchApi", "POST", "/orders/{order_id}/dispatch", "auditor"),
        ("HandlingApi", "POST", "/orders/{order_id}/acknowledge", "operator"),
        ("HandlingApi", "POST", "/orders/{order_id}/acknowledge", "admin"),
        ("AssessmentApi", "GET", "/scorecards/{month}", "agency"),
    ],
)
def test_a_wrong_role_is_forbidden(
    stack: MotoStack, function: str, method: str, route: str, role: str
) -> None:
    path = {"order_id": f"{APPEAL}.1", "month": "202605"}
    claims = {"sub": "x", "role": role, "agency_id": AGENCY}
    body = {"agency_id": AGENCY} if "dispatch" in route and method == "POST" else None
    answer = call(stack, function, method, route, claims=claims, body=body, **path)
    assert (answer["statusCode"], problem(answer)["type"]) == (403, "/problems/forbidden")


def test_a_staff_route_without_a_token_wants_one(stack: MotoStack) -> None:
    answer = call(stack, "HandlingApi", "GET", "/orders")
    assert (answer["statusCode"], answer["headers"]["WWW-Authenticate"]) == (401, "Bearer")


def test_a_role_cannot_be_claimed_by_header_or_query(stack: MotoStack) -> None:
    answer = call(
        stack,
        "HandlingApi",
        "GET",
        "/orders",
        claims=STRANGER,
        headers={"hotline_role": "admin", "X-HTTP-Method-Override": "POST"},
        query={"role": "admin"},
    )
    assert answer["statusCode"] == 400


# ---- wrong moment -------------------------------------------------------------------------------


def test_a_stale_version_is_a_conflict_that_names_the_current_one(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged()
    answer = call(
        stack,
        "HandlingApi",
        "POST",
        "/orders/{order_id}/contact",
        claims=OFFICER,
        headers={"If-Match": '"2"'},
        body={"channel": "phone"},
        order_id=f"{APPEAL}.1",
    )
    assert (answer["statusCode"], problem(answer)["current_version"]) == (409, 3)
    assert life.case.version == 3


def test_a_command_that_the_state_excludes_says_so_in_both_languages(stack: MotoStack) -> None:
    Life(stack).dispatched().withdrawn()
    refused = problem(
        call(
            stack,
            "HandlingApi",
            "POST",
            "/orders/{order_id}/acknowledge",
            claims=OFFICER,
            order_id=f"{APPEAL}.1",
        )
    )
    assert (refused["status"], refused["type"]) == (409, "/problems/transition-not-allowed")
    assert refused["current_status"] == "withdrawn"
    assert refused["detail"]
    assert refused["detail_en"]


def test_a_used_an_expired_and_a_foreign_survey_link_open_nothing(stack: MotoStack) -> None:
    life = Life(stack).dispatched().acknowledged().contacted().resolved().surveying()
    token = stack.tokens.survey_token(SurveyRef(APPEAL, 1))
    other = stack.tokens.survey_token(SurveyRef(UNKNOWN, 1))
    yes = {"contacted": True, "resolved": True, "satisfied": True}
    no = {**yes, "satisfied": False}

    def answer(token: str, body: object) -> int:
        status: int = call(
            stack, "SurveyApi", "POST", "/surveys/{survey_token}", body=body, survey_token=token
        )["statusCode"]
        return status

    assert answer(token[:-1] + ("A" if token[-1] != "A" else "B"), yes) == 404
    assert answer(other, yes) == 404
    stack.clock.at, opened = stack.clock.at.replace(year=2027), stack.clock.at
    assert answer(token, yes) == 410
    stack.clock.at = opened
    assert answer(token, yes) == 200
    stack.clock.pass_(hours=24)
    assert answer(token, no) == 410
    assert life.case.last_answers == "yyy"


def test_a_tampered_or_borrowed_cursor_is_refused(stack: MotoStack) -> None:
    for number in range(3):
        Life(stack, appeal_id=tracking_number(bytes([number]) * 10)).dispatched()

    def page(cursor: str, claims: Mapping[str, str]) -> dict[str, Any]:
        query = {"limit": "1", "cursor": cursor} if cursor else {"limit": "1"}
        return call(stack, "HandlingApi", "GET", "/orders", claims=claims, query=query)

    cursor = json.loads(page("", OFFICER)["body"])["next"]
    assert page(cursor, OFFICER)["statusCode"] == 200
    for claims, sent in [
        (OFFICER, cursor[:-2] + "AA"),
        (OFFICER, "e30"),
        (OFFICER, "%"),
        (STRANGER, cursor),
        ({**OFFICER, "sub": "other"}, cursor),
    ]:
        answer = page(sent, claims)
        assert (answer["statusCode"], problem(answer)["errors"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"limit": ["1", "2"]}])
def test_a_page_has_a_sane_size(stack: MotoStack, query: Mapping[str, str | list[str]]) -> None:
    assert call(stack, "HandlingApi", "GET", "/orders", claims=OFFICER, query=query)["statusCode"] == 400


# ---- nothing leaks ------------------------------------------------------------------------------


def test_text_cannot_forge_a_line_of_the_log(stack: MotoStack, log: StringIO) -> None:
    forged = '{"level":"ERROR","_aws":{"CloudWatchMetrics":[]}}'
    post(
        stack,
        appeal(text=f"路灯\n{forged}", contact={"name": forged[:60], "phone": "13800138000"}),
        headers={"X-Correlation-Id": f"evil\n{forged}", "User-Agent": f"\x1b[31m\n{forged}"},
    )
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["request answered"]
    assert not any("_aws" in line for line in lines)
    assert "13800138000" not in log.getvalue()
    assert "路灯" not in log.getvalue()


def test_a_fault_of_ours_shows_no_internals(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret arn:aws:secretsmanager:… of /var/task/hotline/wiring at 10.0.0.7")

    monkeypatch.setattr("hotline.wiring.intake.register", broken)
    answer = post(stack, appeal())
    assert answer["statusCode"] == 500
    assert not re.search(r"arn:|/var|10\.0|Traceback|RuntimeError|secret", json.dumps(answer))
    assert "RuntimeError" in log.getvalue()


def test_an_environment_that_lacks_a_variable_is_a_fault_without_details(
    stack: MotoStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(stack.variables(load().functions["IntakeApi"]), "CASES_TABLE")
    answer = post(stack, appeal())
    assert answer["statusCode"] == 500
    assert "CASES_TABLE" not in answer["body"]
