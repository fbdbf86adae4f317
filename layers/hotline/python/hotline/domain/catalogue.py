"""The public face of the directory: what can be asked for, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hotline.domain.directory import Directory, FieldSpec, Jurisdiction, Level, Service
from hotline.domain.errors import NotFound
from hotline.domain.lexicon import normalise
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


class Vocabulary(Frozen):
    """What everyday words mean here, so that a client can suggest a topic, and warn, before anything is sent.

    At every position of a text the longest word counts. Words are folded: width, case and spacing.

    Attributes:
        services: the words of each service, by its code.
        emergencies: the number that each word calls for; none for a word that only sounds like an emergency.
    """

    version: str
    services: Mapping[str, tuple[str, ...]]
    emergencies: Mapping[str, str]


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


def vocabulary(directory: Directory) -> Vocabulary:
    """The words that the hotline itself classifies by."""
    return Vocabulary(
        version=directory.version,
        services={
            code: tuple(normalise(word) for word in service.keywords)
            for code, service in directory.services.items()
        },
        emergencies=directory.emergency_words.words,
    )


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
