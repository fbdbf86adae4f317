"""Read what GeoReport v2 servers say: XML and JSON, as they should be and as they are.

Example:
    >>> read_answer('<services><service><service_code>1</service_code></service></services>', "xml")
    [{'service_code': '1'}]
    >>> read_answer('{"service_requests":[{"service_request_id":7}]}', "json")
    [{'service_request_id': 7}]
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LISTS = frozenset(
    {
        "services",
        "service_requests",
        "requests",
        "service_request_updates",
        "service_requests_updates",
        "errors",
    }
)
_NO_MARKUP = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)


def read_answer(text: str, form: Literal["json", "xml"]) -> Any:
    """Read an answer: the list for a list's root, else an object; in XML all values are text.

    A list that is wrapped into an object by its own name, as some servers do, becomes the list. Document types
    are refused, and with them every entity that could be blown up or fetched.

    Raises:
        ValueError: it is not such a text.
    """
    if form == "xml":
        return _read_xml(text)
    try:
        answer = json.loads(text)
    except RecursionError:
        raise ValueError("too deep") from None
    if isinstance(answer, dict) and len(answer) == 1:
        ((name, inner),) = answer.items()
        if name in _LISTS:
            return inner if isinstance(inner, list) else [inner]
    return answer


def _read_xml(text: str) -> Any:
    from xml.etree import ElementTree  # only for endpoints that speak nothing else

    if "<!" in _NO_MARKUP.sub("", text):
        raise ValueError("document types are refused")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError("not XML") from error
    if root.tag not in _LISTS:
        raise ValueError(f"not GeoReport: {root.tag[:40]}")
    return [_value(each) for each in root]


def _value(element: Element) -> Any:
    if len(element):
        return {each.tag: _value(each) for each in element}
    return (element.text or "").strip()
