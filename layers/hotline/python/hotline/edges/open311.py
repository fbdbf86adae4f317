"""The HTTP edge of GeoReport v2: the same operations in XML and JSON, refusals in its own form.

The format is the ending of the address, ``services.json``, and API Gateway's path parameters are whole segments.
So the gateway hands over *every* address of up to four segments, by every method, and this application finds the
operation: a wrong address and a wrong method are refused here, in the format that was asked for, and not by the
gateway in its own. What is left to the gateway (throttles, bodies of megabytes) is in the template's gateway
responses of this API, whose format API Gateway chooses by ``Accept`` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel

from hotline.domain.appeal import Language
from hotline.domain.errors import HotlineError, InvalidInput
from hotline.domain.open311.posting import Parameters
from hotline.domain.open311.wire import MEDIA_TYPES, Format, write
from hotline.edges.http import Answer, HttpApp, Method, Request

SEGMENTS = ("first", "second", "third", "fourth")
"""The path parameters of the template's routes."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

FORMATS: tuple[Format, ...] = ("json", "xml")

_WHOLE_STATUSES = frozenset({403, 404, 429})
"""Beside faults of ours; everything else is 400 (GeoReport v2 §"Errors")."""

FIELDS = 200
"""Inputs of one form; a service asks a handful."""

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENGLISH = re.compile(r"^\s*en\b", re.IGNORECASE)
_READABLE_XML = re.compile(r"\bxml\b")

Handler = TypeVar("Handler", bound=Callable[..., Any])
Json = dict[str, Any]


class Open311App(HttpApp):
    """An application of GeoReport v2.

    Attributes:
        form: the format of the call being answered.
        language: the one in which it is answered: the city's first, unless English is asked for.
        base_url: the address under which the call came in, without its resource.
    """

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        self.form: Format = "xml"
        self.language: Language = "zh-CN"
        self.base_url = ""
        self._patterns: list[tuple[str, re.Pattern[str]]] = []

    @property
    def gateway_routes(self) -> set[tuple[str, str, bool]]:
        """Every address of one to four segments, by every method that a client may try."""
        parts = [f"/{{{name}}}" for name in SEGMENTS]
        paths = ["".join(parts[: number + 1]) for number in range(len(parts))]
        return {(method, path, True) for method in METHODS for path in paths}

    def resource(
        self,
        method: Method,
        path: str,
        kind: str,
        *,
        summary: str,
        summary_en: str,
        answer: type[BaseModel],
        query: type[BaseModel] | None = None,
        form: Callable[[str], Any] | None = None,
        fields: Mapping[str, Any] | None = None,
        key: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a resource in both formats; its handler answers with plain data.

        Args:
            path: without the ending.
            kind: what the answer is called (``wire.DOCUMENTS``).
            answer: the model of its JSON, for the document.
            form: reads the body of a POST; ``fields`` are its JSON schema.
            key: a refused API key is among the answers.
        """

        def register(handler: Handler) -> Handler:
            for ending in FORMATS:
                perform = _in_format(handler, kind, ending)
                described = _described(method, path, ending, fields, key)
                self.operation(
                    method,
                    f"{path}.{ending}",
                    summary=summary,
                    summary_en=f"{summary_en} ({ending.upper()})",
                    query=query,
                    answer=answer if ending == "json" else None,
                    content_type=MEDIA_TYPES[ending].partition(";")[0],
                    public=True,
                    form=form or False,
                    described=described,
                )(perform)
                self._patterns.append((f"{path}.{ending}", _pattern(f"{path}.{ending}")))
            return handler

        return register

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Find the operation of an address, and answer."""
        given = event.get("pathParameters") or {}
        segments = [given[name] for name in SEGMENTS if name in given]
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        self.form = _format_of(segments, headers.get("accept", ""))
        self.language = "en" if _ENGLISH.match(headers.get("accept-language", "")) else "zh-CN"
        self.base_url = _base_url(event, segments)
        answer = super().__call__(self._routed(event, segments), context)
        # Pages of other origins may read it: nothing here knows a cookie, and everything is public or keyed.
        answer["headers"]["Access-Control-Allow-Origin"] = "*"
        return answer

    def refusal(self, error: HotlineError) -> Answer:
        """What a refusal says: one entry an error, in the format that was asked for."""
        status = error.status if error.status in _WHOLE_STATUSES or error.status >= 500 else 400
        wrong = error.facts.get("errors", ()) if status < 500 else ()
        sentences = [self._sentence(each["message"], each["message_en"], each["field"]) for each in wrong]
        errors = [
            {"code": status, "description": sentence}
            for sentence in sentences or [self._sentence(error.detail, error.detail_en)]
        ]
        return Answer(write("errors", errors, self.form), status=status, content_type=MEDIA_TYPES[self.form])

    def _sentence(self, message: str, message_en: str, field: str = "") -> str:
        """Developers read both languages, unless they have asked for English."""
        said = message_en if self.language == "en" else f"{message} · {message_en}"
        return f"{field}: {said}" if field else said

    def _routed(self, event: Mapping[str, Any], segments: list[str]) -> dict[str, Any]:
        """The event as the gateway would send it if it knew the operations' own routes."""
        address = "".join(f"/{each}" for each in segments)
        for path, pattern in self._patterns:
            matched = pattern.fullmatch(address)
            if matched is not None:
                context = {**event["requestContext"], "resourcePath": path}
                return {
                    **event,
                    "resource": path,
                    "pathParameters": matched.groupdict(),
                    "requestContext": context,
                }
        return dict(event)


def read_parameters(text: str) -> Parameters:
    """Read the body of a POST: ``application/x-www-form-urlencoded``.

    Raises:
        InvalidInput: it is not such a text in UTF-8.
    """
    if _BROKEN_ESCAPE.search(text):
        raise InvalidInput.field("body", "不是有效的表单", "is not a valid form")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError:
        raise InvalidInput.field("body", "不是有效的表单", "is not a valid form") from None
    return Parameters(pairs, text)


def _in_format(handler: Callable[..., Any], kind: str, ending: Format) -> Callable[..., Any]:
    """The handler, with its answer written; its name tells the format, for the document."""

    def perform(*arguments: Any, request: Request, **named: Any) -> Answer:
        data = handler(*arguments, request=request, **named)
        return Answer(write(kind, data, ending), content_type=MEDIA_TYPES[ending])

    perform.__name__ = f"{handler.__name__}_{ending}"
    perform.__doc__ = handler.__doc__
    return perform


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    )


