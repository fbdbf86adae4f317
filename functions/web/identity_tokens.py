"""The issuer's identity tokens: verified as the authorizer verifies bearer tokens, for our client instead of our API.

Environment: OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_JWKS_URL (empty: by discovery).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from hotline.domain.errors import Unavailable
from hotline.domain.sessions import Believed, NoRoleHere, SignInRefused
from hotline.edges.http import actor_of
from hotline.edges.tokens import SigningKeys, TokenReader, TokenRefused, caller, key_set_fetcher
from hotline.observability import logger

FRESH_SECONDS = 600
"""An identity token is read right after it was issued."""

_LONGEST_NAME = 40


def believe(id_token: str) -> Believed:
    """Who an identity token is about.

    Raises:
        SignInRefused: it is not believed.
        NoRoleHere: it is, and names no role of ours.
        Unavailable: the issuer's keys could not be fetched.
    """
    try:
        claims = _reader().claims(id_token)
    except TokenRefused as refusal:
        logger().info("identity token refused", reason=str(refusal))
        raise SignInRefused("token") from None
    except OSError as error:
        raise Unavailable("sign-in") from error
    try:
        actor = actor_of(caller(claims))
    except (TokenRefused, ValidationError) as refusal:
        logger().info("no role", reason=type(refusal).__name__)
        raise NoRoleHere from None
    return Believed(actor, _name(claims), str(claims.get("nonce") or ""))


def _name(claims: Mapping[str, Any]) -> str:
    """What pages show of the person: as the issuer says it, else the account's name."""
    told = (claims.get(name) for name in ("name", "preferred_username", "sub"))
    text = next(each for each in told if isinstance(each, str) and each.strip())
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]


@cache
def _reader() -> TokenReader:
    issuer = os.environ["OIDC_ISSUER"]
    keys = SigningKeys(key_set_fetcher(issuer, os.environ.get("OIDC_JWKS_URL", "")))
    return TokenReader(issuer, os.environ["OIDC_CLIENT_ID"], keys, FRESH_SECONDS)
