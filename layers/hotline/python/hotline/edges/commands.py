"""Read what every command route has in common."""

from __future__ import annotations

from hotline.domain.errors import NotFound
from hotline.domain.identifiers import parse_tracking_number, random_entropy, token
from hotline.domain.tokens import command_fingerprint
from hotline.edges.http import Request

LEAD_ORDER = "1"
"""The lead order's number within its case; the only one so far."""


def appeal_id_of(number: str) -> str:
    """The case of a tracking number or a work order number.

    Raises:
        NotFound: it cannot be one.
    """
    tracking_number, _, order = number.partition(".")
    appeal_id = parse_tracking_number(tracking_number)
    if appeal_id is None or order not in ("", LEAD_ORDER):
        raise NotFound("work order")
    return appeal_id


def command_key(request: Request) -> str:
    """The caller's Idempotency-Key; without one every call is a command of its own."""
    return request.idempotency_key or token(random_entropy())


def command_id_of(request: Request, command: str, appeal_id: str) -> str:
    """The fingerprint under which a staff command is remembered in the case."""
    return command_fingerprint(request.principal.signature, command, appeal_id, command_key(request))
