"""办: what an agency does with its order, by desk or by message."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.appeal import Note
from hotline.domain.errors import InvalidInput
from hotline.domain.orders import (
    Acknowledge,
    CancelAssist,
    Escalate,
    RecordContact,
    Report,
    ReportProgress,
    ReportStage,
    RequestAssist,
    RequestExtension,
    RequestHold,
    RequestReview,
    Resolve,
    Resume,
    ReturnOrder,
    Summon,
)
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.use_cases.ask_others import ask, open_parts, take_back
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.rights import may_see

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories, Directory
    from hotline.domain.orders import AgencyCommand, SideAction
    from hotline.domain.side_orders import SideOrder
    from hotline.ports import Cases, WordsStore
    from hotline.ports import Clock as Now


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
    """Carry one command about a lead order out, once.

    Raises:
        NotFound: there is no such order, or it is another agency's or another district's.
        TransitionNotAllowed: the order's status does not allow the command.
        InvalidInput: the service wants evidence and none was attached; an agency that cannot be asked.
        SidesOpen: an assist has not reported, and no reason was given (条例 Art 14).
        BoundExceeded: no extension or hold is allowed any more, or none so long.
    """

    def act(case: Case, at: datetime) -> None:
        may_see(by, case)
        act_and_keep_words(
            case,
            command,
            by=by,
            at=at,
            command_id=command_id,
            cases=cases,
            words=words,
            directory=directories.current(),
        )

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def act_and_keep_words(
    case: Case,
    command: AgencyCommand,
    *,
    by: Actor,
    at: datetime,
    command_id: str,
    cases: Cases,
    words: WordsStore,
    directory: Directory,
) -> None:
    """Let the case act, then keep what the command says for the event that cites it; nothing is saved yet."""
    case.must_be_held_by(by)
    asked: list[SideOrder] = []
    match command:
        case Acknowledge():
            case.acknowledge(by=by, at=at, command_id=command_id)
        case RecordContact():
            case.record_contact(command.channel, by=by, at=at, command_id=command_id)
        case ReportProgress():
            case.report_progress(command_id, by=by, at=at, command_id=command_id)
        case ReturnOrder():
            timekeeper = PolicyTimekeeper.of(directory)
            case.return_(
                command.ground.value, command_id, by=by, at=at, command_id=command_id, timekeeper=timekeeper
            )
        case Resolve():
            _require_evidence(case, command, directory)
            case.resolve(
                command_id,
                by=by,
                at=at,
                command_id=command_id,
                result=command.result,
                without_assists=command.without_assists,
                ask_at=_asked_later(case, directory),
            )
        case CancelAssist():
            sides = cases.sides(open_parts(case))
            take_back(case, command, sides, by=by, at=at, command_id=command_id)
        case Resume():
            timekeeper = PolicyTimekeeper.of(directory)
            case.resume(by=by, at=at, command_id=command_id, timekeeper=timekeeper)
        case _:
            asked = ask(case, command, by=by, at=at, command_id=command_id, directory=directory)
    if (note := note_of(command, note_id=command_id, by=by, at=at)) is not None:
        keep_note(case, note, words, *asked)


def note_of(command: AgencyCommand | SideAction, *, note_id: str, by: Actor, at: datetime) -> Note | None:
    """What a command says; None when it says nothing."""
    match command:
        case ReturnOrder() | Resolve() | RequestExtension() | RequestHold() | RequestReview() | Report():
            attachments = command.attachments
        case ReportProgress() | RequestAssist() | Summon() | Escalate() | ReportStage():
            attachments = ()
        case _:
            return None
    return Note(note_id=note_id, by=by.signature, at=at, text=command.text, attachments=attachments)


def _asked_later(case: Case, directory: Directory) -> datetime | None:
    """When the citizen is asked, where the policy waits for the limit; None: at once (条例 Art 23)."""
    asks_at_once = directory.survey.plan(case.appeal_type).asks("resolution")
    return None if asks_at_once else case.clocks["handling"].due_at


def _require_evidence(case: Case, command: Resolve, directory: Directory) -> None:
    service = directory.services.get(case.service_code) if case.service_code else None
    if service is not None and service.evidence_required and not command.attachments:
        raise InvalidInput.field("attachments", "该事项办结须上传佐证材料", "this service needs evidence")
