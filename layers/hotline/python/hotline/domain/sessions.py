"""A member of staff who is signed in with a browser: how long that lasts, and when it is checked again.

The browser holds a random secret; the table holds what it stands for, under a hash of it. Nothing that is
stored lets anybody in.

Example:
    >>> from datetime import UTC
    >>> noon = datetime(2026, 5, 6, 12, tzinfo=UTC)
    >>> rules = SessionRules(timedelta(minutes=3), timedelta(minutes=30), timedelta(hours=12))
    >>> session = Session.begin("key", Believed(Actor(role=Role.ADMIN, subject="chen"), "陈敏"), b"", noon)
    >>> session.has_ended(noon + timedelta(minutes=31), rules), session.must_be_checked(noon, rules)
    (True, False)
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import HotlineError
from hotline.domain.identifiers import keyed, same, token
from hotline.domain.model import Frozen

CHECKING = timedelta(seconds=20)
"""How long one request may ask the issuer while others go on with what was known."""

NOBODY_KNOWS = timedelta(seconds=60)
"""How long others go on while the issuer does not answer; with the longest ``check`` still under five minutes."""

NOTE_SEEN_AFTER = timedelta(minutes=1)
"""A session is written at most this often only to say that it was used."""


class SessionRules(NamedTuple):
    """How long a session lasts.

    Attributes:
        check: after which the issuer is asked whether the person may still come in.
        idle: without a request it ends.
        longest: it ends, used or not.
    """

    check: timedelta
    idle: timedelta
    longest: timedelta


class Believed(NamedTuple):
    """What a verified identity token says.

    Attributes:
        name: what pages show of the person; never part of an order's timeline.
        nonce: ties the token to the sign-in that asked for it; empty in a later one.
    """

    actor: Actor
    name: str
    nonce: str = ""


class Granted(NamedTuple):
    """What the issuer's token endpoint gave; either may be missing when it is asked again."""

    id_token: str
    refresh_token: str


class PendingSignIn(Frozen):
    """A sign-in that has been sent to the issuer; travels in the browser, sealed."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    next_page: str
    until: datetime


class Session(Frozen):
    """A browser that is signed in.

    Attributes:
        key: under which it is kept: a hash of the browser's secret.
        sealed_grant: the issuer's refresh token, sealed for this session alone; empty when there is none.
        checking_since: one request is asking the issuer just now.
        version: counts writes, so that two requests never undo each other.
    """

    key: str
    principal: Actor
    name: str
    began_at: datetime
    checked_at: datetime
    seen_at: datetime
    sealed_grant: bytes
    checking_since: datetime | None = None
    version: int = 1

    @classmethod
    def begin(cls, key: str, who: Believed, sealed_grant: bytes, now: datetime) -> Session:
        """A session that begins now."""
        return cls(
            key=key,
            principal=who.actor,
            name=who.name,
            began_at=now,
            checked_at=now,
            seen_at=now,
            sealed_grant=sealed_grant,
        )

    def has_ended(self, now: datetime, rules: SessionRules) -> bool:
        """Whether its time is over."""
        return now - self.seen_at > rules.idle or now - self.began_at > rules.longest

    def must_be_checked(self, now: datetime, rules: SessionRules) -> bool:
        """Whether the issuer must be asked before anything else happens."""
        return now - self.checked_at >= rules.check

    def is_being_checked(self, now: datetime, rules: SessionRules) -> bool:
        """Whether somebody else asks the issuer right now, and what was known may count until then."""
        if self.checking_since is None or now - self.checking_since >= CHECKING:
            return False
        return now - self.checked_at < rules.check + NOBODY_KNOWS

    def worth_noting(self, now: datetime) -> bool:
        """Whether its use must be written down, so that it does not count as idle."""
        return now - self.seen_at >= NOTE_SEEN_AFTER

    def seen(self, now: datetime) -> Session:
        """Used just now."""
        return self.model_copy(update={"seen_at": now, "version": self.version + 1})

    def checking(self, now: datetime) -> Session:
        """The issuer is being asked."""
        return self.seen(now).model_copy(update={"checking_since": now})

    def checked(self, now: datetime, who: Believed | None, sealed_grant: bytes) -> Session:
        """The issuer has said that the person may still come in.

        Args:
            who: as the issuer says now; None when it sent no new identity token.
        """
        told = {"principal": who.actor, "name": who.name} if who else {}
        return self.seen(now).model_copy(
            update={**told, "checked_at": now, "checking_since": None, "sealed_grant": sealed_grant}
        )


def session_key(secret: str) -> str:
    """What is stored of a browser's secret; 128 random bits need no salt.

    Example:
        >>> len(session_key("abc")), session_key("abc") == session_key("abd")
        (22, False)
    """
    return token(hashlib.sha256(f"session\x1f{secret}".encode("utf-8", "surrogatepass")).digest())


def form_proof(key: bytes, session: Session) -> str:
    """What every form of a session carries and no other site can know (CSRF token)."""
    return token(keyed(key, "form", session.key))


def is_form_proof(text: str, key: bytes, session: Session) -> bool:
    """Whether a form was made for this session."""
    return same(form_proof(key, session), text)


class SessionEnded(HotlineError):
    """There is no session, it has run out, or its person may no longer come in."""

    code = "session-ended"
    title = "Session ended"
    status = 401

    def __init__(self) -> None:
        super().__init__("您没有登录，或登录已过期", "You are not signed in, or your session has ended")


class SignInRefused(HotlineError):
    """The issuer let nobody in, or what came back does not belong to a sign-in of this browser."""

    code = "sign-in-refused"
    title = "Sign-in refused"
    status = 403

    def __init__(self, reason: str) -> None:
        super().__init__("登录没有成功", "The sign-in did not succeed", reason=reason)


class NoRoleHere(HotlineError):
    """The person is who they say, and has no role in the hotline."""

    code = "no-role"
    title = "No role here"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "您的账号在热线系统中没有角色", "Your account has no role in the hotline", roles=list(Role)[2:]
        )


class GrantRefused(Exception):
    """The issuer gives no tokens (any more): the code or the person is not believed."""
