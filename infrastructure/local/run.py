"""Bring an embedded AWS up, keep it up, and take it down in order."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

from infrastructure.local import build, deploy, emulator, leftovers
from infrastructure.local.place import ROOT, Place
from infrastructure.local.ports import require_free
from infrastructure.local.supervise import Child, last_words, run_tool
from infrastructure.local.trouble import Trouble

CITY = ROOT / "infrastructure" / "directory" / "beijing"

T = TypeVar("T")


class Stop(BaseException):
    """The person or the system asked us to end (Ctrl-C, SIGTERM, a closed terminal)."""


def run(place: Place) -> None:
    """Start everything, say where it is, and stay until told to stop.

    Raises Trouble when a part cannot start, and when one ends by itself later.
    """
    with _only_one(place):
        leftovers.end(place)
        require_free(place.port, "HOTLINE_PORT")
        require_free(place.identity_port, "HOTLINE_IDENTITY_PORT")
        _turn_signals_into_stop()
        children: list[Child] = []
        try:
            _bring_up(place, children)
            _stay(children)
        except Stop:
            print()
        finally:
            place.ready_file.unlink(missing_ok=True)
            _ignore_signals()
            _take_down(children)
            leftovers.forget(place)


def running_pid(place: Place) -> int | None:
    """The process that runs this place, if one does. A file left by a dead process does not count."""
    if not place.lock_file.exists():
        return None
    with place.lock_file.open("r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read() or 0)
    return None


def _bring_up(place: Place, children: list[Child]) -> None:
    began = time.monotonic()
    children.append(_step("Starting the embedded AWS", lambda: emulator.start(place)))
    leftovers.remember(place, children)
    children.append(_step("Starting the identity provider", lambda: _start_identity(place)))
    leftovers.remember(place, children)
    built, _ = _step("Building", build.ensure_built, lambda result: "" if result[1] else "unchanged")
    _step("Deploying", lambda: deploy.ensure_deployed(place, built), lambda did: "" if did else "unchanged")
    stack = deploy.write_stack_file(place)
    _step("Importing the directory", lambda: _import_directory(place))
    print(f"\nReady after {time.monotonic() - began:.1f} s.")
    print(f"  Citizens' pages      {stack['api_url']}/")
    print(f"  Staff sign-in        {stack['pages_url']}/sign-in")
    print(f"  API                  {stack['api_url']}")
    print(f"  Embedded AWS         {stack['endpoint_url']}  (region {stack['region']}, key and secret: test)")
    print(f"  Identity provider    {stack['issuer_url']}")
    print(f"  All addresses        {place.stack_file}")
    print(
        "  Tokens: make token ROLE=operator. Appeals: make demo. Stop: Ctrl-C or make down; state is kept.",
        flush=True,
    )
    place.ready_file.touch()


def _stay(children: list[Child]) -> NoReturn:
    while True:
        time.sleep(0.5)
        for child in children:
            if child.ended:
                raise Trouble(
                    f"{child.name} ended by itself: {last_words(child.log)}", f"Its log: {child.log}"
                )


def _take_down(children: list[Child]) -> None:
    if not children:
        return
    print("Stopping; the state is being saved.", flush=True)
    for child in reversed(children):
        if not child.stop(emulator.SAVE_SECONDS):
            print(
                f"{child.name} did not end within {emulator.SAVE_SECONDS} s and was killed: "
                "what changed since the last clean stop may be lost.",
                file=sys.stderr,
            )


def _start_identity(place: Place) -> Child:
    child = Child(
        "The identity provider",
        [
            sys.executable,
            "-m",
            "infrastructure.local.identity",
            "serve",
            "--port",
            str(place.identity_port),
            "--stack-port",
            str(place.port),
            "--state",
            str(place.identity),
        ],
        place.client_environment(),
        place.logs / "identity.log",
    )
    try:
        child.wait_until(
            lambda: emulator.answers(place.identity_port, "/.well-known/openid-configuration"), seconds=30
        )
    except BaseException:
        child.stop(seconds=5)
        raise
    return child


def _import_directory(place: Place) -> None:
    log = place.logs / "directory.log"
    hotline = str(Path(sys.executable).with_name("hotline"))
    command = [hotline, "directory", "import", str(CITY), "--stack", str(place.stack_file)]
    if run_tool(command, place.client_environment(), log, ROOT) != 0:
        raise Trouble(
            f"The directory was not imported:\n{last_words(log, lines=5)}", f"The whole output: {log}"
        )


@contextlib.contextmanager
def _only_one(place: Place) -> Iterator[None]:
    """Hold the place's lock. The system lets go of it however this process ends, so none is ever stale."""
    place.folder.mkdir(parents=True, exist_ok=True)
    with place.lock_file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = running_pid(place)
            raise Trouble(
                f"It is running already (pid {pid}).", "See `make status`; stop it with `make down`."
            ) from None
        place.ready_file.unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _step(title: str, work: Callable[[], T], remark: Callable[[T], str] = lambda _: "") -> T:
    """Say what is being done and how long it took."""
    print(f"{title} … ", end="", flush=True)
    began = time.monotonic()
    try:
        result = work()
    except BaseException:
        print("failed", flush=True)
        raise
    print(remark(result) or f"{time.monotonic() - began:.1f} s", flush=True)
    return result


def _turn_signals_into_stop() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _ignore_signals() -> None:
    """A second Ctrl-C must not cut the saving short."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
