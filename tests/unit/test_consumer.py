"""The reference consumer against a queue in memory that may fail, repeat and cut the program off."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hotline.domain.orders import AgencyReply
from infrastructure.consumer import consumer

Json = dict[str, Any]


class Killed(BaseException):
    """As SIGKILL would: nothing after it runs."""


class Queues:
    """An agency's queue and the replies queue. ``before_call`` may raise in place of any call."""

    def __init__(
        self, messages: Sequence[Json], before_call: Callable[[str], None] = lambda name: None
    ) -> None:
        self.waiting = {str(place): json.dumps(message) for place, message in enumerate(messages)}
        self.replies: list[Json] = []
        self.before_call = before_call

    def receive_message(self, **_: Any) -> Json:
        self.before_call("receive")
        return {
            "Messages": [
                {"MessageId": place, "ReceiptHandle": place, "Body": body}
                for place, body in self.waiting.items()
            ]
        }

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:
        self.before_call("delete")
        self.waiting.pop(ReceiptHandle, None)
        self.before_call("deleted")

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        self.before_call("send")
        self.replies.append(json.loads(MessageBody))
        self.before_call("sent")


class Raising:
    def handle(self, order: Json) -> Sequence[Json]:
        raise RuntimeError("the case system is down")


def order(number: int, kind: str = "dispatched", **more: Any) -> Json:
    return {
        "schema": "hotline.order/1",
        "message_id": f"A{number}:2",
        "kind": kind,
        "work_order_id": f"A{number}.1",
        "agency_id": "110101001",
        "reply_token": "t" * 22,
        **more,
    }


def started(queues: Queues, path: Path, handler: Any = None) -> Any:
    store = consumer.Store(path / "orders.sqlite")
    return consumer.Consumer(queues, "queue", "replies", store, handler or consumer.Simulating())


def commands(queues: Queues) -> list[tuple[str, str]]:
    return [(reply["work_order_id"], reply["action"]["command"]) for reply in queues.replies]


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "SendMessage")


def test_an_order_is_acknowledged_with_its_token_and_then_deleted(tmp_path: Path) -> None:
    queues = Queues([order(1)])
    started(queues, tmp_path, consumer.Acknowledging()).step(consumer.Stop())
    assert queues.replies == [
        {
            "schema": "hotline.reply/1",
            "work_order_id": "A1.1",
            "agency_id": "110101001",
            "reply_token": "t" * 22,
            "command_id": "A1:2/1",
            "action": {"command": "acknowledge"},
        }
    ]
    assert queues.waiting == {}


def test_what_it_sends_are_replies_as_the_hotline_reads_them(tmp_path: Path) -> None:
    queues = Queues([order(1), order(2, "reopened")])
    started(queues, tmp_path).step(consumer.Stop())
    read = [AgencyReply.model_validate(reply).action.command for reply in queues.replies]
    assert read == ["acknowledge", "record_contact", "resolve", "record_contact", "resolve"]


def test_a_message_that_comes_again_is_deleted_and_not_answered_again(tmp_path: Path) -> None:
    queues = Queues([order(1), order(1)])
    started(queues, tmp_path).step(consumer.Stop())
    assert commands(queues) == [("A1.1", "acknowledge"), ("A1.1", "record_contact"), ("A1.1", "resolve")]
    assert queues.waiting == {}


@pytest.mark.parametrize(
    ("kind", "acknowledged", "simulated"),
    [
        ("assist", ["acknowledge"], ["acknowledge", "report"]),
        ("opinion", [], ["report"]),
        ("summons", ["acknowledge"], ["acknowledge", "arrive", "report"]),
        ("supervision", ["acknowledge"], ["acknowledge", "report"]),
        ("escalation", ["acknowledge"], ["acknowledge", "report"]),
    ],
)
def test_what_others_ask_of_us_is_answered_like_an_order(
    tmp_path: Path, kind: str, acknowledged: list[str], simulated: list[str]
) -> None:
    for handler, expected in ((consumer.Acknowledging(), acknowledged), (None, simulated)):
        folder = tmp_path / str(handler is None)
        folder.mkdir()
        queues = Queues([order(1, kind)])
        started(queues, folder, handler).step(consumer.Stop())
        read = [AgencyReply.model_validate(reply).action.command for reply in queues.replies]
        assert read == expected


def test_a_part_can_be_reported_days_later(tmp_path: Path) -> None:
    part = {**order(1, "assist"), "work_order_id": "A1.2", "message_id": "A1.2:1"}
    queues = Queues([part])
    worker = started(queues, tmp_path, consumer.Acknowledging())
    worker.step(consumer.Stop())
    worker._store.reply("A1.2", "case-77/reported", {"command": "report", "text": "done"})
    worker.send()
    assert commands(queues) == [("A1.2", "acknowledge"), ("A1.2", "report")]


