"""Row by row: who may see an order, and what a caller may do with it now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.domain.actor import Role
from hotline.domain.confidential import may_be_told
from hotline.domain.directory import Level
from hotline.domain.errors import NotFound
from hotline.domain.lifecycle import Command, commands_for
from hotline.domain.side_orders import SideCommand, SideKind, SideStatus, commands_for_side

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directory, Service
    from hotline.domain.side_orders import SideOrder

REPORT_TO_THE_LEAD = frozenset({SideKind.ASSIST, SideKind.SUMMONS})
"""What a lead asks of others and may take back."""

_PARTS_OF_OTHERS = frozenset({Command.END_SIDE, Command.JOIN, Command.LEAVE})
"""Commands that nobody gives: they come with what happens to another order."""


def may_see(by: Actor, case: Case) -> None:
    """An agency sees its own orders and copies, a district's supervisor those of the district.

    Raises:
        NotFound: as if the order did not exist.
    """
    if by.role is Role.AGENCY and by.agency_id not in (case.agency_id, case.copy_to):
        raise NotFound("work order")
    if by.role is Role.SUPERVISOR and by.district is not None and by.district != case.district:
        raise NotFound("work order")


def may_see_side(by: Actor, side: SideOrder, case: Case, directory: Directory) -> None:
    """Besides those who see the case, whoever was asked sees what was asked; calls are the hotline's own.

    Raises:
        NotFound: as if the order did not exist.
    """
    if by.role is Role.AGENCY and side.kind.called:
        raise NotFound("work order")
    if by.role is Role.AGENCY:
        if by.agency_id != side.agency_id:
            may_see(by, case)
        elif not may_be_told(case, side.agency_id, directory):
            raise NotFound("work order")
    else:
        may_supervise(by, side, directory)


def may_supervise(by: Actor, side: SideOrder, directory: Directory) -> None:
    """A district's supervisor has to do with the district's own orders, and with what is asked of it.

    Raises:
        NotFound: as if the order did not exist.
    """
    if by.role is not Role.SUPERVISOR or by.district in (None, side.district):
        return
    if side.agency_id != directory.supervisors_of(by.district):
        raise NotFound("work order")


def may_see_contact(by: Actor, case: Case, service: Service | None) -> bool:
    """Contacts are for operators, and for the lead agency where the service cannot do without."""
    if by.role is Role.OPERATOR:
        return True
    leads = by.role is Role.AGENCY and by.agency_id == case.agency_id
    return leads and service is not None and service.needs_contact


def needs_contact(side: SideOrder, service: Service | None) -> bool:
    """Whether whoever is asked gets the contact: only for an open assist, where the service needs it."""
    open_assist = side.kind is SideKind.ASSIST and not side.status.ended
    return open_assist and service is not None and service.needs_contact


def commands_of(by: Actor, case: Case, directory: Directory) -> tuple[str, ...]:
    """What the caller may do now; a district that only supervises the order does nothing with it."""
    if by.role is not Role.AGENCY:
        commands = set(commands_for(case.status, by.role)) - _PARTS_OF_OTHERS
        if not case.confidential:
            commands -= {Command.REVEAL}
        return _in_order(commands)
    if by.agency_id is None or by.agency_id != case.agency_id:
        return ()
    commands = set(commands_for(case.status, by.role)) - _PARTS_OF_OTHERS
    if case.designated:
        commands -= {Command.RETURN}
    if not may_summon(by.agency_id, directory):
        commands -= {Command.SUMMON}
    if directory.superior(by.agency_id) is None:
        commands -= {Command.ESCALATE}
    takes_back = any(side.kind in REPORT_TO_THE_LEAD for side in case.open_sides.values())
    return (*_in_order(commands), *(("cancel_assist",) if takes_back else ()))


def commands_of_side(by: Actor, side: SideOrder, directory: Directory) -> tuple[str, ...]:
    """What the caller may do now with an order beside the lead order."""
    commands = set(commands_for_side(side, by))
    if side.staged:
        commands -= {SideCommand.REPORT_STAGE}
    if side.kind is SideKind.SUMMONS and side.status is not SideStatus.ARRIVED:
        commands -= {SideCommand.REPORT}
    if by.district is not None and side.agency_id != directory.supervisors_of(by.district):
        commands -= {SideCommand.DECIDE}
    return tuple(command.value for command in SideCommand if command in commands)


def may_summon(agency_id: str, directory: Directory) -> bool:
    """Whether an agency may call others to a place: sub-districts may (条例 Art 16)."""
    agency = directory.agencies.get(agency_id)
    return agency is not None and agency.level is Level.SUBDISTRICT


def _in_order(commands: set[Command]) -> tuple[str, ...]:
    return tuple(command.value for command in Command if command in commands)
