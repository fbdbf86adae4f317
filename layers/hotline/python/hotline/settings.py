"""The environment of a function, read on first use, never at import."""

from __future__ import annotations

import os


class SettingMissing(RuntimeError):
    """The template did not give a function a variable that its code asks for."""


def setting(name: str) -> str:
    """One environment variable.

    Raises:
        SettingMissing: it is not set; the wiring test compares template and code.
    """
    value = os.environ.get(name)
    if value is None:
        raise SettingMissing(f"environment variable {name} is not set for this function")
    return value
