"""办: the desk of an agency without a system of its own."""

from __future__ import annotations

from pydantic import Field

from hotline.domain.actor import STAFF_READERS, Role
from hotline.domain.answers import OrderPage, OrderState, OrderView, order_state
from hotline.domain.attachments import AttachmentView, OfferUpload, TooManyAttachments, UploadOffer
from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.orders import (
    Acknowledge,
    AgencyCommand,
    RecordContact,
    ReportProgress,
    Resolve,
    ReturnOrder,
)
from hotline.edges.commands import appeal_id_of, command_id_of
from hotline.edges.http import HttpApp, Request
from hotline.edges.paging import position, sealed
from hotline.wiring import handling
from hotline.wiring.common import cursor_key

app = HttpApp("handling")

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
    summary="工单详情",
    summary_en="One order with everything about it",
    errors=(NotFound,),
)
def show_order(order_id: str, request: Request) -> OrderView:
    return handling.read(appeal_id_of(order_id), request.principal)


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
    return _act(Acknowledge(), order_id, request)


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
    errors=_COMMAND_ERRORS,
)
def resolve(command: Resolve, order_id: str, request: Request) -> OrderState:
    return _act(command, order_id, request)


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
    return handling.allow_evidence(appeal_id_of(order_id), command, request.principal)


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
    return EvidenceList(attachments=handling.show_pictures(appeal_id_of(order_id), request.principal))


def _act(command: AgencyCommand, order_id: str, request: Request) -> OrderState:
    appeal_id = appeal_id_of(order_id)
    command_id = command_id_of(request, command.command, appeal_id)
    return order_state(handling.act(appeal_id, command, request.principal, command_id, request.if_match))
