"""The city's OIDC provider over HTTP: whichever it is, its addresses are found by discovery.

Public clients prove themselves by PKCE alone; where a client secret is given, by that as well.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode

from hotline.domain.errors import Unavailable
from hotline.domain.sessions import Granted, GrantRefused, PendingSignIn

DISCOVERY_SECONDS = 3600
_FETCH_SECONDS = 3
_LARGEST_ANSWER = 256 * 1024
_LARGEST_GRANT = 16 * 1024
"""DynamoDB and cookies set no tighter bound; real tokens have one to four kilobytes."""


class OidcIssuer:
    """Implements ``ports.Issuer``.

    Args:
        client_secret: asked when it is needed; empty for a public client.
        scope: what is asked for besides who it is, such as ``openid offline_access``.
    """

    def __init__(
        self, issuer: str, client_id: str, client_secret: Callable[[], str], scope: str = "openid"
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._discovered: Mapping[str, Any] = {}
        self._discovered_at = 0.0

    def authorization_url(self, pending: PendingSignIn) -> str:
        """The address of the provider's sign-in page, with everything that ties its answer to this browser."""
        challenge = hashlib.sha256(pending.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": pending.redirect_uri,
            "scope": self._scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return _with_query(self._address("authorization_endpoint"), query)

    def end_session_url(self, return_to: str) -> str:
        """The address of the provider's sign-out (OIDC RP-Initiated Logout), or nothing."""
        address = self._discovery().get("end_session_endpoint")
        query = {"client_id": self._client_id, "post_logout_redirect_uri": return_to}
        return _with_query(address, query) if isinstance(address, str) else ""

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Granted:
        """Tokens for a code."""
        return self._tokens(
            grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri
        )

    def refresh(self, refresh_token: str) -> Granted:
        """Tokens for an earlier grant, if it still stands."""
        return self._tokens(grant_type="refresh_token", refresh_token=refresh_token)

    def _tokens(self, **form: str) -> Granted:
        secret = self._client_secret()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if secret:
            # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
            pair = f"{quote_plus(self._client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client_id
        answer = _read(self._address("token_endpoint"), urlencode(form).encode(), headers)
        given = [answer.get(name) or "" for name in ("id_token", "refresh_token")]
        if not all(isinstance(each, str) and len(each) <= _LARGEST_GRANT for each in given):
            raise Unavailable("sign-in")
        return Granted(*given)

    def _address(self, name: str) -> str:
        address = self._discovery().get(name)
        if not isinstance(address, str) or not address.startswith(("https://", "http://")):
            raise Unavailable("sign-in")
        return address

    def _discovery(self) -> Mapping[str, Any]:
        if not self._discovered or time.monotonic() - self._discovered_at > DISCOVERY_SECONDS:
            self._discovered = _read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            self._discovered_at = time.monotonic()
        return self._discovered


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _read(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The JSON object behind an address of the provider.

    Raises:
        GrantRefused: it refuses what was sent (RFC 6749 §5.2 answers 400 or 401).
        Unavailable: everything else that can go wrong.
    """
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=_FETCH_SECONDS) as answer:
            document = json.loads(answer.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as refusal:
        with refusal:
            if body is not None and refusal.code in (400, 401, 403):
                raise GrantRefused from None
        raise Unavailable("sign-in") from refusal
    except (OSError, ValueError) as error:
        raise Unavailable("sign-in") from error
    if not isinstance(document, dict):
        raise Unavailable("sign-in")
    return document
