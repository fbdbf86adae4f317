"""The desk and the supervisors of the tiny hotline, as the functions let them act."""

from __future__ import annotations

from itertools import count
from typing import Any

from hotline.domain.actor import Actor, Role
from hotline.domain.case import Case
from hotline.domain.conclusions import Conclude
from hotline.domain.side_orders import SideOrder
from hotline.use_cases.adjudicate_return import Adjudicate, adjudicate_return
from hotline.use_cases.conclude_appeal import conclude_appeal
from hotline.use_cases.consult_agencies import Consult, consult_agencies
from hotline.use_cases.decide_request import Decide, decide_request
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from hotline.use_cases.press_agency import Pressing, press_agency
from tests.unit.builders import JUDGE, OPERATOR, Hotline, appeal
from tests.unit.builders_directory import EAST, WEST

CITY_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-0")
EAST_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-1", district=EAST)
WEST_SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-2", district=WEST)

VAGUE = appeal(text="我有一件事想反映", service_code=None, place=None)

_commands = count(1)
_matters = count(1)


def _given(hotline: Hotline, by: Actor, named: dict[str, Any]) -> dict[str, Any]:
    return {
        "by": by,
        "command_id": f"officer-{next(_commands)}",
        "expected_version": None,
        "cases": hotline.cases,
        "words": hotline.words,
        "directories": hotline.directories,
        "now": hotline.clock,
        **named,
    }


def referred(hotline: Hotline) -> str:
    """The id of an appeal that waits for an operator."""
    appeal_id = hotline.registered(VAGUE.model_copy(update={"text": f"{VAGUE.text}（{next(_matters)}）"}))
    assert hotline.dispatch(hotline.event(appeal_id, "AppealRegistered")) == {}
    return appeal_id


def decided(hotline: Hotline, appeal_id: str, by: Actor = OPERATOR, **command: Any) -> Case:
    """An operator dispatches."""
    named = {name: command.pop(name) for name in ("command_id", "expected_version") if name in command}
    return dispatch_by_operator(appeal_id, DispatchByOperator(**command), **_given(hotline, by, named))


def adjudicated(hotline: Hotline, appeal_id: str, verdict: str, by: Actor = JUDGE, **command: Any) -> Case:
    """An adjudicator decides about a returned order."""
    body = {"verdict": verdict, "text": "职责清楚", **command}
    return adjudicate_return(appeal_id, Adjudicate.model_validate(body), **_given(hotline, by, {}))


def consulted(hotline: Hotline, appeal_id: str, *agency_ids: str, by: Actor = OPERATOR) -> Case:
    """Agencies are asked whose duty it is."""
    command = Consult(agency_ids=agency_ids, text="请问由谁管养？")
    return consult_agencies(appeal_id, command, **_given(hotline, by, {}))


def concluded(hotline: Hotline, appeal_id: str, by: Actor = OPERATOR, **command: Any) -> Case:
    """The hotline answers itself; by default it tells the legal way."""
    body = command or {"outcome": "legal_route", "route": "litigation", "text": "请向法院起诉"}
    return conclude_appeal(
        appeal_id,
        Conclude.model_validate(body),
        sealed=hotline.sealed,
        tokens=hotline.tokens,
        **_given(hotline, by, {}),
    )


def asked_to_decide(hotline: Hotline, order_id: str, granted: bool, by: Actor, **named: Any) -> SideOrder:
    """A supervisor decides about more time."""
    command = Decide(granted=granted, text=named.pop("text", "配件采购需要时间"))
    return decide_request(order_id.partition(".")[0], order_id, command, **_given(hotline, by, named))


def pressed(hotline: Hotline, appeal_id: str, command: Pressing, by: Actor = EAST_SUPERVISOR) -> Case:
    """A supervisor urges, supervises or escalates."""
    return press_agency(appeal_id, command, **_given(hotline, by, {}))
