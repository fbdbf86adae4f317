"""``hotline queues``: what waits, what has died, and back to work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infrastructure.ops import agency_queues, queues
from infrastructure.ops.cli import main
from infrastructure.ops.stack import Stack

TEMPLATE = {
    "Resources": {
        "RepliesDeadLetters": {"Type": "AWS::SQS::Queue"},
        "RepliesQueue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": ["RepliesDeadLetters", "Arn"]},
                    "maxReceiveCount": 3,
                }
            },
        },
        "ParkedRecordsQueue": {"Type": "AWS::SQS::Queue"},
    }
}


class Ops:
    """The command line at a small stack, with verbs for what happens to its queues."""

    def __init__(self, stack_file: Path) -> None:
        self.client = boto3.client("sqs")
        self._stack_file = stack_file
        self.urls = queues._stack_urls(Stack(json.loads(stack_file.read_text(encoding="utf-8"))))

    def run(self, *arguments: str) -> int:
        return main(["queues", *arguments, "--stack", str(self._stack_file)])

    def dies(self, number: int, queue: str = "RepliesDeadLetters", **facts: str) -> None:
        for place in range(number):
            self.client.send_message(
                QueueUrl=self.urls.get(queue, queue),
                MessageBody=json.dumps({"reply": place}),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in facts.items()
                },
            )

    def depth(self, queue: str) -> int:
        return queues._measure(self.client, self.urls.get(queue, queue)).waiting

    def take_all(self, queue: str) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        while messages := self._take(self.urls[queue]):
            taken += messages
        return taken

    def _take(self, url: str) -> list[dict[str, Any]]:
        answer = self.client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        )
        return list(answer.get("Messages", ()))


@pytest.fixture
def ops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ops]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        boto3.client("cloudformation").create_stack(StackName="hotline", TemplateBody=json.dumps(TEMPLATE))
        agency_queues.create_missing(
            boto3.client("sqs"), "hotline-agency", ["110101001", "110101002"], lambda done, total: None
        )
        stack_file = tmp_path / "stack.json"
        outputs = {"region": "eu-west-1", "stack_name": "hotline", "agency_queue_prefix": "hotline-agency"}
        stack_file.write_text(json.dumps(outputs), encoding="utf-8")
        yield Ops(stack_file)


def table(text: str) -> dict[str, list[str]]:
    """The rows that were printed, by queue; the stack's queues without their random endings."""
    rows = (line.split() for line in text.splitlines()[1:-1])
    return {row[0].removeprefix("hotline-").rsplit("-", 1)[0]: row[1:4] for row in rows}


def test_a_line_shows_what_waits_and_what_died(ops: Ops, capsys: pytest.CaptureFixture[str]) -> None:
    ops.dies(3)
    ops.dies(2, "RepliesQueue")
    assert ops.run("list") == 1
    out = capsys.readouterr().out
    assert table(out) == {"RepliesQueue": ["2", "0", "3"], "ParkedRecordsQueue": ["0", "0", "-"]}
    assert out.splitlines()[-1] == "4 queues, 2 quiet ones not shown, 3 dead letters"


def test_the_age_of_the_oldest_dead_letter_is_shown_and_it_stays_there(
    ops: Ops, capsys: pytest.CaptureFixture[str]
) -> None:
    ops.dies(1)
    ops.run("list")
    ops.run("list")
    (line,) = (line for line in capsys.readouterr().out.splitlines()[-4:] if "RepliesQueue" in line)
    assert line.endswith("Z")
    assert ops.depth("RepliesDeadLetters") == 1


def test_quiet_agencies_are_listed_on_request(ops: Ops, capsys: pytest.CaptureFixture[str]) -> None:
    assert ops.run("list", "--all") == 0
    out = capsys.readouterr().out
    assert "hotline-agency-110101001 " in out
    assert "-dlq" not in out


