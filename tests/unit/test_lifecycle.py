"""The lifecycle table, pair by pair."""

from __future__ import annotations

from itertools import product

import pytest

from hotline.adapters.dynamodb.codec import _EVENT_CODES
from hotline.domain.actor import Role
from hotline.domain.errors import Forbidden, TransitionNotAllowed
from hotline.domain.lifecycle import TRANSITIONS, Command, Status, StatusType, commands_for, transition
from hotline.domain.phrases import EVENT, STATUS

# What each role may do in each status; everything else is refused. Written out a second time on
# purpose: a row that is changed in the table must be changed here by somebody who means it.
ALLOWED: dict[Status, dict[str, set[Role]]] = {
    Status.REGISTERED: {
        "refer": {Role.SYSTEM},
        "dispatch": {Role.SYSTEM, Role.OPERATOR, Role.ADMIN},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.DISPATCHED: {
        "acknowledge": {Role.AGENCY},
        "return": {Role.AGENCY},
        "open_survey": {Role.SYSTEM},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.ACKNOWLEDGED: {
        "return": {Role.AGENCY},
        "record_contact": {Role.AGENCY},
        "report_progress": {Role.AGENCY},
        "open_survey": {Role.SYSTEM},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.IN_PROGRESS: {
        "record_contact": {Role.AGENCY},
        "report_progress": {Role.AGENCY},
        "resolve": {Role.AGENCY},
        "open_survey": {Role.SYSTEM},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.RETURNED: {
        "redispatch": {Role.SYSTEM, Role.OPERATOR, Role.ADMIN},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.RESOLVED: {
        "open_survey": {Role.SYSTEM},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.SURVEYING: {
        "record_contact": {Role.AGENCY},
        "report_progress": {Role.AGENCY},
        "resolve": {Role.AGENCY},
        "close": {Role.CITIZEN, Role.SYSTEM},
        "reopen": {Role.CITIZEN, Role.SYSTEM},
        "supplement": {Role.CITIZEN},
        "withdraw": {Role.CITIZEN},
    },
    Status.CLOSED: {},
    Status.WITHDRAWN: {},
}


@pytest.mark.parametrize(("status", "command"), list(product(Status, Command)), ids=str)
def test_every_pair_of_status_and_command_is_in_the_table_or_refused(
    status: Status, command: Command
) -> None:
    allowed = ALLOWED[status].get(command.value)
    for role in Role:
        if allowed is None:
            with pytest.raises(TransitionNotAllowed) as refusal:
                transition(status, command, role)
            assert refusal.value.facts["current_status"] == status
        elif role in allowed:
            assert transition(status, command, role) is TRANSITIONS[status, command]
        else:
            with pytest.raises(Forbidden):
                transition(status, command, role)


@pytest.mark.parametrize("status", [Status.CLOSED, Status.WITHDRAWN])
def test_an_ended_case_allows_nothing_to_anybody(status: Status) -> None:
    assert status.ended
    assert all(commands_for(status, role) == () for role in Role)


def test_only_closing_and_withdrawing_end_a_case() -> None:
    ending = {command for (_, command), row in TRANSITIONS.items() if row.to.type is StatusType.ENDED}
    assert ending == {Command.CLOSE, Command.WITHDRAW}


def test_every_status_can_be_reached_and_every_open_one_can_be_left() -> None:
    reached = {Status.REGISTERED, *(row.to for row in TRANSITIONS.values())}
    left = {status for (status, _), row in TRANSITIONS.items() if row.to is not status}
    assert reached == set(Status)
    assert left == {status for status in Status if not status.ended}


def test_the_table_is_frozen() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[Status.CLOSED, Command.REOPEN] = TRANSITIONS[Status.SURVEYING, Command.REOPEN]  # type: ignore[index]


def test_commands_for_shows_exactly_what_the_table_allows() -> None:
    assert commands_for(Status.ACKNOWLEDGED, Role.AGENCY) == (
        Command.RETURN,
        Command.RECORD_CONTACT,
        Command.REPORT_PROGRESS,
    )
    assert commands_for(Status.IN_PROGRESS, Role.SUPERVISOR) == ()


def test_every_status_and_event_has_words_for_people_and_a_code_for_the_store() -> None:
    events = {row.event for row in TRANSITIONS.values()}
    assert set(STATUS) == {status.value for status in Status}
    assert events <= set(EVENT)
    assert set(EVENT) == set(_EVENT_CODES)
    assert len(set(_EVENT_CODES.values())) == len(_EVENT_CODES)
