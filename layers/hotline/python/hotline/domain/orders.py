"""What an agency is told, and what it may answer.

Both are messages of a documented schema (``events/README.md``): orders go to the agency's own queue,
replies come back on one queue. The desk's HTTP API takes the same commands.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from hotline.domain.appeal import Code, Contact, Place, Text
from hotline.domain.clock import ClockKind
from hotline.domain.identifiers import OrderRef, parse_order_number
from hotline.domain.model import Frozen
from hotline.domain.side_orders import SideKind

if TYPE_CHECKING:
    from hotline.domain.case import Case
    from hotline.domain.clock import Clock
    from hotline.domain.directory import Directory

ORDER_SCHEMA = "hotline.order/1"
REPLY_SCHEMA = "hotline.reply/1"

OrderKind = Literal[
    "dispatched",
    "copy",
    "reopened",
    "supplemented",
    "withdrawn",
    "merged",
    "joined",
    "left",
    "return_upheld",
    "urged",
    "extension_granted",
    "request_refused",
    "held",
    "resumed",
    "assist",
    "opinion",
    "summons",
    "supervision",
    "escalation",
    "side_cancelled",
    "side_stage_report",
    "side_report",
    "clock_warned",
    "clock_breached",
    "reply_refused",
]
"""The first fourteen tell the lead, the next six whoever is asked beside it, the two reports whoever asked."""


class Due(Frozen):
    """A limit as printed on the order (条例 Art 13): until when, and by which rule."""

    clock: ClockKind
    due_at: datetime
    rule_id: str

    @classmethod
    def of(cls, clock: Clock) -> Due:
        """The limit that a clock watches."""
        return cls(clock=clock.kind, due_at=clock.due_at, rule_id=clock.rule_id)


class ServiceName(Frozen):
    """The matter, by its catalogue entry."""

    service_code: str
    name_zh: str
    name_en: str

    @classmethod
    def of(cls, case: Case, directory: Directory) -> ServiceName | None:
        """The names of a case's service; None without one, and when the catalogue no longer has it."""
        service = directory.services.get(case.service_code) if case.service_code else None
        if service is None:
            return None
        return cls(service_code=service.service_code, name_zh=service.name_zh, name_en=service.name_en)


def limits_of(case: Case) -> tuple[Due, ...]:
    """The limits of a case with the rules that set them."""
    return tuple(map(Due.of, case.clocks.values()))


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
    the service needs one. A ``copy`` informs the district (条例 Art 12(1)) and allows nothing; so does
    every message without a ``reply_token``.
    An order beside the lead order has ``side``, what is asked: ``work_order_id`` and ``due`` are then its own,
    ``asked_by`` waits for it (nobody: the hotline does), ``asked_agency_id`` owes it.
    ``members`` counts the appeals that are handled by the same order. One that has ``joined`` it, or adds
    to it (``supplemented``), is named by ``member_id``: text, place and contact are then that one's.
    ``media_url`` is a link that whoever reported has given; nobody here has looked at what is behind it.
    Of a ``confidential`` report there are only the words that the hotline has released: do not try to
    find out who the informant is.
    """

    schema_: Literal["hotline.order/1"] = Field(default="hotline.order/1", alias="schema")
    message_id: str
    kind: OrderKind
    work_order_id: str
    appeal_id: str
    member_id: str | None = None
    members: int = 0
    agency_id: str
    lead_agency_id: str | None = None
    side: SideKind | None = None
    asked_by: str | None = None
    asked_agency_id: str | None = None
    reply_token: str | None = None
    status: str
    appeal_type: str
    confidential: bool = False
    service: ServiceName | None = None
    language: str
    place: Place | None = None
    text: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    media_url: str | None = None
    contact: Contact | None = None
    notes: tuple[str, ...] = ()
    due: tuple[Due, ...] = ()
    return_until: datetime | None = None
    resumes_at: datetime | None = None
    allowed: tuple[str, ...] = ()
    refused: Refused | None = None
    occurred_at: datetime


class ReturnGround(StrEnum):
    """Why an agency returns an order (条例 Art 12: objection to duty or jurisdiction)."""

    NOT_OUR_DUTY = "not_our_duty"
    NOT_OUR_AREA = "not_our_area"
    OUTSIDE_UNIT = "outside_unit"
    INCOMPLETE = "incomplete"


ContactChannel = Literal["phone", "visit", "message", "hotline", "other"]
"""``hotline`` passes on what it is told: the only way to a confidential informant."""

AttachmentIds = Annotated[
    tuple[Annotated[str, StringConstraints(max_length=64)], ...], Field(max_length=9, default=())
]


AgencyIds = Annotated[tuple[Code, ...], Field(min_length=1, max_length=10)]


class Acknowledge(Frozen):
    """签收: the order has been seen and is ours."""

    command: Literal["acknowledge"] = "acknowledge"


# --- the lead order ---------------------------------------------------------------------------------


class RecordContact(Frozen):
    """响应: the citizen has been contacted (条例 Art 15)."""

    command: Literal["record_contact"] = "record_contact"
    channel: ContactChannel


class ReportProgress(Frozen):
    """How far it is; the citizen sees the text."""

    command: Literal["report_progress"] = "report_progress"
    text: Text


class ReturnOrder(Frozen):
    """退单: with a ground from the list, an explanation and evidence."""

    command: Literal["return"] = "return"
    ground: ReturnGround
    text: Text
    attachments: AttachmentIds


class Resolve(Frozen):
    """办结: what was done, with evidence where the service asks for it; the citizen sees the text.

    ``result`` is ``constraint`` when an objective constraint was explained instead (条例 Art 15).
    ``without_assists`` resolves although an assist is open; the text then says why (Art 14).
    """

    command: Literal["resolve"] = "resolve"
    text: Text
    attachments: AttachmentIds
    result: Literal["done", "constraint"] = "done"
    without_assists: bool = False


class RequestAssist(Frozen):
    """协办: other agencies do their part and report to the lead (条例 Art 14); the text says which."""

    command: Literal["request_assist"] = "request_assist"
    agency_ids: AgencyIds
    text: Text


class Summon(Frozen):
    """吹哨: a sub-district calls departments, utilities or its district to the place (条例 Art 16)."""

    command: Literal["summon"] = "summon"
    agency_ids: AgencyIds
    text: Text


class CancelAssist(Frozen):
    """Take back what was asked of these agencies: open assists and summonses."""

    command: Literal["cancel_assist"] = "cancel_assist"
    agency_ids: AgencyIds


class RequestExtension(Frozen):
    """延期: ask a supervisor for more time, before the limit, with reason and evidence (条例 Art 15).

    ``citizen_told`` records how it was explained to the citizen.
    """

    command: Literal["request_extension"] = "request_extension"
    amount: Annotated[int, Field(ge=1, le=1000)]
    unit: Literal["hours", "days"]
    text: Text
    attachments: AttachmentIds
    citizen_told: ContactChannel


class RequestHold(Frozen):
    """挂账: ask a supervisor to let it wait until a review date, with reason and evidence."""

    command: Literal["request_hold"] = "request_hold"
    until: AwareDatetime
    text: Text
    attachments: AttachmentIds
    citizen_told: ContactChannel


class Escalate(Frozen):
    """提级: the superior studies what this agency cannot solve, and gives an opinion (条例 Art 20)."""

    command: Literal["escalate"] = "escalate"
    text: Text


class ExclusionReason(StrEnum):
    """Why an order may be left out of the assessment (剔除). The list is ours; no city's rule is published."""

    OUTSIDE_DUTIES = "outside_duties"
    UNTRUE = "untrue"
    MALICIOUS = "malicious"
    MASS_COMPLAINT = "mass_complaint"
    FORCE_MAJEURE = "force_majeure"
    WRONG_DISPATCH = "wrong_dispatch"
    SYSTEM_FAULT = "system_fault"


