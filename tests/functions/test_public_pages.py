"""What everybody may read: counts in fives, published months, help and privacy; nothing of anybody's own."""

from __future__ import annotations

import pytest

from tests.api_events import api_event
from tests.aws_stack import MotoStack
from tests.functions.test_pages import Page
from tests.lives import Life


def read(stack: MotoStack, path: str, route: str | None = None, **query: str) -> Page:
    return Page(stack.invoke("WebPublic", api_event("GET", path, route=route, query=query or None)))


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("help", 200, "使用帮助"),
        ("privacy", 200, "个人信息保护法"),
        ("figures", 200, "还没有公布过数据"),
        ("month", 404, "还没有公布"),
        ("nearby", 200, "不足 5 件的不公布"),
    ],
)
def test_every_sample_event_gets_its_page(stack: MotoStack, name: str, status: int, words: str) -> None:
    Life(stack).dispatched()
    page = Page(stack.run(f"web/public_api.{name}"))
    assert (page.status, words in page.text) == (status, True)
