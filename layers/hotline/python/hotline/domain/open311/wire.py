"""The two forms of GeoReport v2 on the wire: XML without a namespace, and JSON by the Spark convention.

An answer is plain data: a list of objects, or one object. What its XML elements are called depends on what
it is, and stands in ``DOCUMENTS``; JSON drops the outermost container of a list (GeoReport v2 §"JSON").
Empty members are in neither form, so that the two say the same.

Example:
    >>> to_json([{"service_request_id": "X", "lat": 39.9, "address": None}])
    '[{"service_request_id":"X","lat":39.9}]'
    >>> print(to_xml("requests", [{"service_request_id": "X", "lat": 39.9}]).partition("?>")[2].strip())
    <service_requests><request><service_request_id>X</service_request_id><lat>39.9</lat></request></service_requests>
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

Format = Literal["json", "xml"]

MEDIA_TYPES: Mapping[Format, str] = {
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}


class Document(NamedTuple):
    """What the XML of an answer is called: its root, and each entry when it is a list."""

    root: str
    entry: str | None = None


DOCUMENTS: Mapping[str, Document] = {
    "discovery": Document("discovery"),
    "services": Document("services", "service"),
    "service_definition": Document("service_definition"),
    "requests": Document("service_requests", "request"),
    "updates": Document("service_request_updates", "request_update"),
    "errors": Document("errors", "error"),
}

ENTRIES: Mapping[str, str] = {
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "notes": "note",
}
"""What an entry of a list inside an answer is called."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def w3c(at: datetime) -> str:
    """A date-time with its zone, as GeoReport wants it.

    Example:
        >>> from datetime import UTC
        >>> w3c(datetime(2026, 12, 1, 3, tzinfo=UTC))
        '2026-12-01T03:00:00Z'
    """
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def to_json(answer: Any) -> str:
    """An answer as JSON: lists are bare arrays."""
    return json.dumps(_without_empty(answer), ensure_ascii=False, separators=(",", ":"))


def to_xml(kind: str, answer: Any) -> str:
    """An answer as XML; ``kind`` is a name of ``DOCUMENTS``. What XML cannot hold is left out of its text."""
    document = DOCUMENTS[kind]
    return _DECLARATION + "".join(_element(document.root, _without_empty(answer), document.entry))


def write(kind: str, answer: Any, form: Format) -> str:
    """An answer in the form that was asked for."""
    return to_json(answer) if form == "json" else to_xml(kind, answer)


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_empty(each) for name, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_empty(each) for each in value]
    return value


def _element(name: str, value: Any, entry: str | None = None) -> Iterator[str]:
    yield f"<{name}>"
    if isinstance(value, Mapping):
        for each, inner in value.items():
            yield from _element(each, inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _element(entry or ENTRIES[name], inner)
    else:
        yield _text(value)
    yield f"</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value)).translate(_ESCAPES)
