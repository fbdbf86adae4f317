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
from hotline.domain.phrases import EMERGENCY, EVENT, QUESTIONS, STATUS


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
    """The survey that waits for the citizen."""

    token: str
    expires_at: datetime


class AppealStatus(Frozen):
    """How far an appeal is, for whoever holds its number and key."""

    tracking_number: str
    tracking_number_spoken: str
    version: int
    type: str
    service: ServiceName | None = None
    status: str
    status_type: str
    status_zh: str
    status_en: str
    agency_zh: str | None = None
    agency_en: str | None = None
    registered_at: datetime
    due: tuple[Due, ...]
    timeline: tuple[TimelineEntry, ...]
    emergency: Emergency | None = None
    survey: SurveyLink | None = None


class SurveyQuestion(Frozen):
    """One yes-or-no question."""

    field: Literal["contacted", "resolved", "satisfied"]
    text_zh: str
    text_en: str


def _questions() -> tuple[SurveyQuestion, ...]:
    return tuple(
        SurveyQuestion.model_validate({"field": field, "text_zh": phrase.zh, "text_en": phrase.en})
        for field, phrase in QUESTIONS.items()
    )


class SurveyView(Frozen):
    """What stands behind a survey link."""

    tracking_number: str
    language: str
    expires_at: datetime
    questions: tuple[SurveyQuestion, ...] = Field(default_factory=_questions)


class SurveyResult(Frozen):
    """What the answer led to: closed, or sent back to the agency."""

    tracking_number: str
    status: str
    status_zh: str
    status_en: str


class OrderRow(Frozen):
    """One order in an inbox."""

    work_order_id: str
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


class OrderView(Frozen):
    """Everything about one order, for those who may see it."""

    work_order_id: str
    appeal_id: str
    version: int
    status: str
    appeal_type: str
    agency_id: str | None = None
    copy_to: str | None = None
    service: ServiceName | None = None
    place: Place | None = None
    text: str
    fields: dict[str, Any] = Field(default_factory=dict)
    contact: Contact | None = None
    due: tuple[Due, ...]
    return_until: datetime | None = None
    allowed: tuple[str, ...]
    events: tuple[EventView, ...]
    notes: tuple[NoteView, ...]
    deliveries: tuple[DeliveryState, ...]


class OrderState(Frozen):
    """What a command led to."""

    work_order_id: str
    status: str
    version: int


def order_state(case: Case) -> OrderState:
    """The short answer to a command."""
    return OrderState(work_order_id=case.work_order_id, status=case.status.value, version=case.version)


def due_of(case: Case) -> tuple[Due, ...]:
    """The limits of a case with the rules that set them."""
    return tuple(
        Due(clock=clock.kind, due_at=clock.due_at, rule_id=clock.rule_id) for clock in case.clocks.values()
    )


def timeline_of(events: Sequence[Event], texts: Mapping[str, str]) -> tuple[TimelineEntry, ...]:
    """The events in plain words; ``texts`` are the notes by id."""
    return tuple(
        TimelineEntry(
            at=event.at,
            event=event.name,
            text_zh=EVENT[event.name].zh,
            text_en=EVENT[event.name].en,
            text=None if event.name in _WORDS_BETWEEN_OFFICES else texts.get(event.facts.get("note", "")),
        )
        for event in events
        if event.name in EVENT and event.name not in _NOT_FOR_CITIZENS
    )


_NOT_FOR_CITIZENS = frozenset({"ClockWarned"})
_WORDS_BETWEEN_OFFICES = frozenset({"WorkOrderReturned"})
