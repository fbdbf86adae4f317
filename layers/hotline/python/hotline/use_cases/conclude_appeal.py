"""派: end an appeal without handling: answered, told another way, handed to an emergency line (条例 Art 11)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.appeal import Note
from hotline.domain.conclusions import EmergencyHandoff, NoNewFacts, OutsideDuties
from hotline.domain.confidential import may_be_told
from hotline.domain.errors import InvalidInput
from hotline.use_cases.change_case import change_case
from hotline.use_cases.compare_appeals import check_comparison
from hotline.use_cases.notes import keep_note

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.conclusions import Conclude
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.tokens import Tokens
    from hotline.ports import Cases, Notes
    from hotline.ports import Clock as Now


def conclude_appeal(
    appeal_id: str,
    command: Conclude,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: Notes,
    sealed: Notes,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> Case:
    """Conclude; the citizen reads the words, is asked, and may contest it.

    Of a confidential report the words are sealed with what the informant said: they may repeat it.

    Raises:
        TransitionNotAllowed: an agency has the order, or it is past that.
        InvalidInput: a fact is not one: an unknown agency or appeal, an acknowledgement in the future.
        ComparisonOutdated: "no new facts" without having compared the two appeals as they are now.
    """
    directory = directories.current()

    def act(case: Case, at: datetime) -> None:
        check_facts(case, command, directory, at)
        if isinstance(command.root, NoNewFacts):
            shown, earlier = command.root.comparison_id, command.root.same_as
            check_comparison(shown, case, earlier, cases=cases, tokens=tokens)
        case.conclude(command.root.outcome, command_id, command.facts, by=by, at=at, command_id=command_id)
        note = Note(note_id=command_id, by=by.signature, at=at, text=command.words)
        keep_note(case, note, sealed if case.confidential else words)

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def check_facts(case: Case, command: Conclude, directory: Directory, at: datetime) -> None:
    """Hold the facts of a conclusion against the directory and the time.

    Raises:
        InvalidInput: an agency is unknown or must not be told; an acknowledgement lies in the future.
    """
    match command.root:
        case EmergencyHandoff(acknowledged_at=acknowledged_at):
            if acknowledged_at > at:
                raise InvalidInput.field("acknowledged_at", "不能晚于现在", "must not lie in the future")
        case OutsideDuties(passed_to=str() as agency_id):
            if agency_id not in directory.agencies or not may_be_told(case, agency_id, directory):
                raise InvalidInput.field("passed_to", "目录中没有此单位", "is not in the directory")
