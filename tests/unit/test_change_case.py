"""The shape of every command: load, act, save; once."""

from __future__ import annotations

from datetime import datetime

import pytest

from hotline.domain.actor import CITIZEN
from hotline.domain.case import Case
from hotline.domain.errors import NotFound, TransitionNotAllowed, Unavailable, VersionConflict
from hotline.use_cases.change_case import change_case
from tests.unit.builders import ACKNOWLEDGE, NOON, Hotline, citing


def change(hotline: Hotline, appeal_id: str, command_id: str = "c-1", expected: int | None = None) -> Case:
    def supplement(case: Case, at: datetime) -> None:
        case.supplement("n", by=CITIZEN, at=at, command_id=command_id)
        citing(case)

    return change_case(
        appeal_id,
        command_id,
        supplement,
        cases=hotline.cases,
        now=hotline.clock,
        expected_version=expected,
    )


def test_a_repeated_command_is_success_without_a_second_event() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    assert change(hotline, appeal_id).version == change(hotline, appeal_id).version == 2
    assert hotline.cases.writes == 2


def test_a_command_that_was_overtaken_is_decided_anew() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, ACKNOWLEDGE))
    assert change(hotline, appeal_id).version == 4
    assert hotline.names(appeal_id)[-2:] == ["WorkOrderAcknowledged", "AppealSupplemented"]


def test_a_command_happens_when_it_first_came_however_long_others_keep_it_waiting() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()

    def other() -> None:
        hotline.clock.pass_(seconds=30)
        hotline.act(appeal_id, ACKNOWLEDGE)

    hotline.cases.before_save.append(other)
    assert change(hotline, appeal_id).events[-1].at == NOON


def test_what_the_other_did_may_forbid_it() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    hotline.cases.before_save.append(
        lambda: change_case(
            appeal_id,
            "w",
            lambda case, at: case.withdraw(by=CITIZEN, at=at, command_id="w"),
            cases=hotline.cases,
            now=hotline.clock,
        )
    )
    with pytest.raises(TransitionNotAllowed):
        change(hotline, appeal_id)


def test_whoever_named_a_version_is_told_of_the_conflict_with_the_current_one() -> None:
    hotline = Hotline()
    appeal_id = hotline.dispatched()
    with pytest.raises(VersionConflict) as refusal:
        change(hotline, appeal_id, expected=1)
    assert refusal.value.facts == {"current_version": 2}

    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, ACKNOWLEDGE))
    with pytest.raises(VersionConflict) as refusal:
        change(hotline, appeal_id, expected=2)
    assert refusal.value.facts == {"current_version": 3}


def test_the_same_command_from_two_servers_at_once_is_one_success_twice() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    hotline.cases.before_save.append(lambda: change(hotline, appeal_id, expected=1))
    assert change(hotline, appeal_id, expected=1).version == 2
    assert hotline.names(appeal_id).count("AppealSupplemented") == 1


def test_a_case_that_is_too_busy_is_given_up_after_three_tries() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    for number in range(3):
        others = f"other-{number}"
        hotline.cases.before_save += [lambda id_=others: change(hotline, appeal_id, id_), lambda: None]
    with pytest.raises(VersionConflict):
        change(hotline, appeal_id)
    assert "c-1" not in {event.command_id for event in hotline.case(appeal_id).events}


def test_a_retry_after_a_lost_acknowledgement_finds_its_own_event() -> None:
    hotline = Hotline()
    appeal_id = hotline.registered()
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        change(hotline, appeal_id)
    assert change(hotline, appeal_id).version == 2


def test_a_case_that_the_caller_has_just_read_is_not_read_again() -> None:
    hotline = Hotline()
    loaded = hotline.case(hotline.registered())
    reads = hotline.cases.reads
    change_case(
        loaded.appeal_id,
        "c-1",
        lambda case, at: case.withdraw(by=CITIZEN, at=at, command_id="c-1"),
        cases=hotline.cases,
        now=hotline.clock,
        loaded=loaded,
    )
    assert hotline.cases.reads == reads


def test_no_case_no_command() -> None:
    with pytest.raises(NotFound):
        change(Hotline(), "0000000000000000C")
