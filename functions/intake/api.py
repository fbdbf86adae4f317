"""接: citizens register, follow, supplement and withdraw appeals."""

from __future__ import annotations

from hotline.domain.answers import AppealStatus, OrderState, Receipt, order_state
from hotline.domain.appeal import RegisterAppeal, Text
from hotline.domain.attachments import AttachmentView, OfferUpload, TooManyAttachments, UploadOffer
from hotline.domain.catalogue import (
    JurisdictionList,
    ServiceDetail,
    ServiceList,
    Vocabulary,
    jurisdiction_list,
    service_detail,
    service_list,
    vocabulary,
)
from hotline.domain.errors import (
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    VersionConflict,
)
from hotline.domain.model import Frozen
from hotline.edges.commands import command_key
from hotline.edges.http import IDEMPOTENCY_KEY, Answer, HttpApp, Request
from hotline.wiring import intake

app = HttpApp("intake")


class Supplement(Frozen):
    """Further words to an open appeal."""

    text: Text


class AttachmentList(Frozen):
    """The pictures of an appeal."""

    attachments: tuple[AttachmentView, ...]


@app.operation(
    "POST",
    "/appeals",
    body=RegisterAppeal,
    answer=Receipt,
    status=201,
    public=True,
    headers=(IDEMPOTENCY_KEY,),
    summary="提交诉求",
    summary_en="Register an appeal",
    errors=(InvalidInput, IdempotencyKeyReused),
)
def register_appeal(command: RegisterAppeal, request: Request) -> Answer:
    receipt = intake.register(command, request.idempotency_key, "public")
    return Answer(receipt, headers={"Location": f"/appeals/{receipt.tracking_number}"})


@app.operation(
    "GET",
    "/appeals/{number}",
    answer=AppealStatus,
    public=True,
    tracking_key=True,
    summary="查询办理进度",
    summary_en="Track an appeal",
    errors=(NotFound,),
)
def track_appeal(number: str, request: Request) -> AppealStatus:
    return intake.track(number, request.tracking_key)


@app.operation(
    "POST",
    "/appeals/{number}/supplements",
    body=Supplement,
    answer=OrderState,
    status=201,
    public=True,
    tracking_key=True,
    headers=(IDEMPOTENCY_KEY,),
    summary="补充内容",
    summary_en="Add information",
    errors=(NotFound, TransitionNotAllowed, VersionConflict),
)
def supplement_appeal(command: Supplement, number: str, request: Request) -> OrderState:
    case = intake.supplement(number, request.tracking_key, command.text, command_key(request))
    return order_state(case)


@app.operation(
    "POST",
    "/appeals/{number}/withdrawal",
    answer=OrderState,
    public=True,
    tracking_key=True,
    headers=(IDEMPOTENCY_KEY,),
    summary="撤回诉求",
    summary_en="Withdraw an appeal",
    errors=(NotFound, TransitionNotAllowed, VersionConflict),
)
def withdraw_appeal(number: str, request: Request) -> OrderState:
    return order_state(intake.withdraw(number, request.tracking_key, command_key(request)))


@app.operation(
    "POST",
    "/appeals/{number}/attachments",
    body=OfferUpload,
    answer=UploadOffer,
    status=201,
    public=True,
    tracking_key=True,
    summary="申请上传图片",
    summary_en="Ask to upload a picture",
    errors=(NotFound, TooManyAttachments, TransitionNotAllowed),
)
def offer_upload(command: OfferUpload, number: str, request: Request) -> UploadOffer:
    return intake.allow_upload(number, request.tracking_key, command)


@app.operation(
    "GET",
    "/appeals/{number}/attachments",
    answer=AttachmentList,
    public=True,
    tracking_key=True,
    summary="查看图片",
    summary_en="List pictures",
    errors=(NotFound,),
)
def list_attachments(number: str, request: Request) -> AttachmentList:
    return AttachmentList(attachments=intake.show_pictures(number, request.tracking_key))


@app.operation(
    "GET", "/services", answer=ServiceList, public=True, summary="事项目录", summary_en="Service catalogue"
)
def list_services(request: Request) -> ServiceList:
    return service_list(intake.directory())


@app.operation(
    "GET",
    "/services/{service_code}",
    answer=ServiceDetail,
    public=True,
    summary="事项及其附加信息",
    summary_en="One service with its extra fields",
    errors=(NotFound,),
)
def show_service(service_code: str, request: Request) -> ServiceDetail:
    return service_detail(intake.directory(), service_code)


@app.operation(
    "GET",
    "/jurisdictions",
    answer=JurisdictionList,
    public=True,
    summary="区和街道（乡镇）",
    summary_en="Districts and sub-districts",
)
def list_jurisdictions(request: Request) -> JurisdictionList:
    return jurisdiction_list(intake.directory())


@app.operation(
    "GET",
    "/vocabulary",
    answer=Vocabulary,
    public=True,
    summary="日常用语与事项、紧急电话的对应",
    summary_en="Which topics and emergency numbers everyday words suggest",
)
def show_vocabulary(request: Request) -> Answer:
    return Answer(vocabulary(intake.directory()), headers={"Cache-Control": "public, max-age=3600"})
