"""The console's forms: from what operators type to commands, and from refusals back to the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from hotline.domain.conclusions import Conclude
from hotline.domain.errors import InvalidInput
from hotline.domain.model import Frozen
from hotline.domain.tokens import command_fingerprint
from hotline.edges.sentences import invalid_input
from web.report_form import form_id_of

if TYPE_CHECKING:
    from datetime import datetime

    from hotline.domain.directory import Agency, Directory
    from hotline.edges.forms import Form
    from hotline.edges.http import Request

Model = TypeVar("Model", bound=BaseModel)

_SHOWN = 8
"""Agencies that are named when a name fits several."""

_ANSWERS = {
    "answered_at_once": ("text", "knowledge_ref"),
    "legal_route": ("route", "text"),
    "no_new_facts": ("same_as", "comparison_id", "text"),
    "secret": ("text",),
    "outside_duties": ("told", "passed_to", "text"),
    "dissuaded": ("law", "text"),
    "emergency_handoff": ("number", "reference"),
}
"""The inputs that belong to each outcome of 条例 Art 11; what stands in the others is not sent."""


class Shown(Frozen):
    """In which language, and what was done just before."""

    lang: str | None = None
    done: str | None = None


class Sent(NamedTuple):
    """What every form about an order carries besides its words."""

    command_id: str
    version: int | None


def sent(form: Form, request: Request, command: str, order_id: str) -> Sent:
    """The command's id and the version that was shown: sending a form twice does it once.

    Raises:
        InvalidInput: we never gave such a form.
    """
    form_id = form_id_of(form)
    version = form.text("version")
    return Sent(
        command_fingerprint(request.principal.signature, command, order_id, form_id),
        int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
    )


def parsed(model: type[Model], members: object) -> Model:
    """A command from its members.

    Raises:
        InvalidInput: with one error per wrong input.
    """
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise invalid_input(error) from None


def conclusion_of(form: Form, directory: Directory, at: datetime) -> Conclude:
    """What the hotline answers itself (条例 Art 11); inputs are named ``answer.…``.

    Raises:
        InvalidInput: an input that the outcome needs is missing or wrong.
    """
    outcome = form.text("answer.outcome")
    names = _ANSWERS.get(outcome)
    if names is None:
        raise InvalidInput.field("answer.outcome", "请选择", "needs a choice")
    members = {name: text for name in names if (text := form.text(f"answer.{name}").strip())}
    if "passed_to" in members:
        members["passed_to"] = agency_of("answer.passed_to", members["passed_to"], directory).agency_id
    if outcome == "emergency_handoff":
        if form.text("answer.acknowledged") != "true":
            raise InvalidInput.field(
                "answer.acknowledged", "须先确认对方已接收", "must be confirmed: they have taken over"
            )
        members["acknowledged_at"] = at.isoformat()
    try:
        return Conclude.model_validate({"outcome": outcome, **members})
    except ValidationError as error:
        refusal = invalid_input(error)
        raise InvalidInput(
            [
                {**each, "field": f"answer.{each['field'].rpartition('.')[2]}"}
                for each in refusal.facts["errors"]
            ]
        ) from None


def agency_of(field: str, typed: str, directory: Directory) -> Agency:
    """The agency of a code, a name, or a part of a name that only one bears.

    Raises:
        InvalidInput: on ``field``: none, or several; the first of them are named.
    """
    wanted = typed.strip()
    if wanted in directory.agencies:
        return directory.agencies[wanted]
    exact = [each for each in directory.agencies.values() if wanted in (each.name_zh, each.name_en)]
    fitting = exact or [
        each
        for each in directory.agencies.values()
        if wanted and (wanted in each.name_zh or wanted.lower() in each.name_en.lower())
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise InvalidInput.field(
            field, "没有这个名称或编号的单位", "is neither the name nor the code of an agency"
        )
    more = len(fitting) > _SHOWN
    raise InvalidInput.field(
        field,
        "有多个单位符合："
        + "、".join(f"{each.name_zh}（{each.agency_id}）" for each in fitting[:_SHOWN])
        + "…" * more,
        "fits several: "
        + ", ".join(f"{each.name_en} ({each.agency_id})" for each in fitting[:_SHOWN])
        + "…" * more,
    )


def agencies_of(field: str, typed: str, directory: Directory) -> tuple[str, ...]:
    """Several agencies, separated by commas, semicolons or line ends.

    Raises:
        InvalidInput: on ``field``.
    """
    for sign in "，、；;\n":
        typed = typed.replace(sign, ",")
    return tuple(agency_of(field, part, directory).agency_id for part in typed.split(",") if part.strip())
