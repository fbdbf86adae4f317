"""派: an operator decides about an appeal in the queue, or about an order that came back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from hotline.domain.appeal import Code, Note, Text
from hotline.domain.confidential import released, require_released
from hotline.domain.errors import InvalidInput
from hotline.domain.side_orders import SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.ask_others import check_agencies
from hotline.use_cases.change_case import change_case
from hotline.use_cases.choose_agency import Choice, assignment_of
from hotline.use_cases.notes import keep_note

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


class DispatchByOperator(Choice):
    """An operator's decision about an appeal in the queue, or about a returned order.

    Every agency that takes part reads the ``reasons``: why this one leads, needed when agencies were asked
    for their opinion first (条例 Art 12), and what the ``assist_agency_ids`` are to do (Art 14).
    A confidential report needs ``released_text``: the matter in the operator's words, without anything
    that tells who the informant is. The agency reads that and nothing else.
    """

    assist_agency_ids: Annotated[tuple[Code, ...], Field(max_length=10)] = ()
    reasons: Text | None = None
    released_text: Text | None = None


def dispatch_by_operator(
    appeal_id: str,
    command: DispatchByOperator,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Dispatch or redispatch by hand, with assists from the beginning where several have a part.

    Raises:
        InvalidInput: an agency, the service or the place is not in the directory; reasons or released
            words are missing, or not wanted; a report would reach the agency that it is about.
    """
    directory = directories.current()
    timekeeper = PolicyTimekeeper.of(directory)

    def act(case: Case, at: datetime) -> None:
        require_released(case, command.released_text)
        _require_reasons(case, command)
        note_id = command_id if command.reasons else None
        case.dispatch(
            assignment_of(command, case, directory, decided_by="operator"),
            by=by,
            at=at,
            command_id=command_id,
            timekeeper=timekeeper,
            note_id=note_id,
        )
        check_agencies(case, command.assist_agency_ids, directory, field="assist_agency_ids")
        assists = [
            case.open_side(
                SideKind.ASSIST,
                agency_id,
                by=by,
                at=at,
                command_id=command_id,
                timekeeper=timekeeper,
                note_id=note_id,
            )
            for agency_id in command.assist_agency_ids
        ]
        if command.reasons:
            note = Note(note_id=command_id, by=by.signature, at=at, text=command.reasons)
            keep_note(case, note, words, *assists)
        if command.released_text is not None:
            words.release(appeal_id, released(command.released_text, case.district, case.subdistrict))

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def _require_reasons(case: Case, command: DispatchByOperator) -> None:
    if command.reasons is None and (case.consulted or command.assist_agency_ids):
        raise InvalidInput.field(
            "reasons",
            "已会商或有协办单位的，须写明派单理由和分工",
            "is needed after a consultation, and to tell assisting agencies what to do",
        )
