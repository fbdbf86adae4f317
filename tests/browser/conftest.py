"""Chromium on the pages of the running stack, and an agency at the other end of the chain."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import boto3
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 320, "height": 640}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser; nothing is downloaded."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path, "install Chromium; `make test` says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, stack: dict[str, Any]) -> Iterator[Open]:
    """Open pages of the stack: ``open_page("report", size=PHONE, locale="en")``.

    Scripts are off unless a test is about them: the pages must not need any. Whatever a page does, no request
    may leave the stack's host, and the browser may have nothing to complain about (a blocked style, a missing file).
    """
    hosts: set[str] = set()
    complaints: list[str] = []
    contexts = []

    def note_failure(request: Request) -> None:
        # A reader who goes on before the icon has come is no failure.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.failure}: {request.url}")

    def note_complaint(message: ConsoleMessage) -> None:
        # An answer of 4xx is one that the test itself asked for.
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def opened(
        path: str = "", *, size: ViewportSize = DESKTOP, locale: str = "zh-CN", scripts: bool = False
    ) -> Page:
        context = chromium.new_context(viewport=size, locale=locale, java_script_enabled=scripts)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        context.on("requestfailed", note_failure)
        context.on("console", note_complaint)
        page = context.new_page()
        page.goto(path if "://" in path else f"{stack['api_url']}/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    own = urlsplit(stack["endpoint_url"]).netloc
    port = own.rpartition(":")[2]
    assert [host for host in hosts if host != own and not host.endswith(f".localhost:{port}")] == []
    assert complaints == []


SignIn = Callable[..., Page]

PEOPLE = {
    "operator": "李静",
    "adjudicator": "赵建国",
    "supervisor": "孙丽",
    "supervisor-110101": "周强",
    "admin": "陈敏",
    "auditor": "吴刚",
    "agency-110101001": "张伟",
    "agency-110105": "刘洋",
    "agency-110101": "杨帆",
    "agency-urban-management": "黄磊",
    "agency-tap-water": "徐娜",
}
"""Who can be chosen on the sign-in page of the embedded stack (``infrastructure/local/sign_in.py``)."""


@pytest.fixture
def sign_in(chromium: Browser, stack: dict[str, Any]) -> Iterator[SignIn]:
    """Sign somebody in and open a page: ``sign_in("operator", "console", scripts=True, size=PHONE)``.

    Without a page it is the start page of the role. No request may leave the stack and its identity provider,
    and the browser may have nothing to complain about, such as something that the page's policy blocks.
    """
    hosts: set[str] = set()
    complaints: list[str] = []
    contexts = []

    def note_complaint(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def signed_in(
        person: str,
        path: str = "",
        *,
        scripts: bool = False,
        size: ViewportSize = DESKTOP,
        locale: str = "zh-CN",
    ) -> Page:
        context = chromium.new_context(viewport=size, locale=locale, java_script_enabled=scripts)
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        context.on("console", note_complaint)
        page = context.new_page()
        page.goto(f"{stack['pages_url']}/{path or 'sign-in'}")
        page.get_by_role("button", name=PEOPLE[person]).click()
        page.wait_for_url(f"{stack['pages_url']}/**")
        return page

    yield signed_in
    for context in contexts:
        context.close()
    own = {urlsplit(stack[name]).netloc for name in ("endpoint_url", "pages_url", "issuer_url")}
    assert hosts <= own
    assert complaints == []


def axe(page: Page) -> None:
    """Fail unless axe-core finds nothing on a page; it needs a context with scripts."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


class Agency:
    """One agency's side: takes its orders from its own queue and answers on the replies queue."""

    def __init__(self, stack: dict[str, Any], agency_id: str) -> None:
        self._sqs = boto3.client(
            "sqs",
            endpoint_url=stack["endpoint_url"],
            region_name=stack["region"],
            aws_access_key_id=stack["aws_access_key_id"],
            aws_secret_access_key=stack["aws_secret_access_key"],
        )
        self._agency_id = agency_id
        self._queue = self._sqs.get_queue_url(QueueName=f"{stack['agency_queue_prefix']}-{agency_id}")[
            "QueueUrl"
        ]
        self._replies = stack["replies_queue_url"]

    def order(self, appeal_id: str) -> dict[str, Any]:
        """Wait for the order of an appeal."""
        for _ in range(30):
            found = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=2, MaxNumberOfMessages=10)
            for message in found.get("Messages", ()):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                order: dict[str, Any] = json.loads(message["Body"])
                if order["appeal_id"] == appeal_id and order["kind"] == "dispatched":
                    return order
        raise AssertionError(f"no order for {appeal_id} reached {self._agency_id}")

    def reply(self, order: dict[str, Any], **action: Any) -> None:
        """Answer an order, for example ``reply(order, command="acknowledge")``."""
        names = ("work_order_id", "agency_id", "reply_token")
        reply = {
            "schema": "hotline.reply/1",
            **{name: order[name] for name in names},
            "command_id": uuid.uuid4().hex,
            "action": action,
        }
        self._sqs.send_message(QueueUrl=self._replies, MessageBody=json.dumps(reply))


def text_messages(stack: dict[str, Any], phone: str) -> list[str]:
    """What reached a phone; the embedded AWS keeps text messages instead of sending them."""
    address = f"{stack['endpoint_url']}/_ministack/sns/sms-messages?phoneNumber={quote(phone)}"
    with urlopen(address) as answer:
        found = json.load(answer)["sms_messages"]
    return [message["Message"] for message in found.get(phone, ())]
