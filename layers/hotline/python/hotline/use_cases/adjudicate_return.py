"""派: an adjudicator decides about an order that its agency has returned (派单异议审核, 条例 Art 12)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from hotline.domain.appeal import Code, Note, Text
from hotline.domain.errors import InvalidInput, TransitionNotAllowed
from hotline.domain.lifecycle import Command, Status
from hotline.domain.model import Frozen
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.ports import OPERATORS, Page
from hotline.use_cases.change_case import change_case
from hotline.use_cases.choose_agency import Choice, assignment_of
from hotline.use_cases.notes import keep_note

if TYPE_CHECKING:
    from hotline.domain.actor import Actor
    from hotline.domain.case import Case
    from hotline.domain.directory import Directories, Directory
    from hotline.ports import CaseLists, Cases, WordsStore
    from hotline.ports import Clock as Now

_READS = 10
"""Pages of the desk's queue that are looked through for one page of disputes."""


class Adjudicate(Frozen):
    """A decision about an objection, with its reasons, which the agencies concerned read.

    ``uphold`` leaves the order with the agency that returned it, which then cannot return it again;
    ``redirect`` gives it to another agency; ``designate`` gives it to one that cannot return it.
    """

    verdict: Literal["uphold", "redirect", "designate"]
    agency_id: Code | None = None
    service_code: Code | None = None
    district: str | None = None
    subdistrict: str | None = None
    text: Text

    @model_validator(mode="after")
    def _names_an_agency_unless_it_upholds(self) -> Self:
        named = self.agency_id or self.service_code or self.district or self.subdistrict
        if self.verdict == "uphold" and named:
            raise ValueError("维持原派单时不能另指定单位、事项或属地", "an upheld dispatch stays as it is")
        if self.verdict != "uphold" and self.agency_id is None:
            raise ValueError("请指定承办单位 agency_id", "name the agency: agency_id")
        return self


def adjudicate_return(
    appeal_id: str,
    command: Adjudicate,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Uphold, redirect or designate, and keep the reasons.

    Raises:
        TransitionNotAllowed: no agency has returned it.
        InvalidInput: the agency, the service or the place is not in the directory; the order would be
            redirected to the agency that has returned it.
    """
    directory = directories.current()

    def act(case: Case, at: datetime) -> None:
        _decide(case, command, directory, by, at=at, command_id=command_id)
        keep_note(case, Note(note_id=command_id, by=by.signature, at=at, text=command.text), words)

    return change_case(appeal_id, command_id, act, cases=cases, now=now, expected_version=expected_version)


def list_disputes(limit: int, after: str | None, *, lists: CaseLists) -> Page:
    """Returned orders in the desk's queue, the most urgent first; a page may be shorter than ``limit``."""
    for _ in range(_READS):
        page = lists.inbox(OPERATORS, limit, after)
        returned = [row for row in page.rows if row.status == Status.RETURNED]
        if returned or page.next is None:
            return Page(returned, page.next)
        after = page.next
    return Page([], after)


def _decide(
    case: Case, command: Adjudicate, directory: Directory, by: Actor, *, at: datetime, command_id: str
) -> None:
    timekeeper = PolicyTimekeeper.of(directory)
    if case.status is not Status.RETURNED:
        raise TransitionNotAllowed(case.status.value, Command.UPHOLD.value)
    if command.verdict == "uphold" or command.agency_id is None:
        case.uphold(command_id, by=by, at=at, command_id=command_id, timekeeper=timekeeper)
        return
    if command.verdict == "redirect" and command.agency_id == case.agency_id:
        raise InvalidInput.field(
            "agency_id",
            "不能改派给退单单位；异议不成立请维持，或指定承办",
            "has returned the order: uphold the dispatch, or designate the agency",
        )
    choice = Choice.model_validate(command.model_dump(exclude={"verdict", "text"}))
    assignment = assignment_of(choice, case, directory, decided_by="adjudicator", verdict=command.verdict)
    case.dispatch(assignment, by=by, at=at, command_id=command_id, timekeeper=timekeeper, note_id=command_id)
