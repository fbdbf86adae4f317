"""Read the bearer token of a member of staff: who it is, or why it is not believed.

Any OIDC issuer will do. Its public keys are fetched once and kept; a token that names a key we do not
know makes us look again, at most every ``REFRESH_SECONDS``, so that a new key works at once and a
stream of invented ones costs nothing.

Example:
    >>> claims = {"sub": "zhang", "hotline_role": "agency", "agency_id": "110101001"}
    >>> caller(claims)
    {'sub': 'zhang', 'role': 'agency', 'agency_id': '110101001', 'district': ''}
"""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

import jwt

ALGORITHMS = ("RS256", "ES256")
"""Signatures by a key pair only: a shared secret or no signature is never an answer."""

LEEWAY_SECONDS = 60
REFRESH_SECONDS = 10
ROLES = frozenset({"operator", "agency", "adjudicator", "supervisor", "admin", "auditor"})

_FETCH_SECONDS = 2
_LARGEST_DOCUMENT = 256 * 1024
_LONGEST_TOKEN = 8192
_LONGEST_CLAIM = 64
_MOST_LANGUAGES = 16
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")

Document = Mapping[str, Any]


class TokenRefused(Exception):
    """The token is not one of ours, not valid now, or says too little. The text is for our log."""


class SigningKeys:
    """The issuer's public keys by key id."""

    def __init__(self, fetch: Callable[[], Document], now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at: float | None = None

    def get(self, key_id: str) -> jwt.PyJWK:
        """The key of that id, fetched anew when it is not known.

        Raises:
            TokenRefused: the issuer has no such key.
            OSError: the issuer does not answer, and nothing can be said about the token.
        """
        if key_id not in self._keys and self._may_fetch():
            self._fetched_at = self._now()
            self._keys = _signing_keys(self._fetch())
        if key_id not in self._keys:
            raise TokenRefused("unknown key")
        return self._keys[key_id]

    def _may_fetch(self) -> bool:
        # An empty set is no knowledge: after a failed first fetch the next token tries again.
        if not self._keys or self._fetched_at is None:
            return True
        return self._now() - self._fetched_at >= REFRESH_SECONDS


class TokenReader:
    """Believes tokens of one issuer for one audience.

    Args:
        max_age: seconds since a token was issued after which it is refused though it has not expired:
            an issuer gives a disabled officer no new one, so this bounds how long the last one works.
    """

    def __init__(self, issuer: str, audience: str, keys: SigningKeys, max_age: int) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._max_age = max_age

    def caller(self, authorization: str) -> dict[str, str]:
        """Verify the value of an Authorization header and say who calls.

        Returns:
            ``sub``, ``role``, ``agency_id`` and ``district``; the last two empty where they do not apply;
            ``languages`` where the token lists any, with spaces between them.

        Raises:
            TokenRefused: for every reason that lies in the token.
            OSError: the issuer's keys could not be fetched.
        """
        return caller(self.claims(_bearer_token(authorization)))

    def claims(self, token: str) -> Document:
        """Verify a token itself and give all that it says; raises as ``caller`` does."""
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid", "")))
            claims: Document = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise TokenRefused(type(error).__name__) from None
        if time.time() - claims["iat"] > self._max_age + LEEWAY_SECONDS:
            raise TokenRefused("issued too long ago")
        return claims


def caller(claims: Document) -> dict[str, str]:
    """Read role and rights from verified claims.

    ``hotline_role``, or the one group that bears a role's name; ``agency_id`` and ``district`` as they
    are or with Cognito's ``custom:`` before them; so are ``languages`` (BCP 47; a list, or with spaces or
    commas between them).

    Raises:
        TokenRefused: the role is missing, unknown or ambiguous, or an agency's token names no agency.
    """
    role = _role(claims)
    agency_id = _claim(claims, "agency_id") if role == "agency" else ""
    if role == "agency" and not agency_id:
        raise TokenRefused("agency without agency_id")
    subject = _claim(claims, "sub")
    if not subject:
        raise TokenRefused("no subject")
    known = {"sub": subject, "role": role, "agency_id": agency_id, "district": _claim(claims, "district")}
    languages = _languages(claims)
    return {**known, "languages": languages} if languages else known


def key_set_fetcher(issuer: str, jwks_url: str = "") -> Callable[[], Document]:
    """A function that fetches the issuer's key set, from ``jwks_url`` or where discovery says."""

    def fetch() -> Document:
        if jwks_url:
            return _fetch_json(jwks_url)
        discovery = _fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        return _fetch_json(discovery["jwks_uri"])

    return fetch


def _bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise TokenRefused("not a bearer token")
    return token.strip()


def _role(claims: Document) -> str:
    stated = claims.get("hotline_role")
    named = {str(stated)} if stated is not None else _groups(claims)
    roles = named & ROLES
    if len(roles) != 1:
        raise TokenRefused("no single known role")
    return roles.pop()


def _groups(claims: Document) -> set[str]:
    groups = claims.get("cognito:groups", claims.get("groups"))
    return {str(group) for group in groups} if isinstance(groups, list) else set()


def _claim(claims: Document, name: str) -> str:
    value = claims.get(name, claims.get(f"custom:{name}", ""))
    if not isinstance(value, str) or len(value) > _LONGEST_CLAIM or not value.isprintable():
        raise TokenRefused(f"odd {name}")
    return value


def _languages(claims: Document) -> str:
    listed = claims.get("languages")
    tags = listed if isinstance(listed, list) else _claim(claims, "languages").replace(",", " ").split()
    if not all(isinstance(tag, str) and _LANGUAGE.fullmatch(tag) for tag in tags):
        raise TokenRefused("odd languages")
    return " ".join(tags[:_MOST_LANGUAGES])


def _signing_keys(key_set: Document) -> dict[str, jwt.PyJWK]:
    usable = [
        key
        for key in key_set.get("keys", [])
        if key.get("kid") and key.get("kty") in ("RSA", "EC") and key.get("use", "sig") == "sig"
    ]
    return {str(key["kid"]): jwt.PyJWK(key, algorithm=_algorithm(key)) for key in usable}


def _algorithm(key: Document) -> str:
    return "RS256" if key["kty"] == "RSA" else "ES256"


def _fetch_json(url: str) -> Document:
    if not url.startswith(("https://", "http://")):
        raise OSError("the issuer's address is not HTTP")
    with urllib.request.urlopen(url, timeout=_FETCH_SECONDS) as answer:
        document = json.loads(answer.read(_LARGEST_DOCUMENT))
    if not isinstance(document, dict):
        raise OSError("the issuer's answer is not a JSON object")
    return document