def _format_of(segments: list[str], accept: str) -> Format:
    """The ending of the address; of one without, what is accepted; XML, which every server has."""
    ending = segments[-1].rpartition(".")[2] if segments else ""
    if ending in FORMATS:
        return ending
    return "json" if "json" in accept and not _READABLE_XML.search(accept) else "xml"


def _base_url(event: Mapping[str, Any], segments: list[str]) -> str:
    """As the gateway knows it, never as a Host header claims (FAULTS S33)."""
    context = event.get("requestContext") or {}
    path = str(context.get("path", "")).removesuffix("".join(f"/{each}" for each in segments))
    return f"https://{context.get('domainName', '')}{path}"


# ---- the document -------------------------------------------------------------------------------------


def _described(
    method: Method, path: str, ending: Format, fields: Mapping[str, Any] | None, key: bool
) -> Json:
    """What the OpenAPI document says otherwise about a resource than about our own operations."""
    media = MEDIA_TYPES[ending].partition(";")[0]
    schema = _ERRORS if ending == "json" else {"type": "string"}
    statuses = [400, *([403] if key else []), *([404] if "{" in path or method == "POST" else [])]
    statuses += [429, 500, 503]
    described: Json = {
        "servers": [{"url": "{open311_url}", "variables": {"open311_url": {"default": "."}}}],
        "refusals": {
            str(status): {
                "description": HTTPStatus(status).phrase,
                "content": {media: {"schema": schema}},
            }
            for status in statuses
        },
    }
    if fields is not None:
        content = {"application/x-www-form-urlencoded": {"schema": fields}}
        described["requestBody"] = {"required": True, "content": content}
    return described


_ERRORS: Json = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["code", "description"],
        "additionalProperties": False,
        "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
    },
}
