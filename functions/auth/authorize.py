"""Stand before every staff route: a Lambda authorizer of type REQUEST for OIDC bearer tokens.

A token that is not believed gets a *Deny* policy, not an exception. API Gateway remembers a Deny for
the token, so repeating a bad one costs nothing, and strangers cannot raise the function's error
alarm. The template turns API Gateway's ACCESS_DENIED (403) into the 401 that a bad token means: this
authorizer denies for no other reason, since roles are the operations' own question. Only when the
issuer's keys cannot be had does it raise, because that must neither be remembered nor look like a
refusal.

Environment: OIDC_ISSUER, OIDC_AUDIENCE, OIDC_JWKS_URL (optional; else by discovery),
TOKEN_MAX_AGE_SECONDS.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from hotline.edges.tokens import SigningKeys, TokenReader, TokenRefused, key_set_fetcher
from hotline.observability import logger

Policy = dict[str, Any]


def handler(event: Mapping[str, Any], context: object) -> Policy:
    """Allow the whole stage to a believed token (the answer is kept for all of its routes).

    Example of ``event["methodArn"]``:
        ``arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/desk/orders``
    """
    try:
        caller = _reader().caller(_authorization(event))
    except TokenRefused as refusal:
        logger().info("token refused", reason=str(refusal))
        return _policy("Deny", event["methodArn"], "nobody", {})
    return _policy("Allow", event["methodArn"], caller["sub"], caller)


@cache
def _reader() -> TokenReader:
    issuer = os.environ["OIDC_ISSUER"]
    keys = SigningKeys(key_set_fetcher(issuer, os.environ.get("OIDC_JWKS_URL", "")))
    max_age = int(os.environ["TOKEN_MAX_AGE_SECONDS"])
    return TokenReader(issuer, os.environ["OIDC_AUDIENCE"], keys, max_age)


def _authorization(event: Mapping[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return str(headers.get("authorization", ""))


def _policy(effect: str, method_arn: str, principal: str, context: Mapping[str, str]) -> Policy:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": _stage(method_arn)}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(context),
    }


def _stage(method_arn: str) -> str:
    api, stage, *_ = method_arn.split("/")
    return f"{api}/{stage}/*"
