"""Keys for signing and hashing, all derived from the stack's one secret.

The secret is fetched once per process. A purpose gets its own key, so that what one part signs means
nothing to another, and a leaked key opens one door.
"""

from __future__ import annotations

from functools import cache

from hotline.adapters.aws import secretsmanager, translate_errors
from hotline.domain.identifiers import keyed
from hotline.settings import setting


def signing_key(purpose: str) -> bytes:
    """The 32-byte key of a purpose; the same in every function of the stack.

    Raises:
        Unavailable: Secrets Manager did not answer. The next call asks again.

    Example:
        >>> signing_key("cursor") == signing_key("survey-token")  # doctest: +SKIP
        False
    """
    return keyed(_secret(setting("SIGNING_SECRET_ARN")), "key", purpose)


def secret_text(arn: str) -> str:
    """A secret that somebody else made for us, such as a client secret; raises as ``signing_key`` does."""
    return _secret(arn).decode()


@cache
def _secret(arn: str) -> bytes:
    with translate_errors("secretsmanager"):
        answer = secretsmanager().get_secret_value(SecretId=arn)
    secret: str = answer["SecretString"]
    return secret.encode()
