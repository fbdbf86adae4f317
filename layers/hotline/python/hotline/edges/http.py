"""The HTTP edge: one decorator routes, documents, checks and answers an operation.

A function's ``api.py`` holds an ``HttpApp`` and handlers that know nothing of HTTP: they get a parsed
command and a ``Request``, and answer with a model or raise a ``HotlineError``. Everything that can go
wrong leaves here as ``application/problem+json`` (RFC 9457); nothing is raised out of the Lambda.

Example:
    >>> from hotline.domain.model import Frozen
    >>> class Echo(Frozen):
    ...     words: str
    >>> app = HttpApp("example")
    >>> @app.operation("POST", "/echoes", body=Echo, answer=Echo, public=True, summary="回声")
    ... def echo(command: Echo, request: Request) -> Echo:
    ...     return command
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from chalice.app import Chalice, Response
from pydantic import BaseModel, Field, ValidationError

from hotline.domain.actor import CITIZEN, Actor, Role
from hotline.domain.errors import (
    Forbidden,
    HotlineError,
    InvalidInput,
    PayloadTooLarge,
    TooManyRequests,
    Unauthenticated,
)
from hotline.domain.model import Frozen
from hotline.edges import strict_json
from hotline.edges.forms import read_form
from hotline.edges.sentences import invalid_input
from hotline.observability import logger, publish_metrics

BODY_LIMIT = 256 * 1024
"""Bytes of the largest body that is read; attachments go to the store by presigned upload."""

RETRY_AFTER_SECONDS = 5

IDEMPOTENCY_KEY = "Idempotency-Key"
"""The header that makes a repeated call find the first one's result."""

IF_MATCH = "If-Match"
"""The header that says which version of a case the caller has seen."""

TRACKING_KEY = "X-Tracking-Key"
"""The header in which a citizen shows the secret key of an appeal."""

CITIZEN_TOKEN = "X-Citizen-Token"
"""The header in which a citizen shows the pass of a proven telephone number."""

STAFF = frozenset({Role.OPERATOR, Role.AGENCY, Role.ADJUDICATOR, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})
"""Everybody who signs in."""

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = TypeVar("Handler", bound=Callable[..., Any])

_CORRELATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{7,63}")
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{8,128}")
_VERSION = re.compile(r'"?(\d{1,9})"?')
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_PATH_VALUE_LENGTH = 128
_TRACKING_KEY_LENGTH = 128


class Request(Frozen):
    """What a handler may know of the call besides its body and path.

    Attributes:
        principal: a citizen on public operations, else the caller as the authorizer verified it.
        idempotency_key: 8 to 128 printable ASCII characters, or None.
        if_match: the case version that the caller last saw, or None.
        tracking_key: the citizen's secret as it was sent; empty when there is none.
        correlation_id: the caller's own when it is harmless, else the gateway's.
        source_ip: the address that the gateway saw.
    """

    principal: Actor
    idempotency_key: str | None = None
    if_match: int | None = None
    tracking_key: str = Field(default="", repr=False)
    correlation_id: str
    source_ip: str = ""
    headers: Mapping[str, str] = Field(default_factory=dict, repr=False)
    parameters: Mapping[str, str] = Field(default_factory=dict, repr=False)

    def header(self, name: str) -> str | None:
        """One header, whatever the case of its name."""
        return self.headers.get(name.lower())

    def query(self, name: str) -> str | None:
        """One query parameter, decoded."""
        return self.parameters.get(name)


class Answer(NamedTuple):
    """An answer that needs more than its model.

    Attributes:
        body: a model, ready text (with ``content_type``), or None for 204.
        headers: added to the standing ones, and stronger than they; a list is one header several times.
        status: replaces the operation's own.

    Example:
        >>> Answer(None, headers={"Location": "/appeals/0041061050R3GG28A"}, status=201).status
        201
    """

    body: BaseModel | str | None
    headers: Mapping[str, str | list[str]] = {}
    status: int | None = None
    content_type: str = "application/json"


