"""``StaffApp``: pages of staff who are signed in with a browser.

    app = StaffApp("desk")

    @app.operation("GET", "/desk", session=True, roles=(Role.AGENCY,), content_type=HTML, summary="待办")
    def show_inbox(request: Request) -> Answer:
        return app.page("desk_inbox", here="desk", orders=…(request.principal))

Before a handler runs the session has been read and the role compared; before one of POST also where the form
comes from (``Sec-Fetch-Site``, else ``Origin``) and the proof that it was made for this very session. Reading a
session is one call to the table; every few minutes the issuer is asked whether the person may still come in.

A form that arrives when its session is over is not lost: the page that says so keeps what was typed and sends it
again after signing in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from hotline.domain.actor import CITIZEN, Actor, Role
from hotline.domain.errors import HotlineError
from hotline.domain.phrases import Phrase
from hotline.domain.sessions import SessionEnded
from hotline.edges.forms import Form, read_form
from hotline.edges.http import STAFF, Answer, Operation, body_text, require_role
from hotline.wiring import sessions, web
from web import staff_phrases
from web.page_app import TemplateApp

if TYPE_CHECKING:
    from hotline.domain.sessions import Believed, Session

HTML = "text/html"
SESSION_COOKIE = "__Host-session"
PROOF = "proof"
"""The hidden input of every form that sends something (macro ``proof`` of ``staff.html``)."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{uploads}; "
    "form-action 'self'{uploads}; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types default"
)
"""Content-Security-Policy of staff pages: scripts as files of ours, nothing inline, nothing from elsewhere."""

_NEXT = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._~-]*(\?[A-Za-z0-9=&%._~+-]*)?")
_NEXT_LENGTH = 512


class Area(NamedTuple):
    """A part of the staff pages, by its first address.

    Attributes:
        roles: whose start page it is, and in whose navigation it stands.
    """

    page: str
    name: Phrase
    roles: frozenset[Role]


AREAS: tuple[Area, ...] = (
    Area("desk", Phrase("待办工单", "Inbox"), frozenset({Role.AGENCY})),
    Area("board", Phrase("城市看板", "Dashboard"), frozenset({Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR})),
    Area("console", Phrase("派单台", "Console"), STAFF - {Role.AGENCY}),
    Area("staff", Phrase("我的账号", "My account"), STAFF),
)
"""In the order of the navigation; whoever signs in begins with the first of their role."""


class SignInFirst(HotlineError):
    """Nobody is signed in, and the page that was asked for can be shown afterwards."""

    code = "sign-in-first"
    title = "Sign in first"
    status = 303

    def __init__(self) -> None:
        super().__init__("请先登录", "Sign in first")


class ForeignForm(HotlineError):
    """The form was sent by another site, or by a browser that does not say by whom."""

    code = "foreign-form"
    title = "Form from elsewhere"
    status = 403

    def __init__(self) -> None:
        super().__init__("这个请求不是从本系统页面发出的", "This request did not come from a page of ours")


class FormOfOldSession(HotlineError):
    """The form was made for another session of this browser; it can be sent again."""

    code = "form-of-old-session"
    title = "Form of an earlier session"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "您在填写期间重新登录过，请核对后再次提交",
            "You signed in anew while this form was open: look at it again and send it",
        )


