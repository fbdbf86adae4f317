"""办: what is done with an order beside the lead order: an assist, an opinion, a summons, an answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from hotline.domain.orders import Acknowledge, Arrive, Cancel, Report, ReportStage
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.act_on_order import note_of
from hotline.use_cases.change_case import Save, carry_out, save_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.rights import may_supervise

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.orders import SideAction
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


def act_on_side(
    order_id: str,
    command: SideAction,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None = None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> SideOrder:
    """Carry one command about an order beside the lead order out, once.

    When somebody else saved it or its case in between, it is tried again on what is there now; a caller
    who named the version of the order that it acts on is told of the conflict instead.

    Raises:
        NotFound: there is no such order, or it is not the caller's.
        TransitionNotAllowed: its status does not allow the command.
        VersionConflict: it is not at ``expected_version``, or its case is too busy.
    """

    directory = directories.current()

    def load() -> SideOrder:
        side = cases.side(order_id)
        may_supervise(by, side, directory)
        return side

    def act(side: SideOrder, at: datetime) -> Save:
        case = cases.get(side.appeal_id) if isinstance(command, Report | Cancel) else None
        act_and_keep_words(
            side, case, command, by=by, at=at, command_id=command_id, words=words, directory=directory
        )
        return partial(save_side, side, case, cases)

    return carry_out(load, command_id, act, now=now, expected_version=expected_version)


def act_and_keep_words(
    side: SideOrder,
    case: Case | None,
    command: SideAction,
    *,
    by: Actor,
    at: datetime,
    command_id: str,
    words: WordsStore,
    directory: Directory,
) -> None:
    """Let the order act, and keep what the command says; nothing is saved yet.

    Args:
        case: needed by the commands that end the order.
    """
    match command:
        case Acknowledge():
            side.acknowledge(by=by, at=at, command_id=command_id)
        case Arrive():
            side.arrive(by=by, at=at, command_id=command_id)
        case ReportStage():
            clock = PolicyTimekeeper.of(directory).start_side(side.kind, at)
            side.report_stage(command_id, clock, by=by, at=at, command_id=command_id)
        case Report():
            side.report(command_id, by=by, at=at, command_id=command_id)
        case Cancel():
            side.cancel(by=by, at=at, command_id=command_id)
    if case is not None and side.status.ended:
        case.end_side(side, by=by, at=at, command_id=command_id)
    if (note := note_of(command, note_id=command_id, by=by, at=at)) is not None:
        keep_note(side, note, words)


def save_side(side: SideOrder, case: Case | None, cases: Cases) -> None:
    """Save what has become of an order: together with its case when it has ended, else alone.

    Raises:
        VersionConflict: somebody else has saved one of them since they were loaded.
    """
    if case is not None and side.status.ended:
        save_case(case, cases)
    else:
        cases.save_side(side)
