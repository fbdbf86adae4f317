"""保密举报: let somebody of the hotline read what a confidential informant said, on record (条例 Art 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import NoteView
from hotline.domain.appeal import Contact, Language, Note, Place, Text
from hotline.domain.attachments import AttachmentView
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import Forbidden, NotFound
from hotline.domain.identifiers import token
from hotline.domain.model import Frozen
from hotline.domain.tokens import command_fingerprint
from hotline.ports import Attachments, Cases, PictureStore, SealedWords
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case
from hotline.use_cases.list_attachments import list_attachments
from hotline.use_cases.notes import keep_note


class Reveal(Frozen):
    """Why the informant's own words are needed; kept sealed, beside them."""

    reason: Text


class Revealed(Frozen):
    """What a confidential informant said, left and added; ``notes`` hold the reasons of every look as well."""

    appeal_id: str
    text: str
    language: Language
    place: Place | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    happened_at: datetime | None = None
    contact: Contact | None = None
    about_agency: str | None = None
    notes: tuple[NoteView, ...]
    attachments: tuple[AttachmentView, ...]


def reveal_informant(
    appeal_id: str,
    command: Reveal,
    *,
    by: Actor,
    entropy: bytes,
    cases: Cases,
    sealed: SealedWords,
    attachments: Attachments,
    pictures: PictureStore,
    directories: Directories,
    now: Now,
) -> Revealed:
    """Record the look and its reason, then show the sealed words: never the other way round.

    Every call is a look of its own, also one that repeats another: no key makes a second look free.

    Args:
        entropy: 16 bytes or more, new for each call.

    Raises:
        NotFound: there is no such report, or it is of another district than the supervisor's.
        Forbidden: the report is about the government of the supervisor's own district.
    """
    directory = directories.current()
    command_id = command_fingerprint("reveal", appeal_id, token(entropy))

    def look(case: Case, at: datetime) -> None:
        _may_look(by, case, directory)
        case.reveal(command_id, by=by, at=at, command_id=command_id)
        keep_note(case, Note(note_id=command_id, by=by.signature, at=at, text=command.reason), sealed)

    case = change_case(appeal_id, command_id, look, cases=cases, now=now)
    statement = sealed.statement(appeal_id)
    return Revealed(
        appeal_id=appeal_id,
        text=statement.words.text,
        language=statement.language,
        place=statement.words.place,
        fields=statement.words.fields,
        happened_at=statement.words.happened_at,
        contact=statement.words.contact,
        about_agency=case.about_agency,
        notes=tuple(NoteView(**note.model_dump()) for note in sealed.notes(appeal_id)),
        attachments=list_attachments(appeal_id, attachments=attachments, pictures=pictures),
    )


def _may_look(by: Actor, case: Case, directory: Directory) -> None:
    """Hold the rights row by row; whoever works where the report points must not look (济南条例 Art 32)."""
    if not case.confidential:
        raise NotFound("confidential report")
    if by.role is not Role.SUPERVISOR or by.district is None:
        return
    if by.district != case.district:
        raise NotFound("confidential report")
    if case.about_agency is not None and case.about_agency == directory.seat(by.district):
        raise Forbidden(by.role.value, "look at a report about the government of the own district")
