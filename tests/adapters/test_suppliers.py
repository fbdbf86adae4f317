"""What every supplier of messages must do, whichever it is (``adapters/messages/README.md``).

A new adapter gets a bench here: how it hands a message over, and how its supplier is made to fail.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
import urllib3
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

import hotline.adapters.messages
from hotline.adapters.messages.console import ConsoleMessenger
from hotline.adapters.messages.sns import SnsMessenger
from hotline.adapters.messages.webhook import WebhookMessenger
from hotline.domain.appeal import Contact
from hotline.domain.errors import Unavailable
from hotline.domain.messages import AnswerLost, MessageInDoubt, MessageRefused
from hotline.ports import Message, Messenger
from tests.unit.builders import NOON

KEY = "survey/000G40R40M30E209B/1"
ADAPTERS = {path.stem for path in Path(hotline.adapters.messages.__file__).parent.glob("[a-z]*.py")}


class Bench(Protocol):
    """A supplier that a test can break."""

    handed_over: list[str]
    """Everything that reached it, as text."""

    def messenger(self) -> Messenger: ...

    def out_of_reach(self) -> None: ...

    def falls_silent(self) -> None: ...

    def says_never(self) -> None: ...


class SnsBench:
    def __init__(self) -> None:
        self.handed_over: list[str] = []
        self._error: Exception | None = None

    def publish(self, **arguments: Any) -> None:
        self.handed_over.append(str(arguments))
        if self._error:
            raise self._error

    def messenger(self) -> Messenger:
        return SnsMessenger(self)

    def out_of_reach(self) -> None:
        self._error = EndpointConnectionError(endpoint_url="sns")

    def falls_silent(self) -> None:
        self._error = ReadTimeoutError(endpoint_url="sns")

    def says_never(self) -> None:
        error: Any = {"Error": {"Code": "OptedOut"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        self._error = ClientError(error, "Publish")


class WebhookBench:
    class _Answer(NamedTuple):
        status: int

        def close(self) -> None:
            """Nothing to close."""

    def __init__(self) -> None:
        self.handed_over: list[str] = []
        self._status = 202
        self._error: Exception | None = None

    def request(self, method: str, url: str, **arguments: Any) -> Any:
        self.handed_over.append(f"{arguments['headers']} {arguments['body'].decode()}")
        assert (arguments["retries"], arguments["redirect"]) == (False, False)
        if self._error:
            raise self._error
        return self._Answer(self._status)

    def messenger(self) -> Messenger:
        messenger = WebhookMessenger("https://sms.example/messages", b"key", lambda: NOON)
        messenger._http = self  # type: ignore[assignment]
        return messenger

    def out_of_reach(self) -> None:
        self._error = urllib3.exceptions.ConnectTimeoutError()

    def falls_silent(self) -> None:
        self._error = urllib3.exceptions.ProtocolError("closed")

    def says_never(self) -> None:
        self._status = 422


BENCHES: dict[str, Callable[[], Bench]] = {"sns": SnsBench, "webhook": WebhookBench}
NEVER_FAILS = {"console": ConsoleMessenger}
"""Suppliers that carry nothing anywhere."""


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest) -> Bench:
    return BENCHES[request.param]()


def message(phone: str | None = "13800138000") -> Message:
    contact = Contact(phone=phone) if phone else Contact(email="a@b.cn")
    return Message(to=contact, text="请评价", key=KEY, language="zh-CN")


def test_every_adapter_has_a_bench() -> None:
    assert ADAPTERS - {"__init__"} == BENCHES.keys() | NEVER_FAILS.keys()


def test_a_message_is_handed_over_once_with_its_key(bench: Bench) -> None:
    bench.messenger().send(message())
    (handed,) = bench.handed_over
    assert KEY in handed
    assert "+8613800138000" in handed
    assert "请评价" in handed


def test_out_of_reach_means_not_taken_and_another_may_have_it(bench: Bench) -> None:
    bench.out_of_reach()
    with pytest.raises(Unavailable) as raised:
        bench.messenger().send(message())
    assert not isinstance(raised.value, AnswerLost)
    assert len(bench.handed_over) <= 1, "whoever sends decides about the next try"


def test_a_webhook_whose_certificate_has_expired_is_out_of_reach() -> None:
    bench = WebhookBench()
    bench._error = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError())
    with pytest.raises(Unavailable) as raised:
        bench.messenger().send(message())
    assert not isinstance(raised.value, AnswerLost)


def test_silence_after_handing_over_never_looks_like_not_taken(bench: Bench) -> None:
    bench.falls_silent()
    with pytest.raises((AnswerLost, MessageInDoubt)):
        bench.messenger().send(message())
    assert len(bench.handed_over) == 1


def test_never_is_told_apart(bench: Bench) -> None:
    bench.says_never()
    with pytest.raises(MessageRefused):
        bench.messenger().send(message())


def test_a_number_that_cannot_be_called_is_refused_before_anything_leaves(bench: Bench) -> None:
    with pytest.raises(MessageRefused):
        bench.messenger().send(message("12345678"))
    assert bench.handed_over == []


@pytest.mark.parametrize("name", NEVER_FAILS)
def test_what_carries_nothing_takes_everything(name: str) -> None:
    NEVER_FAILS[name]().send(message())
    NEVER_FAILS[name]().send(message(None))
