"""督 the dashboard: what ``functions/web/board_api.py`` runs with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.effects import DynamoDBDeliveries
from hotline.adapters.dynamodb.snapshots import DynamoDBSnapshots
from hotline.domain.tokens import command_fingerprint
from hotline.settings import setting
from hotline.use_cases import list_requests, read_orders
from hotline.use_cases.decide_request import Decide
from hotline.use_cases.press_agency import Pressing
from hotline.use_cases.read_board import Board
from hotline.wiring import scorecards, supervision
from hotline.wiring.common import cases, directories, now, words

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.answers import OrderPage, OrderView, RequestPage
    from hotline.domain.directory import Directory
    from hotline.domain.identifiers import OrderRef
    from hotline.use_cases.read_scorecards import MonthLeague


def board(by: Actor) -> Board | None:
    """The figures as they were counted last; None before the first count."""
    snapshots = DynamoDBSnapshots(dynamodb(SOMEONE_WAITS), setting("SCORECARDS_TABLE"))
    snapshot = snapshots.latest()
    return Board(snapshot, directory(), by, now()) if snapshot else None


def directory() -> Directory:
    """The directory in force."""
    return directories().current()


def overdue(agency_id: str, limit: int, after: str | None, by: Actor) -> OrderPage:
    """An agency's overdue orders."""
    return list_requests.list_overdue(
        agency_id, by=by, limit=limit, after=after, lists=cases(), directories=directories(), now=now()
    )


def order(ref: OrderRef, by: Actor) -> OrderView:
    """One order with everything about it."""
    stores: dict[str, Any] = {
        "cases": cases(),
        "words": words(),
        "deliveries": DynamoDBDeliveries(dynamodb(), setting("EFFECTS_TABLE")),
        "directories": directories(),
    }
    if ref.leads:
        return read_orders.read_order(ref.appeal_id, by=by, **stores)
    return read_orders.read_side(ref.order_id, by=by, **stores)


def press(ref: OrderRef, command: Pressing, form_key: str, by: Actor) -> None:
    """Urge, supervise or escalate, once per form."""
    name = type(command).__name__.lower()
    supervision.press(ref.appeal_id, command, by, _command_id(by, name, ref.order_id, form_key), None)


def requests(limit: int, after: str | None, by: Actor) -> RequestPage:
    """What waits for the caller's decision."""
    inbox = supervision.inbox_of(by, None)
    return supervision.requests(inbox, limit, after)


def decide(ref: OrderRef, command: Decide, form_key: str, by: Actor) -> None:
    """Grant or refuse, once per form."""
    command_id = _command_id(by, "decide", ref.order_id, form_key)
    supervision.decide(ref.appeal_id, ref.order_id, command, by, command_id, None)


def league(month: str, by: Actor) -> MonthLeague:
    """Agencies beside their likes."""
    return scorecards.league(month, None, by, live=False)


def _command_id(by: Actor, name: str, order_id: str, form_key: str) -> str:
    return command_fingerprint(by.signature, name, order_id, form_key)
