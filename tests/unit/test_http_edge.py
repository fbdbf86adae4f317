"""The HTTP edge: what it lets in, what handlers get, and how everything leaves."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from enum import StrEnum
from io import StringIO
from typing import Any

import pytest
from pydantic import Field, model_validator

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import HotlineError, NotFound, Unavailable, VersionConflict
from hotline.domain.model import Frozen
from hotline.edges import http
from hotline.edges.http import BODY_LIMIT, Answer, HttpApp, Request, page
from hotline.observability import logger
from tests.api_events import REQUEST_ID, SOURCE_IP, api_event

OPERATOR = {"principalId": "zhang", "sub": "zhang", "role": "operator", "agency_id": "", "district": ""}
PHONE = "13800138000"


class Kind(StrEnum):
    HELP = "求助"
    COMPLAINT = "投诉"


class Place(Frozen):
    lat: float | None = None
    long: float | None = None

    @model_validator(mode="after")
    def _together(self) -> Place:
        if (self.lat is None) != (self.long is None):
            raise ValueError("经纬度须同时提供", "lat and long go together")
        return self


class Say(Frozen):
    words: str = Field(min_length=1, max_length=20)
    kind: Kind = Kind.HELP
    count: int = Field(default=1, ge=1)
    place: Place | None = None


class Filter(Frozen):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class Heard(Frozen):
    words: str
    note: str | None = None


class Desk:
    """An application with one handler of each sort, and what the handlers were given."""

    def __init__(self) -> None:
        self.app = HttpApp("desk")
        self.requests: list[Request] = []
        self.raises: Exception | None = None
        self._register()

    def _register(self) -> None:
        operation = self.app.operation

        @operation("POST", "/words", body=Say, answer=Heard, status=201, public=True, summary="说")
        def say(command: Say, request: Request) -> Heard:
            self._seen(request)
            return Heard(words=command.words)

        @operation("GET", "/words", query=Filter, answer=Filter, public=True, summary="查")
        def find(query: Filter, request: Request) -> Filter:
            self._seen(request)
            return query

        @operation("DELETE", "/words/{number}", public=True, tracking_key=True, summary="删")
        def forget(number: str, request: Request) -> None:
            self._seen(request)

        @operation("POST", "/desk/{number}", body=Say, answer=Heard, roles=(Role.OPERATOR,), summary="办")
        def handle(command: Say, number: str, request: Request) -> Answer:
            self._seen(request)
            return Answer(Heard(words=f"{number} {command.words}"), headers={"Location": f"/desk/{number}"})

        @operation("GET", "/page", public=True, summary="页")
        def show(request: Request) -> Answer:
            return page("<!doctype html><title>页</title>", styles=["sha256-abc="])

    def _seen(self, request: Request) -> None:
        self.requests.append(request)
        if self.raises is not None:
            raise self.raises

    def call(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self.app(event, None)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is logged during the test; the handler else keeps the first test's standard output."""
    stream = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", stream)
    return stream


def say(body: object, **more: Any) -> dict[str, Any]:
    return api_event("POST", "/words", body=body, **more)


def problem(answer: Mapping[str, Any], status: int, code: str) -> dict[str, Any]:
    """Check that an answer is that problem, and give its document."""
    assert answer["statusCode"] == status
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(answer["body"])
    assert document["type"] == f"/problems/{code}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert document["detail_en"]
    return document


def fields(answer: Mapping[str, Any]) -> dict[str, str]:
    """The Chinese sentence of each wrong field."""
    document = problem(answer, 400, "invalid-input")
    assert all(error["message_en"] for error in document["errors"])
    return {error["field"]: error["message"] for error in document["errors"]}


# ---- what is let in ---------------------------------------------------------------------------


def test_a_command_is_parsed_and_its_answer_sent(desk: Desk) -> None:
    answer = desk.call(say({"words": "路灯不亮 💡 𠮷"}))

    assert answer["statusCode"] == 201
    assert json.loads(answer["body"]) == {"words": "路灯不亮 💡 𠮷"}
    assert answer["headers"] == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Correlation-Id": REQUEST_ID,
    }


def test_a_body_in_base64_is_read_too(desk: Desk) -> None:
    event = say(base64.b64encode('{"words": "灯"}'.encode()).decode()) | {"isBase64Encoded": True}
    assert desk.call(event)["statusCode"] == 201


