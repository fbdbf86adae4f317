"""The OpenAPI 3.1 document of the HTTP API, built from routes and models so that it cannot differ.

Example:
    >>> from hotline.domain.model import Frozen
    >>> from hotline.edges.http import HttpApp, Request
    >>> class Pong(Frozen):
    ...     at: str
    >>> app = HttpApp("example")
    >>> @app.operation("GET", "/ping", answer=Pong, public=True, summary="探测", summary_en="Ping")
    ... def ping(request: Request) -> Pong:
    ...     return Pong(at="now")
    >>> build([app])["paths"]["/ping"]["get"]["summary"]
    '探测 · Ping'
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from hotline.domain.errors import (
    Forbidden,
    HotlineError,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    TransitionNotAllowed,
    Unauthenticated,
    Unavailable,
    VersionConflict,
)
from hotline.domain.receipts import SIGNATURE, TIMESTAMP
from hotline.edges.http import (
    BODY_LIMIT,
    CITIZEN_TOKEN,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    TRACKING_KEY,
    HttpApp,
    Operation,
    Unexpected,
    UnsupportedMediaType,
    problem_document,
)

Json = dict[str, Any]

VERSION = "1"
"""The version of the wire: raised when a client written for the old one would break."""

TAGS: Mapping[str, str] = {
    "intake": "接 · Register and follow an appeal",
    "phones": "接 · Prove a telephone number when a key is lost",
    "dispatch": "派 · Decide who handles",
    "handling": "办 · The agency's desk",
    "notify": "告 · Notices to citizens",
    "supervision": "督 · Urge, supervise, escalate",
    "survey": "访 · Ask the citizen",
    "assessment": "评 · Rates and scorecards",
    "open311": "接 · Open311 GeoReport v2, for apps",
    "opendata": "公开数据 · Open data",
}
"""The chain in its order; tags beyond it follow by name."""

_PROBLEM: Json = {
    "type": "object",
    "description": "RFC 9457。`type` 标识错误种类，`detail` 为中文说明，`detail_en` 为英文说明。",
    "required": ["type", "title", "status", "detail", "detail_en"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "detail_en": {"type": "string"},
        "current_version": {"type": "integer", "description": "冲突时的当前版本 · The version to load"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "message_en"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "message_en": {"type": "string"},
                },
            },
        },
    },
}

_PARAMETERS: Mapping[str, Json] = {
    IDEMPOTENCY_KEY: {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "description": "重复提交得到同一结果 · The same key gives the same result again",
        "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[!-~]+$"},
        "example": "5f0c1c52-6b1e-4f0a-9c1d-2f6f1f3f9a10",
    },
    IF_MATCH: {
        "name": IF_MATCH,
        "in": "header",
        "description": "所见版本号 · The version last seen; refused with 409 when it is no longer current",
        "schema": {"type": "string", "pattern": '^"?[0-9]{1,9}"?$'},
        "example": '"7"',
    },
    TIMESTAMP: {
        "name": TIMESTAMP,
        "in": "header",
        "required": True,
        "description": "签名时间，Unix 秒 · When it was signed, in seconds since 1970",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    SIGNATURE: {
        "name": SIGNATURE,
        "in": "header",
        "required": True,
        "description": "v1= 与对 <时间>.<正文> 的 HMAC-SHA-256 · v1= and the hex HMAC-SHA-256 over <timestamp>.<body>",
        "schema": {"type": "string", "pattern": "^v1=[0-9a-f]{64}$"},
    },
    CITIZEN_TOKEN: {
        "name": CITIZEN_TOKEN,
        "in": "header",
        "required": True,
        "description": "手机号验证后得到的通行令牌 · The pass of a proven telephone number",
        "schema": {"type": "string", "maxLength": 80},
    },
}

_SECURITY: Mapping[str, Json] = {
    "staff": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "工作人员的 OIDC 令牌 · A token of the city's OIDC provider",
    },
    "trackingKey": {
        "type": "apiKey",
        "in": "header",
        "name": TRACKING_KEY,
        "description": "登记时给出的查询密钥 · The secret key given once at registration",
    },
}

_SAMPLES: Mapping[type[HotlineError], HotlineError] = {
    type(sample): sample
    for sample in (
        InvalidInput.field("place.lat", "应为数值", "must be a number"),
        Forbidden("auditor", "POST /dispatch/{appeal_id}"),
        TransitionNotAllowed("closed", "resolve"),
        VersionConflict(8),
        PayloadTooLarge(BODY_LIMIT),
        Unavailable("a store"),
    )
}
"""An instance of errors that cannot be made without arguments; others of that kind go without example."""


def build(apps: Iterable[HttpApp]) -> Json:
    """The document of all operations of the given applications.

    Raises:
        ValueError: two operations share a path and method, or a handler's name.
    """
    operations = [operation for app in apps for operation in app.operations]
    schemas = _Schemas(operations)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "12345 接诉即办 · City hotline",
            "version": VERSION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "本部署 · This deployment"}],
        "tags": _tags(operations),
        "paths": _paths(operations, schemas),
        "components": {
            "schemas": {"Problem": _PROBLEM, **schemas.definitions},
            "parameters": {_component(name): dict(spec) for name, spec in _PARAMETERS.items()},
            "securitySchemes": {name: dict(scheme) for name, scheme in _SECURITY.items()},
        },
    }


class _Schemas:
    """The JSON schemas of every model that an operation mentions."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
        self._seen: set[str] = set()
        for operation in operations:
            wanted.update(dict.fromkeys(_models(operation)))
        self._refs, found = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
        self.definitions: Json = found.get("$defs", {})
        for model, mode in wanted:
            if mode == "serialization":
                self._leave_out_empty(self.ref(model, mode))

    def ref(self, model: type[BaseModel], mode: Literal["validation", "serialization"]) -> Json:
        return dict(self._refs[model, mode])

    def _leave_out_empty(self, schema: Any) -> None:
        """Answers leave out what is None: such members are not required, whatever the model says."""
        if isinstance(schema, list):
            for each in schema:
                self._leave_out_empty(each)
        elif isinstance(schema, dict):
            members = schema.get("properties")
            if isinstance(members, dict) and isinstance(schema.get("required"), list):
                schema["required"] = [each for each in schema["required"] if not _may_be_null(members[each])]
            reference = schema.get("$ref")
            name = reference.rpartition("/")[2] if isinstance(reference, str) else ""
            if name and name not in self._seen:
                self._seen.add(name)
                self._leave_out_empty(self.definitions[name])
            for each in schema.values():
                self._leave_out_empty(each)

    def resolved(self, model: type[BaseModel]) -> Json:
        """The schema of an input model itself instead of a reference to it."""
        name = self.ref(model, "validation")["$ref"].rsplit("/", 1)[1]
        definition: Json = self.definitions[name]
        return definition


