"""The running stack on this machine: registrations, the whole chain, and how soon it is ready.

Times on a shared machine mean little by themselves, so registrations are held against an insert through
FastAPI that is measured in the same run with the same client, and processor time is counted beside it.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks import lives, load, reference
from benchmarks.figures import Figure, Finding, LeftOut
from benchmarks.servers import Unavailable, free_port, scratch
from infrastructure.local import build
from infrastructure.local.place import ROOT, tool_environment
from infrastructure.local.ports import owner_of

CONNECTIONS = 4
REQUESTS, QUICK_REQUESTS = 400, 60
APPEALS, QUICK_APPEALS = 300, 20

SHARE_OF_REFERENCE = 0.15
CPU_MS_BUDGET = 15
CHAIN_BUDGET = 10
COLD_BUDGET_S, UNCHANGED_BUDGET_S = 90, 15


class Running(NamedTuple):
    """A deployed stack on this machine."""

    stack_file: Path
    stack: Mapping[str, str]


def measure(
    progress: Callable[[str], None], quick: bool, stack_file: Path | None = None
) -> Iterator[Finding]:
    """Figures of a stack that runs already, or of one that is started for the purpose."""
    if stack_file is not None:
        yield LeftOut("ready_cold, ready_unchanged", "a running stack was given")
        yield from _of_running(_running(stack_file), progress, quick)
        return
    with scratch() as folder:
        place = _Place(folder)
        built = _fresh_build(folder)
        progress("throughput: built")
        cold = place.up()
        progress("throughput: up from nothing")
        try:
            place.down()
            unchanged = place.up()
            progress("throughput: up again")
            how = "`python -m infrastructure.local up`, by its own words"
            cold_how = (
                f"{how}, {cold:.1f} s, and `sam build` from nothing, {built:.1f} s; environments are there"
            )
            yield Figure("ready_cold", built + cold, "s", COLD_BUDGET_S, cold_how)
            yield Figure("ready_unchanged", unchanged, "s", UNCHANGED_BUDGET_S, how)
            yield from _of_running(_running(folder / "stack.json"), progress, quick)
        finally:
            place.down()


def _of_running(running: Running, progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    requests = QUICK_REQUESTS if quick else REQUESTS
    ours = _register(running, requests)
    progress("throughput: registrations")
    how = f"{requests} × POST /appeals over {CONNECTIONS} connections, with everything behind it at work"
    yield Figure("register_rate", ours.rate, "requests/s", None, how)
    cpu_how = f"{how}; processor time of the emulator and its functions, until the last answer"
    yield Figure("register_cpu", ours.cpu_ms, "ms", CPU_MS_BUDGET, cpu_how)
    try:
        with reference.server() as (url, pids, store):
            load.post(url, _bodies(100), CONNECTIONS, pids)
            theirs = load.post(url, _bodies(requests * 4), CONNECTIONS, pids)
    except Unavailable as why:
        yield LeftOut("register_against_fastapi", str(why))
    else:
        about = f"{ours.rate:.0f}/s against {theirs.rate:.0f}/s and {theirs.cpu_ms:.2f} ms of FastAPI + {store} insert"
        yield Figure(
            "register_against_fastapi", ours.rate / theirs.rate, "x", SHARE_OF_REFERENCE, about, at_least=True
        )
    progress("throughput: reference")
    yield _whole_chain(running, QUICK_APPEALS if quick else APPEALS)
    progress("throughput: whole chain")


def _register(running: Running, requests: int) -> load.Load:
    url = f"{running.stack['api_url']}/appeals"
    port = int(re.search(r":(\d+)", running.stack["endpoint_url"])[1])  # type: ignore[index]
    owner = re.search(r"pid (\d+)", owner_of(port) or "")
    servers = [int(owner[1])] if owner else []
    load.post(url, _bodies(40), CONNECTIONS, servers)  # cold starts
    time.sleep(3)  # and those of the functions behind it
    return load.post(url, _bodies(requests), CONNECTIONS, servers)


def _whole_chain(running: Running, count: int) -> Finding:
    with scratch() as folder:
        file = folder / "appeals.jsonl"
        file.write_text("".join(f"{row}\n" for row in _rows(count)), encoding="utf-8")
        command = [sys.executable, "-m", "infrastructure.demo", "--new", "--plain", "--file", str(file)]
        command += ["--stack", str(running.stack_file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    said = re.search(r"(\d+) appeals through the whole chain in ([\d.]+) s", done.stdout)
    if said is None:
        return LeftOut("whole_chain_rate", f"the demo ended with {done.returncode}: {_last_line(done)}")
    rate = int(said[1]) / float(said[2])
    accounted = "all accounted for" if done.returncode == 0 else f"NOT all accounted for: {_last_line(done)}"
    how = f"python -m infrastructure.demo: {said[1]} of {count} appeals from registration to counted; {accounted}"
    return Figure("whole_chain_rate", rate, "appeals/s", CHAIN_BUDGET, how, at_least=True)


def _bodies(count: int) -> list[bytes]:
    chosen = random.Random(count)
    return [json.dumps(lives.appeal(chosen), ensure_ascii=False).encode() for _ in range(count)]


def _rows(count: int) -> Iterator[str]:
    chosen = random.Random(11)
    for _ in range(count):
        appeal = lives.appeal(chosen)
        phone = appeal.pop("contact")["phone"]
        yield json.dumps({**appeal, "phone": phone}, ensure_ascii=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return said[-1] if said else "nothing was said"


def _running(stack_file: Path) -> Running:
    return Running(stack_file, json.loads(stack_file.read_text(encoding="utf-8")))


def _fresh_build(folder: Path) -> float:
    """Seconds of a whole `sam build`; the usual build is brought up to date too, for what follows."""
    usual, build.BUILDS = build.BUILDS, folder / "build"
    try:
        began = time.monotonic()
        build.ensure_built()
        took = time.monotonic() - began
    finally:
        build.BUILDS = usual
    build.ensure_built()
    return took


class _Place:
    """A stack of our own in a folder, with ports of its own."""

    def __init__(self, folder: Path) -> None:
        self._environment = {
            **tool_environment(),
            "HOTLINE_LOCAL_DIR": str(folder),
            "HOTLINE_PORT": str(free_port()),
            "HOTLINE_IDENTITY_PORT": str(free_port()),
        }

    def up(self) -> float:
        """Start it; seconds until it said that it is ready."""
        done = self._local("up")
        said = re.search(r"Ready after ([\d.]+) s", done.stdout)
        if done.returncode != 0 or said is None:
            raise RuntimeError(f"the stack did not come up:\n{done.stdout}{done.stderr}")
        return float(said[1])

    def down(self) -> None:
        """Stop it, keeping its state."""
        self._local("down")

    def _local(self, command: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "infrastructure.local", command]
        return subprocess.run(arguments, cwd=ROOT, env=self._environment, capture_output=True, text=True)
