"""The API keys that agencies' Open311 endpoints have given us: one secret, never in the directory."""

from __future__ import annotations

import json
import time
from typing import Any

from hotline.adapters.aws import translate_errors

KEPT_S = 300
"""Seconds until a key that was changed is asked for again."""


class FarEndKeys:
    """Gives an agency's key; the secret is a JSON object of keys by agency id."""

    def __init__(self, client: Any, secret_arn: str) -> None:
        self._client = client
        self._arn = secret_arn
        self._keys: dict[str, str] = {}
        self._until = 0.0

    def __call__(self, agency_id: str) -> str | None:
        """The key, or None when nobody has stored one (``hotline open311 key``).

        Raises:
            Unavailable: Secrets Manager did not answer.
        """
        if time.monotonic() >= self._until:
            with translate_errors("secretsmanager"):
                answer = self._client.get_secret_value(SecretId=self._arn)
            stored = json.loads(answer["SecretString"])
            self._keys = {name: str(key) for name, key in stored.items()} if isinstance(stored, dict) else {}
            self._until = time.monotonic() + KEPT_S
        return self._keys.get(agency_id)