@pytest.mark.parametrize("raw", [b'{"words": "\xff"}', b'{"words": "\xc0\xaf"}', b"\xef\xbb\xbf{}"])
def test_bytes_that_are_not_clean_utf_8_are_refused(desk: Desk, raw: bytes) -> None:
    event = say(base64.b64encode(raw).decode()) | {"isBase64Encoded": True}
    assert set(fields(desk.call(event))) == {"body"}


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "words", "必填"),
        ({"words": ""}, "words", "至少 1 个字"),
        ({"words": "啊" * 21}, "words", "最多 20 个字"),
        ({"words": 1}, "words", "应为文字"),
        ({"words": "a", "status": "closed"}, "status", "不认识的字段"),
        ({"words": "a", "kind": "闲聊"}, "kind", "只能是 '求助' 或 '投诉'"),
        ({"words": "a", "count": "1"}, "count", "应为整数"),
        ({"words": "a", "count": 0}, "count", "不小于 1"),
        ({"words": "a", "place": {"lat": True}}, "place.lat", "应为数值"),
        ({"words": "a", "place": {"lat": 39.9}}, "place", "经纬度须同时提供"),
        ({"words": "a", "place": []}, "place", "应为对象"),
        ([], "body", "应为对象"),
        ('{"words": ', "body", "不是有效的 JSON（第 1 行第 11 列）"),
        ('{"words": "a\\u0000"}', "words", "含有不允许的空字符（NUL）"),
        ('{"words": "\\ud83d"}', "words", "含有不完整的字符（单个代理码位）"),
    ],
)
def test_a_wrong_body_is_answered_field_by_field(desk: Desk, body: object, field: str, sentence: str) -> None:
    assert fields(desk.call(say(body))) == {field: sentence}
    assert desk.requests == []


def test_the_answer_to_wrong_input_does_not_repeat_it(desk: Desk) -> None:
    assert PHONE not in desk.call(say({"words": "a", "kind": PHONE}))["body"]


def test_the_length_of_text_counts_characters_not_bytes(desk: Desk) -> None:
    assert desk.call(say({"words": "💡" * 20}))["statusCode"] == 201


def test_many_errors_are_counted_rather_than_listed(desk: Desk) -> None:
    found = fields(desk.call(say({f"field_{number}": 1 for number in range(100)})))
    assert len(found) == 21
    assert found["body"] == "另有 81 处错误"


@pytest.mark.parametrize("letter", ["a", "啊"])
def test_a_body_beyond_the_limit_is_refused_by_its_bytes(desk: Desk, letter: str) -> None:
    words = letter * (BODY_LIMIT // len(letter.encode()))
    assert problem(desk.call(say({"words": words})), 413, "payload-too-large")["limit"] == BODY_LIMIT


def test_a_long_base64_body_is_refused_before_it_is_decoded(desk: Desk) -> None:
    event = say("A" * (BODY_LIMIT * 2)) | {"isBase64Encoded": True}
    problem(desk.call(event), 413, "payload-too-large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
        "application/jsonp",
        "",
    ],
)
def test_only_json_in_utf_8_is_taken(desk: Desk, content_type: str) -> None:
    event = say({"words": "a"}, headers={"Content-Type": content_type})
    problem(desk.call(event), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "content_type", ["application/json;charset=UTF-8", 'Application/JSON; charset="utf-8"']
)
def test_json_may_name_its_charset(desk: Desk, content_type: str) -> None:
    assert desk.call(say({"words": "a"}, headers={"Content-Type": content_type}))["statusCode"] == 201


def test_query_parameters_are_parsed_into_their_model(desk: Desk) -> None:
    answer = desk.call(api_event("GET", "/words", query={"limit": "50"}))
    assert json.loads(answer["body"]) == {"limit": 50}


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ({"limit": "many"}, "limit", "应为整数"),
        ({"limit": "101"}, "limit", "不大于 100"),
        ({"limits": "1"}, "limits", "不认识的字段"),
        ({"limit": ["1", "2"]}, "limit", "只能出现一次"),
    ],
)
def test_a_wrong_query_is_answered_like_a_wrong_body(
    desk: Desk, query: dict[str, str | list[str]], field: str, sentence: str
) -> None:
    assert fields(desk.call(api_event("GET", "/words", query=query))) == {field: sentence}


@pytest.mark.parametrize("number", ["a" * 129, "a%00".replace("%00", "\x00"), "a\u202eb"])
def test_an_impossible_path_is_simply_not_there(desk: Desk, number: str) -> None:
    event = api_event("DELETE", f"/words/{number}", route="/words/{number}")
    problem(desk.call(event), 404, "route-unknown")


# ---- what handlers get --------------------------------------------------------------------------


