"""Load one case, let it act, save it: the shape of every command."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hotline.domain.case import Case
from hotline.domain.errors import VersionConflict
from hotline.ports import Cases

TRIES = 3
"""Before a command is given up because others keep saving the same order."""


def change_case(
    appeal_id: str,
    command_id: str,
    act: Callable[[Case], None],
    *,
    cases: Cases,
    expected_version: int | None = None,
    loaded: Case | None = None,
) -> Case:
    """Carry a command out once, however often it is sent.

    When somebody else saved the case in between, it is loaded again and the lifecycle decides anew;
    a caller who named the version that it acts on is told of the conflict instead.

    Args:
        command_id: fingerprint of the command; a case that knows it is returned as it is.
        act: changes the case or refuses; may be called again on a fresh copy.
        expected_version: the version that the caller has seen (``If-Match``).
        loaded: the case, if the caller has just read it.

    Raises:
        NotFound: there is no such case.
        VersionConflict: the case is not at ``expected_version``, or is too busy.
    """
    case = loaded or cases.get(appeal_id)
    for attempt in count(1):
        if case.knows(command_id):
            break
        if expected_version is not None and case.version != expected_version:
            raise VersionConflict(case.version)
        act(case)
        try:
            save_case(case, cases)
            break
        except VersionConflict:
            if attempt == TRIES:
                raise
        case = cases.get(appeal_id)
    return case


def save_case(case: Case, cases: Cases) -> None:
    """Save a case; what was asked of others and is no longer needed is cancelled in the same write.

    Raises:
        VersionConflict: somebody else has saved the case, or one of those orders, since it was loaded.
    """
    cancel_idle_sides(case, cases)
    cases.save(case)


def save_member(member: Case, leader: Case, cases: Cases) -> None:
    """Save an appeal that has joined or left another, and that other, in one transaction.

    Raises:
        VersionConflict: somebody else has saved one of them since it was loaded.
    """
    cancel_idle_sides(member, cases)
    changed = [case for case in (member, leader) if case.new_events]
    cases.save_together(*changed, *member.changed_sides)


def cancel_idle_sides(case: Case, cases: Cases) -> None:
    """Cancel what was asked of others and is no longer needed; nothing is saved yet."""
    if idle := case.idle_sides():
        last = case.events[-1]
        sides = cases.sides([f"{case.appeal_id}.{number}" for number in idle])
        case.cancel_idle(sides, at=last.at, command_id=last.command_id)
