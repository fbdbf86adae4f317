"""The documentation pages: the document for programs, a page that loads and runs nothing for people."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from hotline.domain.model import Frozen
from hotline.edges.http import HttpApp, Request
from hotline.edges.openapi import build
from tests.api_events import api_event
from web import docs_api
from web.docs_page import render

VOID = {"meta", "br", "link", "hr"}


class Reader(HTMLParser):
    """Collects what a browser would act on, and whether every element is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.ids.extend(value for name, value in attrs if name == "id" and value)
        self.links.extend(value for name, value in attrs if name in ("href", "src") and value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class Words(Frozen):
    words: str


def hostile_document() -> dict[str, object]:
    app = HttpApp("<script>alert(1)</script>")

    @app.operation(
        "POST",
        "/words/{number}",
        body=Words,
        answer=Words,
        public=True,
        summary="<img src=x onerror=alert(1)>",
    )
    def say(command: Words, number: str, request: Request) -> Words:
        """Quote ' and " and <b>."""
        return command

    return build([app])


def test_the_document_is_served_as_json() -> None:
    answer = docs_api.app(api_event("GET", "/openapi.json"), None)
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"])["openapi"] == "3.1.0"


def test_the_page_s_policy_allows_exactly_its_own_style() -> None:
    answer = docs_api.app(api_event("GET", "/docs"), None)
    assert answer["statusCode"] == 200
    (style,) = re.findall(r"<style>(.*?)</style>", answer["body"], re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer["headers"]["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "html", [render(hostile_document())[0], docs_api._page()[0]], ids=["hostile", "ours"]
)
def test_the_page_is_well_formed_runs_nothing_and_loads_nothing_from_elsewhere(html: str) -> None:
    page = Reader(html)
    assert page.open == []
    assert page.tags.isdisjoint({"script", "img", "iframe", "link", "object", "form"})
    assert not any(name.startswith("on") or name == "style" for name in page.attributes)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == {"openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_page_says_who_may_call_what_and_with_which_fields() -> None:
    html, _ = render(hostile_document())
    assert "公开" in html
    assert "<code>/words/{number}</code>" in html
    assert "<a href='#schema-Words'>Words</a>" in html
    assert "id='problem-invalid-input'" in html
