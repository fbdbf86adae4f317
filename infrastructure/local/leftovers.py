"""Servers of an earlier run that was killed so hard that it could not end them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from infrastructure.local.emulator import SAVE_SECONDS
from infrastructure.local.place import Place
from infrastructure.local.supervise import Child
from infrastructure.local.trouble import Trouble

OURS = ("ministack", "infrastructure.local.identity")


def remember(place: Place, children: Iterable[Child]) -> None:
    """Note which processes belong to this place."""
    _file(place).write_text(" ".join(str(child.pid) for child in children))


def forget(place: Place) -> None:
    """All of them have ended."""
    _file(place).unlink(missing_ok=True)


def end(place: Place) -> None:
    """End what a dead earlier run left behind, giving the emulator the time to save its state."""
    if not _file(place).exists():
        return
    pids = [int(pid) for pid in _file(place).read_text().split() if _is_ours(int(pid))]
    if pids:
        print("An earlier run ended without stopping its servers; stopping them first.", flush=True)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + SAVE_SECONDS
    while any(_is_ours(pid) for pid in pids):
        if time.monotonic() > deadline:
            raise Trouble(
                f"The servers of an earlier run do not end (pids {pids}).", "End them by hand: kill -9 <pid>"
            )
        time.sleep(0.1)
    forget(place)


def _is_ours(pid: int) -> bool:
    """Whether ``pid`` is alive and one of our servers: numbers of dead processes are given out again."""
    command_line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            command = command_line.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return False
    else:
        command = subprocess.run(
            ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
        ).stdout
    return any(name in command for name in OURS)


def _file(place: Place) -> Path:
    return place.folder / "children"
