"""What a browser without scripts makes of an answer."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

VOID = {"meta", "br", "link", "hr", "input", "img"}


class Page(HTMLParser):
    """What a browser makes of an answer: its text, its inputs, its links; well-formed or an error."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.status: int = answer["statusCode"]
        self.headers: dict[str, str] = answer["headers"]
        self.html: str = answer["body"]
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._open: list[str] = []
        self.feed(self.html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def value(self, name: str) -> str:
        """What an input holds."""
        return next(each["value"] for each in self.all("input") if each.get("name") == name)

    @property
    def title(self) -> str:
        found = re.search(r"<title>(.*?)</title>", self.html, re.DOTALL)
        return unescape(found[1]) if found else ""
