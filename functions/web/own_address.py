"""The pages' own full address, for what leaves the browser: a QR code on paper, a form that S3 answers.

Links on pages are relative (``view.py``). Only what is read elsewhere needs the whole, and it is never made
of a header that a caller could choose (FAULTS S33).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")


def own_home(context: Mapping[str, Any], public_url: str, api_host: str) -> str:
    """The home page's address with a slash at its end; empty when nobody can tell.

    Args:
        context: the request context of API Gateway, whose ``domainName`` is the domain it serves.
        public_url: the pages' own domain, if they have one.
        api_host: on the embedded AWS, what stands behind the API's id.

    Example:
        >>> own_home({"domainName": "api.example", "path": "/live/track", "resourcePath": "/track"}, "", "")
        'https://api.example/live/'
        >>> own_home({"apiId": "a1", "path": "/live/track", "resourcePath": "/track"}, "", "localhost:4566")
        'http://a1.localhost:4566/live/'
    """
    if public_url:
        return f"{public_url.rstrip('/')}/"
    scheme, domain = "https", str(context.get("domainName") or "")
    if api_host:
        scheme, domain = "http", f"{context.get('apiId', '')}.{api_host}"
    if not _DOMAIN.fullmatch(domain):
        return ""
    parts = str(context.get("path") or "/").strip("/").split("/")
    depth = sum(1 for part in str(context.get("resourcePath") or "/").split("/") if part)
    before = "".join(f"{part}/" for part in parts[: len(parts) - depth] if part)
    return f"{scheme}://{domain}/{before}"
