"""What the API tells citizens and staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from hotline.domain.appeal import Contact, Place
from hotline.domain.case import Case
from hotline.domain.events import Event
from hotline.domain.model import Frozen
from hotline.domain.orders import Due, ServiceName
from hotline.domain.phrases import (
    CONCLUDED,
    EMERGENCY,
    EVENT,
    REQUEST_REFUSED,
    RETURN_GROUNDS,
    SIDE_CLOSED,
    SIDE_OPENED,
    STATUS,
    Phrase,
)
from hotline.domain.side_orders import LEAD, SideKind, SideOrder, SideStatus
from hotline.domain.survey_policy import QUESTION_FIELDS, Question


class Emergency(Frozen):
    """Lines to call at once; shown before anything else (条例 Art 11(1))."""

    numbers: tuple[str, ...]
    advice_zh: str
    advice_en: str

    @classmethod
    def of(cls, numbers: list[str]) -> Emergency | None:
        """The advice for these numbers; None without any."""
        if not numbers:
            return None
        listed = "/".join(numbers)
        return cls(
            numbers=tuple(numbers),
            advice_zh=EMERGENCY.zh.format(numbers=listed),
            advice_en=EMERGENCY.en.format(numbers=listed),
        )


class Receipt(Frozen):
    """What a citizen keeps: the number to quote, and the secret key, which is shown only here."""

    tracking_number: str
    tracking_number_spoken: str
    secret_key: str
    status: Literal["registered"] = "registered"
    status_zh: str = STATUS["registered"].zh
    status_en: str = STATUS["registered"].en
    registered_at: datetime
    due: tuple[Due, ...]
    emergency: Emergency | None = None


class TimelineEntry(Frozen):
    """One event in the citizen's words; ``text`` is what the agency or the citizen wrote then."""

    at: datetime
    event: str
    text_zh: str
    text_en: str
    text: str | None = None


class SurveyLink(Frozen):
    """The survey that waits for the citizen, or whose answer can still be changed (``answered``)."""

    token: str
    expires_at: datetime
    answered: bool = False


class ConclusionTold(Frozen):
    """The hotline's own answer instead of an agency's (条例 Art 11); ``text`` says it in full."""

    conclusion: str
    text_zh: str
    text_en: str
    text: str | None = None


class AppealStatus(Frozen):
    """How far an appeal is, for whoever holds its number and key."""

    tracking_number: str
    tracking_number_spoken: str
    version: int
    type: str
    confidential: bool = False
    service: ServiceName | None = None
    status: str
    status_type: str
    status_zh: str
    status_en: str
    agency_zh: str | None = None
    agency_en: str | None = None
    registered_at: datetime
    due: tuple[Due, ...]
    resumes_at: datetime | None = None
    timeline: tuple[TimelineEntry, ...]
    conclusion: ConclusionTold | None = None
    emergency: Emergency | None = None
    survey: SurveyLink | None = None


class SurveyQuestion(Frozen):
    """One yes-or-no question."""

    field: Literal["contacted", "resolved", "satisfied"]
    text_zh: str
    text_en: str


class SurveyView(Frozen):
    """What stands behind a survey link.

    Attributes:
        expires_at: until when it can be answered or, once it is ``answered``, the answer be changed.
        concluded: the hotline itself has answered the appeal.
        answered: one answer counts, and this one was given; another one replaces it.
    """

    tracking_number: str
    language: str
    expires_at: datetime
    concluded: bool = False
    answered: bool = False
    questions: tuple[SurveyQuestion, ...]


def survey_questions(wording: Mapping[Question, Phrase]) -> tuple[SurveyQuestion, ...]:
    """The three questions as the citizen reads them."""
    return tuple(
        SurveyQuestion(field=field, text_zh=wording[field].zh, text_en=wording[field].en)
        for field in QUESTION_FIELDS
    )


class SurveyResult(Frozen):
    """What the answer led to: closed, or sent back to the agency or, of the hotline's own answer, to the desk."""

    tracking_number: str
    concluded: bool = False
    status: str
    status_zh: str
    status_en: str


class OrderRow(Frozen):
    """One order in an inbox; ``kind`` is ``lead``, or what is asked beside the lead order."""

    work_order_id: str
    kind: str = LEAD
    appeal_id: str
    due_at: datetime
    overdue: bool
    headline: str
    service_code: str | None = None
    status: str


class OrderPage(Frozen):
    """Some orders, the most urgent first; send ``next`` as ``cursor`` for more."""

    orders: tuple[OrderRow, ...]
    next: str | None = None