def test_a_handler_gets_command_path_and_request(desk: Desk) -> None:
    event = api_event(
        "POST",
        "/desk/A1",
        route="/desk/{number}",
        body={"words": "已联系"},
        claims=OPERATOR,
        headers={"Idempotency-Key": "key-12345", "IF-MATCH": '"7"', "X-Tracking-Key": "s3cret"},
    )

    answer = desk.call(event)

    (request,) = desk.requests
    assert json.loads(answer["body"]) == {"words": "A1 已联系"}
    assert answer["headers"]["Location"] == "/desk/A1"
    assert request.principal == Actor(role=Role.OPERATOR, subject="zhang")
    assert request.idempotency_key == "key-12345"
    assert request.if_match == 7
    assert request.tracking_key == "s3cret"
    assert request.source_ip == SOURCE_IP
    assert request.header("if-match") == '"7"'
    assert request.header("x-none") is None


def test_a_public_caller_is_a_citizen_whatever_the_headers_say(desk: Desk) -> None:
    desk.call(say({"words": "a"}, headers={"X-Role": "admin", "X-HTTP-Method-Override": "DELETE"}))
    assert desk.requests[0].principal.role is Role.CITIZEN


def test_secrets_stay_out_of_a_request_s_repr(desk: Desk) -> None:
    event = api_event("DELETE", "/words/1", route="/words/{number}", headers={"X-Tracking-Key": "s3cret"})
    desk.call(event)
    assert "s3cret" not in repr(desk.requests[0])


@pytest.mark.parametrize("key", ["short", "x" * 129, "含有汉字的幂等键值", "with space here"])
def test_an_unfit_idempotency_key_is_refused(desk: Desk, key: str) -> None:
    assert set(fields(desk.call(say({"words": "a"}, headers={"Idempotency-Key": key})))) == {
        "Idempotency-Key"
    }


@pytest.mark.parametrize("version", ["*", "seven", '"-1"', '"1", "2"', "9" * 10])
def test_an_unfit_version_is_refused(desk: Desk, version: str) -> None:
    assert set(fields(desk.call(say({"words": "a"}, headers={"If-Match": version})))) == {"If-Match"}


def test_a_harmless_correlation_id_is_taken_over(desk: Desk) -> None:
    answer = desk.call(say({"words": "a"}, headers={"x-correlation-id": "call-2026-01-31.7"}))
    assert answer["headers"]["X-Correlation-Id"] == "call-2026-01-31.7"
    assert desk.requests[0].correlation_id == "call-2026-01-31.7"


@pytest.mark.parametrize("sent", ["short", "with space", "line\nbreak", "x" * 65, "\x1b[31mred alert"])
def test_any_other_correlation_id_is_replaced(desk: Desk, sent: str) -> None:
    answer = desk.call(say({"words": "a"}, headers={"X-Correlation-Id": sent}))
    assert answer["headers"]["X-Correlation-Id"] == REQUEST_ID


# ---- who may ------------------------------------------------------------------------------------


def at_the_desk(claims: Mapping[str, str] | None) -> dict[str, Any]:
    return api_event("POST", "/desk/A1", route="/desk/{number}", body={"words": "a"}, claims=claims)


@pytest.mark.parametrize(
    "claims",
    [
        None,
        {},
        {"principalId": "zhang"},
        OPERATOR | {"role": "emperor"},
        OPERATOR | {"sub": "x" * 65},
    ],
)
def test_without_a_verified_caller_a_staff_route_answers_401(
    desk: Desk, claims: Mapping[str, str] | None
) -> None:
    answer = desk.call(at_the_desk(claims))
    problem(answer, 401, "unauthenticated")
    assert answer["headers"]["WWW-Authenticate"] == "Bearer"
    assert desk.requests == []


@pytest.mark.parametrize("role", ["agency", "supervisor", "admin", "auditor", "citizen", "system"])
def test_another_role_is_forbidden(desk: Desk, role: str) -> None:
    problem(desk.call(at_the_desk(OPERATOR | {"role": role})), 403, "forbidden")
    assert desk.requests == []


@pytest.mark.parametrize("given", [{}, {"public": True, "roles": (Role.ADMIN,)}])
def test_every_operation_must_say_who_may_call_it(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="GET /words must be either public or given to roles"):
        HttpApp("desk").operation("GET", "/words", summary="查", **given)


# ---- how it leaves ------------------------------------------------------------------------------


def test_nothing_to_say_is_204_without_a_body(desk: Desk) -> None:
    answer = desk.call(api_event("DELETE", "/words/1", route="/words/{number}"))
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert "Content-Type" not in answer["headers"]


