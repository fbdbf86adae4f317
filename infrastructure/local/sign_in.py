"""OIDC's code flow with PKCE, for the browsers of the embedded stack: who signs in is chosen, not proven.

The people on the sign-in page are made up; their agencies are those of the directory. They exist here only: a
deployment knows the people of the city's own provider and nobody else. A person who has been disabled gets no
code and no new token (`POST /users/<subject>/disable`, and `/enable`).

| Address                     | Answer                                                          |
|-----------------------------|-----------------------------------------------------------------|
| GET  /authorize             | the sign-in page                                                |
| POST /authorize             | back to the stack, with a code                                  |
| POST /token                 | tokens for a code with its verifier, or for a refresh token     |
| GET  /end-session           | back to the stack, or a page that says good-bye                 |
| POST /users/<subject>/…     | disable, enable                                                 |
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt

CLIENT_ID = "hotline-pages"
CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE = timedelta(minutes=5)
REFRESH_LIFE = timedelta(days=1)
AGENCIES = Path(__file__).parents[1] / "directory" / "beijing" / "agencies.csv"

Sign = Callable[[Mapping[str, Any], timedelta, datetime], str]
"""Signs claims, valid for so long from then on."""


class Person(NamedTuple):
    """Somebody on the sign-in page."""

    subject: str
    name: str
    role: str
    agency_id: str = ""
    district: str = ""
    languages: str = ""

    @property
    def claims(self) -> dict[str, str]:
        """What tokens say of them."""
        stated = {
            "sub": self.subject,
            "name": self.name,
            "hotline_role": self.role,
            "agency_id": self.agency_id,
            "district": self.district,
            "languages": self.languages,
        }
        return {name: value for name, value in stated.items() if value}


PEOPLE = {
    person.subject: person
    for person in (
        Person("operator", "李静", "operator", languages="zh-CN en"),
        Person("operator-yue", "何咏仪", "operator", languages="zh-CN yue"),
        Person("adjudicator", "赵建国", "adjudicator"),
        Person("supervisor", "孙丽", "supervisor"),
        Person("supervisor-110101", "周强", "supervisor", district="110101"),
        Person("admin", "陈敏", "admin"),
        Person("auditor", "吴刚", "auditor"),
        Person("agency-110101001", "张伟", "agency", "110101001"),
        Person("agency-110105", "刘洋", "agency", "110105"),
        Person("agency-110101", "杨帆", "agency", "110101"),
        Person("agency-urban-management", "黄磊", "agency", "urban-management"),
        Person("agency-tap-water", "徐娜", "agency", "tap-water"),
    )
}
"""By subject; what the browser tests call them."""

TITLES = {
    "operator": "话务员 · Operator",
    "adjudicator": "裁定员 · Adjudicator",
    "supervisor": "督办员 · Supervisor",
    "admin": "管理员 · Administrator",
    "auditor": "审计员 · Auditor",
    "agency": "承办单位 · Agency",
}


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: HTTPStatus
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    location: str = ""


class Asked(NamedTuple):
    """A code that waits to be exchanged."""

    person: Person
    redirect_uri: str
    challenge: str
    nonce: str
    until: datetime


class SignIn:
    """The provider's side of the flow; codes live in memory, who is disabled in the state folder."""

    def __init__(
        self, state: Path, sign: Sign, read: Callable[[str], Mapping[str, Any]], stack_port: int
    ) -> None:
        self._disabled_file = state / "disabled.json"
        self._sign = sign
        self._read = read
        self._own = re.compile(
            rf"http://[a-z0-9]+\.execute-api\.localhost:{stack_port}/\w+/(signed-in|signed-out)"
        )
        self._codes: dict[str, Asked] = {}
        self._lock = threading.Lock()

    def discovery(self, issuer: str) -> dict[str, Any]:
        """What the discovery document says about it."""
        return {
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "end_session_endpoint": f"{issuer}/end-session",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "profile", "offline_access"],
        }

    def ask(self, query: Mapping[str, str]) -> Reply:
        """The sign-in page, or why there is none."""
        wrong = self._wrong(query)
        return wrong or Reply(HTTPStatus.OK, _page(query, self._disabled()))

    def choose(self, form: Mapping[str, str]) -> Reply:
        """Somebody was chosen: back to the stack with a code."""
        wrong = self._wrong(form)
        if wrong:
            return wrong
        person = PEOPLE.get(form.get("person", ""))
        if person is None or person.subject in self._disabled():
            return _back(form, {"error": "access_denied"})
        code = secrets.token_urlsafe(24)
        until = datetime.now(UTC) + CODE_LIFE
        with self._lock:
            self._codes[code] = Asked(
                person, form["redirect_uri"], form["code_challenge"], form.get("nonce", ""), until
            )
        return _back(form, {"code": code})

    def tokens(self, form: Mapping[str, str]) -> Reply:
        """Tokens, or OAuth's refusal (RFC 6749 §5.2)."""
        if form.get("client_id") != CLIENT_ID:
            return _refused("invalid_client", HTTPStatus.UNAUTHORIZED)
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form)
            case "refresh_token":
                return self._for_refresh(form)
        return _refused("unsupported_grant_type")

    def end_session(self, query: Mapping[str, str]) -> Reply:
        """Nobody is remembered here, so there is only the way back."""
        back = query.get("post_logout_redirect_uri", "")
        if self._own.fullmatch(back):
            return Reply(HTTPStatus.SEE_OTHER, location=back)
        return Reply(HTTPStatus.OK, _document("<h1>已退出 · Signed out</h1>"))

    def switch(self, subject: str, action: str) -> Reply:
        """Disable a person, or enable them again."""
        if subject not in PEOPLE or action not in ("disable", "enable"):
            return _json({"error": "no such person"}, HTTPStatus.NOT_FOUND)
        with self._lock:
            disabled = self._disabled()
            changed = disabled | {subject} if action == "disable" else disabled - {subject}
            self._disabled_file.write_text(json.dumps(sorted(changed)))
        return _json({"disabled": sorted(changed)})

    def _for_code(self, form: Mapping[str, str]) -> Reply:
        with self._lock:
            asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        fits = (
            asked is not None
            and asked.until > datetime.now(UTC)
            and secrets.compare_digest(asked.challenge, challenge)
            and asked.redirect_uri == form.get("redirect_uri")
        )
        if asked is None or not fits:
            return _refused("invalid_grant")
        return self._granted(asked.person, asked.nonce)

    def _for_refresh(self, form: Mapping[str, str]) -> Reply:
        try:
            claims = self._read(form.get("refresh_token", ""))
        except jwt.PyJWTError:
            return _refused("invalid_grant")
        person = PEOPLE.get(str(claims.get("sub")))
        if person is None or claims.get("use") != "refresh":
            return _refused("invalid_grant")
        return self._granted(person, "")

    def _granted(self, person: Person, nonce: str) -> Reply:
        if person.subject in self._disabled():
            return _refused("invalid_grant")
        now = datetime.now(UTC)
        identity = {**person.claims, "aud": CLIENT_ID, **({"nonce": nonce} if nonce else {})}
        refresh = {"sub": person.subject, "use": "refresh", "aud": CLIENT_ID}
        return _json(
            {
                "token_type": "Bearer",
                "expires_in": int(TOKEN_LIFE.total_seconds()),
                "id_token": self._sign(identity, TOKEN_LIFE, now),
                "access_token": self._sign(person.claims, TOKEN_LIFE, now),
                "refresh_token": self._sign(refresh, REFRESH_LIFE, now),
            }
        )

    def _wrong(self, query: Mapping[str, str]) -> Reply | None:
        """What is not as the flow wants it. An address that is not the stack's own is never sent back to."""
        if query.get("client_id") != CLIENT_ID or not self._own.fullmatch(query.get("redirect_uri", "")):
            text = (
                "<h1>这个登录请求不是本机系统发出的 · This request did not come from the embedded stack</h1>"
            )
            return Reply(HTTPStatus.BAD_REQUEST, _document(text))
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return _back(query, {"error": "invalid_request"})
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            return _back(query, {"error": "invalid_request", "error_description": "PKCE with S256 is needed"})
        return None

    def _disabled(self) -> set[str]:
        if not self._disabled_file.exists():
            return set()
        return set(json.loads(self._disabled_file.read_text()))


