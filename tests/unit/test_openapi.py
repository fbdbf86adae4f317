"""The OpenAPI document says what the routes do."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field

from hotline.domain.actor import Role
from hotline.domain.errors import IdempotencyKeyReused, VersionConflict
from hotline.domain.model import Frozen
from hotline.edges.http import IDEMPOTENCY_KEY, IF_MATCH, Answer, HttpApp, Request
from hotline.edges.openapi import build


class Say(Frozen):
    words: str = Field(max_length=20, description="诉求内容")


class Heard(Frozen):
    words: str


class Filter(Frozen):
    limit: int = Field(default=20, ge=1, le=100)
    status: str


def desk() -> HttpApp:
    app = HttpApp("intake")

    @app.operation(
        "POST",
        "/words",
        body=Say,
        answer=Heard,
        status=201,
        public=True,
        summary="说",
        summary_en="Say",
        headers=(IDEMPOTENCY_KEY,),
        errors=(IdempotencyKeyReused,),
    )
    def say(command: Say, request: Request) -> Heard:
        """Say something."""
        return Heard(words=command.words)

    @app.operation("GET", "/words/{number}", answer=Heard, public=True, tracking_key=True, summary="查")
    def look(number: str, request: Request) -> Heard:
        return Heard(words=number)

    @app.operation(
        "PUT",
        "/desk/{number}",
        query=Filter,
        roles=(Role.OPERATOR, Role.ADMIN),
        summary="办",
        headers=(IF_MATCH,),
        errors=(VersionConflict,),
        tag="zeal",
    )
    def handle(number: str, query: Filter, request: Request) -> None:
        """Handle it."""

    @app.operation("GET", "/page", public=True, content_type="text/html", summary="页", tag="dispatch")
    def show(request: Request) -> Answer:
        return Answer("")

    return app


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build([desk()])


def test_an_operation_is_named_described_and_filed(document: dict[str, Any]) -> None:
    say = document["paths"]["/words"]["post"]
    assert say["operationId"] == "say"
    assert say["summary"] == "说 · Say"
    assert say["description"] == "Say something."
    assert say["tags"] == ["intake"]


def test_tags_follow_the_chain_and_then_the_alphabet(document: dict[str, Any]) -> None:
    assert [tag["name"] for tag in document["tags"]] == ["intake", "dispatch", "zeal"]


def test_bodies_and_answers_refer_to_the_models(document: dict[str, Any]) -> None:
    say = document["paths"]["/words"]["post"]
    assert say["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Say"}
    assert say["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Heard"
    }
    assert document["components"]["schemas"]["Say"]["additionalProperties"] is False


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/words", "post", []),
        ("/words/{number}", "get", [{"trackingKey": []}]),
        ("/desk/{number}", "put", [{"staff": []}]),
    ],
)
def test_each_operation_says_who_may_call_it(
    document: dict[str, Any], path: str, method: str, security: list[object]
) -> None:
    assert document["paths"][path][method]["security"] == security


def test_roles_are_listed(document: dict[str, Any]) -> None:
    assert document["paths"]["/desk/{number}"]["put"]["x-roles"] == ["admin", "operator"]


def test_parameters_come_from_path_query_and_headers(document: dict[str, Any]) -> None:
    path, limit, status, version = document["paths"]["/desk/{number}"]["put"]["parameters"]
    assert (path["name"], path["in"], path["required"]) == ("number", "path", True)
    assert (limit["name"], limit["in"], limit["required"]) == ("limit", "query", False)
    assert limit["schema"]["maximum"] == 100
    assert (status["name"], status["required"]) == ("status", True)
    assert version == {"$ref": "#/components/parameters/IfMatch"}


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/words", "post", ["201", "400", "413", "415", "422", "500", "503"]),
        ("/words/{number}", "get", ["200", "404", "500", "503"]),
        ("/desk/{number}", "put", ["204", "400", "401", "403", "404", "409", "500", "503"]),
        ("/page", "get", ["200", "500", "503"]),
    ],
)
def test_answers_list_success_and_every_refusal(
    document: dict[str, Any], path: str, method: str, statuses: list[str]
) -> None:
    assert list(document["paths"][path][method]["responses"]) == statuses


def test_refusals_show_the_very_document_that_is_sent(document: dict[str, Any]) -> None:
    refusal = document["paths"]["/words"]["post"]["responses"]["422"]["content"]["application/problem+json"]
    assert refusal["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert (
        refusal["examples"]["idempotency-key-reused"]["value"]["type"] == "/problems/idempotency-key-reused"
    )


def test_two_operations_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"POST /words \(say\) is there twice"):
        build([desk(), desk()])