def test_a_page_can_load_nothing_but_its_own_style(desk: Desk) -> None:
    answer = desk.call(api_event("GET", "/page"))
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["headers"]["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'sha256-abc='; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


def test_a_refusal_shows_its_facts(desk: Desk) -> None:
    desk.raises = VersionConflict(current_version=8)
    assert problem(desk.call(say({"words": "a"})), 409, "version-conflict")["current_version"] == 8


def test_what_is_not_there_looks_the_same_for_every_reason(desk: Desk) -> None:
    desk.raises = NotFound()
    document = problem(desk.call(say({"words": "a"})), 404, "not-found")
    assert "没有找到" in document["detail"]


def test_a_busy_store_says_when_to_come_back_and_not_which_store(desk: Desk) -> None:
    desk.raises = Unavailable("dynamodb")
    answer = desk.call(say({"words": "a"}))
    problem(answer, 503, "unavailable")
    assert answer["headers"]["Retry-After"] == str(http.RETRY_AFTER_SECONDS)
    assert "dynamodb" not in answer["body"]


def test_a_fault_of_ours_shows_nothing_and_logs_where_but_not_what(desk: Desk, log: StringIO) -> None:
    desk.raises = RuntimeError(f"could not store {PHONE}")

    answer = desk.call(say({"words": "a"}))

    problem(answer, 500, "unexpected")
    logged = log.getvalue()
    assert "RuntimeError" not in answer["body"]
    assert "RuntimeError" in logged
    assert "test_http_edge.py" in logged
    assert PHONE not in logged + answer["body"]


def test_an_unknown_path_is_a_problem_too(desk: Desk) -> None:
    problem(desk.call(api_event("GET", "/admin")), 404, "route-unknown")
    assert "/admin" not in desk.app.routes


def test_an_unknown_method_says_which_are_known(desk: Desk) -> None:
    answer = desk.call(api_event("PATCH", "/words"))
    problem(answer, 405, "method-not-allowed")
    assert answer["headers"]["Allow"] == "GET, POST"


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": None}, {"Records": []}])
def test_an_event_that_is_no_request_is_answered_and_not_raised(desk: Desk, event: dict[str, Any]) -> None:
    problem(desk.call(event), 500, "unexpected")


class Unspeakable(HotlineError):
    """A refusal whose facts are not JSON."""

    code = "unspeakable"
    status = 409

    def __init__(self) -> None:
        super().__init__("无法表达", "cannot be said", thing=object)


def test_facts_that_are_not_json_do_not_turn_a_refusal_into_a_fault(desk: Desk) -> None:
    desk.raises = Unspeakable()
    assert desk.call(say({"words": "a"}))["statusCode"] == 409


# ---- what is logged -----------------------------------------------------------------------------


def test_each_request_leaves_one_line_without_what_was_said(desk: Desk, log: StringIO) -> None:
    desk.call(say({"words": PHONE}, headers={"X-Tracking-Key": "s3cret", "Idempotency-Key": "key-12345"}))

    (line,) = log.getvalue().splitlines()
    record = json.loads(line)
    assert (record["level"], record["method"], record["route"], record["status"]) == (
        "INFO",
        "POST",
        "/words",
        201,
    )
    assert record["correlation_id"] == REQUEST_ID
    assert isinstance(record["ms"], int)
    assert not any(secret in line for secret in (PHONE, "s3cret", "key-12345"))


def test_the_line_names_the_route_and_not_the_tracking_number(desk: Desk, log: StringIO) -> None:
    desk.call(api_event("DELETE", "/words/0041061050R3GG28A", route="/words/{number}"))
    line = log.getvalue()
    assert json.loads(line)["route"] == "/words/{number}"
    assert "0041061050R3GG28A" not in line


@pytest.mark.parametrize(
    "forged", ['\n{"_aws": {"Timestamp": 1}}', "\x1b[2J", '{"_aws": {}, "level": "INFO"}']
)
def test_text_in_a_request_cannot_forge_log_lines(desk: Desk, log: StringIO, forged: str) -> None:
    desk.call(api_event(forged, "/words", headers={"X-Correlation-Id": forged}))

    (line,) = log.getvalue().splitlines()
    assert "\x1b" not in line
    assert json.loads(line)["method"] == forged
    assert "_aws" not in json.loads(line)


def test_the_registry_lists_the_operations_in_order(desk: Desk) -> None:
    assert [(operation.method, operation.path) for operation in desk.app.operations] == [
        ("POST", "/words"),
        ("GET", "/words"),
        ("DELETE", "/words/{number}"),
        ("POST", "/desk/{number}"),
        ("GET", "/page"),
    ]
