"""The reader of one request: which language, and where the addresses of other pages begin.

Every link is relative. A page cannot know its own address: it is ``/live/report`` behind API Gateway,
``/report`` behind a custom domain and ``/_aws/execute-api/<id>/live/report`` on the embedded AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

from hotline.domain.appeal import Language
from hotline.domain.phrases import Phrase

LANGUAGES: Mapping[Language, str] = {"zh-CN": "中文", "en": "English"}
"""What can be read here, by the name that its readers know."""

LARGE = "large"
"""The one size besides the usual: care mode (关怀版), for whoever wants bigger letters and fewer things."""

_WEIGHTED = re.compile(r"([A-Za-z-]{1,35})(?:\s*;\s*q=([01](?:\.\d{0,3})?))?")


class View(NamedTuple):
    """How to show a page to whoever asked for it.

    Attributes:
        language: what the page is shown in.
        chosen: whether the reader asked for it; links then keep it.
        root: the way from the page that was asked for to the home page, such as ``../``.
        embedded: whether the page stands inside another site or app, which has a header and a footer of its
            own; links then keep that too.
        large: whether the reader asked for care mode; links keep it, as they keep the language.
    """

    language: Language
    chosen: bool
    root: str
    embedded: bool = False
    large: bool = False

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> View:
        """The view that an API Gateway event asks for."""
        context = event.get("requestContext") or {}
        query = event.get("queryStringParameters") or {}
        wanted = query.get("lang")
        chosen = cast("Language", wanted) if wanted in LANGUAGES else None
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        return cls(
            language=chosen or preferred_language(headers.get("accept-language") or ""),
            chosen=chosen is not None,
            root=way_home(context.get("path") or "/", context.get("resourcePath") or "/"),
            embedded=query.get("embed") == "1",
            large=query.get("size") == LARGE,
        )

    def say(self, zh: str, en: str) -> str:
        """The sentence in the reader's language."""
        return en if self.language == "en" else zh

    def phrase(self, phrase: Phrase) -> str:
        """The same for a pair."""
        return self.say(phrase.zh, phrase.en)

    def url(self, page: str = "") -> str:
        """The address of a page, such as ``report``; without one, of the home page."""
        return self._address(page, self.language if self.chosen else None, self.large)

    def in_language(self, page: str, language: Language) -> str:
        """The address of a page in a given language."""
        return self._address(page, language, self.large)

    def in_size(self, page: str, *, large: bool) -> str:
        """The address of a page in care mode, or out of it."""
        return self._address(page, self.language if self.chosen else None, large)

    def _address(self, page: str, language: Language | None, large: bool) -> str:
        kept = [
            *([f"lang={language}"] if language else []),
            *([f"size={LARGE}"] if large else []),
            *(["embed=1"] if self.embedded else []),
        ]
        return f"{self.root}{page}{'?' if kept else ''}{'&'.join(kept)}"

    def with_query(self, page: str, name: str, value: str) -> str:
        """The address of a page with one more thing said, such as which group; never a word of the reader's."""
        address = self.url(page)
        return f"{address}{'&' if '?' in address else '?'}{name}={quote(value, safe='')}"

    def kept(self) -> list[tuple[str, str]]:
        """What a form that is sent in the address must say again, because it replaces the whole query."""
        return parse_qsl(self.url().partition("?")[2])

    def day(self, at: datetime, zone: ZoneInfo) -> str:
        """A day of the city.

        Example:
            >>> from datetime import UTC
            >>> View("en", False, "./").day(datetime(2026, 11, 23, 16, 5, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
            '24 November 2026'
        """
        here = at.astimezone(zone)
        return self.say(f"{here.year}年{here.month}月{here.day}日", f"{here.day} {here:%B %Y}")

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """A time of the city.

        Example:
            >>> from datetime import UTC
            >>> view = View("zh-CN", False, "./")
            >>> view.moment(datetime(2026, 11, 23, 16, 5, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))
            '2026年11月24日 00:05'
        """
        here = at.astimezone(zone)
        return self.say(
            f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}", f"{here.day} {here:%B %Y, %H:%M}"
        )


def preferred_language(accept_language: str) -> Language:
    """The best of our languages for an ``Accept-Language`` header (RFC 9110 §12.5.4); zh-CN if none fits.

    Example:
        >>> preferred_language("fr-FR, en;q=0.8, zh;q=0.5"), preferred_language("zh-TW,en;q=0.3")
        ('en', 'zh-CN')
    """
    best: Language = "zh-CN"
    best_weight = 0.0
    for name, weight in _WEIGHTED.findall(accept_language[:500]):
        language = _ours(name)
        if language and float(weight or 1) > best_weight:
            best, best_weight = language, float(weight or 1)
    return best


def _ours(name: str) -> Language | None:
    match name.partition("-")[0].lower():
        case "zh":
            return "zh-CN"
        case "en":
            return "en"
        case _:
            return None


def way_home(path: str, route: str) -> str:
    """The relative address of the home page, from the path in the browser and the route that it matched.

    A browser resolves relative addresses from the last slash, so ``/live`` and ``/live/`` differ.

    Example:
        >>> way_home("/live/report", "/report"), way_home("/survey/a.1.b", "/survey/{survey_token}")
        ('./', '../')
        >>> way_home("/live/report/", "/report"), way_home("/live/", "/"), way_home("/live", "/")
        ('../', './', './live/')
    """
    depth = sum(1 for part in route.split("/") if part)
    if path.endswith("/"):
        return "../" * depth or "./"
    if depth == 0:
        return f"./{path.rpartition('/')[2]}/"
    return "../" * (depth - 1) or "./"
