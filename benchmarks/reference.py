"""Run the yardstick: FastAPI with PostgreSQL where it is installed, else with SQLite.

FastAPI is no dependency of the hotline: it lives in an environment of its own under ``.local/bench``.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.servers import CACHE, Unavailable, free_port, scratch
from infrastructure.local.place import ROOT, tool_environment
from infrastructure.local.supervise import Child

PACKAGES = ("fastapi==0.165.0", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0", "asyncpg==0.32.0")
_NOBODY = 65534


@contextmanager
def server() -> Iterator[tuple[str, list[int], str]]:
    """The address to post to, the servers' processes, and the name of the store.

    Raises:
        Unavailable: FastAPI cannot be installed.
    """
    python = _environment_with_fastapi()
    with scratch() as folder, _store(folder) as (settings, name, store_pids):
        port = free_port()
        command = [str(python), "-m", "uvicorn", "benchmarks.reference_app:app", "--port", str(port)]
        command += ["--log-level", "warning"]
        environment = {**tool_environment(), **settings, "PYTHONPATH": str(ROOT)}
        child = Child("The reference", command, environment, folder / "log")
        try:
            child.wait_until(lambda: _listens(port), 30)
            yield f"http://127.0.0.1:{port}/appeals", [child.pid, *store_pids], name
        finally:
            child.stop(10)


@contextmanager
def _store(folder: Path) -> Iterator[tuple[dict[str, str], str, list[int]]]:
    if shutil.which("initdb") and shutil.which("postgres"):
        with _postgres(folder) as (socket_folder, pid):
            yield {"REFERENCE_POSTGRES": str(socket_folder)}, "PostgreSQL", [pid]
    else:
        yield (
            {"REFERENCE_SQLITE": str(folder / "reference.sqlite")},
            "SQLite (PostgreSQL is not installed)",
            [],
        )


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[Path, int]]:
    """A PostgreSQL of our own; it refuses to run as root, so root starts it as nobody."""
    as_other = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}
    folder.chmod(0o755)
    home = folder / "postgres"
    home.mkdir()
    if as_other:
        os.chown(home, _NOBODY, _NOBODY)
    data = home / "data"
    init = ["initdb", "--pgdata", str(data), "--username", "bench", "--auth", "trust", "--encoding", "UTF8"]
    subprocess.run(init, check=True, capture_output=True, cwd=home, **as_other)  # type: ignore[call-overload]
    command = ["postgres", "-D", str(data), "-k", str(home), "-c", "listen_addresses="]
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(command, stdout=log, stderr=log, cwd=home, **as_other)  # type: ignore[call-overload]
    try:
        _wait_for(home / ".s.PGSQL.5432")
        yield home, running.pid
    finally:
        running.terminate()
        running.wait(20)


def _environment_with_fastapi() -> Path:
    folder = CACHE / "reference"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists() or done.read_text() != " ".join(PACKAGES):
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
            install = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *PACKAGES,
            ]
            subprocess.run(install, check=True, capture_output=True)
        except subprocess.CalledProcessError:
            raise Unavailable("FastAPI could not be installed (pip has no network?)") from None
        done.write_text(" ".join(PACKAGES))
    return python


def _wait_for(path: Path, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        if time.monotonic() > deadline:
            raise Unavailable("PostgreSQL did not start")
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
