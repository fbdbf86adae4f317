"""办: the desk of an agency without a system of its own.

An order's number tells which one is meant: ``….1`` is the lead order, ``….2`` and so on lie beside it.
"""

from __future__ import annotations

from pydantic import Field

from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.answers import AskedState, OrderPage, OrderState, OrderView, order_state
from hotline.domain.attachments import AttachmentView, OfferUpload, TooManyAttachments, UploadOffer
from hotline.domain.errors import (
    BoundExceeded,
    InvalidInput,
    NotFound,
    SidesOpen,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.domain.orders import (
    Acknowledge,
    AgencyCommand,
    Arrive,
    Cancel,
    Escalate,
    RecordContact,
    Report,
    ReportProgress,
    ReportStage,
    RequestAssist,
    RequestExtension,
    RequestHold,
    RequestReview,
    Resolve,
    Resume,
    ReturnOrder,
    SideAction,
    Summon,
)
from hotline.edges.commands import ask, carry_out, command_id_of, order_of
from hotline.edges.http import HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.use_cases.ask_others import Ask
from hotline.wiring import handling
from hotline.wiring.common import cursor_key

app = HttpApp("handling")

ASKING_STAFF = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN)
"""Who of the hotline may ask an agency for a part, or take back what was asked."""

_COMMAND_ERRORS = (NotFound, InvalidInput, TransitionNotAllowed, VersionConflict)


class InboxPage(Frozen):
    """Whose orders, and which part of the list. An agency may leave ``agency_id`` out."""

    agency_id: str | None = Field(default=None, max_length=40)
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class EvidenceList(Frozen):
    """The pictures of an order."""

    attachments: tuple[AttachmentView, ...]


@app.operation(
    "GET",
    "/orders",
    query=InboxPage,
    answer=OrderPage,
    roles=STAFF_READERS,
    summary="待办工单（按时限排序）",
    summary_en="Open orders by due time",
    errors=(InvalidInput,),
)
def list_orders(query: InboxPage, request: Request) -> OrderPage:
    agency_id = handling.own_agency(request.principal, query.agency_id)
    if agency_id is None:
        raise InvalidInput.field("agency_id", "请指定承办单位", "name an agency")
    after = position(query.cursor, cursor_key, f"inbox/{agency_id}", request.principal)
    page = handling.inbox(agency_id, query.limit, after, request.principal)
    return sealed(page, cursor_key, f"inbox/{agency_id}", request.principal)


@app.operation(
    "GET",
    "/orders/{order_id}",
    answer=OrderView,
    roles=STAFF_READERS,
    summary="工单详情（主办、协办等）",
    summary_en="One order with everything about it, a lead order or one beside it",
    errors=(NotFound,),
)
def show_order(order_id: str, request: Request) -> OrderView:
    return handling.read(order_of(order_id), request.principal)


@app.operation(
    "POST",
    "/orders/{order_id}/acknowledge",
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="签收",
    summary_en="Acknowledge",
    errors=_COMMAND_ERRORS,
)
def acknowledge(order_id: str, request: Request) -> OrderState:
    if order_of(order_id).leads:
        return _act(Acknowledge(), order_id, request)
    return _act_beside(Acknowledge(), order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/contact",
    body=RecordContact,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="记录联系诉求人",
    summary_en="Record a contact with the citizen",
    errors=_COMMAND_ERRORS,
)
def record_contact(command: RecordContact, order_id: str, request: Request) -> OrderState:
    return _act(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/progress",
    body=ReportProgress,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="报告进展",
    summary_en="Report progress",
    errors=_COMMAND_ERRORS,
)
def report_progress(command: ReportProgress, order_id: str, request: Request) -> OrderState:
    return _act(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/return",
    body=ReturnOrder,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="退单",
    summary_en="Return an order",
    errors=_COMMAND_ERRORS,
)
def return_order(command: ReturnOrder, order_id: str, request: Request) -> OrderState:
    return _act(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/resolve",
    body=Resolve,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="办结",
    summary_en="Resolve with evidence",
    errors=(*_COMMAND_ERRORS, SidesOpen),
)
def resolve(command: Resolve, order_id: str, request: Request) -> OrderState:
    return _act(command, order_id, request)


# --- the lead asks others ---------------------------------------------------------------------------


