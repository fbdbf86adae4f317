"""Notices: suppliers' receipts, what citizens want, what staff see."""

from __future__ import annotations

from hotline.domain.actor import Role
from hotline.domain.errors import NotFound
from hotline.domain.receipts import SIGNATURE, TIMESTAMP, Receipts, ReceiptsTaken, SignatureInvalid
from hotline.edges.commands import appeal_id_of
from hotline.edges.http import HttpApp, Request
from hotline.use_cases.choose_notices import ChooseNotices, NoticeList, NoticesChosen
from hotline.wiring import notify, opting

app = HttpApp("notify")

WATCHERS = (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)


def _signed(text: str, supplier: str, request: Request) -> None:
    notify.prove(text, supplier, request.header(TIMESTAMP) or "", request.header(SIGNATURE) or "")


@app.operation(
    "POST",
    "/notices/receipts/{supplier}",
    body=Receipts,
    answer=ReceiptsTaken,
    public=True,
    headers=(TIMESTAMP, SIGNATURE),
    signed=_signed,
    summary="短信回执",
    summary_en="Take a supplier's receipts, and citizens' answers",
    errors=(NotFound, SignatureInvalid),
)
def take_receipts(command: Receipts, supplier: str, request: Request) -> ReceiptsTaken:
    return notify.take(supplier, command, request.header(SIGNATURE) or "")


@app.operation(
    "POST",
    "/appeals/{number}/notices",
    body=ChooseNotices,
    answer=NoticesChosen,
    public=True,
    tracking_key=True,
    summary="接收或退订通知",
    summary_en="Want messages, or none",
    errors=(NotFound,),
)
def choose_notices(command: ChooseNotices, number: str, request: Request) -> NoticesChosen:
    return opting.choose(number, request.tracking_key, command)


@app.operation(
    "GET",
    "/orders/{order_id}/notices",
    answer=NoticeList,
    roles=WATCHERS,
    summary="发给诉求人的通知",
    summary_en="What the citizen was told",
    errors=(NotFound,),
)
def list_notices(order_id: str, request: Request) -> NoticeList:
    return notify.of_appeal(appeal_id_of(order_id), request.principal)
