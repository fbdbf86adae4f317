"""Agencies that are reached by their own Open311 endpoint: what a line of the file must get right."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from hotline.domain.far_ends import ANY_SERVICE
from infrastructure.directory.reading import Folder, Problems
from infrastructure.directory.rows import AgencyRow, FarEndRow, ServiceRow

FILE = "open311_agencies.csv"


def pairs_of(services: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Our code and theirs.

    Example:
        >>> list(pairs_of(["road.lighting=SL-1", "*=OTHER"]))
        [('road.lighting', 'SL-1'), ('*', 'OTHER')]
    """
    for each in services:
        ours, _, theirs = each.partition("=")
        yield ours.strip(), theirs.strip()


def check_far_ends(folder: Folder, problems: Problems) -> None:
    """Agencies and services exist, each agency once, and endpoints are what may be called (FAULTS S17)."""
    agencies = {line.row.agency_id for line in folder.rows(AgencyRow)}
    services = {line.row.service_code for line in folder.rows(ServiceRow)} | {ANY_SERVICE}
    seen: set[str] = set()
    for number, row in folder.rows(FarEndRow):
        if row.agency_id not in agencies:
            problems.error(FILE, number, "agency_id", f"no agency {row.agency_id!r} in agencies.csv")
        if row.agency_id in seen:
            problems.error(FILE, number, "agency_id", f"{row.agency_id!r} is there twice")
        seen.add(row.agency_id)
        for ours, theirs in pairs_of(row.services):
            if ours not in services:
                problems.error(FILE, number, "services", f"no service {ours!r} in services.csv")
            if not theirs:
                problems.error(FILE, number, "services", f"{ours!r} has no code behind its '='")
        if trouble := _trouble_with(row.endpoint):
            problems.error(FILE, number, "endpoint", trouble)


def _trouble_with(endpoint: str) -> str | None:
    parts = urlsplit(endpoint)
    here = parts.hostname in ("localhost", "127.0.0.1") or (parts.hostname or "").endswith(".localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        return "must begin with https:// (http:// only for the embedded AWS on this machine)"
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        return "must be host and path alone: the key is stored with hotline open311 key, not here"
    if not here and _is_inside(parts.hostname):
        return "is an address inside a machine or its link, where no agency's system can be"
    return None


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
