"""The identity provider of the embedded stack, and the place where its outgoing messages land.

It stands in for a city's own OIDC provider (browsers sign in by `sign_in.py`) and for the SMS gateway behind the
webhook adapter, on the loopback interface only. One EC key is made on first use and kept in the state folder, so
tokens stay valid over restarts. Never meant for a deployment.

    python -m infrastructure.local.identity serve --port 4580 --state .local/identity
    python -m infrastructure.local.identity token --state .local/identity --role agency --agency 110101001

| Address                                   | Answer                                             |
|-------------------------------------------|----------------------------------------------------|
| GET  /.well-known/openid-configuration    | discovery document                                 |
| GET  /jwks.json                           | the public key                                     |
| POST /webhook                             | keeps one JSON message in <state>/webhook.jsonl    |
| GET  /webhook                             | the last messages, oldest first                    |
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infrastructure.local.sign_in import CLIENT_ID, Reply, SignIn

HOST = "127.0.0.1"
AUDIENCE = "hotline"
ROLES = ("operator", "agency", "adjudicator", "supervisor", "admin", "auditor")
ALGORITHM = "ES256"
MESSAGE_LIMIT = 1024 * 1024
"""Bytes of one message to the webhook."""

SHOWN = 100
"""How many messages GET /webhook lists."""

Json = dict[str, Any]


class Identity:
    """The key, the issuer's name and the messages, all kept in one folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.state.mkdir(parents=True, exist_ok=True)
        self._key = _kept_key(state / "signing-key.pem")
        self._messages = state / "webhook.jsonl"
        self._writing = threading.Lock()

    @property
    def issuer(self) -> str:
        """The address that tokens are issued under.

        Raises:
            FileNotFoundError: the provider has never been started on this folder.
        """
        return (self.state / "issuer").read_text().strip()

    def issue_under(self, issuer: str) -> None:
        """Remember the address, for the tokens that other processes ask for."""
        (self.state / "issuer").write_text(issuer + "\n")

    def discovery(self) -> Json:
        """The part of the OIDC discovery document that verifying a token needs."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "subject_types_supported": ["public"],
        }

    def key_set(self) -> Json:
        """The public key as a JWK set."""
        public: Json = jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._key_id(), "use": "sig", "alg": ALGORITHM}]}

    def token(self, claims: Mapping[str, Any], valid_for: timedelta, now: datetime) -> str:
        """A signed token with the given claims."""
        standard = {"iss": self.issuer, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + valid_for}
        return jwt.encode(
            {**standard, **claims}, self._key, algorithm=ALGORITHM, headers={"kid": self._key_id()}
        )

    def read(self, token: str) -> Mapping[str, Any]:
        """The claims of a token of our own for the pages; raises PyJWT's errors."""
        claims: Mapping[str, Any] = jwt.decode(
            token, self._key.public_key(), algorithms=[ALGORITHM], audience=CLIENT_ID, issuer=self.issuer
        )
        return claims

    def keep_message(self, body: Any) -> None:
        """Append one message to the file."""
        line = json.dumps({"received_at": _stamp(), "body": body}, ensure_ascii=False)
        with self._writing, self._messages.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def messages(self) -> list[Json]:
        """The last ``SHOWN`` messages, oldest first."""
        if not self._messages.exists():
            return []
        with self._messages.open(encoding="utf-8") as file:
            return [json.loads(line) for line in deque(file, maxlen=SHOWN)]

    def _key_id(self) -> str:
        numbers = self._key.public_key().public_numbers()
        return hashlib.sha256(f"{numbers.x}:{numbers.y}".encode()).hexdigest()[:16]


def staff_claims(
    role: str, agency: str | None = None, district: str | None = None, languages: str | None = None
) -> dict[str, str]:
    """The claims by which the hotline knows a member of staff.

    Args:
        languages: what an operator speaks, such as ``zh-CN yue``.

    Raises:
        ValueError: the role is unknown, or an agency's token names no agency.

    Example:
        >>> staff_claims("agency", agency="110101001")
        {'sub': 'agency-110101001', 'hotline_role': 'agency', 'agency_id': '110101001'}
    """
    if role not in ROLES:
        raise ValueError(f"unknown role {role!r}; choose one of {', '.join(ROLES)}")
    if (role == "agency") != bool(agency):
        raise ValueError("an agency's token names its agency, and no other token does")
    claims = {"sub": f"{role}-{agency}" if agency else role, "hotline_role": role}
    optional = {"agency_id": agency, "district": district, "languages": languages}
    return claims | {name: value for name, value in optional.items() if value}


