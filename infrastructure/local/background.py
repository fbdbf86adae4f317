"""The same system without a terminal: up, down, status, logs, reset."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infrastructure.local import function_logs
from infrastructure.local.build import artifacts
from infrastructure.local.emulator import SAVE_SECONDS
from infrastructure.local.place import ROOT, Place
from infrastructure.local.run import running_pid
from infrastructure.local.trouble import Trouble

POLL_SECONDS = 0.1
LOGS: dict[str, Callable[[Place], Path]] = {
    "emulator": lambda place: place.logs / "emulator.log",
    "identity": lambda place: place.logs / "identity.log",
    "build": lambda _: artifacts().parent / "build.log",
    "deploy": lambda place: place.logs / "deploy.log",
    "directory": lambda place: place.logs / "directory.log",
    "run": lambda place: place.logs / "run.log",
}


def up(place: Place) -> None:
    """Run in the background; returns when it is ready, relaying what it says on the way.

    Raises Trouble with its last words when it ends instead of becoming ready.
    """
    if running_pid(place) is not None:
        print("It is running already.")
        status(place)
        return
    place.logs.mkdir(parents=True, exist_ok=True)
    place.ready_file.unlink(missing_ok=True)  # left by a run that was killed
    log = place.logs / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "infrastructure.local", "run"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with log.open() as said:
        try:
            while process.poll() is None and not place.ready_file.exists():
                _relay(said.read())
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
        time.sleep(POLL_SECONDS)
        _relay(said.read())
    if process.poll() is not None:
        raise Trouble("It did not come up; the reason is above.", f"Its log: {log}")


def down(place: Place) -> None:
    """Stop it and wait until its state is saved."""
    pid = running_pid(place)
    if pid is None:
        print("It is not running.")
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 2 * SAVE_SECONDS
    while running_pid(place) is not None:
        if time.monotonic() > deadline:
            raise Trouble(f"Process {pid} does not end.", f"Its log: {place.logs / 'run.log'}")
        time.sleep(POLL_SECONDS)
    print("Stopped; its state is kept.")


def status(place: Place) -> bool:
    """Print whether it runs and where; returns whether it is ready for use."""
    pid = running_pid(place)
    if pid is None:
        print("Not running. Start it with `make run` or `make up`.")
        return False
    if not place.ready_file.exists():
        print(f"Starting (pid {pid}). Follow it with `make logs OF=run`.")
        return False
    stack = json.loads(place.stack_file.read_text())
    print(f"Running and ready (pid {pid}).")
    addresses = sorted(key for key in stack if key.endswith("_url"))
    for key in addresses:
        print(f"  {key:<{max(map(len, addresses))}}  {stack[key]}")
    print(f"  everything else is in {place.stack_file}")
    return True


def logs(place: Place, name: str, follow: bool, lines: int) -> None:
    """Print the end of a log, and what is added to it until Ctrl-C if ``follow``."""
    with contextlib.suppress(KeyboardInterrupt):
        if name == "functions":
            _function_logs(place, follow, lines)
        else:
            _file_log(LOGS[name](place), follow, lines)


def reset(place: Place, sure: bool) -> None:
    """Stop it and delete its state for good: appeals, queues, accounts and keys. Builds and logs stay."""
    if not sure and not _agreed(f"Delete every appeal, account and key in {place.folder}? [y/N] "):
        print("Nothing was deleted.")
        return
    if running_pid(place) is not None:
        down(place)
    for folder in (place.state, place.identity):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (place.stack_file, place.deployed_file):
        file.unlink(missing_ok=True)
    print("Deleted. The next start begins with an empty system.")


def _function_logs(place: Place, follow: bool, lines: int) -> None:
    for line in function_logs.recent(place, lines):
        print(line)
    if follow:
        for line in function_logs.following(place):
            print(line, flush=True)


def _file_log(log: Path, follow: bool, lines: int) -> None:
    if not log.exists():
        raise Trouble(f"There is no such log yet ({log}).", "Start the system with `make run` or `make up`.")
    with log.open(errors="replace") as text:
        print("".join(text.readlines()[-lines:]), end="", flush=True)
        while follow:
            _relay(text.read())
            time.sleep(POLL_SECONDS)


def _agreed(question: str) -> bool:
    with contextlib.suppress(EOFError):
        return input(question).strip().lower() == "y"
    return False


def _relay(text: str) -> None:
    if text:
        print(text, end="", flush=True)
