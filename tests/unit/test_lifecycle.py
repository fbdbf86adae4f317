"""The lifecycle table, pair by pair."""

from __future__ import annotations

from itertools import product

import pytest

from hotline.adapters.dynamodb.codec import _EVENT_CODES
from hotline.domain.actor import Role
from hotline.domain.errors import Forbidden, TransitionNotAllowed
from hotline.domain.lifecycle import TRANSITIONS, Command, Status, StatusType, commands_for, transition
from hotline.domain.phrases import EVENT, STATUS
from hotline.domain.side_orders import STEPS

# What each role may do in each status; everything else is refused. Written out a second time on
# purpose: a row that is changed in the table must be changed here by somebody who means it.
DESK = {Role.OPERATOR, Role.ADMIN}
JUDGES = {Role.ADJUDICATOR, Role.ADMIN}
ABOVE = {Role.SUPERVISOR, Role.ADMIN}
RULES = {Role.SYSTEM}
AGENCY = {Role.AGENCY}
CITIZEN = {Role.CITIZEN}

WORD = CITIZEN | DESK
REVIEWERS = JUDGES | ABOVE
ALWAYS = {"reveal": DESK | ABOVE}
REVIEWED = {
    "request_review": AGENCY | RULES | DESK | REVIEWERS,
    "exclude": REVIEWERS,
    "judge": REVIEWERS,
}
OPEN = {
    **ALWAYS,
    "end_side": AGENCY | RULES | DESK | JUDGES | ABOVE,
    "leave": CITIZEN | RULES | DESK,
    "supplement": CITIZEN,
    "withdraw": CITIZEN,
}
JOINABLE = {"join": DESK | RULES | CITIZEN}
UNDECIDED = {
    **OPEN,
    **JOINABLE,
    "merge": DESK | RULES | CITIZEN,
    "consult": DESK | JUDGES,
    "conclude": DESK | JUDGES,
}
LADDER = {
    "urge": ABOVE | DESK | RULES,
    "supervise": ABOVE | RULES,
    "escalate": ABOVE | RULES | AGENCY,
}
HELD = {
    **OPEN,
    **JOINABLE,
    **LADDER,
    **REVIEWED,
    "merge": DESK | RULES | CITIZEN,
    "request_assist": AGENCY | DESK | ABOVE,
    "open_survey": RULES,
}
WORKED_ON = {
    **HELD,
    "record_contact": AGENCY,
    "report_progress": AGENCY,
    "summon": AGENCY,
    "request_extension": AGENCY,
    "grant_extension": ABOVE,
}