class Handler(BaseHTTPRequestHandler):
    """The addresses of the module's table, and those of ``sign_in.py``."""

    server: Server

    def do_GET(self) -> None:
        identity, sign_in = self.server.identity, self.server.sign_in
        address = urlsplit(self.path)
        pages = {"/authorize": sign_in.ask, "/end-session": sign_in.end_session}
        if address.path in pages:
            self._reply(pages[address.path](dict(parse_qsl(address.query, keep_blank_values=True))))
            return
        answers: dict[str, Callable[[], Json | list[Json]]] = {
            "/.well-known/openid-configuration": lambda: {
                **identity.discovery(),
                **sign_in.discovery(identity.issuer),
            },
            "/jwks.json": identity.key_set,
            "/webhook": identity.messages,
        }
        answer = answers.get(self.path)
        if answer is None:
            self._answer(HTTPStatus.NOT_FOUND, {"error": "no such address"})
        else:
            self._answer(HTTPStatus.OK, answer())

    def do_POST(self) -> None:
        sign_in = self.server.sign_in
        forms = {"/authorize": sign_in.choose, "/token": sign_in.tokens}
        _, folder, *user = self.path.split("/")
        length = self.headers.get("Content-Length", "")
        if self.path not in ("/webhook", *forms) and (folder != "users" or len(user) != 2):
            self._answer(HTTPStatus.NOT_FOUND, {"error": "no such address"})
        elif not length.isdecimal():
            self._answer(HTTPStatus.LENGTH_REQUIRED, {"error": "Content-Length is needed"})
        elif int(length) > MESSAGE_LIMIT:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": f"more than {MESSAGE_LIMIT} bytes"})
        else:
            body = self.rfile.read(int(length))
            if self.path == "/webhook":
                self._keep(body)
            elif user:
                self._reply(sign_in.switch(*user))
            else:
                form = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
                self._reply(forms[self.path](dict(form)))

    def _keep(self, body: bytes) -> None:
        try:
            message = json.loads(body)
        except ValueError:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": "not JSON"})
            return
        self.server.identity.keep_message(message)
        self._answer(HTTPStatus.ACCEPTED, {"kept": True})

    def _answer(self, status: HTTPStatus, document: Json | list[Json]) -> None:
        self._reply(Reply(status, json.dumps(document, ensure_ascii=False), "application/json"))

    def _reply(self, reply: Reply) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Cache-Control", "no-store")
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Length", str(len(body)))
        # A refused body is left unread; what follows on that connection would be misread.
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the stack's own log is not the place for each key lookup."""


class Server(ThreadingHTTPServer):
    """The provider on the loopback interface; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, identity: Identity, port: int, stack_port: int = 4566) -> None:
        super().__init__((HOST, port), Handler)
        self.identity = identity
        identity.issue_under(self.url)
        self.sign_in = SignIn(identity.state, identity.token, identity.read, stack_port)

    @property
    def url(self) -> str:
        """Where it answers, which is also the issuer's name."""
        return f"http://{HOST}:{self.server_port}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve, or print one token."""
    options = _parser().parse_args(arguments)
    if options.action == "serve":
        _serve(options)
    else:
        print(_token(options))


def _serve(options: argparse.Namespace) -> None:
    with Server(Identity(options.state), options.port, options.stack_port) as server:
        print(f"identity provider ready at {server.url}", flush=True)
        server.serve_forever()


def _token(options: argparse.Namespace) -> str:
    try:
        claims = staff_claims(options.role, options.agency, options.district, options.languages)
        return Identity(options.state).token(claims, timedelta(hours=options.hours), datetime.now(UTC))
    except ValueError as error:
        raise SystemExit(f"{error}") from None
    except FileNotFoundError:
        raise SystemExit("no identity provider has run on this folder yet; start the stack first") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="identity", description="The embedded stack's identity provider.")
    actions = parser.add_subparsers(dest="action", required=True)
    serve = actions.add_parser("serve", help="answer until stopped")
    serve.add_argument("--port", type=int, required=True)
    serve.add_argument("--stack-port", type=int, default=4566, help="the embedded AWS, whose pages may ask")
    token = actions.add_parser("token", help="print a bearer token")
    token.add_argument("--role", required=True, choices=ROLES)
    token.add_argument("--agency", metavar="ID", help="the agency of a token of role agency")
    token.add_argument("--district", metavar="CODE", help="the district a supervisor is confined to")
    token.add_argument("--languages", metavar="TAGS", help='what an operator speaks, such as "zh-CN yue"')
    token.add_argument("--hours", type=float, default=8, help="how long it is valid (8)")
    for action in (serve, token):
        action.add_argument("--state", type=Path, required=True, help="the folder that keeps the key")
    return parser


def _kept_key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        _keep_new_key(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} does not hold an EC key; delete it and start again")
    return key


def _keep_new_key(path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Whole or not at all, readable by its owner only; of two processes at once the first one's key stays.
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:
        draft.write(pem)
        draft.flush()
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)


def _stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
