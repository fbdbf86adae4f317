"""Run ``python -m infrastructure.demo`` beside a test, and read its journal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infrastructure.demo.journal import Journal, Posted
from infrastructure.local.place import ROOT
from tests.local.talking import eventually


def command(stack_file: Path, *arguments: str) -> list[str]:
    """The demo's command line, in which every order goes straight through unless ``arguments`` say more."""
    return [sys.executable, "-m", "infrastructure.demo", "--stack", str(stack_file), "--plain", *arguments]


def start(stack_file: Path, *arguments: str) -> subprocess.Popen[str]:
    """The demo with both outputs in ``stdout``; the same arguments again go on with an unfinished run."""
    return subprocess.Popen(
        command(stack_file, *arguments),
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def appeals(stack_file: Path) -> list[Posted]:
    """What the newest run has posted so far: each has been acknowledged by the hotline."""
    runs = sorted((stack_file.parent / "demo").glob("*.sqlite"))
    if not runs:
        return []
    journal = Journal(runs[-1])
    try:
        return journal.appeals()
    finally:
        journal.close()


def wait_for_posted(stack_file: Path, count: int) -> None:
    """Until so many appeals have been acknowledged."""
    eventually(lambda: len(appeals(stack_file)) >= count, f"the demo did not post {count} appeals")


def wait_for_ended(stack_file: Path, count: int) -> None:
    """Until so many appeals have come out of the chain."""
    eventually(
        lambda: sum(each.ended is not None for each in appeals(stack_file)) >= count,
        f"{count} appeals did not come out of the chain",
    )
