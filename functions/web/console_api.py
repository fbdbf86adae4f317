"""Pages of the console: calls, the queue, returned orders, one order with all that may be done with it now."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import (
    Forbidden,
    HotlineError,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.identifiers import parse_order_number
from hotline.domain.model import Frozen
from hotline.domain.phrases import Phrase
from hotline.edges.commands import appeal_id_of, order_of
from hotline.edges.forms import Form
from hotline.edges.http import Answer, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.compare_appeals import ComparisonOutdated
from hotline.use_cases.reveal_informant import Reveal
from hotline.wiring import console
from hotline.wiring.common import cursor_key
from web import console_phrases as phrases
from web.console_forms import parsed, sent
from web.console_intake import CallForm
from web.console_orders import ACTIONS, actions_of, carried_out, order_facts
from web.report_form import faults_of, form_id_of, new_form_id
from web.staff_app import HTML, StaffApp

app = StaffApp("console")

DESK = (Role.OPERATOR, Role.ADMIN)
JUDGES = (Role.ADJUDICATOR, Role.ADMIN)
BOTH = (Role.OPERATOR, Role.ADJUDICATOR, Role.ADMIN)
READERS = (*BOTH, Role.SUPERVISOR, Role.AUDITOR)

_NOTHING_TYPED = Form({})
_ORDER = "console/orders"
_STALE = (VersionConflict, TransitionNotAllowed, ComparisonOutdated, InvalidInput)


class ListPage(Frozen):
    """Which part of a list, in which language, and what was done just before."""

    cursor: str | None = None
    lang: str | None = None
    done: str | None = None


class OrderPageQuery(Frozen):
    """What is about to be done with an order, and the appeal that it is compared with."""

    do: str | None = None
    with_: Annotated[str | None, Field(alias="with", max_length=40)] = None
    lang: str | None = None
    done: str | None = None


class NumberQuery(Frozen):
    """The number of an appeal or order as it was read out."""

    number: str = Field(default="", max_length=60)
    lang: str | None = None


@app.operation(
    "GET", "/console", session=True, roles=READERS, query=NumberQuery, content_type=HTML, summary="工作台首页"
)
def show_console(query: NumberQuery, request: Request) -> Answer:
    """Where to begin; with a number, the order of that number."""
    if query.number:
        order = parse_order_number(query.number)
        if order is not None:
            return app.done(f"{_ORDER}/{order.appeal_id}")
    role = request.principal.role
    return app.page(
        "console",
        here="console",
        number=query.number,
        may_take_calls=role in DESK,
        may_judge=role in (*JUDGES, Role.SUPERVISOR),
        may_dispatch=role in BOTH,
    )


# ---- calls ------------------------------------------------------------------------------------


@app.operation(
    "GET",
    "/console/calls",
    session=True,
    roles=DESK,
    content_type=HTML,
    summary="接听来电",
    summary_en="Take a call",
)
def show_call_form(request: Request) -> Answer:
    return _call_page(CallForm(_NOTHING_TYPED, request.principal), new_form_id())


@app.operation(
    "POST",
    "/console/calls",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="登记来电并看到回执",
    summary_en="Take the call down; or look the caller up, ask for hints, compare, with what was typed kept",
    errors=(InvalidInput, IdempotencyKeyReused, ComparisonOutdated),
)
def send_call(form: Form, request: Request) -> Answer:
    form_id = form_id_of(form)
    call = CallForm(form, request.principal)
    if form.text("do") not in ("take", "told"):
        return _call_page(call, form_id)
    try:
        taken = call.take(form_id)
    except InvalidInput as refusal:
        return _call_page(call, form_id, faults=faults_of(refusal), status=400)
    except IdempotencyKeyReused as refusal:
        return _call_page(call, new_form_id(), notice=phrases.SENT_BEFORE, status=refusal.status)
    except ComparisonOutdated as refusal:
        return _call_page(call, form_id, notice=phrases.COMPARE_AGAIN, status=refusal.status)
    except HotlineError as refusal:
        if not refusal.retryable:
            raise
        return _call_page(call, form_id, notice=phrases.BUSY, status=refusal.status)
    return app.page("console_taken", here="", status=201, taken=taken, confidential=call.confidential)


@app.operation(
    "POST",
    "/console/calls/hints",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="边听边提示",
    summary_en="The part of the page beside the form, fetched while the operator types",
)
def show_hints(form: Form, request: Request) -> Answer:
    call = CallForm(form, request.principal)
    return app.page("console_hints", here="", form=form, **call.hints(), labels=phrases.LABELS, faults={})


def _call_page(
    call: CallForm,
    form_id: str,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
) -> Answer:
    try:
        shown = call.facts()
    except InvalidInput as refusal:
        shown, faults, status = call.facts(without_look=True), {**faults_of(refusal), **(faults or {})}, 400
    return app.page(
        "console_call",
        here="console/calls",
        status=status,
        form=call.form,
        form_id=form_id,
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
        phrases=phrases,
        **shown,
    )


# ---- lists ------------------------------------------------------------------------------------


@app.operation(
    "GET", "/console/queue", session=True, roles=READERS, query=ListPage, content_type=HTML, summary="待派单"
)
def show_queue(query: ListPage, request: Request) -> Answer:
    return _list_page("queue", query, request.principal)


@app.operation(
    "GET",
    "/console/disputes",
    session=True,
    roles=BOTH,
    query=ListPage,
    content_type=HTML,
    summary="待裁定退单",
)
def show_disputes(query: ListPage, request: Request) -> Answer:
    return _list_page("disputes", query, request.principal)


def _list_page(name: str, query: ListPage, by: Actor) -> Answer:
    after = position(query.cursor, cursor_key, f"console/{name}", by)
    page = console.queue(after) if name == "queue" else console.disputes(after)
    shown = sealed(page, cursor_key, f"console/{name}", by)
    return app.page(
        "console_list",
        here=f"console/{name}",
        name=name,
        orders=shown.orders,
        next=shown.next,
        first=query.cursor is not None,
        services=console.directory().services,
        done=query.done,
        phrases=phrases,
    )


# ---- one order --------------------------------------------------------------------------------


@app.operation(
    "GET",
    "/console/orders/{order_id}",
    session=True,
    roles=READERS,
    query=OrderPageQuery,
    content_type=HTML,
    summary="一件诉求的全部情况",
    summary_en="Everything about an appeal in time order, and what may be done now",
    errors=(NotFound,),
)
def show_order(query: OrderPageQuery, order_id: str, request: Request) -> Answer:
    appeal_id = order_of(order_id).appeal_id
    typed = Form({"into": (query.with_,), "answer.same_as": (query.with_,)} if query.with_ else {})
    return _order_page(appeal_id, request, query.do or "", typed, done=query.done, with_=query.with_)


def _act(name: str, form: Form, order_id: str, request: Request) -> Answer:
    """Carry a form out and show the order again; what cannot be done now is shown with what was typed."""
    appeal_id = appeal_id_of(order_id)
    try:
        given = sent(form, request, name, appeal_id)
        carried_out(name, form, appeal_id, request.principal, given)
    except _STALE as refusal:
        return _refused(appeal_id, request, name, form, refusal)
    except HotlineError as refusal:
        if not refusal.retryable:
            raise
        return _order_page(appeal_id, request, name, form, notice=phrases.BUSY, status=refusal.status)
    return app.done(f"{_ORDER}/{appeal_id}", ACTIONS[name].done)


def _refused(appeal_id: str, request: Request, name: str, form: Form, refusal: HotlineError) -> Answer:
    notice, faults = phrases.CHANGED, {}
    if isinstance(refusal, InvalidInput):
        notice, faults = None, faults_of(refusal)
    elif isinstance(refusal, ComparisonOutdated):
        notice = phrases.COMPARE_AGAIN
    elif isinstance(refusal, TransitionNotAllowed):
        notice = Phrase(f"{phrases.NOT_NOW.zh}{refusal.detail}", f"{phrases.NOT_NOW.en}{refusal.detail_en}")
    return _order_page(appeal_id, request, name, form, faults=faults, notice=notice, status=refusal.status)


def _order_page(
    appeal_id: str,
    request: Request,
    doing: str,
    typed: Form,
    *,
    faults: dict[str, Phrase] | None = None,
    notice: Phrase | None = None,
    status: int = 200,
    **more: Any,
) -> Answer:
    by = request.principal
    order = console.read(appeal_id, by)
    allowed = actions_of(order, by)
    return app.page(
        "console_order",
        here=f"{_ORDER}/{appeal_id}",
        status=status,
        order=order,
        allowed=allowed,
        doing=doing if doing in allowed or faults or notice else "",
        form=typed,
        form_id=new_form_id(),
        faults=faults or {},
        notice=notice,
        labels=phrases.LABELS,
        phrases=phrases,
        **order_facts(order, by, doing, typed, allowed),
        **{
            "done": None,
            "revealed": None,
            **{name: value for name, value in more.items() if name != "with_"},
        },
    )


@app.operation(
    "POST",
    "/console/orders/{order_id}/dispatch",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="派单、改派",
    errors=_STALE,
)
def dispatch_order(form: Form, order_id: str, request: Request) -> Answer:
    return _act("dispatch", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/consult",
    session=True,
    roles=BOTH,
    form=True,
    content_type=HTML,
    summary="派单前会商",
    errors=_STALE,
)
def consult_agencies(form: Form, order_id: str, request: Request) -> Answer:
    return _act("consult", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/conclude",
    session=True,
    roles=BOTH,
    form=True,
    content_type=HTML,
    summary="直接答复",
    errors=_STALE,
)
def conclude_appeal(form: Form, order_id: str, request: Request) -> Answer:
    return _act("conclude", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/adjudicate",
    session=True,
    roles=JUDGES,
    form=True,
    content_type=HTML,
    summary="裁定退单",
    errors=_STALE,
)
def adjudicate_return(form: Form, order_id: str, request: Request) -> Answer:
    return _act("adjudicate", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/merge",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="并单",
    errors=_STALE,
)
def merge_appeal(form: Form, order_id: str, request: Request) -> Answer:
    return _act("merge", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/unmerge",
    session=True,
    roles=DESK,
    form=True,
    content_type=HTML,
    summary="撤销并单",
    errors=_STALE,
)
def unmerge_appeal(form: Form, order_id: str, request: Request) -> Answer:
    return _act("unmerge", form, order_id, request)


@app.operation(
    "POST",
    "/console/orders/{order_id}/reveal",
    session=True,
    roles=(*DESK, Role.SUPERVISOR),
    form=True,
    content_type=HTML,
    summary="查看保密原件（留痕）",
    errors=(*_STALE, Forbidden),
)
def reveal_informant(form: Form, order_id: str, request: Request) -> Answer:
    """Every look is one of its own and on record; the words are shown on this answer and nowhere else."""
    appeal_id = appeal_id_of(order_id)
    form_id_of(form)
    try:
        revealed = console.reveal(
            appeal_id, parsed(Reveal, {"reason": form.text("reason")}), request.principal
        )
    except _STALE as refusal:
        return _refused(appeal_id, request, "reveal", form, refusal)
    return _order_page(appeal_id, request, "", _NOTHING_TYPED, revealed=revealed)
