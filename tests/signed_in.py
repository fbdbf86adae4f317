"""A member of staff with a browser, for tests of pages behind the sign-in; without a network and without scripts.

Example:
    >>> officer = Officer(stack, "agency", agency_id="110101001")  # doctest: +SKIP
    >>> officer.get("DeskPages", "/desk").status  # doctest: +SKIP
    200
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hotline.adapters.dynamodb.sessions import DynamoDBSessions
from hotline.domain.actor import Actor, Role
from hotline.domain.identifiers import keyed
from hotline.domain.sessions import Believed, Session, form_proof, session_key
from tests.api_events import api_event
from tests.aws_stack import SECRET, MotoStack
from tests.pages import Page

FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}
OWN_SITE = {"Sec-Fetch-Site": "same-origin"}


class Officer:
    """Somebody who is signed in, with a browser that sends what browsers send.

    Attributes:
        secret: what the session cookie holds.
    """

    def __init__(
        self,
        stack: MotoStack,
        role: str,
        *,
        subject: str = "zhang",
        agency_id: str | None = None,
        district: str | None = None,
        grant: bytes = b"",
        language: str = "zh-CN",
    ) -> None:
        self.stack = stack
        self.actor = Actor(role=Role(role), subject=subject, agency_id=agency_id, district=district)
        self.secret = f"secret of {self.actor.signature}"
        self.session = Session.begin(
            session_key(self.secret), Believed(self.actor, "张伟"), grant, stack.clock()
        )
        self._headers = {"Accept-Language": language}
        store(stack, self.session)

    @property
    def proof(self) -> str:
        """What the forms of this session carry."""
        return form_proof(keyed(SECRET.encode(), "key", "form"), self.session)

    def get(self, function: str, path: str, *, route: str | None = None, **query: str) -> Page:
        """Open a page."""
        event = api_event("GET", path, route=route, headers=self._cookies(), query=query or None)
        return Page(self.stack.invoke(function, event))

    def post(self, function: str, path: str, *, route: str | None = None, **typed: Any) -> Page:
        """Send a form of ours, with its proof unless that is among what is ``typed``."""
        fields = {"proof": self.proof, **{name.replace("__", "."): value for name, value in typed.items()}}
        headers = {**self._cookies(), **FORM_TYPE, **OWN_SITE}
        event = api_event("POST", path, route=route, body=urlencode(fields, doseq=True), headers=headers)
        return Page(self.stack.invoke(function, event))

    def _cookies(self) -> dict[str, str]:
        return {**self._headers, "Cookie": f"theme=dark; __Host-session={self.secret}"}


def store(stack: MotoStack, session: Session) -> None:
    """Put a session into the table, as signing in does."""
    kept = DynamoDBSessions(stack.dynamodb, stack.lookup("SessionsTable", None), timedelta(hours=12))
    kept.end_session(session.key)
    assert kept.keep_session(session, seen_version=None)
