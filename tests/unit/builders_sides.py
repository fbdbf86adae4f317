"""Orders beside the lead order, over the tiny city: 河边街道 leads, 路灯所 and the waterworks are asked."""

from __future__ import annotations

from itertools import count
from typing import Any

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import OrderView
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.orders import (
    Acknowledge,
    AgencyReply,
    Arrive,
    Cancel,
    CancelAssist,
    Escalate,
    Report,
    ReportStage,
    RequestAssist,
    RequestExtension,
    RequestHold,
    SideAction,
    Summon,
)
from hotline.domain.side_orders import SideOrder
from hotline.use_cases.act_on_side import act_on_side
from hotline.use_cases.deliver_orders import deliver_orders
from hotline.use_cases.read_orders import read_order, read_side
from tests.unit.builders import HELPER, Hotline
from tests.unit.builders_directory import EAST

HELPING = Actor(role=Role.AGENCY, subject="zhao", agency_id=HELPER)
PLUMBER = Actor(role=Role.AGENCY, subject="qian", agency_id="waterworks")
DISTRICT_OFFICER = Actor(role=Role.AGENCY, subject="qu", agency_id=EAST)
STRANGER = Actor(role=Role.AGENCY, subject="li", agency_id="990102001")

ASSIST = RequestAssist(agency_ids=(HELPER,), text="请核查线路")
SUMMON = Summon(agency_ids=(HELPER,), text="请到现场会商")
EXTENSION = RequestExtension(
    amount=2, unit="days", text="需更换电缆", attachments=("a01-x",), citizen_told="phone"
)
HOLD = RequestHold.model_validate(
    {"until": "2026-04-01T00:00:00+08:00", "text": "待电缆到货", "citizen_told": "visit"}
)
ESCALATE = Escalate(text="涉及多个街道")
CANCEL_ASSIST = CancelAssist(agency_ids=(HELPER,))
ARRIVE = Arrive()
STAGE = ReportStage(text="线路故障，需更换电缆")
REPORT = Report(text="线路已修复", attachments=("a02-x",))
CANCEL = Cancel()
ACCEPT = Acknowledge()

_commands = count(1)


def act_beside(
    hotline: Hotline, order_id: str, command: SideAction, by: Actor = HELPING, **named: Any
) -> SideOrder:
    """Let somebody act on an order beside a lead order, at the desk."""
    return act_on_side(
        order_id,
        command,
        by=by,
        command_id=named.pop("command_id", f"beside-{next(_commands)}"),
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock,
        **named,
    )


def assisted(hotline: Hotline) -> tuple[str, str]:
    """An appeal whose lead has asked the lamp office to assist, and the assist's number."""
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, ASSIST)
    return appeal_id, f"{appeal_id}.2"


def summoned(hotline: Hotline) -> tuple[str, str]:
    """An appeal whose sub-district has summoned the lamp office, and the summons' number."""
    appeal_id = hotline.in_progress()
    hotline.act(appeal_id, SUMMON)
    return appeal_id, f"{appeal_id}.2"


def shown(hotline: Hotline, order_id: str, by: Actor) -> OrderView:
    """What somebody sees of an order: of the lead order for an appeal's id alone."""
    stores: dict[str, Any] = {
        "cases": hotline.cases,
        "words": hotline.words,
        "deliveries": hotline.deliveries,
        "directories": hotline.directories,
    }
    read = read_side if "." in order_id else read_order
    return read(order_id, by=by, **stores)


def deliver(hotline: Hotline, *envelopes: Envelope) -> dict[str, HotlineError]:
    """Let the delivery worker take a batch."""
    return deliver_orders(
        envelopes,
        cases=hotline.cases,
        words=hotline.words,
        deliveries=hotline.deliveries,
        queues=hotline.queues,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def side_reply(
    hotline: Hotline, order_id: str, action: SideAction, command_id: str = "s-1", **changes: Any
) -> AgencyReply:
    """What a helping agency's system sends back about its part."""
    agency_id = changes.get("agency_id", HELPER)
    body = {
        "schema": "hotline.reply/1",
        "work_order_id": order_id,
        "agency_id": agency_id,
        "reply_token": hotline.tokens.reply_token(order_id, agency_id),
        "command_id": command_id,
        "action": action.model_dump(),
    }
    return AgencyReply.model_validate({**body, **changes})
