"""接: Open311 GeoReport v2, for every civic app in the world; ``README.md`` holds the checklist."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from hotline.domain.errors import InvalidInput
from hotline.domain.open311 import answers, catalogue
from hotline.domain.open311.posting import Parameters, appeal_of, named_as_in_form, update_of
from hotline.domain.open311.queries import (
    KeyedQuestion,
    Question,
    RequestsQuestion,
    UpdatesQuestion,
)
from hotline.edges.http import Request
from hotline.edges.open311 import Open311App, read_parameters
from hotline.edges.sentences import invalid_input
from hotline.wiring import open311

app = Open311App("open311")

Entry = dict[str, Any]


@app.resource(
    "GET",
    "/discovery",
    "discovery",
    answer=answers.Discovery,
    query=Question,
    summary="发现文档",
    summary_en="Discovery: where which specification is spoken",
)
def discover(query: Question, request: Request) -> Entry:
    return open311.discovery(app.base_url, _api_id(), app.language)


@app.resource(
    "GET",
    "/v2/services",
    "services",
    answer=answers.ServiceItems,
    query=Question,
    summary="事项列表",
    summary_en="Services",
)
def list_open311_services(query: Question, request: Request) -> list[Entry]:
    return catalogue.services(open311.directory(), app.language)


@app.resource(
    "GET",
    "/v2/services/{service_code}",
    "service_definition",
    answer=answers.ServiceDefinition,
    query=Question,
    summary="事项的附加信息",
    summary_en="What a service asks",
)
def show_service_definition(service_code: str, query: Question, request: Request) -> Entry:
    return catalogue.service_definition(open311.directory(), service_code, app.language)


@app.resource(
    "POST",
    "/v2/requests",
    "requests",
    answer=answers.PostedItems,
    form=read_parameters,
    fields=answers.POST_REQUEST,
    key=True,
    summary="提交诉求",
    summary_en="Report",
)
def post_request(form: Parameters, request: Request) -> list[Entry]:
    """Report; the answer is the request's id. The same form again within ten minutes is the same report."""
    key = open311.key(_shown_key(form, request))
    try:
        command = appeal_of(form, open311.directory(), app.language)
        receipt = open311.report(command, form.sent, key, request.idempotency_key)
    except ValidationError as error:
        raise named_as_in_form(invalid_input(error)) from None
    except InvalidInput as error:
        raise named_as_in_form(error) from None
    advice = receipt.emergency
    notice = (advice.advice_en if app.language == "en" else advice.advice_zh) if advice else None
    return [{"service_request_id": receipt.tracking_number, "service_notice": notice}]


@app.resource(
    "GET",
    "/v2/tokens/{token}",
    "requests",
    answer=answers.TokenItems,
    query=KeyedQuestion,
    key=True,
    summary="由令牌查编号",
    summary_en="The request of a token",
)
def show_open311_token(token: str, query: KeyedQuestion, request: Request) -> list[Entry]:
    return [open311.token(token, app.language, query)]


@app.resource(
    "GET",
    "/v2/requests",
    "requests",
    answer=answers.RequestItems,
    query=RequestsQuestion,
    key=True,
    summary="诉求列表",
    summary_en="Requests",
)
def list_service_requests(query: RequestsQuestion, request: Request) -> list[Entry]:
    return open311.requests(query, app.language)


@app.resource(
    "GET",
    "/v2/requests/{service_request_id}",
    "requests",
    answer=answers.RequestItems,
    query=KeyedQuestion,
    key=True,
    summary="一件诉求",
    summary_en="One request",
)
def show_service_request(service_request_id: str, query: KeyedQuestion, request: Request) -> list[Entry]:
    return [open311.request(service_request_id, app.language, query)]


@app.resource(
    "GET",
    "/v2/servicerequestupdates",
    "updates",
    answer=answers.UpdateItems,
    query=UpdatesQuestion,
    key=True,
    summary="诉求进展",
    summary_en="Updates of requests",
)
def list_request_updates(query: UpdatesQuestion, request: Request) -> list[Entry]:
    return open311.updates(query, app.language)


@app.resource(
    "POST",
    "/v2/servicerequestupdates",
    "updates",
    answer=answers.PostedUpdates,
    form=read_parameters,
    fields=answers.POST_UPDATE,
    key=True,
    summary="补充进展",
    summary_en="Add to a request that the same app has sent",
)
def post_request_update(form: Parameters, request: Request) -> list[Entry]:
    key = open311.key(_shown_key(form, request))
    try:
        return [{"update_id": open311.update(update_of(form), key)}]
    except ValidationError as error:
        raise named_as_in_form(invalid_input(error)) from None


def _shown_key(form: Parameters, request: Request) -> str:
    return form.get("api_key") or request.query("api_key") or ""


def _api_id() -> str:
    context: Any = app.current_request.to_original_event()["requestContext"]  # type: ignore[union-attr]
    return str(context.get("apiId", ""))
