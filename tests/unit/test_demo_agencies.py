"""What an agency answers to each message; whatever comes twice is answered with the same ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.errors import InvalidInput, SidesOpen
from hotline.domain.orders import AgencyReply
from hotline.domain.side_orders import SideKind
from infrastructure.demo.agencies import ASKED, Agencies
from infrastructure.demo.habits import Course, Entry, Plan
from infrastructure.demo.journal import Journal
from tests.unit.builders_demo import (
    NUMBER,
    SUBDISTRICT,
    FakeQueues,
    FixedScript,
    Office,
    message,
    order,
    refusal,
)

Json = dict[str, Any]


class Queues(FakeQueues):
    """The queue of one agency."""

    def __init__(self, waiting: list[Json]) -> None:
        super().__init__()
        self._waiting = waiting
        self.deleted = 0

    def receive(self, agency_id: str) -> list[Json]:
        return [{"Body": json.dumps(each), "ReceiptHandle": "r"} for each in self._waiting]

    def delete(self, agency_id: str, received: list[Json]) -> None:
        assert self.replies is not None
        self.deleted += len(received)


class Desk(Office):
    """An agency with messages in its queue."""

    def __init__(self, journal: Journal, plan: Plan, *waiting: Json, **habits: float) -> None:
        super().__init__(FixedScript({1: plan}, (), **habits), journal)
        self.hotline.orders[NUMBER] = order("dispatched")
        self.queues: Queues = Queues(list(waiting))
        self.casework._queues = self.queues  # type: ignore[assignment]
        self.agencies = Agencies(self.hotline, self.queues, journal, self.rounds, self.script, self.casework)  # type: ignore[arg-type]

    def work(self) -> list[str]:
        self.agencies.work(SUBDISTRICT)
        for reply, _ in self.queues.replies:
            AgencyReply.model_validate(reply)
        return self.queues.said()


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "run.sqlite")


HANDLED = ["acknowledge", "record_contact", "resolve"]


def test_an_order_is_handled_step_by_step(journal: Journal) -> None:
    desk = Desk(journal, Plan(), message("dispatched"))
    assert desk.work() == HANDLED
    assert [delay_s for _, delay_s in desk.queues.replies] == [0, 1, 2]
    assert desk.queues.deleted == 1


def test_progress_is_reported_as_often_as_stated(journal: Journal) -> None:
    assert "report_progress" in Desk(journal, Plan(), message("dispatched"), progress=1.0).work()


def test_the_same_message_twice_is_answered_with_the_same_ids(journal: Journal) -> None:
    desk = Desk(journal, Plan(), message("dispatched"))
    desk.work()
    desk.work()
    ids = [reply["command_id"] for reply, _ in desk.queues.replies]
    assert ids[:3] == ids[3:]


def test_only_the_first_agency_returns_an_order(journal: Journal) -> None:
    plan = Plan(course=Course.RETURNED)
    assert Desk(journal, plan, message("dispatched")).work() == ["return"]
    assert Desk(journal, plan, message("dispatched", message_id=f"{NUMBER}:4")).work() == HANDLED


def test_a_return_that_was_not_accepted_is_handled(journal: Journal) -> None:
    desk = Desk(journal, Plan(course=Course.RETURNED), message("return_upheld", message_id=f"{NUMBER}:4"))
    assert desk.work() == HANDLED


def test_an_order_with_a_course_is_left_to_casework(journal: Journal) -> None:
    desk = Desk(journal, Plan(course=Course.HELD), message("dispatched"))
    assert desk.work() == []
    assert desk.casework.work()
    assert desk.queues.said() == ["acknowledge", "record_contact"]


@pytest.mark.parametrize("kind", ["held", "resumed", "urged", "side_report", "joined", "request_refused"])
def test_news_make_casework_look_at_once_and_need_no_answer(journal: Journal, kind: str) -> None:
    desk = Desk(journal, Plan(course=Course.HELD), message("dispatched"), message(kind, message_id="news"))
    desk.hotline.orders.clear()
    assert desk.work() == []
    assert desk.casework.work()


def test_what_is_asked_beside_an_order_is_done(journal: Journal) -> None:
    steps = {
        "assist": ["acknowledge", "report"],
        "summons": ["acknowledge", "arrive", "report"],
        "supervision": ["acknowledge", "report"],
        "escalation": ["acknowledge", "report"],
        "opinion": ["report"],
    }
    for kind, wanted in steps.items():
        beside = message(kind, message_id=kind, side=kind, work_order_id=f"{NUMBER}.2")
        assert Desk(journal, Plan(), beside).work() == wanted
    assert set(ASKED) == {kind.value for kind in SideKind if kind.asked_of_agency}


def test_some_give_a_stage_report_first(journal: Journal) -> None:
    beside = message("summons", side="summons", work_order_id=f"{NUMBER}.2")
    said = Desk(journal, Plan(), beside, staged=1.0).work()
    assert said == ["acknowledge", "arrive", "report_stage", "report"]


def test_a_copy_of_what_is_asked_of_others_is_not_answered(journal: Journal) -> None:
    copy = message("supervision", side="supervision", work_order_id=f"{NUMBER}.2", reply_token=None)
    assert Desk(journal, Plan(), copy).work() == []


# ---------------------------------------------------------------------- refusals


def test_evidence_is_uploaded_where_it_is_asked_for(journal: Journal) -> None:
    for command_id in ("5f0c/2", "course/resolve/1"):
        desk = Desk(journal, Plan(), refusal(command_id, InvalidInput.code))
        assert desk.work() == ["resolve"]
        assert desk.queues.replies[0][0]["action"]["attachments"] == ["picture-1"]


def test_an_order_that_somebody_else_let_assist_is_resolved_with_the_reason(journal: Journal) -> None:
    desk = Desk(journal, Plan(), refusal("5f0c/2", SidesOpen.code))
    desk.work()
    assert desk.queues.replies[0][0]["action"]["without_assists"] is True


@pytest.mark.parametrize(
    ("status", "left"),
    [("dispatched", HANDLED), ("acknowledged", HANDLED[1:]), ("in_progress", ["resolve"]), ("closed", [])],
)
def test_after_any_other_refusal_what_is_left_is_done(journal: Journal, status: str, left: list[str]) -> None:
    assert Desk(journal, Plan(), refusal("5f0c/1", status=status)).work() == left


def test_a_course_that_is_refused_is_given_up(journal: Journal) -> None:
    desk = Desk(journal, Plan(course=Course.HELD), refusal("course/request_hold/1", status="in_progress"))
    desk.hotline.orders[NUMBER] = order()
    journal.received([message("dispatched")], SUBDISTRICT)
    assert desk.work() == []
    desk.look()
    assert desk.queues.said() == ["resolve"]


def test_what_was_refused_beside_an_order_is_tried_once_more(journal: Journal) -> None:
    beside = {"side": "assist", "work_order_id": f"{NUMBER}.2", "status": "acknowledged"}
    desk = Desk(journal, Plan(), refusal("5f0c/1", **beside))
    assert desk.work() == ["report"]
    (again,) = [reply["command_id"] for reply, _ in desk.queues.replies]
    assert Desk(journal, Plan(), refusal(again, **beside)).work() == []
    assert Desk(journal, Plan(), refusal("5f0c/1", **{**beside, "status": "cancelled"})).work() == []


# ---------------------------------------------------------------------- confidential reports


def test_whole_messages_about_a_confidential_report_are_kept(journal: Journal) -> None:
    marked = message("dispatched", confidential=True, text="转述")
    Desk(journal, Plan(), marked).work()
    unmarked = message("copy", message_id="m2", text="原话")
    Desk(journal, Plan(Entry.CONFIDENTIAL), unmarked).work()
    assert journal.kept(NUMBER) == [marked, unmarked]


def test_other_messages_are_not(journal: Journal) -> None:
    Desk(journal, Plan(), message("dispatched")).work()
    assert journal.kept(NUMBER) == []
