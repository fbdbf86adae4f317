"""No order ends on an agency's word (FAULTS S29): only the citizen, silence when asked, or a reviewer ends one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import HotlineError
from hotline.domain.lifecycle import TRANSITIONS, Command, Status, Transition
from tests.unit.builders import AGENCY, NO, OFFICER, YES, Life, in_progress

REVIEWERS = {Role.ADJUDICATOR, Role.SUPERVISOR, Role.ADMIN}
ASKERS = {Role.OPERATOR, Role.ADMIN}
"""Who may write down what a citizen says on the phone."""

Table = Mapping[tuple[Status, Command], Transition]


def reached(table: Table, roles: set[Role], start: Status) -> set[Status]:
    """Every status that these roles can bring an order to among themselves."""
    seen, waiting = {start}, [start]
    while waiting:
        status = waiting.pop()
        for (before, _), row in table.items():
            if before is status and row.roles & roles and row.to not in seen:
                seen.add(row.to)
                waiting.append(row.to)
    return seen


def ended_by_agencies(table: Table) -> set[Status]:
    """The ends that agencies can bring any order to alone."""
    return {end for start in Status if not start.ended for end in reached(table, {Role.AGENCY}, start)} & {
        status for status in Status if status.ended
    }


def test_agencies_alone_never_bring_an_order_to_an_end() -> None:
    assert ended_by_agencies(TRANSITIONS) == set()


def test_the_walk_would_notice_a_way_around() -> None:
    around = Transition(Status.CLOSED, "WorkOrderClosed", frozenset({Role.AGENCY}))
    assert ended_by_agencies({**TRANSITIONS, (Status.RESOLVED, Command.CLOSE): around}) == {Status.CLOSED}


def test_an_order_is_closed_only_out_of_the_asking_or_of_what_the_citizen_sent_back() -> None:
    closing = {
        before: row
        for (before, _), row in TRANSITIONS.items()
        if row.to is Status.CLOSED and before is not Status.CLOSED
    }
    assert set(closing) <= {Status.SURVEYING, Status.IN_PROGRESS}
    assert closing[Status.SURVEYING].roles <= {Role.CITIZEN, Role.SYSTEM} | ASKERS
    if Status.IN_PROGRESS in closing:
        assert closing[Status.IN_PROGRESS].roles <= {Role.CITIZEN} | ASKERS | REVIEWERS


def test_every_step_of_the_table_leaves_an_event() -> None:
    assert all(row.event for row in TRANSITIONS.values())


ACTS: tuple[Callable[[Life], object], ...] = (
    Life.acknowledged,
    Life.contacted,
    Life.reported,
    Life.resolved,
    Life.returned,
    Life.surveying,
    Life.surveying_late,
    Life.swept,
    lambda life: life.passing(hours=7),
    lambda life: life.passing(days=4),
)
"""What an agency can do, and what happens by itself."""


def test_what_only_an_agency_and_time_touch_ends_by_silence_alone() -> None:
    ended = [life for seed in range(60) if (life := lived(random.Random(seed))).case.status.ended]
    assert len(ended) >= 5, "the walk comes to an end at times"
    for life in ended:
        survey, closing = life.case.survey, life.case.events[-1]
        assert survey is not None
        assert (closing.name, closing.actor) == ("WorkOrderClosed", "system")
        assert closing.at >= survey.expires_at
        assert closing.facts["outcome"] == "no_answer"
        assert "answers" not in closing.facts, "silence is no consent"


def lived(rng: random.Random) -> Life:
    """An order after forty acts of its agency and of time; none changes anything without an event."""
    life = Life().dispatched()
    for _ in range(40):
        before, version = life.case.status, life.case.version
        try:
            rng.choice(ACTS)(life)
        except HotlineError:
            assert (life.case.status, life.case.version) == (before, version), "refused, and changed"
        assert life.case.status is before or life.case.version > version
        if life.case.status.ended:
            break
    return life


def test_another_agency_and_the_agency_itself_cannot_answer_for_the_citizen() -> None:
    life = in_progress().resolved().surveying()
    for by in (OFFICER, Actor(role=Role.AGENCY, subject="x", agency_id="lamp-office")):
        with pytest.raises(HotlineError):
            life.case.answer_survey(
                1, YES, None, at=life.now, command_id="fake", by=by, timekeeper=life.timekeeper
            )
    assert life.case.status is Status.SURVEYING


def test_a_faked_result_comes_back_to_the_same_agency_with_the_citizens_no_on_record() -> None:
    life = in_progress().resolved().surveying().answered(NO)
    assert (life.case.status, life.case.agency_id) == (Status.IN_PROGRESS, AGENCY)
    assert life.case.events[-1].facts["answers"] == "ynn"
    assert [event.number for event in life.case.events] == list(range(1, life.case.version + 1))
    assert life.case.events[-1].at - life.case.registered_at < timedelta(days=1)
