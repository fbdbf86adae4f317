"""Our own Open311 server as the far end of our own client: what one side writes the other side reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from hotline.adapters.georeport import GeoReportEndpoints
from hotline.domain.far_ends import FarEnd, FarEndRefused
from tests.aws_stack import MotoStack
from tests.functions.test_open311 import told
from tests.lives import Life
from tests.open311_calls import App

FORM = {
    "service_code": "road.lighting",
    "description": "路灯不亮 [hotline-own]",
    "address_string": "东城区东华门街道南河沿大街 1 号",
    "lat": "39.91",
    "long": "116.40",
}


class Handler(BaseHTTPRequestHandler):
    """The gateway between a socket and the function."""

    server: Gateway

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def _pass_on(self, form: str | None) -> None:
        asked = urlsplit(self.path)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "content-type"}
        reply = self.server.app.send(
            self.command, asked.path, form=form, query=parse_qs(asked.query) or None, headers=headers
        )
        body = reply.text.encode()
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Gateway(HTTPServer):
    """One call after the other: a function's settings are those of the process."""

    def __init__(self, app: App) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.app = app


@pytest.fixture
def app(stack: MotoStack) -> App:
    return App(stack)


@pytest.fixture
def endpoint(app: App) -> Iterator[str]:
    with Gateway(app) as gateway:
        threading.Thread(target=gateway.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{gateway.server_port}/v2"
        gateway.shutdown()


def far_end_at(endpoint: str, form: Literal["json", "xml"]) -> FarEnd:
    return FarEnd(agency_id="own", endpoint=endpoint, format=form, services={"*": "road.lighting"})


@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_order_sent_to_our_own_server_is_there_once_found_again_and_followed_to_its_end(
    stack: MotoStack, app: App, endpoint: str, form: Literal["json", "xml"]
) -> None:
    calls = GeoReportEndpoints(lambda agency_id: app.key, here=True)
    far_end = far_end_at(endpoint, form)
    number = calls.create(far_end, FORM).request_id
    assert number is not None
    assert calls.create(far_end, FORM).request_id == number, "the same form again is the same report"

    life = Life.of(stack, number).dispatched()
    told(stack, life)
    now = stack.clock()
    (found,) = calls.find(far_end, "road.lighting", now - timedelta(days=1), now + timedelta(days=1))
    assert (found.request_id, "hotline-own" in found.description) == (number, True)

    (open_one,) = calls.reports(far_end, [number])
    assert not open_one.closed
    life.acknowledged().contacted().resolved().surveying().answered()
    told(stack, life)
    (ended,) = calls.reports(far_end, [number])
    assert ended.closed


def test_a_key_that_our_server_does_not_know_is_refused_for_good(endpoint: str) -> None:
    calls = GeoReportEndpoints(lambda agency_id: "nobody's", here=True)
    with pytest.raises(FarEndRefused):
        calls.create(far_end_at(endpoint, "json"), FORM)
