"""并单: operators handle several appeals on one matter by one order, and take them apart again.

Every complainant keeps a number, notices and a survey of the own (条例 Art 11(3), 国办函〔2025〕66号).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import StringConstraints

from hotline.domain.actor import Actor
from hotline.domain.appeal import Note, Text
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import InvalidInput, NotFound, TransitionNotAllowed
from hotline.domain.identifiers import parse_tracking_number
from hotline.domain.lifecycle import Command
from hotline.domain.model import Frozen
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.ports import Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import Save, carry_out, save_member
from hotline.use_cases.notes import keep_note


class MergeAppeal(Frozen):
    """Handle an appeal together with the one of the number ``into``; ``text`` says why."""

    into: Annotated[str, StringConstraints(max_length=40)]
    text: Text


class UnmergeAppeal(Frozen):
    """Let an appeal be handled on its own again; ``text`` says why."""

    text: Text


def merge_appeal(
    appeal_id: str,
    command: MergeAppeal,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    now: Now,
) -> Case:
    """Let an appeal join another; one that is handled together with a third stands for that third.

    Raises:
        InvalidInput: there is no appeal of that number.
        TransitionNotAllowed: one of the two is past it, is confidential, or leads others itself.
    """

    def leader_of(member: Case) -> Case:
        leader = _appeal(command.into, cases)
        return cases.get(leader.merged_into) if leader.merged_into else leader

    def act(member: Case, leader: Case, at: datetime) -> None:
        member.merge_into(leader, by=by, at=at, command_id=command_id, note_id=command_id)
        keep_note(member, Note(note_id=command_id, by=by.signature, at=at, text=command.text), words)

    return _change_both(
        appeal_id, command_id, leader_of, act, cases=cases, expected_version=expected_version, now=now
    )


def unmerge_appeal(
    appeal_id: str,
    command: UnmergeAppeal,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> Case:
    """Take an appeal out of the order that it was joined to: it goes back to the operators.

    Raises:
        TransitionNotAllowed: it is not handled together with another, or its citizen is being asked already.
    """

    def leader_of(member: Case) -> Case:
        if member.merged_into is None:
            raise TransitionNotAllowed(member.status.value, Command.UNMERGE.value)
        return cases.get(member.merged_into)

    def act(member: Case, leader: Case, at: datetime) -> None:
        timekeeper = PolicyTimekeeper.of(directories.current())
        member.unmerge(leader, by=by, at=at, command_id=command_id, timekeeper=timekeeper, note_id=command_id)
        keep_note(member, Note(note_id=command_id, by=by.signature, at=at, text=command.text), words)

    return _change_both(
        appeal_id, command_id, leader_of, act, cases=cases, expected_version=expected_version, now=now
    )


def _change_both(
    appeal_id: str,
    command_id: str,
    leader_of: Callable[[Case], Case],
    act: Callable[[Case, Case, datetime], None],
    *,
    cases: Cases,
    expected_version: int | None,
    now: Now,
) -> Case:
    """``change_case`` for two cases that are saved together."""

    def act_on(member: Case, at: datetime) -> Save:
        leader = leader_of(member)
        act(member, leader, at)
        return partial(save_member, member, leader, cases)

    return carry_out(
        lambda: cases.get(appeal_id), command_id, act_on, now=now, expected_version=expected_version
    )


def _appeal(number: str, cases: Cases) -> Case:
    unknown = InvalidInput.field("into", "没有这个编号的诉求", "is not the number of an appeal")
    appeal_id = parse_tracking_number(number)
    if appeal_id is None:
        raise unknown
    try:
        return cases.get(appeal_id)
    except NotFound:
        raise unknown from None
