"""Every message of a batch ends in one known place: done, back again, or parked with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from hotline.adapters import aws, dead_letters
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.domain.errors import NotFound, TransitionNotAllowed, Unavailable
from hotline.domain.model import Frozen
from hotline.edges.batch import RESERVE_MS, QueueMessage, process, process_together
from hotline.ports import Refusal


class Shelf:
    """A dead-letter queue in memory."""

    def __init__(self, *, broken: bool = False) -> None:
        self.parked: dict[str, tuple[str, Refusal]] = {}
        self.broken = broken

    def park(self, body: str, refusal: Refusal, message_id: str) -> None:
        if self.broken:
            raise Unavailable("sqs")
        self.parked[message_id] = (body, refusal)


class Context:
    """Lambda's context, whose time runs down by ``cost_ms`` for each question."""

    def __init__(self, left_ms: int = 30_000, cost_ms: int = 0) -> None:
        self.left_ms = left_ms
        self.cost_ms = cost_ms

    def get_remaining_time_in_millis(self) -> int:
        self.left_ms -= self.cost_ms
        return self.left_ms


class Reply(Frozen):
    order: int


def batch(*bodies: object) -> dict[str, Any]:
    """An SQS event; text is sent as it is, anything else as JSON. Message ids are m0, m1, …"""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "2"},
                "messageAttributes": {"channel": {"dataType": "String", "stringValue": "mail"}},
            }
            for number, body in enumerate(bodies)
        ]
    }


def orders(*numbers: int) -> dict[str, Any]:
    return batch(*({"order": number} for number in numbers))


def come_back(answer: Mapping[str, Sequence[Mapping[str, str]]]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


class Desk:
    """A handler that fails for the orders it is told to fail for."""

    def __init__(self, failures: Mapping[int, Exception] | None = None) -> None:
        self.failures = failures or {}
        self.done: list[int] = []

    def __call__(self, message: QueueMessage) -> None:
        reply = Reply.model_validate(message.body)
        if reply.order in self.failures:
            raise self.failures[reply.order]
        self.done.append(reply.order)


def test_nine_are_done_and_the_poison_alone_comes_back() -> None:
    desk, shelf = Desk({4: KeyError("unforeseen")}), Shelf()
    answer = process(orders(*range(10)), desk, Context(), shelf)
    assert come_back(answer) == ["m4"]
    assert desk.done == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert shelf.parked == {}


def test_a_busy_store_sends_the_message_back() -> None:
    shelf = Shelf()
    answer = process(orders(1), Desk({1: Unavailable("dynamodb")}), Context(), shelf)
    assert come_back(answer) == ["m0"]
    assert shelf.parked == {}


@pytest.mark.parametrize("refusal", [NotFound(), TransitionNotAllowed("closed", "resolve")])
def test_a_rule_of_the_domain_parks_the_message_with_its_reason(
    refusal: NotFound | TransitionNotAllowed,
) -> None:
    shelf = Shelf()
    answer = process(orders(1), Desk({1: refusal}), Context(), shelf)
    assert come_back(answer) == []
    assert shelf.parked == {"m0": ('{"order": 1}', Refusal(refusal.code, refusal.detail_en))}


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '"text"', '{"order": NaN}', '{"order": 1, "order": 2}', "[" * 5_000, '{"order": 1}}'],
)
def test_a_malformed_body_is_parked_and_the_worker_stays_healthy(body: str) -> None:
    desk, shelf = Desk(), Shelf()
    answer = process(batch(body, {"order": 7}), desk, Context(), shelf)
    assert come_back(answer) == []
    assert desk.done == [7]
    assert shelf.parked["m0"][0] == body
    assert shelf.parked["m0"][1].reason == "invalid-input"


def test_a_broken_schema_is_told_field_by_field_without_the_words() -> None:
    shelf = Shelf()
    process(batch({"order": "call 13800138000", "phone": "x"}), Desk(), Context(), shelf)
    detail = shelf.parked["m0"][1].detail
    assert detail == "order must be a whole number; phone is not a known field"


def test_a_message_that_cannot_be_parked_comes_back() -> None:
    answer = process(batch("{"), Desk(), Context(), Shelf(broken=True))
    assert come_back(answer) == ["m0"]


