"""An embedded AWS of the tests' own: other ports and another folder than a developer's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from infrastructure.local.place import ROOT, Place


def own_environment(folder: Path) -> dict[str, str]:
    """Two free ports and an empty folder. IAM is enforced: a missing permission must fail here first."""
    port, identity_port = free_ports(2)
    return {
        "HOTLINE_LOCAL_DIR": str(folder),
        "HOTLINE_PORT": str(port),
        "HOTLINE_IDENTITY_PORT": str(identity_port),
        "HOTLINE_AUTH": "1",
    }


def place_of(environment: dict[str, str]) -> Place:
    return Place.from_environment(environment)


def local(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call ``python -m infrastructure.local``, as `make` does; both outputs are in ``stdout``."""
    return subprocess.run(
        [sys.executable, "-m", "infrastructure.local", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