class RequestRow(Frozen):
    """A request for more time that waits for a supervisor (条例 Art 15).

    Attributes:
        asked_by: the agency that asks.
        amount, unit: how much an extension is to add to the handling limit.
        until: the review date of a hold.
        citizen_told: how the agency has explained it to the citizen.
        due_at: until when it is to be decided.
    """

    work_order_id: str
    appeal_id: str
    kind: str
    asked_by: str | None = None
    amount: int | None = None
    unit: str | None = None
    until: datetime | None = None
    citizen_told: str | None = None
    due_at: datetime
    overdue: bool
    headline: str
    service_code: str | None = None


class RequestPage(Frozen):
    """Some requests, the most urgent first; send ``next`` as ``cursor`` for more."""

    requests: tuple[RequestRow, ...]
    next: str | None = None


class ReviewRow(Frozen):
    """A review that waits for a verdict (条例 Art 32, 35).

    Attributes:
        about: exclusion (剔除), dissatisfaction, or suspicion of a fake completion.
        asked_by: the agency that asked; None when the hotline did.
        reason: of an exclusion.
        score, signals: of a suspicion.
        verdicts: what a reviewer may find.
    """

    work_order_id: str
    appeal_id: str
    about: str
    asked_by: str | None = None
    reason: str | None = None
    score: int | None = None
    signals: tuple[str, ...] = ()
    verdicts: tuple[str, ...]
    due_at: datetime
    overdue: bool
    headline: str
    service_code: str | None = None


class ReviewPage(Frozen):
    """Some reviews, the most urgent first; send ``next`` as ``cursor`` for more."""

    reviews: tuple[ReviewRow, ...]
    next: str | None = None


class DeliveryState(Frozen):
    """What became of one message to an agency's queue."""

    event: str
    agency_id: str
    state: str
    at: datetime


class NoteView(Frozen):
    """Words that were added later."""

    note_id: str
    by: str
    at: datetime
    text: str
    attachments: tuple[str, ...] = ()


class EventView(Frozen):
    """One event as staff see it."""

    number: int
    name: str
    at: datetime
    actor: str
    facts: dict[str, Any] = Field(default_factory=dict)


class SideSummary(Frozen):
    """An order beside the lead order, in brief.

    ``in_time`` tells whether it was done, or the place reached, within its limit; None while that is open.
    """

    work_order_id: str
    kind: str
    agency_id: str
    asked_by: str | None = None
    status: str
    due: Due
    in_time: bool | None = None

    @classmethod
    def of(cls, side: SideOrder) -> SideSummary:
        """In brief what the order is."""
        decided = side.clock.stopped_at is not None and side.status is not SideStatus.CANCELLED
        return cls(
            work_order_id=side.work_order_id,
            kind=side.kind.value,
            agency_id=side.agency_id,
            asked_by=side.asked_by,
            status=side.status.value,
            due=Due.of(side.clock),
            in_time=side.in_time if decided else None,
        )


class OrderView(Frozen):
    """Everything about one order, for those who may see it.

    An order beside the lead order has another ``kind``, its own limit and events; ``agency_id`` is whom it
    is asked of, ``asked_by`` who waits for it (nobody: the hotline does), ``terms`` what exactly is asked,
    ``staged`` whether a stage report has moved its limit (条例 Art 14). A lead order lists them as ``sides``.


    Of a ``confidential`` report ``text`` holds what the hotline has released; the informant's own words,
    contact and pictures are in no answer to an agency.
    """

    work_order_id: str
    kind: str = LEAD
    appeal_id: str
    version: int
    status: str
    appeal_type: str
    confidential: bool = False
    agency_id: str | None = None
    copy_to: str | None = None
    lead_agency_id: str | None = None
    asked_by: str | None = None
    terms: dict[str, Any] = Field(default_factory=dict)
    staged: bool = False
    service: ServiceName | None = None
    place: Place | None = None
    text: str
    fields: dict[str, Any] = Field(default_factory=dict)
    media_url: str | None = None
    contact: Contact | None = None
    due: tuple[Due, ...]
    return_until: datetime | None = None
    resumes_at: datetime | None = None
    allowed: tuple[str, ...]
    events: tuple[EventView, ...]
    notes: tuple[NoteView, ...]
    sides: tuple[SideSummary, ...] = ()
    deliveries: tuple[DeliveryState, ...]


class ReturnGroundView(Frozen):
    """A ground on which an order may be returned."""

    ground: str
    name_zh: str
    name_en: str


def _grounds() -> tuple[ReturnGroundView, ...]:
    return tuple(
        ReturnGroundView(ground=ground, name_zh=phrase.zh, name_en=phrase.en)
        for ground, phrase in RETURN_GROUNDS.items()
    )


