"""The two REST APIs of the template in front of functions that run in this process, as a WSGI application.

Routes as API Gateway does: the exact segment wins over a parameter. The authorizer is played: ``Bearer <role>`` is
somebody of that role.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from tests.api_events import api_event
from tests.aws_stack import FunctionRunner
from tests.lives import AGENCY
from tests.template import OPEN_APIS, load

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class _Route(NamedTuple):
    method: str
    path: str
    pattern: re.Pattern[str]
    function: str
    public: bool


class Gateway:
    """Calls the function that a method and an address belong to."""

    def __init__(self, runner: FunctionRunner, *, open311: bool) -> None:
        self._runner = runner
        self._routes = sorted(
            (
                _Route(
                    event["Properties"]["Method"],
                    event["Properties"]["Path"],
                    _pattern(event["Properties"]["Path"]),
                    function.name,
                    event["Properties"].get("Auth", {}).get("Authorizer") == "NONE" or open311,
                )
                for function in load().functions.values()
                for event in function.events.values()
                if event["Type"] == "Api" and (event["Properties"]["RestApiId"] in OPEN_APIS) is open311
            ),
            key=lambda route: route.path.count("{"),
        )

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        method, path = (
            environ["REQUEST_METHOD"],
            environ["PATH_INFO"].encode("latin-1").decode(errors="replace"),
        )
        for route in self._routes:
            matched = route.pattern.fullmatch(path)
            if route.method == method and matched is not None:
                answer = self._runner.invoke(route.function, _event(environ, path, route, matched))
                headers = [(name, str(value)) for name, value in answer["headers"].items()]
                start_response(f"{answer['statusCode']} -", headers)
                return [answer["body"].encode()]
        start_response("404 -", [("Content-Type", "application/json")])
        return [b'{"message":"gateway"}']


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile(
        "".join(f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    )


def _event(environ: dict[str, Any], path: str, route: _Route, matched: re.Match[str]) -> dict[str, Any]:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length).decode(errors="replace") if length else None
    headers = {
        name[5:].replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    role = headers.get("Authorization", "").removeprefix("Bearer ")
    claims = {"sub": "tester", "role": role, **({"agency_id": AGENCY} if role == "agency" else {})}
    event = api_event(
        route.method,
        "/",
        headers=headers,
        body=body,
        query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        claims=None if route.public else claims,
    )
    context = {**event["requestContext"], "resourcePath": route.path}
    values = {name: unquote(value) for name, value in matched.groupdict().items()}
    return {
        **event,
        "path": path,
        "resource": route.path,
        "pathParameters": values or None,
        "requestContext": context,
    }
