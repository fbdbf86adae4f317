"""Load a directory folder: read it, check it, compile it.

Example:
    >>> loaded = load(Path("infrastructure/directory/beijing"), today=date(2026, 11, 23))
    >>> loaded.directory().city.name_en
    'Beijing'
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from hotline.domain.directory import Directory
from infrastructure.directory.calendars import build_calendars, check_horizon
from infrastructure.directory.checks import check
from infrastructure.directory.compiling import compile_parts
from infrastructure.directory.reading import Problems, read_folder

FORMAT = 1
"""Raise it when the compiled parts change their shape: the same files are then a new version."""


class Loaded(NamedTuple):
    """What became of a folder: its problems and, when none is an error, its parts."""

    problems: Problems
    parts: Mapping[str, Any]
    version: str
    fingerprint: str

    def directory(self) -> Directory:
        """The directory itself, without a store in between."""
        return Directory(self.version, self.parts.__getitem__)

    @property
    def counts(self) -> dict[str, int]:
        """How much of everything there is."""
        core = self.parts["core"]
        return {
            "jurisdictions": len(core["jurisdictions"]),
            "agencies": len(self.parts["agencies"]),
            "services": len(core["services"]),
            "duty rules": len(self.parts["duty"]["rules"]),
            "place names": len(self.parts["gazetteer"]),
        }


def load(folder: Path, today: date) -> Loaded:
    """Read, check and compile a folder; problems are collected, never raised.

    Args:
        today: local date of the city; holidays are expanded around it.
    """
    problems = Problems()
    content = read_folder(folder, problems)
    check(content, today, problems)
    calendars = build_calendars(content, today, problems)
    check_horizon(content, calendars, today, problems)
    if problems.errors:
        return Loaded(problems, {}, "", "")
    try:
        parts = compile_parts(content, calendars)
    except ValidationError as error:
        problems.error("policies.csv", 0, "-", str(error))
        return Loaded(problems, {}, "", "")
    fingerprint = fingerprint_of(parts)
    return Loaded(problems, parts, f"{today.isoformat()}-{fingerprint[:8]}", fingerprint)


def fingerprint_of(parts: Mapping[str, Any]) -> str:
    """SHA-256 of the parts: two imports with the same fingerprint are the same directory."""
    content = json.dumps([FORMAT, parts], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()
