"""Messages to citizens: through SNS, through a webhook, into the log."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.sns.models import sns_backends

from hotline.adapters import aws
from hotline.adapters.messages import webhook
from hotline.adapters.messages.console import ConsoleMessenger
from hotline.adapters.messages.sns import SnsMessenger
from hotline.adapters.messages.webhook import WebhookMessenger
from hotline.domain.appeal import Contact
from hotline.domain.errors import Unavailable
from hotline.domain.messages import MessageInDoubt, MessageRefused
from hotline.domain.receipts import signature
from hotline.ports import Message

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def message(phone: str | None = "138 0013 8000", email: str | None = None) -> Message:
    contact = Contact(name="张三", phone=phone, email=email)
    return Message(to=contact, text="您的诉求已办结，请评价", key="survey/X/1", language="zh-CN")


# --- SNS --------------------------------------------------------------------------------------------


@pytest.fixture
def sns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-southeast-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        yield boto3.client("sns")
    aws.forget_clients()


def test_sns_publishes_to_the_number_in_e164(sns: Any) -> None:
    SnsMessenger(aws.sns()).send(message())
    sent = sns_backends[ACCOUNT]["ap-southeast-1"].sms_messages
    assert list(sent.values()) == [("+8613800138000", "您的诉求已办结，请评价")]


class Publisher:
    """An SNS client that keeps what it is given, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.published: list[dict[str, Any]] = []

    def publish(self, **arguments: Any) -> None:
        self.published.append(arguments)
        if self.error:
            raise self.error


def answer(code: str, status: int = 400) -> ClientError:
    error = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "Publish")  # type: ignore[arg-type]


def test_sns_is_given_the_key_of_the_message() -> None:
    publisher = Publisher()
    SnsMessenger(publisher).send(message())
    attributes = publisher.published[0]["MessageAttributes"]
    assert attributes["key"]["StringValue"] == "survey/X/1"
    assert attributes["AWS.SNS.SMS.SMSType"]["StringValue"] == "Transactional"


@pytest.mark.parametrize(("phone", "email"), [("010-12345678", None), ("12345678", None), (None, "a@b.cn")])
def test_sns_refuses_who_cannot_take_a_text(phone: str | None, email: str | None) -> None:
    publisher = Publisher()
    with pytest.raises(MessageRefused):
        SnsMessenger(publisher).send(message(phone, email))
    assert publisher.published == []


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (answer("Throttling"), Unavailable),
        (answer("InternalError", 500), Unavailable),
        (EndpointConnectionError(endpoint_url="sns"), Unavailable),
        (answer("InvalidParameter"), MessageRefused),
        (answer("OptedOut"), MessageRefused),
        (answer("AuthorizationError", 403), ClientError),
        (ReadTimeoutError(endpoint_url="sns"), MessageInDoubt),
        (ConnectionClosedError(endpoint_url="sns"), MessageInDoubt),
    ],
)
def test_sns_errors_are_told_apart(error: Exception, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        SnsMessenger(Publisher(error)).send(message())


def test_the_sns_client_never_repeats_by_itself(sns: Any) -> None:
    assert aws.sns().meta.config.retries == {"mode": "legacy", "total_max_attempts": 1}


# --- Webhook ----------------------------------------------------------------------------------------


class Receiver:
    """An HTTP server that notes each request and answers with the next status."""

    def __init__(self) -> None:
        self.statuses = [200]
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                status = receiver.statuses.pop(0) if len(receiver.statuses) > 1 else receiver.statuses[0]
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "10000000000")
                self.end_headers()
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/messages"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def post(receiver: Receiver) -> Callable[[Message], None]:
    return WebhookMessenger(receiver.url, b"key", lambda: NOW).send


def test_the_receiver_can_verify_who_sent_it_and_when(receiver: Receiver, post: Callable[..., None]) -> None:
    post(message())
    ((path, headers, body),) = receiver.requests
    assert path == "/messages"
    assert headers["X-Hotline-Timestamp"] == str(int(NOW.timestamp()))
    assert headers["X-Hotline-Signature"] == "v1=" + signature(b"key", headers["X-Hotline-Timestamp"], body)
    assert headers["Idempotency-Key"] == "survey/X/1"
    assert json.loads(body) == {
        "phone": "+8613800138000",
        "email": None,
        "text": "您的诉求已办结，请评价",
        "language": "zh-CN",
    }


def test_another_body_another_time_or_another_key_is_another_signature() -> None:
    signatures = {
        signature(b"key", "1", b"{}"),
        signature(b"key", "1", b"[]"),
        signature(b"key", "2", b"{}"),
        signature(b"yek", "1", b"{}"),
    }
    assert len(signatures) == 4


def test_a_citizen_with_an_e_mail_address_only_is_reached(
    receiver: Receiver, post: Callable[..., None]
) -> None:
    post(message(phone=None, email="zhang@example.com"))
    assert json.loads(receiver.requests[0][2])["email"] == "zhang@example.com"


def test_a_number_that_nobody_can_call_is_refused_unsent(
    receiver: Receiver, post: Callable[..., None]
) -> None:
    with pytest.raises(MessageRefused):
        post(message(phone="12345678"))
    assert receiver.requests == []


@pytest.mark.parametrize("status", [200, 202, 204, 409])
def test_taken_now_or_before_is_success(receiver: Receiver, post: Callable[..., None], status: int) -> None:
    receiver.statuses = [status]
    post(message())
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_never_means_never(receiver: Receiver, post: Callable[..., None], status: int) -> None:
    receiver.statuses = [status]
    with pytest.raises(MessageRefused):
        post(message())


@pytest.mark.parametrize("status", [0, 302, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again_later_and_no_redirect_is_followed(
    receiver: Receiver, post: Callable[..., None], status: int
) -> None:
    receiver.statuses = [status]
    with pytest.raises(Unavailable):
        post(message())
    assert [path for path, _, _ in receiver.requests] == ["/messages"]


def test_a_silent_receiver_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "_TIMEOUT", urllib3.Timeout(connect=0.1, read=0.1))
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as deaf:
        send = WebhookMessenger(f"http://127.0.0.1:{deaf.server_port}/", b"key", lambda: NOW).send
        with pytest.raises(Unavailable):
            send(message())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/messages",
        "http://169.254.169.254/latest",
        "http://localhost.example.com/",
        "http://127.0.0.1@example.com/",
        "file:///etc/passwd",
        "https://",
        "",
    ],
)
def test_only_https_leaves_this_machine(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        WebhookMessenger(url, b"key", lambda: NOW)


@pytest.mark.parametrize("url", ["https://sms.example.com/x", "http://localhost:9/x", "http://[::1]:9/x"])
def test_https_and_this_machine_are_allowed(url: str) -> None:
    assert WebhookMessenger(url, b"key", lambda: NOW)


# --- Console ----------------------------------------------------------------------------------------


def test_the_log_says_to_whom_but_neither_the_number_nor_the_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ConsoleMessenger().send(message(phone="13800138000"))
    (line,) = (vars(record) for record in caplog.records)
    assert (line["to"], line["key"], line["characters"]) == ("138****8000", "survey/X/1", 11)
    assert "13800138000" not in str(line)
    assert "诉求" not in str(line)
