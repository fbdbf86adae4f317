"""Sign-in of staff with a browser: OIDC's code flow with PKCE against any issuer.

``/sign-in`` sends the browser to the issuer, which sends it back to ``/signed-in`` with a code. Between the two
the browser keeps a sealed cookie for a quarter of an hour; afterwards it keeps the session's secret. Neither can
be read by scripts, and nothing of either stands in an address.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from hotline.domain.errors import Unavailable
from hotline.domain.sessions import SessionEnded, SignInRefused
from hotline.edges.forms import Form
from hotline.edges.http import STAFF, Answer, Request
from hotline.wiring import sessions, web
from web.own_address import own_home
from web.staff_app import (
    AREAS,
    HTML,
    SESSION_COOKIE,
    StaffApp,
    believe,
    cookie,
    own_page,
    set_cookie,
)

PENDING_COOKIE = "__Host-sign-in"

app = StaffApp("sign-in")


@app.operation(
    "GET", "/sign-in", public=True, content_type=HTML, summary="工作人员登录", summary_en="Sign in"
)
def sign_in(request: Request) -> Answer:
    event = _event()
    base = _base(event)
    next_page = own_page(request.query("next") or "")
    if _is_elsewhere(base, request):
        # Cookies belong to a host: begin where the issuer will send the browser back to.
        return _go(f"{base}/sign-in?{urlencode({'next': next_page, **app.language()})}")
    pending, sealed = sessions.begin(next_page, f"{base}/signed-in")
    kept = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
    return _go(
        sessions.issuer().authorization_url(pending),
        set_cookie(PENDING_COOKIE, kept, sessions.sign_in_seconds()),
    )


@app.operation(
    "GET", "/signed-in", public=True, content_type=HTML, summary="登录返回", summary_en="Come back"
)
def come_back(request: Request) -> Answer:
    """Where the issuer sends the browser, with a code or with why not."""
    event = _event()
    code = request.query("code") or ""
    if not code:
        raise SignInRefused("issuer")
    former = cookie(event, SESSION_COOKIE)
    sealed = _decoded(cookie(event, PENDING_COOKIE))
    opened = sessions.finish(sealed, request.query("state") or "", code, former, believe)
    first = next(area.page for area in AREAS if opened.session.principal.role in area.roles)
    longest = int(sessions.rules().longest.total_seconds())
    return _go(
        f"{app.view.root}{own_page(opened.next_page) or first}",
        set_cookie(SESSION_COOKIE, opened.secret, longest),
        set_cookie(PENDING_COOKIE, "", 0),
    )


@app.operation(
    "GET", "/staff", session=True, roles=STAFF, content_type=HTML, summary="我的账号", summary_en="My account"
)
def show_account(request: Request) -> Answer:
    """Who is signed in, as what, and until when."""
    who = request.principal
    directory = web.directory()
    agency = directory.agencies.get(who.agency_id) if who.agency_id else None
    assert app.session is not None
    ends_at = app.session.began_at + sessions.rules().longest
    return app.page("account", here="staff", agency=agency, ends_at=ends_at)


@app.operation(
    "POST",
    "/sign-out",
    session=True,
    roles=STAFF,
    form=True,
    content_type=HTML,
    summary="退出登录",
    summary_en="Sign out",
    errors=(SessionEnded,),
)
def sign_out(form: Form, request: Request) -> Answer:
    """End the session here, then at the issuer.

    The way there is a page that goes on by itself: a redirect would fall under ``form-action``, which knows no
    other site.
    """
    event = _event()
    sessions.end(cookie(event, SESSION_COOKIE))
    app.session = None
    try:
        onward = sessions.issuer().end_session_url(f"{_base(event)}/signed-out")
    except Unavailable:
        onward = ""  # out of here all the same
    answer = app.page("signed_out", here="signed-out", onward=onward)
    onwards = {"Refresh": f"0; url={onward}"} if onward else {}
    gone = {"Set-Cookie": set_cookie(SESSION_COOKIE, "", 0)}
    return answer._replace(headers={**answer.headers, **gone, **onwards})


@app.operation(
    "GET", "/signed-out", public=True, content_type=HTML, summary="已退出", summary_en="Signed out"
)
def show_signed_out(request: Request) -> Answer:
    return app.page("signed_out", here="signed-out", onward="")


def _event() -> Mapping[str, Any]:
    event: Mapping[str, Any] = app.current_request.to_original_event()  # type: ignore[union-attr]
    return event


def _base(event: Mapping[str, Any]) -> str:
    """Where these pages are, without a slash at the end."""
    return own_home(event["requestContext"], os.environ["PUBLIC_URL"], os.environ["API_HOST"]).rstrip("/")


def _is_elsewhere(base: str, request: Request) -> bool:
    """Whether the embedded AWS was asked by another of its names."""
    return bool(os.environ["API_HOST"]) and urlsplit(base).netloc != request.header("host")


def _go(location: str, *cookies: str) -> Answer:
    headers: dict[str, str | list[str]] = {"Location": location}
    if cookies:
        headers["Set-Cookie"] = list(cookies)
    return Answer("", headers=headers, status=303, content_type="text/plain")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
