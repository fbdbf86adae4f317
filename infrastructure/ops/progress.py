"""A progress bar for people; nothing at all when nobody is watching."""

from __future__ import annotations

import sys
from typing import TextIO

WIDTH = 30


class ProgressBar:
    """Draws ``label [#####     ] 12/410`` on a terminal.

    Example:
        >>> ProgressBar("queues", sys.stdout)(1, 2)
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = stream or sys.stderr

    def __call__(self, done: int, total: int) -> None:
        """Show how far things are."""
        if not self._stream.isatty():
            return
        filled = WIDTH * done // max(total, 1)
        bar = "#" * filled + " " * (WIDTH - filled)
        end = "\n" if done >= total else ""
        print(f"\r{self._label} [{bar}] {done}/{total}", end=end, file=self._stream, flush=True)
