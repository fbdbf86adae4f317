"""The report form: from what was typed to a command, and from a refusal back to the inputs."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hotline.domain.appeal import RegisterAppeal
from hotline.domain.directory import Directory, FieldSpec, Service, ServiceGroup
from hotline.domain.errors import InvalidInput
from hotline.domain.phrases import Phrase
from hotline.edges.forms import Form
from hotline.edges.sentences import invalid_input
from web.phrases import CLEARER

AREA = "place.area"
"""One input for both: a district's code of 6 digits, or a sub-district's of 9."""

CONTACT = ("contact.name", "contact.phone", "contact.email")
_INPUTS = ("type", "text", "service_code", "place.address_text", *CONTACT, "confidential")
_SHOWN_AT = {
    "place": AREA,
    "place.district": AREA,
    "place.subdistrict": AREA,
    "contact": "contact.phone",
}
_FORM_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def new_form_id() -> str:
    """The id of one form: sending it twice registers once."""
    return secrets.token_urlsafe(16)


def form_id_of(form: Form) -> str:
    """The id that a form was given.

    Raises:
        InvalidInput: we never gave such an id.
    """
    form_id = form.text("form_id")
    if not _FORM_ID.fullmatch(form_id):
        raise InvalidInput.field("form_id", "不是有效的表单", "is not a valid form")
    return form_id


def chosen_service(form: Form, directory: Directory) -> Service | None:
    """The service that the citizen chose; None without one."""
    return directory.services.get(form.text("service_code"))


def must_ask(form: Form, service: Service | None) -> bool:
    """Whether the service has questions that the citizen has not seen yet."""
    return service is not None and bool(service.fields) and form.text("asked") != service.service_code


def appeal_of(form: Form, directory: Directory) -> RegisterAppeal:
    """The command that a form stands for.

    Raises:
        InvalidInput: with one error per wrong input.
    """
    members = {**form.command(*_INPUTS), "channel": "web", "language": form.text("language")}
    area = form.text(AREA)
    if area:
        codes = {"district": area[:6]} if len(area) == 6 else {"district": area[:6], "subdistrict": area}
        members["place"] = {**members.get("place", {}), **codes}
    service = chosen_service(form, directory)
    if service is not None:
        zone = ZoneInfo(directory.city.timezone)
        answers = {spec.code: _answer(form, spec, zone) for spec in service.fields}
        members["fields"] = {code: answer for code, answer in answers.items() if answer}
    try:
        return RegisterAppeal.model_validate(members)
    except ValidationError as error:
        raise invalid_input(error) from None


def faults_of(refusal: InvalidInput) -> dict[str, Phrase]:
    """The first error of each input, by the input's name.

    Example:
        >>> faults_of(InvalidInput.field("place.district", "不在本市", "is elsewhere"))
        {'place.area': Phrase(zh='不在本市', en='is elsewhere')}
    """
    faults: dict[str, Phrase] = {}
    for error in refusal.facts["errors"]:
        name = _input(error["field"])
        faults.setdefault(name, CLEARER.get(name) or Phrase(error["message"], error["message_en"]))
    return faults


def shelves(directory: Directory) -> list[tuple[ServiceGroup, list[Service]]]:
    """The services by group, in the order of the directory."""
    inside: dict[str, list[Service]] = {}
    for service in directory.services.values():
        inside.setdefault(service.group, []).append(service)
    return [(group, inside[group.group]) for group in directory.groups.values() if group.group in inside]


def _answer(form: Form, spec: FieldSpec, zone: ZoneInfo) -> str | list[str]:
    name = f"fields.{spec.code}"
    if spec.datatype == "multivaluelist":
        return list(form.chosen(name))
    text = form.text(name).strip()
    return _zoned(text, zone) if spec.datatype == "datetime" else text


def _zoned(text: str, zone: ZoneInfo) -> str:
    """What ``<input type="datetime-local">`` sends is a time of the city; else the text as it is."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text


def _input(field: str) -> str:
    """The input at which an error on a command's member is shown.

    A list's error carries its position and a union's its branch: ``fields.hours.str`` is ``fields.hours``.
    """
    name = ".".join(field.split(".")[:2])
    return _SHOWN_AT.get(name, name)
