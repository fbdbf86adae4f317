"""Read what every command route has in common."""

from __future__ import annotations

from hotline.domain.errors import NotFound
from hotline.domain.identifiers import OrderRef, parse_order_number, random_entropy, token
from hotline.domain.tokens import command_fingerprint
from hotline.edges.http import Request


def order_of(text: str) -> OrderRef:
    """The order of a work order's number; a tracking number alone stands for the lead order.

    Raises:
        NotFound: it cannot be one.
    """
    order = parse_order_number(text)
    if order is None:
        raise NotFound("work order")
    return order


def appeal_id_of(number: str) -> str:
    """The case of a tracking number or of a lead order's number.

    Raises:
        NotFound: it cannot be one.
    """
    order = order_of(number)
    if not order.leads:
        raise NotFound("work order")
    return order.appeal_id


def command_key(request: Request) -> str:
    """The caller's Idempotency-Key; without one every call is a command of its own."""
    return request.idempotency_key or token(random_entropy())


def command_id_of(request: Request, command: str, order_id: str) -> str:
    """The fingerprint under which a staff command is remembered in the order.

    Args:
        order_id: the appeal's id alone for the lead order.
    """
    return command_fingerprint(request.principal.signature, command, order_id, command_key(request))
