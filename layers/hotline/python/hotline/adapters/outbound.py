"""What every call to somebody else's server has in common: which addresses, and whether it was reached."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

import urllib3

_NEVER_THERE = (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_this_machine(host: str | None) -> bool:
    """Whether a name can mean no other machine (RFC 6761 §6.3)."""
    return host is not None and (host in _LOOPBACK or host.endswith(".localhost"))


def is_safe(url: str, *, here: bool = True) -> bool:
    """Whether a URL of an operator's choice may be posted to: https, or plain http on this machine.

    Args:
        here: whether this machine counts; on AWS nothing of ours listens there.

    Example:
        >>> is_safe("https://example.org/x"), is_safe("http://example.org/x"), is_safe("http://127.0.0.1:1/")
        (True, False, True)
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.fragment or not parts.hostname:
        return False
    if is_this_machine(parts.hostname):
        return here
    return parts.scheme == "https"


def never_stood(error: Exception) -> bool:
    """Whether there was no connection that anything could have been said over."""
    certificate = isinstance(error, urllib3.exceptions.SSLError) and isinstance(
        error.args[0], ssl.SSLCertVerificationError
    )
    return certificate or isinstance(error, _NEVER_THERE)