def test_a_copy_for_the_supervising_district_is_kept_and_not_answered(tmp_path: Path) -> None:
    copy = {**order(1, "supervision"), "reply_token": None}
    queues = Queues([copy])
    worker = started(queues, tmp_path)
    worker.step(consumer.Stop())
    assert (queues.replies, queues.waiting) == ([], {})
    with pytest.raises(LookupError):
        worker._store.reply("A1.1", "x", {"command": "report", "text": "done"})


@pytest.mark.parametrize(
    "kind", ["copy", "withdrawn", "clock_warned", "side_report", "side_cancelled", "of_a_later_version"]
)
def test_what_is_no_order_is_kept_and_not_answered(tmp_path: Path, kind: str) -> None:
    queues = Queues([order(1, kind)])
    worker = started(queues, tmp_path)
    worker.step(consumer.Stop())
    assert queues.replies == []
    assert queues.waiting == {}
    assert worker._store.knows("A1:2")


def test_a_refusal_is_logged_as_an_error_with_its_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {
        "command_id": "A1:2/3",
        "problem": "invalid-input",
        "detail": "",
        "detail_en": "needs evidence",
    }
    started(Queues([order(1, "reply_refused", refused=refusal)]), tmp_path).step(consumer.Stop())
    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("ERROR", "refused A1.1 A1:2/3: needs evidence")
    ]


def test_a_message_that_the_handler_cannot_take_stays_and_its_neighbour_is_handled(tmp_path: Path) -> None:
    queues = Queues([order(1), order(2, "copy")])
    started(queues, tmp_path, Raising()).step(consumer.Stop())
    assert list(queues.waiting) == ["0"]
    assert queues.replies == []


def test_a_message_that_is_not_json_stays_for_the_dead_letter_queue(tmp_path: Path) -> None:
    queues = Queues([order(1)])
    queues.waiting["0"] = "{"
    started(queues, tmp_path).step(consumer.Stop())
    assert list(queues.waiting) == ["0"]


def test_replies_wait_in_order_while_the_hotline_cannot_be_reached(tmp_path: Path) -> None:
    outage = {"over": False}

    def before(name: str) -> None:
        if name == "send" and not outage["over"]:
            raise refused("ServiceUnavailable")

    queues = Queues([order(1)], before)
    worker = started(queues, tmp_path)
    with pytest.raises(ClientError):
        worker.step(consumer.Stop())
    assert queues.waiting == {}
    outage["over"] = True
    worker.step(consumer.Stop())
    assert [command for _, command in commands(queues)] == ["acknowledge", "record_contact", "resolve"]


def test_an_agency_can_answer_days_later_and_safely_twice(tmp_path: Path) -> None:
    queues = Queues([order(1)])
    worker = started(queues, tmp_path, consumer.Acknowledging())
    worker.step(consumer.Stop())
    store = consumer.Store(tmp_path / "orders.sqlite")
    for _ in range(2):
        store.reply("A1.1", "case-77/resolved", {"command": "resolve", "text": "done"})
    worker.send()
    assert commands(queues) == [("A1.1", "acknowledge"), ("A1.1", "resolve")]
    with pytest.raises(LookupError, match=r"A9\.1"):
        store.reply("A9.1", "case-78", {"command": "acknowledge"})


@pytest.mark.parametrize("seed", range(30))
def test_killed_at_any_call_nothing_is_lost_and_nothing_carried_out_twice(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def before(_: str) -> None:
        if chance.random() < 0.15:
            raise Killed

    queues = Queues([order(number) for number in range(6)], before)
    for _ in range(500):
        try:
            worker = started(queues, tmp_path)
            worker.step(consumer.Stop())
        except Killed:
            continue
        if not queues.waiting and not worker._store.unsent():
            break
    steps = ("acknowledge", "record_contact", "resolve")
    by_id = {reply["command_id"]: reply["action"]["command"] for reply in queues.replies}
    assert by_id == {
        f"A{number}:2/{place}": step for number in range(6) for place, step in enumerate(steps, 1)
    }
    assert queues.waiting == {}


def test_it_goes_on_after_an_outage_with_growing_pauses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    stop = consumer.Stop()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        stop.asked = len(pauses) == 8

    def before(_: str) -> None:
        raise refused("ServiceUnavailable")

    monkeypatch.setattr(consumer.time, "sleep", sleep)
    consumer.run(started(Queues([], before), tmp_path), stop)
    assert pauses[0] <= 2
    assert 30 <= pauses[-1] <= 60


def test_sigterm_ends_the_waiting_at_once() -> None:
    stop = consumer.Stop()

    def wait() -> str:
        stop(signal.SIGTERM, None)
        return "messages"

    assert stop.interruptible(wait) is None
    assert stop.asked
    assert stop.interruptible(lambda: "another poll") is None


def test_sigterm_does_not_disturb_work_in_hand() -> None:
    stop = consumer.Stop()
    stop(signal.SIGTERM, None)
    assert stop.asked