class RequestReview(Frozen):
    """申请复核: ask a reviewer to leave an order out of the assessment, or to judge a dissatisfaction.

    Never decided by whoever asks. ``reason`` and evidence belong to an exclusion; the text explains.
    """

    command: Literal["request_review"] = "request_review"
    about: Literal["exclusion", "dissatisfaction"]
    reason: ExclusionReason | None = None
    text: Text
    attachments: AttachmentIds

    @model_validator(mode="after")
    def _an_exclusion_has_reason_and_evidence(self) -> Self:
        if self.about == "exclusion" and (self.reason is None or not self.attachments):
            raise ValueError("an exclusion needs a reason and at least one attachment as evidence")
        return self


class Resume(Frozen):
    """Go on before the review date of a hold."""

    command: Literal["resume"] = "resume"


# --- orders beside the lead order -------------------------------------------------------------------


class Arrive(Frozen):
    """报到: we are at the place (条例 Art 16)."""

    command: Literal["arrive"] = "arrive"


class ReportStage(Frozen):
    """Within the limit, reasons and a stage report instead of the whole (条例 Art 14); once."""

    command: Literal["report_stage"] = "report_stage"
    text: Text


class Report(Frozen):
    """What came of it: the part done, the opinion asked for, the answer to a supervision."""

    command: Literal["report"] = "report"
    text: Text
    attachments: AttachmentIds


class Cancel(Frozen):
    """Nothing is owed any more; by whoever asked."""

    command: Literal["cancel"] = "cancel"


AgencyCommand = (
    Acknowledge
    | RecordContact
    | ReportProgress
    | ReturnOrder
    | Resolve
    | RequestAssist
    | Summon
    | CancelAssist
    | RequestExtension
    | RequestHold
    | Escalate
    | RequestReview
    | Resume
)
"""What an agency does with its lead order."""

SideAction = Acknowledge | Arrive | ReportStage | Report | Cancel
"""What is done with an order beside it."""


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
    action: Annotated[AgencyCommand | Arrive | ReportStage | Report, Field(discriminator="command")]

    @property
    def appeal_id(self) -> str:
        """The case that the order belongs to."""
        return self.work_order_id.partition(".")[0]

    @property
    def order(self) -> OrderRef | None:
        """The order; None when the number cannot be one."""
        return parse_order_number(self.work_order_id)
