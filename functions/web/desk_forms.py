"""From the desk's forms to an agency's commands: one row for each, with the inputs that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from hotline.domain.errors import InvalidInput
from hotline.domain.orders import (
    Acknowledge,
    Arrive,
    Cancel,
    CancelAssist,
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
    Summon,
)
from hotline.domain.phrases import Phrase
from hotline.edges.forms import Form
from hotline.edges.sentences import invalid_input

Model = TypeVar("Model", bound=BaseModel)


class FormSpec(NamedTuple):
    """How a command is given with a form.

    Attributes:
        fields: the inputs, by the command's members.
        done: the sentence afterwards, of ``staff_phrases.DONE``.
        stays: on the order's page; else back to the inbox, because the order is out of hand.
    """

    model: type[BaseModel]
    fields: tuple[str, ...] = ()
    done: str = "done"
    stays: bool = True


COMMANDS: Mapping[str, FormSpec] = {
    "acknowledge": FormSpec(Acknowledge, done="acknowledged"),
    "record_contact": FormSpec(RecordContact, ("channel",)),
    "arrive": FormSpec(Arrive),
    "report_progress": FormSpec(ReportProgress, ("text",)),
    "resolve": FormSpec(Resolve, ("text", "attachments", "result", "without_assists"), done="resolved"),
    "report": FormSpec(Report, ("text", "attachments"), done="reported"),
    "report_stage": FormSpec(ReportStage, ("text",), done="reported"),
    "request_assist": FormSpec(RequestAssist, ("agency_ids", "text"), done="asked"),
    "summon": FormSpec(Summon, ("agency_ids", "text"), done="asked"),
    "cancel_assist": FormSpec(CancelAssist, ("agency_ids",)),
    "request_extension": FormSpec(
        RequestExtension, ("amount", "unit", "text", "attachments", "citizen_told"), done="asked"
    ),
    "request_hold": FormSpec(RequestHold, ("until", "text", "attachments", "citizen_told"), done="asked"),
    "resume": FormSpec(Resume),
    "escalate": FormSpec(Escalate, ("text",), done="asked"),
    "return": FormSpec(ReturnOrder, ("ground", "text", "attachments"), done="returned", stays=False),
    "request_review": FormSpec(RequestReview, ("about", "reason", "text", "attachments"), done="asked"),
    "cancel": FormSpec(Cancel),
}
"""In the order in which a page offers them: what moves an order on first, what gives it away last."""

MANY = frozenset({"attachments", "agency_ids"})
"""Inputs that may come several times."""


def command_of(model: type[Model], form: Form, fields: tuple[str, ...], zone: ZoneInfo) -> Model:
    """Read a command.

    Raises:
        InvalidInput: it lacks something; the errors name its inputs.
    """
    members: dict[str, Any] = form.command(*(name for name in fields if name not in MANY))
    for name in MANY.intersection(fields):
        chosen = tuple(filter(None, (_last_word(each) for each in form.chosen(name))))
        if chosen or name == "agency_ids":
            members[name] = chosen
    if "until" in members:
        members["until"] = _moment(members["until"], zone)
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise invalid_input(error) from None


def faults_of(refusal: InvalidInput) -> dict[str, Phrase]:
    """What is wrong with each input, by its name; of a list with the list."""
    return {
        error["field"].partition(".")[0]: Phrase(error["message"], error["message_en"])
        for error in reversed(refusal.facts["errors"])
    }


def _last_word(text: str) -> str:
    """The id behind a name that was chosen from the list: ``东华门街道办事处 110101001``."""
    return text.split()[-1] if text.strip() else ""


def _moment(text: str, zone: ZoneInfo) -> Any:
    """A date and time as inputs of the kind ``datetime-local`` give it: of the city; else as it was typed."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        return text
