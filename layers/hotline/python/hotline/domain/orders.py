"""What an agency is told, and what it may answer.

Both are messages of a documented schema (``events/README.md``): orders go to the agency's own queue,
replies come back on one queue. The desk's HTTP API takes the same commands.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from hotline.domain.appeal import Code, Contact, Place, Text
from hotline.domain.model import Frozen

ORDER_SCHEMA = "hotline.order/1"
REPLY_SCHEMA = "hotline.reply/1"

OrderKind = Literal[
    "dispatched",
    "copy",
    "reopened",
    "supplemented",
    "withdrawn",
    "clock_warned",
    "clock_breached",
    "reply_refused",
]


class Due(Frozen):
    """A limit as printed on the order (条例 Art 13): until when, and by which rule."""

    clock: Literal["dispatch", "response", "handling"]
    due_at: datetime
    rule_id: str


class ServiceName(Frozen):
    """The matter, by its catalogue entry."""

    service_code: str
    name_zh: str
    name_en: str


class Refused(Frozen):
    """Why a reply was not carried out; the problem is the one that the HTTP API would answer."""

    command_id: str
    problem: str
    detail: str
    detail_en: str


class OrderMessage(Frozen):
    """One message on an agency's queue.

    ``message_id`` is the same on every delivery: keep it and drop what you have seen. Echo
    ``reply_token`` in every reply; it proves that you hold the order. There is no contact unless
    the service needs one. A ``copy`` informs the district (条例 Art 12(1)) and allows nothing.
    """

    schema_: Literal["hotline.order/1"] = Field(default="hotline.order/1", alias="schema")
    message_id: str
    kind: OrderKind
    work_order_id: str
    appeal_id: str
    agency_id: str
    lead_agency_id: str | None = None
    reply_token: str | None = None
    status: str
    appeal_type: str
    service: ServiceName | None = None
    language: str
    place: Place | None = None
    text: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    contact: Contact | None = None
    notes: tuple[str, ...] = ()
    due: tuple[Due, ...] = ()
    return_until: datetime | None = None
    allowed: tuple[str, ...] = ()
    refused: Refused | None = None
    occurred_at: datetime


class ReturnGround(StrEnum):
    """Why an agency returns an order (条例 Art 12: objection to duty or jurisdiction)."""

    NOT_OUR_DUTY = "not_our_duty"
    NOT_OUR_AREA = "not_our_area"
    OUTSIDE_UNIT = "outside_unit"
    INCOMPLETE = "incomplete"


ContactChannel = Literal["phone", "visit", "message", "other"]
AttachmentIds = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=64)], ...], Field(max_length=9, default=())
]


class Acknowledge(Frozen):
    """签收: the order has been seen and is ours."""

    command: Literal["acknowledge"] = "acknowledge"


class RecordContact(Frozen):
    """响应: the citizen has been contacted (条例 Art 15)."""

    command: Literal["record_contact"] = "record_contact"
    channel: ContactChannel


class ReportProgress(Frozen):
    """How far it is; the citizen sees the text."""

    command: Literal["report_progress"] = "report_progress"
    text: Text


class ReturnOrder(Frozen):
    """退单: with a ground from the list and an explanation."""

    command: Literal["return"] = "return"
    ground: ReturnGround
    text: Text


class Resolve(Frozen):
    """办结: what was done, with evidence where the service asks for it; the citizen sees the text."""

    command: Literal["resolve"] = "resolve"
    text: Text
    attachments: AttachmentIds


AgencyCommand = Acknowledge | RecordContact | ReportProgress | ReturnOrder | Resolve


class AgencyReply(Frozen):
    """One message on the replies queue.

    ``command_id`` is chosen by the agency and makes the reply safe to send twice.

    Example:
        >>> reply = AgencyReply.model_validate({
        ...     "schema": "hotline.reply/1", "work_order_id": "000G40R40M30E209B.1",
        ...     "agency_id": "110101001", "reply_token": "t" * 22, "command_id": "ack-1",
        ...     "action": {"command": "acknowledge"}})
        >>> reply.action.command
        'acknowledge'
    """

    schema_: Literal["hotline.reply/1"] = Field(alias="schema")
    work_order_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    agency_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    reply_token: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    command_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    officer: Code | None = None
    """The officer's id in the agency's own system: it stays in the case's timeline, so not a name."""
    action: Annotated[AgencyCommand, Field(discriminator="command")]

    @property
    def appeal_id(self) -> str:
        """The case that the order belongs to."""
        return self.work_order_id.partition(".")[0]
