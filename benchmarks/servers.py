"""Servers that a benchmark starts for itself, on free ports of this machine only."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.local import emulator
from infrastructure.local.place import Place


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
