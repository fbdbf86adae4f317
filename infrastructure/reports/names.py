"""What people call what the lake has codes for."""

from __future__ import annotations

from typing import Any

from hotline.domain.appeal import Language
from hotline.domain.directory import Directory


class Names:
    """The names in one language; a code that nobody knows (any more) is its own name."""

    def __init__(self, directory: Directory, language: Language) -> None:
        self._directory = directory
        self._english = language == "en"

    def of(self, kind: str, code: Any) -> str:
        """The name of a code in a column of that kind; empty where there is no code."""
        if code is None:
            return ""
        if kind == "agency_id":
            return self._name(self._directory.agencies.get(code), code)
        if kind in ("district", "subdistrict", "place"):
            return self._name(self._directory.jurisdictions.get(code), code)
        if kind in ("service_code", "service"):
            return self._name(self._directory.services.get(code), code)
        return str(code)

    def _name(self, found: Any, code: Any) -> str:
        if found is None:
            return str(code)
        return self.either(found.name_zh, found.name_en)

    def either(self, zh: str, en: str) -> str:
        """One of two names."""
        return en if self._english else zh