class StaffApp(TemplateApp):
    """An application of pages behind the sign-in.

    Attributes:
        session: of the call being answered; None before it is read, and on public pages.
    """

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        self.session: Session | None = None
        self._event: Mapping[str, Any] = {}

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer one API Gateway event."""
        self.session, self._event = None, event
        return super().__call__(event, context)

    def admit(self, operation: Operation, event: Mapping[str, Any]) -> Actor:
        """Who is signed in, if they may do this and the form is ours.

        Raises:
            SignInFirst: nobody is, and a page was asked for.
            SessionEnded: nobody is, and something was sent.
            ForeignForm, FormOfOldSession, Forbidden: see there.
        """
        if not operation.session:
            return CITIZEN
        sends = operation.method != "GET"
        if sends:
            require_own_site(event)
        try:
            self.session = sessions.current(cookie(event, SESSION_COOKIE), believe)
        except SessionEnded:
            if sends:
                raise
            raise SignInFirst from None
        require_role(self.session.principal, operation)
        if sends and not sessions.is_proof(_proof_in(event), self.session):
            raise FormOfOldSession
        return self.session.principal

    def standing_facts(self) -> dict[str, Any]:
        """Who is signed in, where they may go, and the proof for forms."""
        session = self.session
        return {
            "session": session,
            "role_name": self._role_name(),
            "areas": [area for area in AREAS if session and session.principal.role in area.roles],
            "proof_of_form": sessions.proof(session) if session else "",
            "now": web.now(),
            "say_status": self._status,
            "due": self._due,
        }

    def policy(self, sends_to: str) -> str:
        """Scripts of our own, nothing inline."""
        return POLICY.format(uploads=sends_to)

    def refusal(self, error: HotlineError) -> Answer:
        """What went wrong and what to do now, on a page of its own for each case that staff meet."""
        if isinstance(error, SignInFirst):
            return self._to_sign_in()
        again = self._sent_form() if isinstance(error, (SessionEnded, FormOfOldSession)) else None
        advice = staff_phrases.ADVICE.get(error.code, staff_phrases.ANY_ADVICE)
        return self.page("staff_refusal", here="", error=error, advice=advice, again=again)

    def done(self, page: str, done: str = "", **query: str) -> Answer:
        """Send the browser on after a form, so that reloading sends nothing twice.

        Args:
            page: without a query, such as ``desk``.
            done: a code of ``staff_phrases.DONE`` that the next page shows as a sentence.
        """
        asked = {**query, **({"done": done} if done else {}), **self.language()}
        location = f"{self.view.root}{page}{f'?{urlencode(asked)}' if asked else ''}"
        return Answer("", headers={"Location": location}, status=303, content_type="text/plain")

    def _to_sign_in(self) -> Answer:
        address = f"{self.view.root}sign-in?{urlencode({'next': asked_page(self._event), **self.language()})}"
        if header(self._event, "hx-request"):
            # A part of a page was fetched: the whole page must go, not the part.
            return Answer("", headers={"HX-Redirect": address}, content_type="text/plain")
        return Answer("", headers={"Location": address}, content_type="text/plain")

    def _sent_form(self) -> Form | None:
        """What was typed into a form that could not be taken, when it surely came from a page of ours."""
        if header(self._event, "sec-fetch-site") != "same-origin":
            return None
        try:
            return read_form(body_text(self._event))
        except HotlineError:
            return None

    def language(self) -> dict[str, str]:
        """The query that keeps a language which the reader has chosen."""
        return {"lang": self.view.language} if self.view.chosen else {}

    def _role_name(self) -> str:
        return self.view.phrase(staff_phrases.ROLES[self.session.principal.role]) if self.session else ""

    def _status(self, status: str) -> str:
        return self.view.phrase(staff_phrases.STATUSES[status])

    def _due(self, at: datetime) -> tuple[str, str]:
        """The colour of a due time, and how long there is: ``("late", "已超时 2 小时")``."""
        return staff_phrases.due(at, web.now(), self.view)


# ---- reading the call -------------------------------------------------------------------------


def header(event: Mapping[str, Any], name: str) -> str:
    """One header; empty when it was not sent."""
    headers = event.get("headers") or {}
    return str(next((value for each, value in headers.items() if each.lower() == name), "") or "")


def cookie(event: Mapping[str, Any], name: str) -> str:
    """One cookie; empty when it was not sent.

    With our prefix no page of another host of the same site can have set it, and no plain HTTP.
    """
    for pair in header(event, "cookie").split(";"):
        each, _, value = pair.strip().partition("=")
        if each == name:
            return value[:4096]
    return ""


def set_cookie(name: str, value: str, seconds: int) -> str:
    """The header that has a browser keep a cookie; with 0 seconds, drop it."""
    return f"{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax"


def require_own_site(event: Mapping[str, Any]) -> None:
    """Raise ``ForeignForm`` unless a page of ours has sent this.

    Every browser of the last years says so itself, and no script can change what it says. For others there is
    ``Origin``; neither is no browser.
    """
    site = header(event, "sec-fetch-site")
    if site:
        if site != "same-origin":
            raise ForeignForm
        return
    if not header(event, "host") or urlsplit(header(event, "origin")).netloc != header(event, "host"):
        raise ForeignForm


def asked_page(event: Mapping[str, Any]) -> str:
    """The page that was asked for, relative to the home page and with its query."""
    path: str = event["requestContext"]["resourcePath"]
    for name, value in (event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}}}", value)
    query = {
        name: values
        for name, values in (event.get("multiValueQueryStringParameters") or {}).items()
        if name not in ("lang", "done")
    }
    return own_page(f"{path.lstrip('/')}{f'?{urlencode(query, doseq=True)}' if query else ''}")


def own_page(text: str) -> str:
    """A page of ours to go on to; empty for anything else, so that no link can lead elsewhere (open redirect).

    Example:
        >>> own_page("desk/orders/X.1?status=late"), own_page("//evil.example"), own_page("https://evil.example")
        ('desk/orders/X.1?status=late', '', '')
        >>> own_page("desk/../../evil"), own_page("/desk"), own_page("desk//evil.example")
        ('', '', '')
    """
    fits = len(text) <= _NEXT_LENGTH and _NEXT.fullmatch(text)
    return text if fits and ".." not in text and "//" not in text else ""


def _proof_in(event: Mapping[str, Any]) -> str:
    return read_form(body_text(event)).text(PROOF)


# ---- believing the issuer ---------------------------------------------------------------------


def believe(id_token: str) -> Believed:
    """Verify an identity token; imported when one comes, which is every few minutes."""
    from web import identity_tokens

    return identity_tokens.believe(id_token)
