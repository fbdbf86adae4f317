"""How long somebody waits when the store is busy or silent."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from benchmarks import lives
from benchmarks.calls import AGENCY
from benchmarks.chain import Chain, chain
from benchmarks.figures import Figure, Finding
from benchmarks.servers import ministack
from hotline.adapters import aws

THROTTLES, THROTTLES_BUDGET_MS = 2, 300
SILENCE_BUDGET_S = 3
_THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "",
}


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Waiting after two throttles of one call, and the time to the refusal when a table is dead."""
    del quick
    with ministack() as url, chain(url) as running:
        lives.live(running, 1)
        appeals = random.Random(3)
        receipt = running.call_api("IntakeApi", lives.register_event(lives.appeal(appeals), "bench-patience"))
        running.settle()
        number = receipt["tracking_number"]
        events = {
            "register": ("IntakeApi", lives.register_event(lives.appeal(appeals), "bench-patience-2")),
            "track": ("IntakeApi", _track(number, receipt["secret_key"])),
            "acknowledge": ("HandlingApi", _acknowledge(number)),
        }
        silent = {step: _until_refused(running, *event) for step, event in events.items()}
        progress("patience: silence")
        throttled = {step: _waiting(running, *event) for step, event in events.items()}
        progress("patience: throttles")
    slowest = max(throttled, key=lambda step: throttled[step])
    how = f"sum of the SDK's pauses; the most of register, track, acknowledge: {slowest}"
    yield Figure("two_throttles", throttled[slowest] * 1000, "ms", THROTTLES_BUDGET_MS, how)
    slowest = max(silent, key=lambda step: silent[step])
    how = f"a table that takes the connection and never answers, until 503; the most of three: {slowest}"
    yield Figure("dead_table", silent[slowest], "s", SILENCE_BUDGET_S, how)


def _waiting(running: Chain, function: str, event: dict[str, Any]) -> float:
    """Seconds slept by a call whose first tries are throttled; it must succeed."""
    refused = 0

    def throttle(request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        nonlocal refused
        if refused == THROTTLES:
            return None
        refused += 1
        answer = AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, None)
        answer._content = json.dumps(_THROTTLED).encode()
        return answer

    slept: list[float] = []
    sleep = time.sleep

    def note(seconds: float) -> None:
        slept.append(seconds)
        sleep(seconds)

    with _hooked(throttle), mock.patch("time.sleep", note):
        running.call_api(function, event)
    if refused != THROTTLES:
        raise RuntimeError(f"{refused} throttles were met, not {THROTTLES}")
    return sum(slept)


def _until_refused(running: Chain, function: str, event: dict[str, Any]) -> float:
    """Seconds until a call answers 503 when its table is silent."""
    with _silence() as url:

        def redirect(request: AWSPreparedRequest, **_: Any) -> None:
            request.url = url

        with _hooked(redirect):
            began = time.perf_counter()
            answer = running.answer_of(function, event)
            took = time.perf_counter() - began
    if answer["statusCode"] != 503:
        raise RuntimeError(f"a dead table was answered with {answer['statusCode']}")
    return took


@contextmanager
def _hooked(handler: Callable[..., Any]) -> Iterator[None]:
    """Let ``handler`` see every request to DynamoDB before it is sent."""
    emitter = aws.dynamodb().meta.events
    emitter.register_first("before-send.dynamodb", handler)
    try:
        yield
    finally:
        emitter.unregister("before-send.dynamodb", handler)


@contextmanager
def _silence() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def _track(number: str, secret_key: str) -> dict[str, Any]:
    return lives.api_event(
        "GET", "/appeals/{number}", {"number": number}, headers={"X-Tracking-Key": secret_key}
    )


def _acknowledge(number: str) -> dict[str, Any]:
    return lives.api_event(
        "POST", "/orders/{order_id}/acknowledge", {"order_id": f"{number}.1"}, claims=AGENCY
    )