def page(html: str, *, styles: Collection[str] = ()) -> Answer:
    """Answer with an HTML page that can load and run nothing.

    Args:
        html: the page.
        styles: CSP hashes of its inline style sheets, such as ``sha256-…``.
    """
    style_src = " ".join(f"'{digest}'" for digest in styles) or "'none'"
    policy = (
        f"default-src 'none'; style-src {style_src}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Answer(html, headers=headers, content_type="text/html; charset=utf-8")


class Operation(NamedTuple):
    """One route with what its document says; ``HttpApp.operations`` lists them in order."""

    method: str
    path: str
    handler: Callable[..., Any]
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answer: type[BaseModel] | None
    status: int
    content_type: str
    public: bool
    roles: frozenset[Role]
    tracking_key: bool
    headers: tuple[str, ...]
    summary: str
    summary_en: str
    errors: tuple[type[HotlineError], ...]
    tag: str
    form: Callable[[str], Any] | None
    signed: Callable[..., None] | None = None
    described: Mapping[str, Any] = {}
    session: bool = False


class RouteUnknown(HotlineError):
    """No operation has this path."""

    code = "route-unknown"
    title = "No such address"
    status = 404

    def __init__(self) -> None:
        super().__init__("没有这个地址", "There is no such address")


class MethodNotAllowed(HotlineError):
    """The path exists, the method does not."""

    code = "method-not-allowed"
    title = "Method not allowed"
    status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        methods = ", ".join(allowed)
        super().__init__(f"此地址只接受 {methods}", f"This address accepts {methods}", allowed=list(allowed))


class UnsupportedMediaType(HotlineError):
    """The body is not declared as what the operation reads, in UTF-8."""

    code = "unsupported-media-type"
    title = "Unsupported media type"
    status = 415

    def __init__(self, wanted: str = _JSON) -> None:
        super().__init__(f"请以 {wanted}（UTF-8）提交", f"Send {wanted} in UTF-8")


class Unexpected(HotlineError):
    """A fault of ours; the log has the rest under the same correlation id."""

    code = "unexpected"
    title = "Unexpected fault"
    status = 500

    def __init__(self) -> None:
        super().__init__("系统出现意外错误，请稍后重试", "Something went wrong on our side; try again later")


class HttpApp(Chalice):
    """A Chalice application whose operations are checked, documented and answered alike.

    Attributes:
        operations: every operation in the order of registration, for the OpenAPI document and for
            the test that compares routes with the template.
        correlation_id: of the call being answered.
    """

    def __init__(self, app_name: str) -> None:
        # Chalice would write to os.environ and add a log handler of its own.
        super().__init__(app_name, configure_logs=False, env={})
        self.operations: list[Operation] = []
        self.correlation_id = ""

    def operation(
        self,
        method: Method,
        path: str,
        *,
        summary: str,
        summary_en: str = "",
        tag: str = "",
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        content_type: str = "application/json",
        public: bool = False,
        roles: Collection[Role] = (),
        tracking_key: bool = False,
        headers: Sequence[str] = (),
        errors: Sequence[type[HotlineError]] = (),
        form: bool | Callable[[str], Any] = False,
        signed: Callable[..., None] | None = None,
        described: Mapping[str, Any] | None = None,
        session: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a handler, which is called as ``handler(command, **path, query=…, request=…)``.

        Args:
            body: the command's model; the parsed command is then the first argument.
            form: the body is what an HTML form sends; the ``Form`` is then the first argument, unchecked,
                because a page shows wrong fields again with what was typed. Or what reads such a body otherwise.
            signed: called as ``signed(text, **path, request=…)`` with the body as it was sent, before anything
                of it is read; raises unless whoever signed it is believed.
            query: the model of the query string; unknown and repeated names are then refused and the
                parsed model is the argument ``query``.
            answer: the model of the answer; None for 204 or for a page.
            public: anybody may call; else ``roles`` says which of the staff may.
            session: staff come with a browser's session instead of a bearer token, so the template puts no
                authorizer before it; only an application that overrides ``admit`` lets anybody in.
            tracking_key: a citizen shows the secret key of the appeal (documentation only: whether
                it fits is the use case's question).
            headers: the request headers worth documenting (``IDEMPOTENCY_KEY``, ``IF_MATCH``, ``CITIZEN_TOKEN``).
            described: members of the OpenAPI document that replace those made from the rest; ``refusals``
                replace the responses but the successful one, ``also`` are further media types of that.
            errors: refusals worth documenting beyond those that every operation has.

        Raises:
            ValueError: when an operation is neither public nor given to roles, or is both.
        """
        if public == bool(roles):
            raise ValueError(f"{method} {path} must be either public or given to roles")

        def register(handler: Handler) -> Handler:
            operation = Operation(
                method=method,
                path=path,
                handler=handler,
                body=body,
                query=query,
                answer=answer,
                status=status,
                content_type=content_type,
                public=public,
                roles=frozenset(roles),
                tracking_key=tracking_key,
                headers=tuple(headers),
                summary=summary,
                summary_en=summary_en,
                errors=tuple(errors),
                tag=tag or self.app_name,
                form=read_form if form is True else form or None,
                signed=signed,
                described=described or {},
                session=session,
            )
            self.operations.append(operation)

            def view(**path_values: str) -> Response:
                return self._perform(operation, path_values)

            # An empty list of content types turns off Chalice's own check, which passes a missing header.
            self.route(path, methods=[method], name=handler.__name__, content_types=[])(view)
            return handler

        return register

    @property
    def gateway_routes(self) -> set[tuple[str, str, bool]]:
        """Method, path and whether no authorizer stands before it, of every route that the template must give."""
        return {
            (operation.method, operation.path, operation.public or operation.session)
            for operation in self.operations
        }

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one API Gateway event and log one line about it."""
        started = time.perf_counter()
        self.correlation_id = _correlation_id(event)
        logger().set_correlation_id(self.correlation_id)
        try:
            self._require_route(event)
            answer = super().__call__(event, context)
        except Exception as error:
            answer = self._refuse(error).to_dict()
        answer["headers"]["X-Correlation-Id"] = self.correlation_id
        _log(event, answer["statusCode"], started)
        publish_metrics()
        return answer

    def _require_route(self, event: Mapping[str, Any]) -> None:
        context = event["requestContext"]
        methods = self.routes.get(context["resourcePath"])
        if methods is None:
            raise RouteUnknown
        if context["httpMethod"] not in methods:
            raise MethodNotAllowed(sorted(methods))

    def _perform(self, operation: Operation, path: Mapping[str, str]) -> Response:
        event: Mapping[str, Any] = self.current_request.to_original_event()  # type: ignore[union-attr]
        try:
            request = _request(self.admit(operation, event), event, self.correlation_id)
            return _response(operation, _handle(operation, event, path, request))
        except Exception as error:
            return self._refuse(error)

    def admit(self, operation: Operation, event: Mapping[str, Any]) -> Actor:
        """Who calls, if they may; before anything else of the call is read.

        Raises:
            Unauthenticated: nobody whom the authorizer has let in.
            Forbidden: not with this role.
        """
        return CITIZEN if operation.public else _principal(operation, event)

    def _refuse(self, error: Exception) -> Response:
        refusal = _known(error)
        answer = self.refusal(refusal)
        headers = {"Content-Type": answer.content_type, **_refusal_headers(refusal), **answer.headers}
        return _send(str(answer.body), answer.status or refusal.status, headers)

    def refusal(self, error: HotlineError) -> Answer:
        """What a refusal says: a problem document; an application of pages says it in HTML."""
        text = json.dumps(problem_document(error), ensure_ascii=False, default=str, separators=(",", ":"))
        return Answer(text, content_type="application/problem+json")


def _handle(operation: Operation, event: Mapping[str, Any], path: Mapping[str, str], request: Request) -> Any:
    arguments: dict[str, Any] = {name: _path_value(value) for name, value in path.items()}
    if operation.query is not None:
        arguments["query"] = _query(operation.query, event)
    if operation.form is not None:
        _require_media_type(request, _FORM)
        return operation.handler(operation.form(body_text(event)), **arguments, request=request)
    if operation.signed is not None:
        operation.signed(body_text(event), **arguments, request=request)
    if operation.body is None:
        return operation.handler(**arguments, request=request)
    command = _command(operation.body, event, request)
    return operation.handler(command, **arguments, request=request)


# ---- reading ----------------------------------------------------------------------------------


def _request(principal: Actor, event: Mapping[str, Any], correlation_id: str) -> Request:
    headers = _headers(event)
    return Request(
        principal=principal,
        idempotency_key=_idempotency_key(headers.get(IDEMPOTENCY_KEY.lower())),
        if_match=_if_match(headers.get(IF_MATCH.lower())),
        tracking_key=headers.get(TRACKING_KEY.lower(), "")[:_TRACKING_KEY_LENGTH],
        correlation_id=correlation_id,
        source_ip=event["requestContext"].get("identity", {}).get("sourceIp") or "",
        headers=headers,
        parameters={name: values[-1] for name, values in _parameters(event).items()},
    )


def _principal(operation: Operation, event: Mapping[str, Any]) -> Actor:
    claims = event["requestContext"].get("authorizer") or {}
    try:
        principal = actor_of(claims)
    except (KeyError, ValidationError):
        raise Unauthenticated from None
    require_role(principal, operation)
    return principal


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """The caller of verified claims, as ``tokens.caller`` gives them.

    Raises:
        KeyError, ValidationError: they name nobody.
    """
    return Actor(
        subject=claims["sub"],
        role=claims["role"],
        agency_id=claims.get("agency_id") or None,
        district=claims.get("district") or None,
        languages=tuple((claims.get("languages") or "").split()),
    )


def require_role(principal: Actor, operation: Operation) -> None:
    """Raise ``Forbidden`` unless the operation is for this role."""
    if principal.role not in operation.roles:
        raise Forbidden(principal.role, f"{operation.method} {operation.path}")


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in (event.get("headers") or {}).items()}


def _parameters(event: Mapping[str, Any]) -> Mapping[str, list[str]]:
    return event.get("multiValueQueryStringParameters") or {}


def _idempotency_key(text: str | None) -> str | None:
    if text is not None and not _IDEMPOTENCY_KEY.fullmatch(text):
        raise InvalidInput.field(
            IDEMPOTENCY_KEY, "应为 8 至 128 个可见 ASCII 字符", "must be 8 to 128 visible ASCII characters"
        )
    return text


def _if_match(text: str | None) -> int | None:
    if text is None:
        return None
    version = _VERSION.fullmatch(text)
    if version is None:
        raise InvalidInput.field(IF_MATCH, '应为版本号，如 "7"', 'must be a version such as "7"')
    return int(version[1])


def _path_value(text: str) -> str:
    if len(text) > _PATH_VALUE_LENGTH or not text.isprintable():
        raise RouteUnknown
    return text


def _query(model: type[BaseModel], event: Mapping[str, Any]) -> BaseModel:
    parameters = _parameters(event)
    for name, values in parameters.items():
        if len(values) > 1:
            raise InvalidInput.field(name[:64], "只能出现一次", "may be given once")
    try:
        return model.model_validate_strings({name: values[0] for name, values in parameters.items()})
    except ValidationError as error:
        raise invalid_input(error) from None


def _command(model: type[BaseModel], event: Mapping[str, Any], request: Request) -> BaseModel:
    _require_media_type(request, _JSON)
    text = body_text(event)
    strict_json.loads(text)
    try:
        # From the text again, not from the parsed value: only then does pydantic apply JSON's own
        # types strictly (no "1" for 1) and still read dates and enumerations from strings.
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise invalid_input(error) from None


def _require_media_type(request: Request, wanted: str) -> None:
    kind, _, parameters = (request.header("content-type") or "").lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if kind.strip() != wanted or charset not in ("", "utf-8"):
        raise UnsupportedMediaType(wanted)


def body_text(event: Mapping[str, Any]) -> str:
    """The body as text, within ``BODY_LIMIT``."""
    body: str = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return _decoded(body)
    if len(body) > BODY_LIMIT or len(body.encode(errors="surrogatepass")) > BODY_LIMIT:
        raise PayloadTooLarge(BODY_LIMIT)
    return body


def _decoded(body: str) -> str:
    if len(body) > BODY_LIMIT * 4 // 3 + 4:
        raise PayloadTooLarge(BODY_LIMIT)
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidInput.field("body", "不是 UTF-8 文本", "is not UTF-8") from None


def _correlation_id(event: Any) -> str:
    try:
        sent = _headers(event).get("x-correlation-id", "")
        given = [sent, event["requestContext"]["requestId"]]
    except (AttributeError, KeyError, TypeError):
        given = []
    return next(filter(_CORRELATION_ID.fullmatch, given), None) or secrets.token_hex(16)


# ---- answering --------------------------------------------------------------------------------


def _response(operation: Operation, result: Any) -> Response:
    answer = result if isinstance(result, Answer) else Answer(result)
    if answer.body is None:
        return _send("", answer.status or 204, answer.headers)
    headers = {"Content-Type": answer.content_type, **answer.headers}
    text = answer.body if isinstance(answer.body, str) else answer.body.model_dump_json(exclude_none=True)
    return _send(text, answer.status or operation.status, headers)


def _known(error: Exception) -> HotlineError:
    """The one error map: a refusal as it is, anything else as a fault of ours."""
    if not isinstance(error, HotlineError):
        logger().error("unexpected fault", exc_info=error)
        return Unexpected()
    if error.status >= 500:
        logger().warning("refused", code=error.code, exc_info=error)
    return error


def problem_document(error: HotlineError) -> dict[str, Any]:
    """The members of RFC 9457, the English detail, and the facts of a refusal as extensions.

    A fault of ours (5xx) shows no facts: which store failed is nobody's business outside.
    """
    facts = error.facts if error.status < 500 else {}
    return {
        **facts,
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "detail_en": error.detail_en,
    }


def _refusal_headers(error: HotlineError) -> dict[str, str]:
    headers = {}
    if error.status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.facts["retry_after"])
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.facts["allowed"])
    return headers


def _send(text: str, status: int, headers: Mapping[str, str | list[str]]) -> Response:
    standing = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(body=text, status_code=status, headers={**standing, **headers})


def _log(event: Any, status: int, started: float) -> None:
    """One line a request: the route's pattern, never the path, which holds tracking numbers."""
    context = (event.get("requestContext") if isinstance(event, dict) else None) or {}
    logger().info(
        "request answered",
        method=str(context.get("httpMethod", "")),
        route=str(context.get("resourcePath", "")),
        status=status,
        ms=round((time.perf_counter() - started) * 1000),
    )