@app.operation(
    "POST",
    "/orders/{order_id}/assists",
    body=RequestAssist,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY, *ASKING_STAFF),
    summary="请求协办",
    summary_en="Ask other agencies to assist",
    errors=_COMMAND_ERRORS,
)
def request_assist(command: RequestAssist, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/summons",
    body=Summon,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY,),
    summary="吹哨",
    summary_en="A sub-district summons agencies to the place",
    errors=_COMMAND_ERRORS,
)
def summon(command: Summon, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/extension",
    body=RequestExtension,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY,),
    summary="申请延期",
    summary_en="Ask a supervisor for more time",
    errors=(*_COMMAND_ERRORS, BoundExceeded),
)
def request_extension(command: RequestExtension, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/hold",
    body=RequestHold,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY,),
    summary="申请挂账",
    summary_en="Ask a supervisor to let it wait until a review date",
    errors=(*_COMMAND_ERRORS, BoundExceeded),
)
def request_hold(command: RequestHold, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/escalate",
    body=Escalate,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY,),
    summary="提级",
    summary_en="Ask the superior for an opinion",
    errors=_COMMAND_ERRORS,
)
def escalate(command: Escalate, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/review",
    body=RequestReview,
    answer=AskedState,
    status=201,
    roles=(Role.AGENCY, Role.ADJUDICATOR, *ASKING_STAFF),
    summary="申请复核（剔除、不满意）",
    summary_en="Ask a reviewer to exclude an order, or to judge a dissatisfaction",
    errors=_COMMAND_ERRORS,
)
def request_review(command: RequestReview, order_id: str, request: Request) -> AskedState:
    return _ask(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/resume",
    answer=OrderState,
    roles=(Role.AGENCY, Role.SUPERVISOR, Role.ADMIN),
    summary="结束挂账，恢复办理",
    summary_en="Go on before the review date of a hold",
    errors=_COMMAND_ERRORS,
)
def resume(order_id: str, request: Request) -> OrderState:
    return _act(Resume(), order_id, request)


# --- orders beside the lead order -------------------------------------------------------------------


@app.operation(
    "POST",
    "/orders/{order_id}/arrive",
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="报到",
    summary_en="Arrive at the place after a summons",
    errors=_COMMAND_ERRORS,
)
def arrive(order_id: str, request: Request) -> OrderState:
    return _act_beside(Arrive(), order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/stage-report",
    body=ReportStage,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="提交阶段性报告",
    summary_en="Give reasons and a stage report, once and within the limit",
    errors=_COMMAND_ERRORS,
)
def report_stage(command: ReportStage, order_id: str, request: Request) -> OrderState:
    return _act_beside(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/report",
    body=Report,
    answer=OrderState,
    roles=(Role.AGENCY,),
    summary="反馈结果、意见",
    summary_en="Report: the part done, the opinion, the answer",
    errors=_COMMAND_ERRORS,
)
def report(command: Report, order_id: str, request: Request) -> OrderState:
    return _act_beside(command, order_id, request)


@app.operation(
    "POST",
    "/orders/{order_id}/cancel",
    answer=OrderState,
    roles=(Role.AGENCY, Role.ADJUDICATOR, *ASKING_STAFF),
    summary="撤回请求",
    summary_en="Take back what was asked",
    errors=_COMMAND_ERRORS,
)
def cancel(order_id: str, request: Request) -> OrderState:
    return _act_beside(Cancel(), order_id, request)


# --- pictures ---------------------------------------------------------------------------------------


@app.operation(
    "POST",
    "/orders/{order_id}/attachments",
    body=OfferUpload,
    answer=UploadOffer,
    status=201,
    roles=(Role.AGENCY,),
    summary="申请上传佐证图片",
    summary_en="Ask to upload evidence",
    errors=(NotFound, TooManyAttachments, TransitionNotAllowed),
)
def offer_evidence(command: OfferUpload, order_id: str, request: Request) -> UploadOffer:
    return handling.allow_evidence(order_of(order_id), command, request.principal)


@app.operation(
    "GET",
    "/orders/{order_id}/attachments",
    answer=EvidenceList,
    roles=STAFF_READERS,
    summary="查看图片",
    summary_en="List pictures",
    errors=(NotFound,),
)
def list_evidence(order_id: str, request: Request) -> EvidenceList:
    return EvidenceList(attachments=handling.show_pictures(order_of(order_id), request.principal))


def _act(command: AgencyCommand, order_id: str, request: Request) -> OrderState:
    return carry_out(handling.act, command, command.command, order_id, request)


def _ask(command: Ask, order_id: str, request: Request) -> AskedState:
    return ask(handling.act, command, command.command, order_id, request)


def _act_beside(command: SideAction, order_id: str, request: Request) -> OrderState:
    order = order_of(order_id)
    if order.leads:
        raise NotFound("work order")
    command_id = command_id_of(request, command.command, order.order_id)
    side = handling.act_beside(order.order_id, command, request.principal, command_id, request.if_match)
    return order_state(side)