def _back(query: Mapping[str, str], answer: Mapping[str, str]) -> Reply:
    told = {**answer, **({"state": query["state"]} if "state" in query else {})}
    return Reply(HTTPStatus.SEE_OTHER, location=f"{query['redirect_uri']}?{urlencode(told)}")


def _refused(error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Reply:
    return _json({"error": error}, status)


def _json(document: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return Reply(status, json.dumps(document, ensure_ascii=False), "application/json")


# ---- the page ---------------------------------------------------------------------------------


def _page(query: Mapping[str, str], disabled: set[str]) -> str:
    hidden = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in query.items()
    )
    people = "\n".join(_button(person, person.subject in disabled) for person in PEOPLE.values())
    return _document(
        f"""<h1>选择登录人 · Who signs in?</h1>
<p>这是本机演示用的身份提供方，人物均为虚构，不需要密码。<br>
The identity provider of the embedded stack: made-up people, no passwords.</p>
<form method="post" action="/authorize">
{hidden}
{people}
</form>"""
    )


def _button(person: Person, disabled: bool) -> str:
    where = _agency_names().get(person.agency_id) or (f"区 {person.district}" if person.district else "")
    about = " · ".join(filter(None, (TITLES[person.role], where, "已停用 · disabled" if disabled else "")))
    return (
        f'<button name="person" value="{person.subject}"><b>{escape(person.name)}</b>'
        f"<span>{escape(about)}</span></button>"
    )


@cache
def _agency_names() -> Mapping[str, str]:
    with AGENCIES.open(encoding="utf-8", newline="") as file:
        return {row["agency_id"]: row["name_zh"] for row in csv.DictReader(file)}


def _document(main: str) -> str:
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · Sign in</title>
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{
  font: 1rem/1.6 system-ui, "Noto Sans CJK SC", sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem;
}}
h1 {{ font-size: 1.4rem; }}
button {{
  background: none; border: 1px solid #7a8794; border-radius: .5rem; color: inherit; cursor: pointer; display: block;
  font: inherit; margin: .5rem 0; padding: .6rem 1rem; text-align: left; width: 100%;
}}
button:hover {{ text-decoration: underline; }}
b {{ display: inline-block; min-width: 5rem; }}
</style></head>
<body><main>
{main}
</main></body></html>
"""