def test_no_message_is_begun_when_the_time_runs_out() -> None:
    desk = Desk()
    answer = process(orders(0, 1, 2, 3), desk, Context(left_ms=RESERVE_MS + 250, cost_ms=100), Shelf())
    assert desk.done == [0, 1, 2]
    assert come_back(answer) == ["m3"]


def test_the_first_message_is_begun_however_short_the_time() -> None:
    desk = Desk()
    process(orders(0), desk, Context(left_ms=1), Shelf())
    assert desk.done == [0]


def test_a_handler_sees_attributes_and_the_count_of_deliveries() -> None:
    seen: list[QueueMessage] = []
    process(orders(5), seen.append, Context(), Shelf())
    assert seen == [QueueMessage("m0", {"order": 5}, {"channel": "mail"}, 2)]


def test_a_handler_of_the_whole_batch_answers_with_its_failures() -> None:
    shelf = Shelf()

    def handle_all(messages: Sequence[QueueMessage]) -> dict[str, Exception]:
        assert [message.message_id for message in messages] == ["m0", "m1", "m2"]
        return {"m0": Unavailable("events"), "m2": NotFound()}

    answer = process_together(orders(0, 1, 2), handle_all, Context(), shelf)
    assert come_back(answer) == ["m0"]
    assert list(shelf.parked) == ["m2"]


def raises_on(poison: int, error: Exception, calls: list[int]) -> Callable[..., dict[str, Exception]]:
    def handle_all(messages: Sequence[QueueMessage]) -> dict[str, Exception]:
        calls.append(len(messages))
        if any(message.body["order"] == poison for message in messages):
            raise error
        return {}

    return handle_all


@pytest.mark.parametrize(("error", "back", "parked"), [(KeyError("x"), ["m1"], []), (NotFound(), [], ["m1"])])
def test_a_batch_that_fails_as_a_whole_is_taken_apart(
    error: Exception, back: list[str], parked: list[str]
) -> None:
    shelf, calls = Shelf(), list[int]()
    answer = process_together(orders(0, 1, 2), raises_on(1, error, calls), Context(), shelf)
    assert (come_back(answer), list(shelf.parked)) == (back, parked)
    assert calls == [3, 1, 1, 1]


def test_a_busy_store_is_not_asked_again_for_each_message() -> None:
    calls = list[int]()
    answer = process_together(
        orders(0, 1, 2), raises_on(0, Unavailable("dynamodb"), calls), Context(), Shelf()
    )
    assert come_back(answer) == ["m0", "m1", "m2"]
    assert calls == [3]


def test_one_line_is_logged_for_a_batch_in_which_nothing_happened(
    caplog: pytest.LogCaptureFixture,
) -> None:
    process(orders(1, 2), Desk(), Context(), Shelf())
    (line,) = (vars(record) for record in caplog.records)
    assert (line["msg"], line["records"], line["parked"], line["come_back"]) == ("batch done", 2, 0, 0)


@pytest.fixture
def queue_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        yield boto3.client("sqs").create_queue(QueueName="replies-dlq")["QueueUrl"]
    aws.forget_clients()


def parked_message(queue_url: str) -> dict[str, Any]:
    answer = boto3.client("sqs").receive_message(QueueUrl=queue_url, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    return dict(message)


def test_the_dead_letter_queue_keeps_the_body_and_the_reason(queue_url: str) -> None:
    process(batch("{路"), Desk(), Context(), SqsDeadLetters(queue_url, "agency-replies"))
    message = parked_message(queue_url)
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert message["Body"] == "{路"
    assert attributes == {
        "reason": "invalid-input",
        "detail": "body not JSON (line 1, column 2)",
        "source": "agency-replies",
        "message_id": "m0",
    }


def test_a_detail_that_sqs_would_refuse_is_made_fit(queue_url: str) -> None:
    refusal = Refusal("not-found", "a\x00b\ud800" + "c" * 5_000)
    SqsDeadLetters(queue_url, "x").park("{}", refusal, "m1")
    detail = parked_message(queue_url)["MessageAttributes"]["detail"]["StringValue"]
    assert detail.startswith("a\ufffdb\ufffdccc")
    assert len(detail) == 1_000


def test_a_queue_that_is_out_of_reach_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "sqs", lambda _: _QueueOutOfReach())
    with pytest.raises(Unavailable):
        SqsDeadLetters("https://queue", "x").park("{}", Refusal("not-found", ""), "m1")


class _QueueOutOfReach:
    def send_message(self, **_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://queue")
