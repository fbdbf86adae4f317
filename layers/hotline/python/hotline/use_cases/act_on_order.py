"""办: what an agency does with its order, by desk or by message."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.actor import Actor
from hotline.domain.appeal import Note
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import InvalidInput
from hotline.domain.orders import (
    Acknowledge,
    AgencyCommand,
    RecordContact,
    ReportProgress,
    Resolve,
    ReturnOrder,
)
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.ports import Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case


def act_on_order(
    appeal_id: str,
    command: AgencyCommand,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None = None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Carry one agency command out, once.

    Raises:
        NotFound: there is no such order, or it is another agency's.
        TransitionNotAllowed: the order's status does not allow the command.
        InvalidInput: the service wants evidence and none was attached.
    """

    def act(case: Case) -> None:
        at = now()
        apply_command(case, command, by=by, at=at, command_id=command_id, directory=directories.current())
        keep_note(case, command, by=by, at=at, words=words)

    return change_case(appeal_id, command_id, act, cases=cases, expected_version=expected_version)


def apply_command(
    case: Case, command: AgencyCommand, *, by: Actor, at: datetime, command_id: str, directory: Directory
) -> None:
    """Let the case act; nothing is stored yet."""
    case.must_be_held_by(by)
    match command:
        case Acknowledge():
            case.acknowledge(by=by, at=at, command_id=command_id)
        case RecordContact():
            case.record_contact(command.channel, by=by, at=at, command_id=command_id)
        case ReportProgress():
            case.report_progress(command_id, by=by, at=at, command_id=command_id)
        case ReturnOrder():
            timekeeper = PolicyTimekeeper(directory.sla, directory.calendars)
            case.return_(
                command.ground.value, command_id, by=by, at=at, command_id=command_id, timekeeper=timekeeper
            )
        case Resolve():
            _require_evidence(case, command, directory)
            case.resolve(command_id, by=by, at=at, command_id=command_id)


def keep_note(case: Case, command: AgencyCommand, *, by: Actor, at: datetime, words: WordsStore) -> None:
    """Write the command's words before the event that cites them.

    A note has the id of its command, so a command that is tried again finds its note there.
    """
    if isinstance(command, ReportProgress | ReturnOrder | Resolve):
        attachments = command.attachments if isinstance(command, Resolve) else ()
        note_id = case.events[-1].facts["note"]
        note = Note(note_id=note_id, by=by.signature, at=at, text=command.text, attachments=attachments)
        words.add_note(case.appeal_id, note)


def _require_evidence(case: Case, command: Resolve, directory: Directory) -> None:
    service = directory.services.get(case.service_code) if case.service_code else None
    if service is not None and service.evidence_required and not command.attachments:
        raise InvalidInput.field("attachments", "该事项办结须上传佐证材料", "this service needs evidence")
