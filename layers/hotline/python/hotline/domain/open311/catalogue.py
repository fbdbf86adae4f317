"""What GeoReport v2 clients find out before they report: discovery, services and their attributes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hotline.domain.directory import Directory, FieldSpec, Service
from hotline.domain.errors import HotlineError
from hotline.domain.open311.wire import w3c

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ("text/xml", "application/json")

Entry = dict[str, Any]


class ServiceUnknown(HotlineError):
    """The catalogue has no such service."""

    code = "service-unknown"
    title = "No such service"
    status = 404

    def __init__(self) -> None:
        super().__init__("没有这个 service_code", "There is no such service_code; see the list of services")


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def changeset_of(directory: Directory) -> str:
    """When the catalogue last changed, in full ISO 8601 and never ahead: clients parse and compare it.

    Of a version that older code has put in force the day is known: ``2026-11-23-9f3c01ab`` gives
    ``2026-11-23T00:00:00Z``.
    """
    if directory.since is not None:
        return w3c(directory.since)
    day = _DAY.match(directory.version)
    began = datetime.fromisoformat(day[0]).replace(tzinfo=UTC) if day else datetime(2020, 1, 1, tzinfo=UTC)
    return w3c(began)


def discovery(directory: Directory, url: str, kind: str, contact: str, language: str) -> Entry:
    """The discovery document (Service Discovery §"Service Discovery Format")."""
    changeset = changeset_of(directory)
    return {
        "changeset": changeset,
        "contact": contact,
        "key_service": _key_service(contact, language),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{url}/v2",
                "changeset": changeset,
                "type": kind,
                "formats": list(FORMATS),
            }
        ],
    }


def _key_service(contact: str, language: str) -> str:
    if language == "en":
        return f"Ask for a key at {contact}; the city issues it by hand and can take it back."
    return f"请向 {contact} 申请 api_key；由热线人工发放，可随时收回。"


def services(directory: Directory, language: str) -> list[Entry]:
    """The service list, in the catalogue's order (GeoReport v2 §"GET Service List")."""
    return [_service(directory, service, language) for service in directory.services.values()]


def _service(directory: Directory, service: Service, language: str) -> Entry:
    group = directory.groups[service.group]
    name = named(service, language)
    return {
        "service_code": service.service_code,
        "service_name": name,
        "description": f"{named(group, language)} · {name}",
        "metadata": bool(service.fields),
        "type": "realtime",
        "keywords": ",".join(word.replace(",", " ") for word in service.keywords),
        "group": named(group, language),
    }


def service_definition(directory: Directory, service_code: str, language: str) -> Entry:
    """What a service asks (GeoReport v2 §"GET Service Definition").

    Raises:
        ServiceUnknown: the catalogue has no such service.
    """
    service = directory.services.get(service_code)
    if service is None:
        raise ServiceUnknown
    return {"service_code": service_code, "attributes": list(_attributes(service.fields, language))}


def _attributes(fields: tuple[FieldSpec, ...], language: str) -> Iterator[Entry]:
    ordered = sorted(fields, key=lambda field: field.order)
    for order, field in enumerate(ordered, start=1):
        values = [{"key": each.key, "name": named(each, language)} for each in field.values]
        yield {
            "variable": True,
            "code": field.code,
            "datatype": field.datatype,
            "required": field.required,
            "datatype_description": _HINTS.get(field.datatype, {}).get(language, ""),
            "order": order,
            "description": named(field, language),
            "values": values or None,
        }


_HINTS = {
    "datetime": {
        "zh-CN": "带时区的时间，如 2026-01-31T08:00:00+08:00",
        "en": "A time with its zone, such as 2026-01-31T08:00:00+08:00",
    },
    "number": {"zh-CN": "数字", "en": "A number"},
}


def named(thing: Any, language: str) -> str:
    """The name of an entry of the directory, in the language that was asked for."""
    name: str = thing.name_en if language == "en" else thing.name_zh
    return name
