"""派: 会商: ask agencies whose duty a hard case is, before it is dispatched (条例 Art 12)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.appeal import Note, Text
from hotline.domain.model import Frozen
from hotline.domain.orders import AgencyIds
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.ask_others import check_agencies
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


class Consult(Frozen):
    """Agencies whose opinion is wanted, and the question to them."""

    agency_ids: AgencyIds
    text: Text


class OpinionView(Frozen):
    """What an agency was asked and has said; ``in_time`` and ``text`` come with its answer."""

    work_order_id: str
    agency_id: str
    status: str
    asked_at: datetime
    due_at: datetime
    in_time: bool | None = None
    text: str | None = None


def consult_agencies(
    appeal_id: str,
    command: Consult,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Ask for opinions, each by a limit; whoever dispatches then has to give reasons.

    Raises:
        InvalidInput: an agency is not in the directory, or not one that can be asked.
        TransitionNotAllowed: it has an agency already; or one of these is being asked.
    """
    directory = directories.current()

    def act(case: Case, at: datetime) -> None:
        check_agencies(case, command.agency_ids, directory)
        asked = [
            case.open_side(
                SideKind.OPINION,
                agency_id,
                by=by,
                at=at,
                command_id=command_id,
                timekeeper=PolicyTimekeeper.of(directory),
                note_id=command_id,
            )
            for agency_id in command.agency_ids
        ]
        keep_note(case, Note(note_id=command_id, by=by.signature, at=at, text=command.text), words, *asked)

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def read_opinions(appeal_id: str, *, cases: Cases, words: WordsStore) -> tuple[OpinionView, ...]:
    """Every opinion that was asked for about an appeal, in the order of asking."""
    case = cases.get(appeal_id)
    numbers = [f"{appeal_id}.{number}" for number in range(2, case.sides + 2)]
    opinions = [side for side in cases.sides(numbers) if side.kind is SideKind.OPINION] if numbers else []
    texts = {note.note_id: note.text for note in words.notes(appeal_id)} if opinions else {}
    opinions.sort(key=lambda side: side.number)
    return tuple(_view(side, texts) for side in opinions)


def _view(side: SideOrder, texts: dict[str, str]) -> OpinionView:
    last = side.events[-1]
    answered = last.name == "SideOrderDone"
    return OpinionView(
        work_order_id=side.work_order_id,
        agency_id=side.agency_id,
        status=side.status.value,
        asked_at=side.events[0].at,
        due_at=side.clock.due_at,
        in_time=side.in_time if answered else None,
        text=texts.get(last.facts["note"]) if answered else None,
    )
