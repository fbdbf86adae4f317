"""Orders on which more happens than handling are moved on, whatever comes late, twice or not at all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from infrastructure.demo import casework
from infrastructure.demo.casework import command_of
from infrastructure.demo.habits import Course, Entry, Plan
from infrastructure.demo.journal import Journal
from tests.unit.builders_demo import (
    BUS,
    NUMBER,
    OTHER,
    FakeHotline,
    FixedScript,
    Office,
    message,
    order,
    row,
    side,
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """The journal of a run in which the order has come out of its agency's queue."""
    journal = Journal(tmp_path / "run.sqlite")
    journal.received([message("dispatched")], "110101001")
    return journal


def office(journal: Journal, plan: Plan, document: dict[str, Any]) -> Office:
    return Office(FixedScript({1: plan}), journal, FakeHotline(**{NUMBER: document}))


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr("time.monotonic", lambda: now)


def test_an_agency_acknowledges_and_makes_contact_at_once_with_its_proof(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.HELD), order("dispatched"))
    at.look()
    assert at.queues.said() == ["acknowledge", "record_contact"]
    assert [delay_s for _, delay_s in at.queues.replies] == [0, 1]
    assert {reply["reply_token"] for reply, _ in at.queues.replies} == {"token"}


def test_an_order_that_its_agency_has_not_taken_out_is_not_answered(tmp_path: Path) -> None:
    at = office(Journal(tmp_path / "empty.sqlite"), Plan(course=Course.HELD), order("dispatched"))
    at.look()
    assert at.queues.said() == []


def test_a_command_is_given_once_and_again_with_the_same_id_when_nothing_comes_of_it(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = office(journal, Plan(course=Course.ESCALATED), order())
    at.look()
    at.look()
    assert at.queues.said() == ["escalate"]
    pass_time(monkeypatch, casework.AGAIN_S + 1)
    at.look()
    assert at.queues.said() == ["escalate", "escalate"]
    assert len({reply["command_id"] for reply, _ in at.queues.replies}) == 1


def test_more_time_is_asked_for_with_evidence(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.EXTENDED), order())
    at.look()
    ((reply, _),) = at.queues.replies
    assert reply["action"]["attachments"] == ["picture-1"]
    assert command_of(reply["command_id"]) == "request_extension"


def test_supervisors_are_told_of_an_open_request_until_it_is_decided(journal: Journal) -> None:
    asked = side("extension", agency_id="~supervisors/110101")
    at = office(journal, Plan(course=Course.EXTENDED), order(sides=[asked]))
    at.look()
    assert at.casework.requests == {NUMBER: "110101"}
    at.hotline.orders[NUMBER] = order(sides=[{**asked, "status": "done"}])
    at.look()
    assert at.casework.requests == {}
    assert at.queues.said() == ["resolve"]


def test_a_hold_is_ended_by_a_supervisor(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.HELD), order("on_hold"))
    at.look()
    assert at.hotline.commands == [("supervisor", "resume", NUMBER, {}, f"demo-{NUMBER}-1")]


def test_a_conflict_is_tried_again_and_a_refusal_lets_the_order_go_on(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.URGED), order())
    at.hotline.answers["urge"] = 409
    at.look()
    at.look()
    assert at.hotline.given() == [("supervisor", "urge")] * 2
    at.hotline.answers["urge"] = 400
    at.look()
    at.look()
    assert at.queues.said() == ["resolve"]


def test_who_is_refused_what_was_asked_goes_on_without(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.HELD), order())
    at.look()
    at.casework.give_up(NUMBER)
    at.look()
    assert at.queues.said() == ["request_hold", "resolve"]


def test_nobody_is_waited_for_without_end(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    at = office(journal, Plan(course=Course.ASSISTED), order(sides=[side("assist")]))
    at.look()
    assert at.queues.said() == []
    pass_time(monkeypatch, casework.PATIENCE_S + 1)
    at.look()
    ((reply, _),) = at.queues.replies
    assert reply["action"]["without_assists"] is True


def test_an_order_that_is_done_is_let_go(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.HELD), order("surveying", "WorkOrderResolved"))
    at.look()
    assert at.casework.work() is False
    assert at.queues.said() == []
    assert at.hotline.commands == []


def test_news_of_an_order_that_nobody_follows_are_no_reason_to_look(journal: Journal) -> None:
    at = office(journal, Plan(course=Course.HELD), order())
    at.casework.stir(NUMBER)
    assert at.casework.work() is False


def test_an_order_stays_on_the_list_when_a_queue_fails(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(casework, "WAITING_S", 0.0)
    at = office(journal, Plan(course=Course.ESCALATED), order())

    def fail(replies: object) -> None:
        raise ConnectionError

    at.queues.reply = fail  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        at.look()
    del at.queues.reply
    assert at.casework.work()
    assert at.queues.said() == ["escalate"]


# ---------------------------------------------------------------------- repeats

REPEATED, REPEAT = Plan(Entry.REPEATED), Plan(Entry.REPEAT)


def pair(journal: Journal, first: dict[str, Any], repeat: dict[str, Any], plan: Plan = REPEAT) -> Office:
    rows = [row(1), row(2)._replace(repeats=1)]
    script = FixedScript({1: REPEATED, 2: plan}, rows)
    script._repeats = {1: 2}
    documents = {NUMBER: first, OTHER: {**repeat, "work_order_id": f"{OTHER}.1", "appeal_id": OTHER}}
    return Office(script, journal, FakeHotline(**documents))


def test_what_is_repeated_waits_for_its_repeat(journal: Journal) -> None:
    at = pair(journal, order(), order("dispatched"))
    at.look()
    assert at.queues.said() == []
    at.look(OTHER)
    assert at.hotline.given() == [("operator", "merge")]
    at.hotline.orders[OTHER] = {
        **at.hotline.orders[OTHER],
        **order("merged", "AppealMerged"),
        "appeal_id": OTHER,
    }
    at.look(OTHER)
    at.look()
    assert at.queues.said() == ["resolve"]


def test_what_is_repeated_does_not_wait_for_a_repeat_that_never_comes(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = pair(journal, order(), order("registered", "AppealRegistered"))
    at.look()
    pass_time(monkeypatch, casework.PATIENCE_S + 1)
    at.look()
    assert at.queues.said() == ["resolve"]


def test_operators_leave_a_repeat_alone_until_it_is_settled(journal: Journal) -> None:
    at = pair(journal, order("surveying", "WorkOrderResolved"), order("registered", "DispatchReferred"))
    assert at.casework.decides(OTHER)
    at.look(OTHER)
    assert not at.casework.decides(OTHER)
    assert not at.casework.decides(NUMBER)
    assert not at.casework.decides("somebody else's")


def test_a_repeat_that_stands_alone_is_handled_like_any_other(journal: Journal) -> None:
    journal.received([message("dispatched", work_order_id=f"{OTHER}.1", appeal_id=OTHER)], BUS)
    at = pair(journal, order("surveying", "WorkOrderResolved"), order("dispatched", agency_id=BUS))
    at.look(OTHER)
    assert at.queues.said() == ["acknowledge", "record_contact"]


def test_a_merged_appeal_is_nobodys_to_handle(journal: Journal) -> None:
    at = pair(journal, order(), order("merged", "AppealMerged"))
    at.look(OTHER)
    at.look(OTHER)
    assert at.queues.said() == []
    assert at.hotline.commands == []
