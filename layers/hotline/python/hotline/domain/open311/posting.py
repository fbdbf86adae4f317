"""Read what an app sends: the form of POST requests and POST updates, into our own commands.

Names may come as ``attribute[code]`` and ``attribute[code][]`` (GeoReport v2 §"POST Service Request"); an empty
value is as good as none; what the specification does not name is passed over, because real clients send more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hotline.domain.appeal import AppealType, Language, RegisterAppeal
from hotline.domain.directory import Directory, Service
from hotline.domain.errors import InvalidInput
from hotline.domain.model import Frozen
from hotline.domain.open311.catalogue import ServiceUnknown
from hotline.domain.open311.requests import CHANNEL

PREFERRED_TYPES = (AppealType.HELP, AppealType.COMPLAINT)
"""What a report of an app is, if its service takes it: GeoReport knows no types of appeals."""

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,40})\](\[\])?")
_DISTRICT_DIGITS = 6
_PLACE_CODE = re.compile(r"[0-9]{6}(?:[0-9]{3})?")
_DEGREES = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?")

WHERE = {
    "type": "service_code",
    "text": "description",
    "place.address_text": "address_string",
    "place.lat": "lat",
    "place.long": "long",
    "contact.email": "email",
    "contact.phone": "phone",
    "contact.name": "first_name",
    "contact": "phone",
    "place": "lat",
}
"""What the fields of our command are called in the form."""


class Parameters(Mapping[str, str]):
    """What a form holds: single values by name, attributes by code, and as it was ``sent``.

    Example:
        >>> sent = {"lat": "", "service_code": "7", "attribute[a]": "1", "attribute[b][]": "x"}
        >>> form = Parameters([*sent.items(), ("attribute[b][]", "y")])
        >>> dict(form), form.attributes
        ({'service_code': '7'}, {'a': '1', 'b': ['x', 'y']})
    """

    def __init__(self, pairs: list[tuple[str, str]], sent: str = "") -> None:
        self.sent = sent
        self._values: dict[str, str] = {}
        self.attributes: dict[str, str | list[str]] = {}
        for name, value in pairs:
            if value.strip():
                self._take(name, value.replace("\r\n", "\n").replace("\r", "\n"))

    def _take(self, name: str, value: str) -> None:
        attribute = _ATTRIBUTE.fullmatch(name)
        if attribute is None:
            self._values[name] = value
        elif attribute[2]:
            known = self.attributes.get(attribute[1])
            self.attributes[attribute[1]] = [*(known if isinstance(known, list) else ()), value]
        else:
            self.attributes[attribute[1]] = value

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class PostUpdate(Frozen):
    """An update that an app adds to a request of its own."""

    service_request_id: str
    update_id: str
    description: str


def appeal_of(form: Parameters, directory: Directory, language: Language) -> RegisterAppeal:
    """The command that a posted request stands for.

    Raises:
        ServiceUnknown: there is no such service.
        InvalidInput: a place is missing or wrong, or there is no ``service_code``.
        ValidationError: anything else breaks the command's schema.
    """
    service_code = form.get("service_code")
    if service_code is None:
        raise InvalidInput([_error("service_code", "必填", "is required"), *_place_errors(form, directory)])
    service = directory.services.get(service_code)
    if service is None:
        raise ServiceUnknown
    if errors := list(_place_errors(form, directory)):
        raise InvalidInput(errors)
    members = {
        "type": _type_of(service),
        "text": form.get("description") or service.name_zh,
        "service_code": service_code,
        "place": _place(form),
        "contact": _contact(form),
        "channel": CHANNEL,
        "language": language,
        "fields": form.attributes,
        "media_url": form.get("media_url"),
    }
    return RegisterAppeal.model_validate(
        {name: value for name, value in members.items() if value is not None}
    )


def update_of(form: Parameters) -> PostUpdate:
    """The update that a form stands for (mySociety's ``servicerequestupdates``).

    Raises:
        InvalidInput: with one error per missing parameter.
    """
    errors = [
        _error(name, "必填", "is required")
        for name in ("service_request_id", "update_id", "description")
        if name not in form
    ]
    if errors:
        raise InvalidInput(errors)
    return PostUpdate(
        service_request_id=form["service_request_id"],
        update_id=form["update_id"],
        description=form["description"],
    )


def named_as_in_form(error: InvalidInput) -> InvalidInput:
    """The same refusal, with the names that the parameters have in the form.

    Example:
        >>> refusal = InvalidInput.field("fields.floor", "必填", "is required")
        >>> named_as_in_form(refusal).facts["errors"][0]["field"]
        'attribute[floor]'
    """
    return InvalidInput([{**each, "field": _in_form(each["field"])} for each in error.facts["errors"]])


def _in_form(field: str) -> str:
    whole, _, code = field.partition(".")
    if whole == "fields" and code:
        return f"attribute[{code.partition('.')[0]}]"
    return WHERE.get(field, field)


def moment(text: str, zone: Any) -> datetime | None:
    """A W3C date-time; without a zone in the city's time; a ``+`` that became a blank is read as one.

    Example:
        >>> from datetime import UTC
        >>> moment("2026-12-01T08:00:00 08:00", UTC).isoformat()
        '2026-12-01T08:00:00+08:00'
    """
    if len(text) > 40:
        return None
    try:
        at = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text.strip()))
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except ValueError:
        return None


def _type_of(service: Service) -> AppealType:
    return next((each for each in PREFERRED_TYPES if each in service.types), service.types[0])


def _place(form: Parameters) -> dict[str, str]:
    code = form.get("address_id", "")
    facts = {
        "address_text": " ".join(form.get("address_string", "").split()),
        "lat": form.get("lat", "").strip(),
        "long": form.get("long", "").strip(),
        "district": code[:6],
        "subdistrict": code if len(code) > _DISTRICT_DIGITS else "",
    }
    return {name: value for name, value in facts.items() if value}


def _place_errors(form: Parameters, directory: Directory) -> Iterator[dict[str, str]]:
    for name, other in (("lat", "long"), ("long", "lat")):
        if name in form and other not in form:
            yield _error(other, "lat 与 long 须同时提供", "lat and long go together")
        if name in form and not _DEGREES.fullmatch(form[name].strip()):
            yield _error(name, "应为数值", "must be a number")
    code = form.get("address_id")
    if code is not None and (not _PLACE_CODE.fullmatch(code) or code not in directory.jurisdictions):
        yield _error("address_id", "没有这个地区代码", "is not a code of a district or sub-district")
    if not any(name in form for name in ("lat", "long", "address_string", "address_id")):
        yield _error(
            "address_string",
            "请提供 lat 与 long、address_string 或 address_id",
            "give lat and long, address_string or address_id",
        )


def _contact(form: Parameters) -> dict[str, str] | None:
    """Whom to tell; a name alone reaches nobody and is not kept."""
    facts = {"phone": form.get("phone", "").strip(), "email": form.get("email", "").strip()}
    if not any(facts.values()):
        return None
    first, last = form.get("first_name", "").strip(), form.get("last_name", "").strip()
    name = f"{first} {last}" if (first + last).isascii() else f"{last}{first}"
    return {key: value for key, value in {**facts, "name": name.strip()}.items() if value}


def _error(field: str, message: str, message_en: str) -> dict[str, str]:
    return {"field": field, "message": message, "message_en": message_en}
