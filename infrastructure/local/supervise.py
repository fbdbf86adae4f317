"""Child processes that end with their parent, each with a log of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infrastructure.local.trouble import Trouble


class Child:
    """A server that this process started.

    It runs in a session of its own, so that Ctrl-C reaches only the parent, which then stops it in order.
    On Linux the kernel sends it SIGTERM even if the parent is killed.
    """

    def __init__(self, name: str, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait for ``ready()``. Raises Trouble when the child ends before, or ``seconds`` pass."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.ended:
                raise Trouble(f"{self.name} did not start: {last_words(self.log)}", f"Its log: {self.log}")
            if time.monotonic() > deadline:
                raise Trouble(f"{self.name} was not ready after {seconds:.0f} s.", f"Its log: {self.log}")
            time.sleep(0.05)

    def stop(self, seconds: float) -> bool:
        """Ask it to end and wait. Returns False when it had to be killed after ``seconds``."""
        if not self.ended:
            self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _kill_group(self._process.pid)
            self._process.wait()
            return False
        _kill_group(self._process.pid)
        return True


def run_tool(argv: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path) -> int:
    """Run a command to its end with its output in ``log``; returns its exit code.

    If this process is told to stop meanwhile, the command and its children are ended first.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait()
        except BaseException:
            _kill_group(process.pid)
            process.wait()
            raise


def last_words(log: Path, lines: int = 1) -> str:
    """The last lines of a log that say something."""
    if not log.exists():
        return ""
    said = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(said[-lines:])


def _kill_group(leader: int) -> None:
    """Kill what is left of a session, for example function processes whose emulator is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when the parent dies (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
