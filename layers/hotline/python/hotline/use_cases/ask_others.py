"""办: the lead asks others for their part: agencies, its superior, the supervisors (条例 Art 14, 15, 16, 20)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from hotline.domain.confidential import may_be_told
from hotline.domain.directory import Level
from hotline.domain.errors import InvalidInput, TransitionNotAllowed
from hotline.domain.lifecycle import Command
from hotline.domain.orders import (
    CancelAssist,
    Escalate,
    RequestAssist,
    RequestExtension,
    RequestHold,
    RequestReview,
    Summon,
)
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.rights import REPORT_TO_THE_LEAD, may_summon

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directory

Ask = RequestAssist | Summon | RequestExtension | RequestHold | Escalate | RequestReview

_AskedOfOffices = RequestAssist | Summon | RequestExtension | RequestHold | Escalate

_SUMMONED = frozenset({Level.DEPARTMENT, Level.UTILITY, Level.DISTRICT})
"""Whom a sub-district may call: departments, utilities and the district's own agencies (条例 Art 16)."""


class _Wanted(NamedTuple):
    """What is to be asked, of whom, on which terms."""

    kind: SideKind
    agency_ids: Sequence[str]
    terms: dict[str, Any]


def ask(
    case: Case, command: Ask, *, by: Actor, at: datetime, command_id: str, directory: Directory
) -> list[SideOrder]:
    """Open one order beside the lead order for everybody who is asked; nothing is stored yet.

    Raises:
        InvalidInput: an agency is not in the directory, or not one that can be asked.
        TransitionNotAllowed: not now, or nobody stands above the agency.
        BoundExceeded: the policy does not allow another extension or hold, or none so long.
    """
    timekeeper = PolicyTimekeeper.of(directory)
    if isinstance(command, RequestReview):
        review = case.ask_review(
            command.about,
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=command_id,
            terms={"reason": command.reason.value} if command.reason else {},
        )
        return [review]
    wanted = _wanted(case, command, directory, timekeeper)
    return [
        case.open_side(
            wanted.kind,
            agency_id,
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=command_id,
            terms=wanted.terms,
        )
        for agency_id in wanted.agency_ids
    ]


def take_back(
    case: Case,
    command: CancelAssist,
    sides: Iterable[SideOrder],
    *,
    by: Actor,
    at: datetime,
    command_id: str,
) -> None:
    """Cancel the open assists and summonses of the agencies named.

    Raises:
        InvalidInput: nothing is being asked of one of them.
    """
    asked = {side.agency_id for side in sides}
    if strangers := [agency_id for agency_id in command.agency_ids if agency_id not in asked]:
        raise InvalidInput.field(
            "agency_ids",
            f"没有请求该单位协办：{'、'.join(strangers)}",
            f"nothing is being asked of {', '.join(strangers)}",
        )
    for side in sides:
        if side.agency_id in command.agency_ids:
            side.cancel(by=by, at=at, command_id=command_id)
            case.end_side(side, by=by, at=at, command_id=command_id)


def check_agencies(
    case: Case, agency_ids: Sequence[str], directory: Directory, *, field: str = "agency_ids"
) -> None:
    """Hold agencies that are to take part in a case against the directory and the case.

    Raises:
        InvalidInput: on ``field``: an unknown agency, the one that holds the order, one named twice, or one
            that must not hear of a confidential report.
    """
    for agency_id in agency_ids:
        if agency_id not in directory.agencies:
            raise InvalidInput.field(field, f"目录中没有 {agency_id}", f"{agency_id} is not known")
        if agency_id == case.agency_id or not may_be_told(case, agency_id, directory):
            raise InvalidInput.field(
                field, f"{agency_id} 不能参与此件", f"{agency_id} cannot take part in this case"
            )
    if len(set(agency_ids)) < len(agency_ids):
        raise InvalidInput.field(field, "同一单位只能列一次", "names an agency twice")


def open_parts(case: Case) -> list[str]:
    """The numbers of the open assists and summonses of a case."""
    return [
        f"{case.appeal_id}.{number}"
        for number, side in case.open_sides.items()
        if side.kind in REPORT_TO_THE_LEAD
    ]


def _wanted(
    case: Case, command: _AskedOfOffices, directory: Directory, timekeeper: PolicyTimekeeper
) -> _Wanted:
    match command:
        case RequestAssist():
            check_agencies(case, command.agency_ids, directory)
            return _Wanted(SideKind.ASSIST, command.agency_ids, {})
        case Summon():
            _check_summons(case, command.agency_ids, directory)
            return _Wanted(SideKind.SUMMONS, command.agency_ids, {})
        case RequestExtension():
            terms = {"amount": command.amount, "unit": command.unit, "told": command.citizen_told}
            return _Wanted(SideKind.EXTENSION, [_supervisors(case, directory)], terms)
        case RequestHold():
            terms = {"until": int(command.until.timestamp()), "told": command.citizen_told}
            return _Wanted(SideKind.HOLD, [_supervisors(case, directory)], terms)
        case Escalate():
            return _Wanted(SideKind.ESCALATION, [_superior(case, timekeeper)], {})


def _supervisors(case: Case, directory: Directory) -> str:
    """Those of the district that the agency itself belongs to; the city's for a city-wide one."""
    agency = directory.agencies.get(case.agency_id) if case.agency_id else None
    return directory.supervisors_of(directory.district_of(agency.jurisdiction) if agency else case.district)


def _superior(case: Case, timekeeper: PolicyTimekeeper) -> str:
    superior = case.next_superior(timekeeper)
    if superior is None:
        raise TransitionNotAllowed(
            case.status.value,
            Command.ESCALATE.value,
            "没有可以提级的上级单位",
            "There is no superior left to ask",
        )
    return superior


def _check_summons(case: Case, agency_ids: Sequence[str], directory: Directory) -> None:
    if case.agency_id is None or not may_summon(case.agency_id, directory):
        raise InvalidInput.field(
            "command", "只有街道、乡镇可以吹哨", "only a sub-district may summon (条例 Art 16)"
        )
    check_agencies(case, agency_ids, directory)
    for agency_id in agency_ids:
        if directory.agencies[agency_id].level not in _SUMMONED:
            raise InvalidInput.field(
                "agency_ids",
                f"{agency_id} 不是部门、公共服务企业或区级单位，不能吹哨",
                f"{agency_id} is no department, utility or agency of a district; it cannot be summoned",
            )