def test_peek_tells_why_without_the_citizens_words(ops: Ops, capsys: pytest.CaptureFixture[str]) -> None:
    ops.dies(1, reason="invalid-input", detail="appeal.type is required", source="channel-records")
    ops.dies(1)
    assert ops.run("peek", "RepliesQueue") == 0
    out = capsys.readouterr().out
    assert "reason=invalid-input  detail=appeal.type is required  source=channel-records" in out
    assert "reason=given up after too many tries" in out
    assert "reply" not in out
    assert ops.run("peek", "RepliesQueue", "--body", "--limit", "1") == 0
    assert capsys.readouterr().out.count('{"reply": 0}') == 1


def test_redrive_brings_everything_back_once_without_the_marks_of_death(ops: Ops) -> None:
    ops.dies(25, reason="not-found", detail="x", source="y", message_id="z", channel="mail")
    assert ops.run("redrive", "RepliesQueue") == 0
    assert ops.depth("RepliesDeadLetters") == 0
    messages = ops.take_all("RepliesQueue")
    assert sorted(json.loads(message["Body"])["reply"] for message in messages) == list(range(25))
    assert {tuple(message["MessageAttributes"]) for message in messages} == {("channel",)}


def test_redrive_stops_at_the_limit(ops: Ops, capsys: pytest.CaptureFixture[str]) -> None:
    ops.dies(25)
    assert ops.run("redrive", "RepliesQueue", "--limit", "12") == 0
    assert (ops.depth("RepliesQueue"), ops.depth("RepliesDeadLetters")) == (12, 13)
    assert "12 sent back" in capsys.readouterr().out


def test_a_dry_run_counts_by_reason_and_moves_nothing(ops: Ops, capsys: pytest.CaptureFixture[str]) -> None:
    ops.dies(12, reason="not-found")
    ops.dies(3)
    assert ops.run("redrive", "RepliesQueue", "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "    12  not-found",
        "     3  given up after too many tries",
    ]
    assert (ops.depth("RepliesQueue"), ops.depth("RepliesDeadLetters")) == (0, 15)


def test_an_agencys_queue_is_known_by_its_id(ops: Ops) -> None:
    dead_letters = ops.client.get_queue_url(QueueName="hotline-agency-110101001-dlq")["QueueUrl"]
    queue = ops.client.get_queue_url(QueueName="hotline-agency-110101001")["QueueUrl"]
    ops.dies(1, dead_letters)
    assert ops.run("redrive", "110101001") == 0
    assert (ops.depth(queue), ops.depth(dead_letters)) == (1, 0)


@pytest.mark.parametrize("name", ["hotline-agency-110101001", "RepliesQueue"])
def test_a_queue_is_known_by_the_name_in_the_list(ops: Ops, name: str) -> None:
    assert ops.run("redrive", name) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("999", "there is no queue '999'"), ("ParkedRecordsQueue", "has no dead-letter queue")],
)
def test_a_wrong_name_is_one_sentence(
    ops: Ops, capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    assert ops.run("redrive", name) == 1
    assert sentence in capsys.readouterr().err


def test_what_the_queue_did_not_take_stays_a_dead_letter(ops: Ops) -> None:
    ops.dies(2)
    url = ops.urls["RepliesQueue"]
    sender = _TakesOnlyTheFirst(ops.client)
    moved = queues.redrive(sender, ops.urls["RepliesDeadLetters"], url, 2, lambda done, total: None)
    assert moved == 1
    measured = queues._measure(ops.client, ops.urls["RepliesDeadLetters"])
    assert measured.waiting + measured.in_flight == 1


def test_a_batch_too_large_for_one_call_goes_in_halves(ops: Ops) -> None:
    large = "x" * 200_000
    for _ in range(4):
        ops.client.send_message(QueueUrl=ops.urls["RepliesDeadLetters"], MessageBody=large)
    assert ops.run("redrive", "RepliesQueue") == 0
    assert [message["Body"] for message in ops.take_all("RepliesQueue")] == [large] * 4


class _TakesOnlyTheFirst:
    """An SQS client whose queue takes one message of a batch."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def send_message_batch(self, **arguments: Any) -> Any:
        answer = self._client.send_message_batch(**arguments)
        return answer | {"Successful": answer["Successful"][:1]}
