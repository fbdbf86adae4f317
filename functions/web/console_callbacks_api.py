"""Pages of the callback desk: who is to be called, what to ask, and how it ended (回访, 条例 Art 23)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hotline.domain.actor import Role
from hotline.domain.errors import (
    HotlineError,
    InvalidInput,
    NotFound,
    SurveyClosed,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.domain.phrases import Phrase
from hotline.edges.commands import order_of
from hotline.edges.forms import Form
from hotline.edges.http import Answer, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.call_citizens import LanguageNotSpoken, RecordAttempt, TooEarlyToCall
from hotline.use_cases.read_calls import CallKind, CallsOf
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring import callbacks
from hotline.wiring.common import cursor_key
from web import console_phrases as phrases
from web.console_forms import Sent, Shown, parsed, sent
from web.page_app import city_zone
from web.report_form import faults_of, new_form_id
from web.staff_app import HTML, StaffApp

app = StaffApp("console-callbacks")

DESK = (Role.OPERATOR, Role.ADMIN)
PAGE = 20

_NOTHING_TYPED = Form({})
_LIST = "console/callbacks"
_REFUSALS = (
    InvalidInput,
    TransitionNotAllowed,
    VersionConflict,
    LanguageNotSpoken,
    TooEarlyToCall,
    SurveyClosed,
)


class CallsWanted(Frozen):
    """Which calls, which part of the list, in which language, and what was done just before."""

    kind: CallKind | None = None
    all: bool = False
    cursor: str | None = None
    lang: str | None = None
    done: str | None = None


@app.operation(
    "GET",
    "/console/callbacks",
    session=True,
    roles=DESK,
    query=CallsWanted,
    content_type=HTML,
    summary="回访名单",
    errors=(InvalidInput,),
)
def list_calls(query: CallsWanted, request: Request) -> Answer:
    by = request.principal
    after = position(query.cursor, cursor_key, _LIST, by)
    page = sealed(
        callbacks.calls(CallsOf(query.kind, None, query.all), PAGE, after, by), cursor_key, _LIST, by
    )
    return app.page(
        "console_callbacks",
        here=_LIST,
        calls=page.calls,
        next=page.next,
        first=query.cursor is not None,
        kind=query.kind,
        all=query.all,
        done=query.done,
        languages_spoken=by.languages,
        phrases=phrases,
    )


@app.operation(
    "GET",
    "/console/callbacks/{order_id}",
    session=True,
    roles=DESK,
    query=Shown,
    content_type=HTML,
    summary="一次回访",
    summary_en="One call: what was answered, what to ask; the number for whoever has taken it",
    errors=(NotFound,),
)
def show_call(query: Shown, order_id: str, request: Request) -> Answer:
    return _call_page(order_id, request, _NOTHING_TYPED, done=query.done)


@app.operation(
    "POST",
    "/console/callbacks/{order_id}/claim",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="领取回访",
    errors=_REFUSALS,
)
def claim_call(form: Form, order_id: str, request: Request) -> Answer:
    def claim(order: str, given: Sent) -> None:
        callbacks.claim(order, request.principal, *given)

    return _act("claim", form, order_id, request, claim, "claimed", f"{_LIST}/{order_id}")


@app.operation(
    "POST",
    "/console/callbacks/{order_id}/attempts",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="记录未获答复的呼叫",
    errors=_REFUSALS,
)
def record_attempt(form: Form, order_id: str, request: Request) -> Answer:
    def attempt(order: str, given: Sent) -> None:
        if not form.text("outcome"):
            raise InvalidInput.field("outcome", "请选择", "needs a choice")
        members = form.command("outcome", "language", "wished_at")
        if "wished_at" in members:
            members["wished_at"] = _zoned(members["wished_at"])
        if (form.text("outcome") == "language") != ("language" in members):
            raise InvalidInput.field(
                "language",
                "仅在需要其他语言时填写，且必填",
                "goes with the outcome that needs it, and only there",
            )
        if "wished_at" in members and form.text("outcome") not in ("call_back", "language"):
            raise InvalidInput.field("wished_at", "仅在约定再拨时填写", "goes with a call that was agreed")
        callbacks.attempt(order, parsed(RecordAttempt, members), request.principal, *given)

    return _act("attempt", form, order_id, request, attempt, "attempted", _LIST)


@app.operation(
    "POST",
    "/console/callbacks/{order_id}/answers",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="记录电话回访的回答",
    errors=_REFUSALS,
)
def answer_by_phone(form: Form, order_id: str, request: Request) -> Answer:
    def answer(order: str, given: Sent) -> None:
        members = form.command("contacted", "resolved", "satisfied", "comment")
        callbacks.answer(order, parsed(AnswerSurvey, members), request.principal, *given)

    return _act("answers", form, order_id, request, answer, "answered", _LIST)


def _act(
    name: str,
    form: Form,
    order_id: str,
    request: Request,
    act: Callable[[str, Sent], None],
    done: str,
    onward: str,
) -> Answer:
    """Carry a form out; what cannot be done now is shown with what was typed."""
    order = order_of(order_id).order_id
    try:
        act(order, sent(form, request, name, order))
    except InvalidInput as refusal:
        return _call_page(order_id, request, form, faults=faults_of(refusal), status=400)
    except VersionConflict as refusal:
        return _call_page(order_id, request, form, notice=phrases.CHANGED, status=refusal.status)
    except _REFUSALS as refusal:
        return _call_page(order_id, request, form, notice=_not_now(refusal), status=refusal.status)
    return app.done(onward, done)


def _not_now(refusal: HotlineError) -> Phrase:
    return Phrase(f"{phrases.NOT_NOW.zh}{refusal.detail}", f"{phrases.NOT_NOW.en}{refusal.detail_en}")


def _zoned(text: str) -> str:
    """What ``<input type="datetime-local">`` sends is a time of the city; else the text as it is."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=city_zone()).isoformat()
    except ValueError:
        return text


def _call_page(
    order_id: str,
    request: Request,
    form: Form,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
    **more: Any,
) -> Answer:
    call = callbacks.call(order_of(order_id).order_id, request.principal)
    asked = {each.field: Phrase(each.text_zh, each.text_en) for each in call.questions}
    return app.page(
        "console_callback",
        here=f"{_LIST}/{order_id}",
        status=status,
        call=call,
        form=form,
        form_id=new_form_id(),
        faults=faults or {},
        notice=notice,
        labels={**phrases.LABELS, **asked},
        phrases=phrases,
        **{"done": None, **more},
    )