def _may_be_null(schema: Json) -> bool:
    return any(each.get("type") == "null" for each in schema.get("anyOf", ()))


def _models(operation: Operation) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    for model in (operation.body, operation.query):
        if model is not None:
            yield model, "validation"
    if operation.answer is not None:
        yield operation.answer, "serialization"


def _tags(operations: Iterable[Operation]) -> list[Json]:
    used = {operation.tag for operation in operations}
    ordered = [tag for tag in TAGS if tag in used] + sorted(used - TAGS.keys())
    return [{"name": tag, "description": TAGS.get(tag, tag)} for tag in ordered]


def _paths(operations: Iterable[Operation], schemas: _Schemas) -> Json:
    paths: dict[str, Json] = {}
    names: set[str] = set()
    for operation in operations:
        methods = paths.setdefault(operation.path, {})
        method, name = operation.method.lower(), operation.handler.__name__
        if method in methods or name in names:
            raise ValueError(f"{operation.method} {operation.path} ({name}) is there twice")
        names.add(name)
        methods[method] = _operation(operation, schemas)
    return paths


def _operation(operation: Operation, schemas: _Schemas) -> Json:
    document: Json = {
        "operationId": operation.handler.__name__,
        "tags": [operation.tag],
        "summary": " · ".join(filter(None, (operation.summary, operation.summary_en))),
        "description": inspect.getdoc(operation.handler) or "",
        "security": _security(operation),
        "x-roles": sorted(operation.roles),
        "parameters": list(_parameters(operation, schemas)),
        "responses": _responses(operation, schemas),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schemas.ref(operation.body, "validation")}}
        document["requestBody"] = {"required": True, "content": content}
    described = dict(operation.described)
    for media_type in described.pop("also", ()):
        content = document["responses"][str(_success_status(operation))]["content"]
        content[media_type] = {"schema": {"type": "string"}}
    if refusals := described.pop("refusals", None):
        success = str(_success_status(operation))
        document["responses"] = {success: document["responses"][success], **refusals}
    document |= described
    return {name: value for name, value in document.items() if value or name == "security"}


