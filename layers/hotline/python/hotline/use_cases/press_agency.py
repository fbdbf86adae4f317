"""督: urge, supervise and escalate by hand; the ladder of the policy goes on by itself (条例 Art 20)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.appeal import Note, Text
from hotline.domain.errors import TransitionNotAllowed
from hotline.domain.lifecycle import Command
from hotline.domain.model import Frozen
from hotline.domain.orders import Escalate
from hotline.domain.side_orders import SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.ask_others import ask
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.rights import may_see

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


class Urge(Frozen):
    """催办: a reminder, with words if they are needed."""

    text: Text | None = None


class Supervise(Frozen):
    """督办: what the agency has to answer in writing, by a limit."""

    text: Text


Pressing = Urge | Supervise | Escalate


def press_agency(
    appeal_id: str,
    command: Pressing,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Remind the agency, demand an answer of it, or ask its superior for an opinion.

    Raises:
        NotFound: there is no such order, or it is another district's.
        TransitionNotAllowed: nothing is owed; the same is being asked already; nobody stands above.
    """
    directory = directories.current()

    def act(case: Case, at: datetime) -> None:
        may_see(by, case)
        asked = []
        match command:
            case Urge(text=text):
                case.urge(command_id if text else None, by=by, at=at, command_id=command_id)
            case Supervise():
                side = case.open_side(
                    SideKind.SUPERVISION,
                    _holder(case),
                    by=by,
                    at=at,
                    command_id=command_id,
                    timekeeper=PolicyTimekeeper.of(directory),
                    note_id=command_id,
                )
                asked.append(side)
            case Escalate():
                asked += ask(case, command, by=by, at=at, command_id=command_id, directory=directory)
        if command.text:
            note = Note(note_id=command_id, by=by.signature, at=at, text=command.text)
            keep_note(case, note, words, *asked)

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def _holder(case: Case) -> str:
    if case.agency_id is None:
        raise TransitionNotAllowed(case.status.value, Command.SUPERVISE.value)
    return case.agency_id
