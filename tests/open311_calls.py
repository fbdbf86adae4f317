"""Calls to the Open311 endpoint without a gateway: events as API Gateway sends them, and what an app makes of answers.

Example:
    >>> open311_event("GET", "/v2/services.json")["requestContext"]["resourcePath"]
    '/{first}/{second}'
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from defusedxml import ElementTree

from hotline.adapters.dynamodb.api_keys import DynamoDBApiKeys
from hotline.domain.open311.api_keys import ApiKey, key_digest, new_key
from hotline.edges.open311 import SEGMENTS
from hotline.wiring import open311
from tests.api_events import api_event
from tests.aws_stack import MotoStack, sample

FORM = "application/x-www-form-urlencoded; charset=utf-8"
_SAMPLE_KEY = new_key(b"samples".ljust(24, b"."))
LISTS = {"attributes", "values", "endpoints", "formats", "notes"}


class Reply(NamedTuple):
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The JSON, after a look at what it is declared as."""
        assert self.headers["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(self.text)

    @property
    def xml(self) -> Any:
        """The XML as a strict parser reads it, in the shape of its JSON twin; every value is text."""
        assert self.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert self.text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        return plain(ElementTree.fromstring(self.text.encode(), forbid_dtd=True))


def plain(element: Any) -> Any:
    """An element as data: lists for the lists that the specification knows."""
    assert not element.attrib
    assert "{" not in element.tag, "a namespace"
    containers = {"services", "service_requests", "service_request_updates", "errors", *LISTS}
    if element.tag in containers:
        return [plain(each) for each in element]
    if len(element):
        return {each.tag: plain(each) for each in element}
    return element.text or ""


def as_text(value: Any) -> Any:
    """JSON with every value as the text that XML has."""
    if isinstance(value, dict):
        return {name: as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_text(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def open311_event(
    method: str,
    path: str,
    *,
    form: Mapping[str, str | Sequence[str]] | str | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An event of the Open311 API: the gateway knows segments, not resources."""
    segments = path.strip("/").split("/")
    route = "".join(f"/{{{name}}}" for name in SEGMENTS[: len(segments)])
    body = form if form is None or isinstance(form, str) else urlencode(form, doseq=True)
    content = {} if body is None else {"Content-Type": FORM}
    event = api_event(
        method, path, route=route, body=body, headers={**content, **(headers or {})}, query=query
    )
    event["requestContext"] |= {
        "apiId": "f6g7h8i9j0",
        "domainName": "f6g7h8i9j0.execute-api.cn-north-1.amazonaws.com.cn",
        "stage": "open311",
        "path": f"/open311{path}",
    }
    return event


class App:
    """An app with a key of its own."""

    def __init__(self, stack: MotoStack, label: str = "a test", per_minute: int = 1000) -> None:
        self.stack = stack
        open311._kept_keys.cache_clear()
        self.key = new_key(label.encode().ljust(24, b"."))
        self.api_key = ApiKey(
            digest=key_digest(self.key),
            label=label,
            per_minute=per_minute,
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        self.keys = DynamoDBApiKeys(stack.dynamodb, stack.lookup("ApiKeysTable", None))
        self.keys.issue(self.api_key.digest, self.api_key)

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: Any) -> Reply:
        """Ask."""
        return self.send("GET", path, query=query or None, headers=headers)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **form: Any) -> Reply:
        """Post a form with the key."""
        return self.send("POST", path, form={"api_key": self.key, **form}, headers=headers)

    def report(self, **form: Any) -> str:
        """Report a street light; the id."""
        said = {"service_code": "road.lighting", "lat": "39.91", "long": "116.40", "description": "路灯不亮"}
        reply = self.post("/v2/requests.json", **{**said, **form})
        assert reply.status == 200, reply.text
        number: str = reply.json[0]["service_request_id"]
        return number

    def run_sample(self, name: str, **parts: Any) -> Reply:
        """One call as a file of ``events/`` has it, with this app's key in the place of the sample's."""
        event = sample(name)
        if event["body"]:
            event["body"] = event["body"].replace(_SAMPLE_KEY, self.key)
        if "query" in parts:
            event["multiValueQueryStringParameters"] = {key: [value] for key, value in parts["query"].items()}
        answer = self.stack.invoke("GeoReportApi", event)
        return Reply(answer["statusCode"], answer["body"], answer["headers"])

    def send(self, method: str, path: str, **parts: Any) -> Reply:
        """One call."""
        answer = self.stack.invoke("GeoReportApi", open311_event(method, path, **parts))
        return Reply(answer["statusCode"], answer["body"], answer["headers"])
