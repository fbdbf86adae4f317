"""Load one case, let it act, save it: the shape of every command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import count
from typing import TypeVar

from hotline.domain.case import Case
from hotline.domain.chronicle import Chronicle
from hotline.domain.errors import VersionConflict
from hotline.ports import Cases
from hotline.ports import Clock as Now

TRIES = 3
"""Before a command is given up because others keep saving the same order."""

Save = Callable[[], None]
Acting = TypeVar("Acting", bound=Chronicle)


def change_case(
    appeal_id: str,
    command_id: str,
    act: Callable[[Case, datetime], None],
    *,
    cases: Cases,
    now: Now,
    expected_version: int | None = None,
    loaded: Case | None = None,
) -> Case:
    """Carry a command about a case out once, however often it is sent.

    Args:
        act: changes the case at that moment, or refuses; may be called again on a fresh copy.
        loaded: the case, if the caller has just read it.

    Raises:
        NotFound: there is no such case.
        VersionConflict: the case is not at ``expected_version``, or is too busy.
    """

    def act_on(case: Case, at: datetime) -> Save:
        act(case, at)
        return partial(save_case, case, cases)

    return carry_out(
        lambda: cases.get(appeal_id),
        command_id,
        act_on,
        now=now,
        expected_version=expected_version,
        loaded=loaded,
    )


def carry_out(
    load: Callable[[], Acting],
    command_id: str,
    act: Callable[[Acting, datetime], Save],
    *,
    now: Now,
    expected_version: int | None = None,
    loaded: Acting | None = None,
) -> Acting:
    """Load an order, let it act, save it; once, however often the command is sent.

    When somebody else saved it in between, it is loaded again and the lifecycle decides anew; a caller
    who named the version that it acts on is told of the conflict instead. The command happens when it
    first came: an answer in time stays in time, however long others keep it waiting (FAULTS F35).

    Args:
        command_id: fingerprint of the command; an order that knows it is returned as it is.
        act: changes the order at that moment, or refuses, and says what saves it with all that goes with it.
        expected_version: the version that the caller has seen (``If-Match``).

    Raises:
        VersionConflict: the order is not at ``expected_version``, or is too busy.
    """
    order, at = loaded or load(), now()
    for attempt in count(1):
        if order.knows(command_id):
            break
        if expected_version is not None and order.version != expected_version:
            raise VersionConflict(order.version)
        save = act(order, at)
        try:
            save()
            break
        except VersionConflict:
            if attempt == TRIES:
                raise
        order = load()
    return order


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