ALLOWED: dict[Status, dict[str, set[Role]]] = {
    Status.REGISTERED: {**UNDECIDED, "refer": RULES, "dispatch": RULES | DESK},
    Status.DISPATCHED: {**HELD, "acknowledge": AGENCY, "return": AGENCY},
    Status.ACKNOWLEDGED: {**WORKED_ON, "return": AGENCY},
    Status.IN_PROGRESS: {
        **WORKED_ON,
        "resolve": AGENCY,
        "request_hold": AGENCY,
        "hold": ABOVE,
        "close": WORD | REVIEWERS,
    },
    Status.ON_HOLD: {
        **OPEN,
        **JOINABLE,
        **REVIEWED,
        "record_contact": AGENCY,
        "report_progress": AGENCY,
        "resume": ABOVE | AGENCY | RULES,
    },
    Status.RETURNED: {**UNDECIDED, "redispatch": RULES | DESK | JUDGES, "uphold": JUDGES},
    Status.RESOLVED: {**OPEN, **REVIEWED, "open_survey": RULES},
    Status.SURVEYING: {
        **OPEN,
        **LADDER,
        **REVIEWED,
        "call": RULES,
        "record_contact": AGENCY,
        "report_progress": AGENCY,
        "resolve": AGENCY,
        "close": WORD | RULES,
        "reopen": WORD | RULES,
        "contest": WORD,
    },
    Status.MERGED: {**OPEN, "unmerge": DESK | RULES, "open_survey": RULES},
    Status.CLOSED: {
        **ALWAYS,
        **REVIEWED,
        "end_side": AGENCY | RULES | DESK | JUDGES | ABOVE,
        "verify": RULES,
        "change_answer": WORD,
        "reopen": WORD,
        "contest": WORD,
    },
    Status.WITHDRAWN: ALWAYS,
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
def test_an_ended_case_allows_nothing_but_a_recorded_look_at_an_informant_and_questions_about_the_answer(
    status: Status,
) -> None:
    assert status.ended
    reviewed = {Command.REQUEST_REVIEW, Command.VERIFY} if status is Status.CLOSED else set()
    assert {command for role in Role for command in commands_for(status, role)} == {Command.REVEAL} | reviewed
    assert TRANSITIONS[status, Command.REVEAL].to is status


def test_only_closing_and_withdrawing_end_a_case() -> None:
    ending = {
        command
        for (status, command), row in TRANSITIONS.items()
        if row.to.type is StatusType.ENDED and not status.ended
    }
    assert ending == {Command.CLOSE, Command.WITHDRAW}


def test_every_status_can_be_reached_and_every_open_one_can_be_left() -> None:
    reached = {Status.REGISTERED, *(row.to for row in TRANSITIONS.values())}
    left = {status for (status, _), row in TRANSITIONS.items() if row.to is not status}
    assert reached == set(Status)
    assert left == {status for status in Status if not status.ended} | {Status.CLOSED}


def test_only_the_citizen_opens_again_what_is_closed() -> None:
    opening = {
        row.event: row.roles for (status, _), row in TRANSITIONS.items() if status.ended and not row.to.ended
    }
    assert opening == {"WorkOrderReopened": WORD, "ConclusionContested": WORD}


def test_no_agency_closes_an_order_or_judges_its_own() -> None:
    """FAULTS S29: only the citizen's word, silence, or a reviewer ends an order that an agency calls done."""
    for (status, command), row in TRANSITIONS.items():
        if row.to is Status.CLOSED and not status.ended:
            assert Role.AGENCY not in row.roles, (status, command)
        if command in (Command.EXCLUDE, Command.JUDGE, Command.CHANGE_ANSWER):
            assert not row.roles & {Role.AGENCY, Role.SYSTEM}, (status, command)


def test_the_table_is_frozen() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[Status.CLOSED, Command.REOPEN] = TRANSITIONS[Status.SURVEYING, Command.REOPEN]  # type: ignore[index]


def test_commands_for_shows_exactly_what_the_table_allows() -> None:
    assert commands_for(Status.ACKNOWLEDGED, Role.AGENCY) == (
        Command.RETURN,
        Command.RECORD_CONTACT,
        Command.REPORT_PROGRESS,
        Command.REQUEST_ASSIST,
        Command.SUMMON,
        Command.REQUEST_EXTENSION,
        Command.ESCALATE,
        Command.REQUEST_REVIEW,
    )
    assert commands_for(Status.IN_PROGRESS, Role.AUDITOR) == ()


def test_nobody_is_offered_what_only_follows_from_another_order() -> None:
    offered = {command for status in Status for role in Role for command in commands_for(status, role)}
    follows = {Command.END_SIDE, Command.JOIN, Command.LEAVE, Command.EXCLUDE, Command.JUDGE}
    assert not offered & (follows | {Command.CLOSE, Command.REOPEN, Command.CONTEST, Command.CHANGE_ANSWER})


def test_every_status_and_event_has_words_for_people_and_a_code_for_the_store() -> None:
    events = {row.event for row in TRANSITIONS.values()} | {step.event for step in STEPS.values()}
    assert set(STATUS) == {status.value for status in Status}
    assert events <= set(EVENT)
    assert set(EVENT) == set(_EVENT_CODES)
    assert len(set(_EVENT_CODES.values())) == len(_EVENT_CODES)
