"""Staff who sign in with a browser: what every application of staff pages runs with.

What asks the issuer or decrypts is imported when that is needed, not on every cold start.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from hotline.adapters.aws import dynamodb
from hotline.adapters.dynamodb.sessions import DynamoDBSessions
from hotline.adapters.secrets import secret_text, signing_key
from hotline.domain.sessions import (
    PendingSignIn,
    Session,
    SessionRules,
    form_proof,
    is_form_proof,
)
from hotline.settings import setting
from hotline.use_cases import keep_sessions
from hotline.use_cases.keep_sessions import SIGN_IN_LIFE, Believe, Opened
from hotline.wiring.common import now

if TYPE_CHECKING:
    from hotline.ports import Issuer, Seal


def current(secret: str, believe: Believe) -> Session:
    """The session of a browser."""
    return keep_sessions.continue_session(
        secret,
        sessions=_sessions(),
        issuer=issuer,
        believe=believe,
        seal=lambda: _seal("session"),
        rules=rules(),
        now=now(),
    )


def end(secret: str) -> None:
    """Sign a browser out."""
    keep_sessions.end_session(secret, sessions=_sessions())


def proof(session: Session) -> str:
    """What a form of this session carries."""
    return form_proof(signing_key("form"), session)


def is_proof(text: str, session: Session) -> bool:
    """Whether a form was made for this session."""
    return is_form_proof(text, signing_key("form"), session)


def rules() -> SessionRules:
    """How long a session lasts."""
    return SessionRules(
        check=timedelta(seconds=int(setting("SESSION_CHECK_SECONDS"))),
        idle=timedelta(minutes=int(setting("SESSION_IDLE_MINUTES"))),
        longest=timedelta(hours=int(setting("SESSION_HOURS"))),
    )


# ---- signing in -------------------------------------------------------------------------------


def begin(next_page: str, redirect_uri: str) -> tuple[PendingSignIn, bytes]:
    """Begin to sign in; with what the browser keeps until it comes back."""
    pending = keep_sessions.begin_sign_in(next_page, redirect_uri, now=now())
    return pending, _seal("sign-in").sealed(pending.model_dump_json().encode(), "sign-in")


def finish(sealed: bytes, state: str, code: str, former_secret: str, believe: Believe) -> Opened:
    """Open a session for the code that the issuer gave."""
    content = _seal("sign-in").opened(sealed, "sign-in")
    return keep_sessions.finish_sign_in(
        PendingSignIn.model_validate_json(content) if content else None,
        state,
        code,
        former_secret,
        sessions=_sessions(),
        issuer=issuer(),
        believe=believe,
        seal=_seal("session"),
        now=now(),
    )


def sign_in_seconds() -> int:
    """How long a browser keeps a sign-in that has begun."""
    return int(SIGN_IN_LIFE.total_seconds())


@cache
def issuer() -> Issuer:
    """The city's OIDC provider."""
    from hotline.adapters.oidc import OidcIssuer

    return OidcIssuer(
        setting("OIDC_ISSUER"), setting("OIDC_CLIENT_ID"), _client_secret, setting("OIDC_SCOPE")
    )


def _client_secret() -> str:
    arn = setting("OIDC_CLIENT_SECRET_ARN")
    return secret_text(arn) if arn else ""


def _sessions() -> DynamoDBSessions:
    return DynamoDBSessions(dynamodb(), setting("SESSIONS_TABLE"), rules().longest)


@cache
def _seal(purpose: str) -> Seal:
    from hotline.adapters.sealing import AesSeal

    return AesSeal(signing_key(f"seal-{purpose}"))
