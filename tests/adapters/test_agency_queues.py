"""Messages on the agencies' own queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hotline.adapters import aws, sqs
from hotline.adapters.sqs import AgencyQueueMissing, SqsAgencyQueues
from hotline.domain.orders import OrderMessage
from tests.unit.builders import APPEAL, NOON


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        sqs._queue_url.cache_clear()
        yield boto3.client("sqs")
    aws.forget_clients()
    sqs._queue_url.cache_clear()


def message() -> OrderMessage:
    return OrderMessage(
        schema="hotline.order/1",
        message_id=f"{APPEAL}:2",
        kind="dispatched",
        work_order_id=f"{APPEAL}.1",
        appeal_id=APPEAL,
        agency_id="110101001",
        status="dispatched",
        appeal_type="complaint",
        language="zh-CN",
        text="路灯坏了 💡",
        occurred_at=NOON,
    )


def test_a_message_lies_on_the_agencys_own_queue_with_its_kind_as_an_attribute(queues: Any) -> None:
    url = queues.create_queue(QueueName="hotline-agency-110101001")["QueueUrl"]
    SqsAgencyQueues(aws.sqs(), "hotline-agency").send("110101001", message())
    (received,) = queues.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    body = json.loads(received["Body"])
    assert (body["schema"], body["text"]) == ("hotline.order/1", "路灯坏了 💡")
    assert "contact" not in body
    assert received["MessageAttributes"]["kind"]["StringValue"] == "dispatched"
    assert OrderMessage.model_validate(body) == message()


def test_an_agency_without_a_queue_is_named_and_tried_again_later(queues: Any) -> None:
    with pytest.raises(AgencyQueueMissing) as refusal:
        SqsAgencyQueues(aws.sqs(), "hotline-agency").send("110101001", message())
    assert refusal.value.retryable
    assert "110101001" in refusal.value.detail_en


def test_a_queue_that_was_made_anew_is_found_after_one_failure(queues: Any) -> None:
    sender = SqsAgencyQueues(aws.sqs(), "hotline-agency")
    url = queues.create_queue(QueueName="hotline-agency-110101001")["QueueUrl"]
    sender.send("110101001", message())
    queues.delete_queue(QueueUrl=url)
    with pytest.raises(AgencyQueueMissing):
        sender.send("110101001", message())
    queues.create_queue(QueueName="hotline-agency-110101001")
    sender.send("110101001", message())
