"""The public face of the directory: what can be asked for, and where."""

from __future__ import annotations

from typing import Any

from hotline.domain.directory import Directory, FieldSpec, Jurisdiction, Level, Service
from hotline.domain.errors import NotFound
from hotline.domain.model import Frozen


class ServiceEntry(Frozen):
    """One service in the list."""

    service_code: str
    name_zh: str
    name_en: str
    group: str
    group_zh: str
    group_en: str
    has_fields: bool


class ServiceList(Frozen):
    """The service catalogue, in its order."""

    version: str
    services: tuple[ServiceEntry, ...]


class ServiceDetail(ServiceEntry):
    """One service with the questions that it asks."""

    fields: tuple[FieldSpec, ...]


class JurisdictionList(Frozen):
    """Districts and sub-districts by code."""

    version: str
    jurisdictions: tuple[Jurisdiction, ...]


def service_list(directory: Directory) -> ServiceList:
    """Every service that citizens may choose."""
    return ServiceList(
        version=directory.version,
        services=tuple(ServiceEntry(**_entry(directory, each)) for each in directory.services.values()),
    )


def service_detail(directory: Directory, service_code: str) -> ServiceDetail:
    """One service.

    Raises:
        NotFound: the catalogue has no such service.
    """
    service = directory.services.get(service_code)
    if service is None:
        raise NotFound("service")
    return ServiceDetail(**_entry(directory, service), fields=service.fields)


def jurisdiction_list(directory: Directory) -> JurisdictionList:
    """Every district and sub-district."""
    places = (place for place in directory.jurisdictions.values() if place.level is not Level.CITY)
    return JurisdictionList(version=directory.version, jurisdictions=tuple(places))


def _entry(directory: Directory, service: Service) -> dict[str, Any]:
    group = directory.groups[service.group]
    return {
        "service_code": service.service_code,
        "name_zh": service.name_zh,
        "name_en": service.name_en,
        "group": service.group,
        "group_zh": group.name_zh,
        "group_en": group.name_en,
        "has_fields": bool(service.fields),
    }
