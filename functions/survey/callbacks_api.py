"""访: the callback desk: operators call the citizens who have not answered."""

from __future__ import annotations

from pydantic import Field

from hotline.domain.actor import Role
from hotline.domain.calls import LanguageTag
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    SurveyClosed,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.edges.commands import command_id_of, order_of
from hotline.edges.http import IDEMPOTENCY_KEY, IF_MATCH, HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.call_citizens import (
    CallState,
    LanguageNotSpoken,
    RecordAttempt,
    TooEarlyToCall,
)
from hotline.use_cases.read_calls import CallKind, CallPage, CallsOf, CallView
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import callbacks
from hotline.wiring.common import cursor_key

app = HttpApp("callbacks")

DESK = (Role.OPERATOR, Role.ADMIN)

_ERRORS = (NotFound, InvalidInput, Forbidden, TransitionNotAllowed, VersionConflict)


class CallsWanted(Frozen):
    """Which calls, and which part of the list; with ``all`` also what is taken or not due yet."""

    kind: CallKind | None = None
    language: LanguageTag | None = None
    all: bool = False
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


@app.operation(
    "GET",
    "/callbacks",
    query=CallsWanted,
    answer=CallPage,
    roles=DESK,
    summary="待回访名单",
    summary_en="Citizens to be called, the one who may be called first at the top",
    errors=(InvalidInput,),
)
def list_calls(query: CallsWanted, request: Request) -> CallPage:
    wanted = CallsOf(query.kind, query.language, query.all)
    after = position(query.cursor, cursor_key, "callbacks", request.principal)
    page = callbacks.calls(wanted, query.limit, after, request.principal)
    return sealed(page, cursor_key, "callbacks", request.principal)


@app.operation(
    "GET",
    "/callbacks/{order_id}",
    answer=CallView,
    roles=DESK,
    summary="回访详情；号码仅领取人可见",
    summary_en="One call: the appeal, what was answered, the questions; the phone for whoever has taken it",
    errors=(NotFound,),
)
def show_call(order_id: str, request: Request) -> CallView:
    return callbacks.call(order_of(order_id).order_id, request.principal)


@app.operation(
    "POST",
    "/callbacks/{order_id}/claim",
    answer=CallState,
    roles=DESK,
    headers=(IDEMPOTENCY_KEY, IF_MATCH),
    summary="领取回访任务",
    summary_en="Take a call; nobody else may for a while",
    errors=(*_ERRORS, LanguageNotSpoken, TooEarlyToCall),
)
def claim_call(order_id: str, request: Request) -> CallState:
    order = order_of(order_id).order_id
    command_id = command_id_of(request, "claim", order)
    return callbacks.claim(order, request.principal, command_id, request.if_match)


@app.operation(
    "POST",
    "/callbacks/{order_id}/attempts",
    body=RecordAttempt,
    answer=CallState,
    roles=DESK,
    headers=(IDEMPOTENCY_KEY, IF_MATCH),
    summary="记录未获答复的呼叫",
    summary_en="Say how a call ended that brought no answers",
    errors=_ERRORS,
)
def record_attempt(command: RecordAttempt, order_id: str, request: Request) -> CallState:
    order = order_of(order_id).order_id
    command_id = command_id_of(request, "attempt", order)
    return callbacks.attempt(order, command, request.principal, command_id, request.if_match)


@app.operation(
    "POST",
    "/callbacks/{order_id}/answers",
    body=AnswerSurvey,
    answer=CallState,
    roles=DESK,
    headers=(IDEMPOTENCY_KEY, IF_MATCH),
    summary="记录电话回访的回答",
    summary_en="Take the citizen's answers; of a second call compare them with the first",
    errors=(*_ERRORS, SurveyClosed),
)
def answer_by_phone(command: AnswerSurvey, order_id: str, request: Request) -> CallState:
    order = order_of(order_id).order_id
    command_id = command_id_of(request, "answers", order)
    return callbacks.answer(order, command, request.principal, command_id, request.if_match)
