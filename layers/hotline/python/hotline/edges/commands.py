"""Read what every command route has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hotline.domain.answers import AskedState, OrderState, asked_state, order_state
from hotline.domain.errors import NotFound
from hotline.domain.identifiers import OrderRef, parse_order_number, random_entropy, token
from hotline.domain.tokens import command_fingerprint
from hotline.edges.http import Request

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case

Given = TypeVar("Given")
Act = Callable[[str, Given, "Actor", str, "int | None"], "Case"]
"""Carries a command about a lead order out: appeal, command, caller, command id, version seen."""


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


def carry_out(act: Act[Given], command: Given, name: str, number: str, request: Request) -> OrderState:
    """Carry a staff command about a lead order out, and say what it led to.

    Args:
        name: under which the command is remembered.
        number: the lead order's, as it stands in the path.

    Raises:
        NotFound: there is no such order.
    """
    return order_state(_carried_out(act, command, name, number, request)[0])


def ask(act: Act[Given], command: Given, name: str, number: str, request: Request) -> AskedState:
    """``carry_out`` for a command that asks others: the answer has their orders' numbers."""
    return asked_state(*_carried_out(act, command, name, number, request))


def _carried_out(
    act: Act[Given], command: Given, name: str, number: str, request: Request
) -> tuple[Case, str]:
    appeal_id = appeal_id_of(number)
    command_id = command_id_of(request, name, appeal_id)
    return act(appeal_id, command, request.principal, command_id, request.if_match), command_id