class ReturnGrounds(Frozen):
    """The list of grounds (条例 Art 12)."""

    grounds: tuple[ReturnGroundView, ...] = Field(default_factory=_grounds)


class OrderState(Frozen):
    """What a command led to."""

    work_order_id: str
    status: str
    version: int


class AskedState(OrderState):
    """What asking others led to; ``asked`` are the numbers of the orders that it opened."""

    asked: tuple[str, ...]


def order_state(order: Case | SideOrder) -> OrderState:
    """The short answer to a command."""
    return OrderState(work_order_id=order.work_order_id, status=order.status.value, version=order.version)


def asked_state(case: Case, command_id: str) -> AskedState:
    """The short answer to a command that asks others."""
    return AskedState(**order_state(case).model_dump(), asked=asked_by_command(case, command_id))


def asked_by_command(case: Case, command_id: str) -> tuple[str, ...]:
    """The numbers of the orders that a command has opened, now or when it first came."""
    return tuple(
        f"{case.appeal_id}.{event.facts['side']}"
        for event in case.events
        if event.name == "SideOrderOpened" and event.command_id == command_id
    )


def timeline_of(events: Sequence[Event], texts: Mapping[str, str]) -> tuple[TimelineEntry, ...]:
    """The events in plain words; ``texts`` are the notes by id."""
    return tuple(
        TimelineEntry(
            at=event.at,
            event=event.name,
            text_zh=phrase.zh,
            text_en=phrase.en,
            text=None if _between_offices(event) else texts.get(event.facts.get("note", "")),
        )
        for event in events
        if (phrase := _phrase_of(event)) is not None
    )


def joint_timeline(
    own: Sequence[TimelineEntry], leader: Case, until: datetime | None
) -> tuple[TimelineEntry, ...]:
    """An appeal's own entries among those of the order that it is handled by, as far as it is kept.

    What anybody wrote about the other appeal stays there: what happened is told, without words.

    Args:
        until: when the citizen was asked; what happened later is no concern of theirs.
    """
    told = [
        event
        for event in leader.events
        if event.name in _CONCERNS_MEMBERS and (until is None or event.at <= until)
    ]
    return tuple(sorted([*own, *timeline_of(told, {})], key=lambda entry: entry.at))


def conclusion_told(events: Sequence[Event], texts: Mapping[str, str]) -> ConclusionTold | None:
    """The hotline's latest own answer; None when there was none."""
    for event in reversed(events):
        if event.name == "AppealConcluded":
            phrase = CONCLUDED[event.facts["outcome"]]
            return ConclusionTold(
                conclusion=event.facts["outcome"],
                text_zh=phrase.zh,
                text_en=phrase.en,
                text=None if _between_offices(event) else texts.get(event.facts["note"]),
            )
    return None


def _phrase_of(event: Event) -> Phrase | None:
    """What a citizen reads of an event; None for what is no concern of theirs."""
    facts = event.facts
    match event.name:
        case "ClockWarned" | "AppealJoined" | "AppealLeft":
            return None
        case "ClockBreached" if facts["clock"] == "adjudication":
            return None
        case "AppealConcluded":
            return CONCLUDED[facts["outcome"]]
        case "SideOrderOpened":
            return SIDE_OPENED.get(facts["kind"])
        case "SideOrderClosed" if facts["outcome"] == "refused":
            return REQUEST_REFUSED if SideKind(facts["kind"]).decided_by_supervisor else None
        case "SideOrderClosed":
            return SIDE_CLOSED.get(facts["kind"]) if facts["outcome"] == "reported" else None
    return EVENT.get(event.name)


def _between_offices(event: Event) -> bool:
    """Whether the words of an event are not meant for the citizen."""
    return event.name in _WORDS_BETWEEN_OFFICES or event.facts.get("outcome") == "emergency_handoff"


_WORDS_BETWEEN_OFFICES = frozenset(
    {
        "AppealMerged",
        "AppealUnmerged",
        "InformantRevealed",
        "ReturnUpheld",
        "WorkOrderDispatched",
        "WorkOrderRedispatched",
        "WorkOrderReturned",
        "WorkOrderUrged",
    }
)

_CONCERNS_MEMBERS = frozenset(
    {
        "AppealConcluded",
        "ClockBreached",
        "ExtensionGranted",
        "ProgressReported",
        "ReturnUpheld",
        "WorkOrderAcknowledged",
        "WorkOrderDispatched",
        "WorkOrderHeld",
        "WorkOrderRedispatched",
        "WorkOrderReopened",
        "WorkOrderResolved",
        "WorkOrderResumed",
        "WorkOrderReturned",
        "WorkOrderUrged",
    }
)
"""What happens to an order that several appeals are handled by, and concerns all who sent one."""
