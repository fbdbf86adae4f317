"""督: a supervisor decides about more time: an extension or a hold (条例 Art 15)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotline.domain.appeal import Note, Text
from hotline.domain.calendar import Limit
from hotline.domain.errors import Forbidden, NotFound, VersionConflict
from hotline.domain.model import Frozen
from hotline.domain.side_orders import SideCommand, SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.rights import may_supervise

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


class Decide(Frozen):
    """Granted or refused, and why. The agency reads it; when granted, the citizen does too."""

    granted: bool
    text: Text


def decide_request(
    appeal_id: str,
    order_id: str,
    command: Decide,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """End the request, and do what was granted, in one transaction.

    Args:
        expected_version: of the request, as it was seen.

    Raises:
        NotFound: there is no such request, or it is another district's.
        Forbidden: it is in the own district, but asked of the supervisors of the city or of another one.
        TransitionNotAllowed: it was decided or taken back; the limit has passed, or the review date.
        VersionConflict: the request is not at ``expected_version``.
    """
    directory = directories.current()

    def act(case: Case, at: datetime) -> None:
        side = cases.side(order_id)
        _may_decide(by, side, directory)
        if expected_version is not None and side.version != expected_version:
            raise VersionConflict(side.version)
        side.decide(command.granted, command_id, by=by, at=at, command_id=command_id)
        case.end_side(side, by=by, at=at, command_id=command_id)
        if command.granted:
            _grant(case, side, by, at=at, command_id=command_id, directory=directory)
        note = Note(note_id=command_id, by=by.signature, at=at, text=command.text)
        keep_note(case, note, words, side)

    change_case(appeal_id, command_id, act, cases=cases, now=now)
    return cases.side(order_id)


def _may_decide(by: Actor, side: SideOrder, directory: Directory) -> None:
    if not side.kind.decided_by_supervisor:
        raise NotFound("request")
    may_supervise(by, side, directory)
    if by.district is not None and side.agency_id != directory.supervisors_of(by.district):
        raise Forbidden(by.role.value, SideCommand.DECIDE.value)


def _grant(
    case: Case, side: SideOrder, by: Actor, *, at: datetime, command_id: str, directory: Directory
) -> None:
    timekeeper, terms = PolicyTimekeeper.of(directory), side.terms
    if side.kind is SideKind.EXTENSION:
        limit = Limit(amount=terms["amount"], unit=terms["unit"])
        case.extend(
            limit,
            side,
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=command_id,
        )
    else:
        until = datetime.fromtimestamp(terms["until"], UTC)
        case.hold(
            until,
            side,
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=command_id,
        )