def _security(operation: Operation) -> list[Json]:
    if not operation.public:
        return [{"staff": []}]
    return [{"trackingKey": []}] if operation.tracking_key else []


def _parameters(operation: Operation, schemas: _Schemas) -> Iterator[Json]:
    for name in re.findall(r"\{(\w+)\}", operation.path):
        schema = {"type": "string", "minLength": 1, "maxLength": 128}
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if operation.query is not None:
        query = schemas.resolved(operation.query)
        for name, schema in query.get("properties", {}).items():
            yield {
                "name": name,
                "in": "query",
                "required": name in query.get("required", ()),
                "schema": schema,
            }
    for name in operation.headers:
        yield {"$ref": f"#/components/parameters/{_component(name)}"}


def _responses(operation: Operation, schemas: _Schemas) -> Json:
    refusals: dict[int, list[type[HotlineError]]] = {}
    for error in dict.fromkeys((*_usual_errors(operation), *operation.errors)):
        refusals.setdefault(error.status, []).append(error)
    success = str(_success_status(operation))
    return {
        success: _success(operation, schemas),
        **{str(status): _refusal(refusals[status]) for status in sorted(refusals)},
    }


def _usual_errors(operation: Operation) -> Iterator[type[HotlineError]]:
    if operation.body is not None:
        yield from (InvalidInput, PayloadTooLarge, UnsupportedMediaType)
    if operation.query is not None or {IDEMPOTENCY_KEY, IF_MATCH} & set(operation.headers):
        yield InvalidInput
    if operation.roles:
        yield from (Unauthenticated, Forbidden)
    if "{" in operation.path:
        yield NotFound
    yield from (Unexpected, Unavailable)


def _success_status(operation: Operation) -> int:
    empty = operation.answer is None and operation.content_type == "application/json"
    return HTTPStatus.NO_CONTENT if empty else operation.status


def _success(operation: Operation, schemas: _Schemas) -> Json:
    description = HTTPStatus(_success_status(operation)).phrase
    if operation.answer is not None:
        schema = schemas.ref(operation.answer, "serialization")
    elif operation.content_type == "application/json":
        return {"description": description}
    else:
        schema = {"type": "string"}
    return {"description": description, "content": {operation.content_type: {"schema": schema}}}


def _refusal(errors: list[type[HotlineError]]) -> Json:
    content: Json = {"schema": {"$ref": "#/components/schemas/Problem"}}
    samples = {error.code: {"value": problem_document(sample)} for error, sample in _sampled(errors)}
    if samples:
        content["examples"] = samples
    description = "; ".join(f"{error.code}: {error.title}" for error in errors)
    return {"description": description, "content": {"application/problem+json": content}}


def _sampled(errors: Iterable[type[HotlineError]]) -> Iterator[tuple[type[HotlineError], HotlineError]]:
    for error in errors:
        sample = _SAMPLES.get(error) or _made_without_arguments(error)
        if sample is not None:
            yield error, sample


def _made_without_arguments(error: type[HotlineError]) -> HotlineError | None:
    given = inspect.signature(error).parameters.values()
    if any(parameter.default is parameter.empty for parameter in given):
        return None
    make: Any = error
    sample: HotlineError = make()
    return sample


def _component(header: str) -> str:
    return header.replace("-", "")
