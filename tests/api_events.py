"""Events as API Gateway sends them, for calling an ``HttpApp`` without a gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

SOURCE_IP = "203.0.113.7"
REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def api_event(
    method: str,
    path: str,
    *,
    route: str | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str | list[str]] | None = None,
    claims: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A proxy event of a REST API.

    Args:
        path: the path that was asked for.
        route: the template's route it matched, such as ``/appeals/{appeal_id}``; else the path itself.
        body: text is sent as it is, anything else as JSON.
        headers: besides the content type, which a body brings along.
        query: one value or several by name.
        claims: the authorizer's context (``sub``, ``role``, …); None on public routes.

    Example:
        >>> event = api_event("GET", "/appeals/A1", route="/appeals/{appeal_id}")
        >>> event["pathParameters"]
        {'appeal_id': 'A1'}
    """
    route = route or path
    content_type = {} if body is None else {"Content-Type": "application/json"}
    parameters = {
        name: value if isinstance(value, list) else [value] for name, value in (query or {}).items()
    }
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "api.example", **content_type, **(headers or {})},
        "multiValueHeaders": {},
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": _path_parameters(route, path),
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": f"/live{path}",
            "stage": "live",
            "domainName": "api.example",
            "requestId": REQUEST_ID,
            "identity": {"sourceIp": SOURCE_IP},
            **({"authorizer": dict(claims)} if claims is not None else {}),
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body, ensure_ascii=False),
        "isBase64Encoded": False,
    }


def _path_parameters(route: str, path: str) -> dict[str, str] | None:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route)
    matched = re.fullmatch(pattern, path)
    if matched is None:
        raise ValueError(f"{path} does not match {route}")
    return matched.groupdict() or None
