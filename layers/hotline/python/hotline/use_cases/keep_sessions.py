"""Sign staff in with OIDC's code flow and PKCE, keep them signed in, sign them out (RFC 6749, 7636, OIDC Core)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from hotline.domain.identifiers import random_entropy, same, token
from hotline.domain.sessions import (
    Believed,
    Granted,
    GrantRefused,
    PendingSignIn,
    Session,
    SessionEnded,
    SessionRules,
    SignInRefused,
    session_key,
)
from hotline.ports import Issuer, Seal, Sessions

SIGN_IN_LIFE = timedelta(minutes=15)
"""How long the issuer's own page may take: passwords get lost, telephones must be found."""

Believe = Callable[[str], Believed]
"""Verifies an identity token.

Raises:
    SignInRefused: it is not believed.
    NoRoleHere: it is, and gives no role.
"""


class Opened(NamedTuple):
    """A new session, and the secret that the browser keeps of it."""

    session: Session
    secret: str
    next_page: str


def begin_sign_in(next_page: str, redirect_uri: str, *, now: datetime) -> PendingSignIn:
    """Make up what ties the issuer's answer to this browser."""
    return PendingSignIn(
        state=_random(),
        nonce=_random(),
        verifier=_random() + _random(),
        redirect_uri=redirect_uri,
        next_page=next_page,
        until=now + SIGN_IN_LIFE,
    )


def finish_sign_in(
    pending: PendingSignIn | None,
    state: str,
    code: str,
    former_secret: str,
    *,
    sessions: Sessions,
    issuer: Issuer,
    believe: Believe,
    seal: Seal,
    now: datetime,
) -> Opened:
    """Exchange the issuer's code for a session with a new secret; a session that was there ends.

    Args:
        pending: None when the browser brought none that is ours.
        former_secret: what the browser had before; a planted one gains nothing (session fixation).

    Raises:
        SignInRefused: the answer belongs to no sign-in of this browser, or proves nothing.
        NoRoleHere: the account has no role.
        Unavailable: the issuer does not answer.
    """
    if pending is None or pending.until <= now or not same(pending.state, state):
        raise SignInRefused("state")
    try:
        granted = issuer.exchange(code, pending.verifier, pending.redirect_uri)
    except GrantRefused:
        raise SignInRefused("code") from None
    who = believe(granted.id_token)
    if not same(pending.nonce, who.nonce):
        raise SignInRefused("nonce")
    if former_secret:
        sessions.end_session(session_key(former_secret))
    secret = _random()
    key = session_key(secret)
    session = Session.begin(key, who, _sealed(granted, seal, key), now)
    sessions.keep_session(session, seen_version=None)
    return Opened(session, secret, pending.next_page)


def continue_session(
    secret: str,
    *,
    sessions: Sessions,
    issuer: Callable[[], Issuer],
    believe: Believe,
    seal: Callable[[], Seal],
    rules: SessionRules,
    now: datetime,
) -> Session:
    """The session of a browser; one read, unless its use must be noted or the issuer asked again.

    Raises:
        SessionEnded: there is none (any more).
        Unavailable: the issuer must be asked and does not answer.
    """
    session = sessions.find_session(session_key(secret)) if secret else None
    if session is None or session.has_ended(now, rules):
        raise SessionEnded
    if session.must_be_checked(now, rules):
        if session.is_being_checked(now, rules):
            return session
        return _check(session, sessions, issuer(), believe, seal(), now)
    if session.worth_noting(now):
        # Whoever was faster has noted it too.
        sessions.keep_session(session.seen(now), seen_version=session.version)
    return session


def end_session(secret: str, *, sessions: Sessions) -> None:
    """Sign out: the secret opens nothing any more, wherever it may have got to."""
    sessions.end_session(session_key(secret))


def _check(
    session: Session, sessions: Sessions, issuer: Issuer, believe: Believe, seal: Seal, now: datetime
) -> Session:
    """Ask the issuer for new tokens: it has none for a person who was disabled.

    Only one request asks, because many issuers take a refresh token once.
    """
    checking = session.checking(now)
    if not sessions.keep_session(checking, seen_version=session.version):
        return session
    grant = seal.opened(session.sealed_grant, session.key) if session.sealed_grant else None
    try:
        if grant is None:
            raise GrantRefused
        granted = issuer.refresh(grant.decode())
        who = believe(granted.id_token) if granted.id_token else None
        if who and who.actor.subject != session.principal.subject:
            raise GrantRefused
    except (GrantRefused, SignInRefused):
        sessions.end_session(session.key)
        raise SessionEnded from None
    sealed = _sealed(granted, seal, session.key) or session.sealed_grant
    checked = checking.checked(now, who, sealed)
    if not sessions.keep_session(checked, seen_version=checking.version):
        raise SessionEnded  # signed out meanwhile
    return checked


def _sealed(granted: Granted, seal: Seal, key: str) -> bytes:
    return seal.sealed(granted.refresh_token.encode(), key) if granted.refresh_token else b""


def _random() -> str:
    """128 random bits, URL-safe."""
    return token(random_entropy())
