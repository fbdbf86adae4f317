"""Is a port free, and if not, whose is it?"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from infrastructure.local.trouble import Trouble

LISTENING = "0A"


def require_free(port: int, variable: str) -> None:
    """Raise Trouble, with the program's name where it can be told, when ``port`` is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            by = f" by {owner}" if (owner := owner_of(port)) else ""
            raise Trouble(
                f"Port {port} is in use{by}.",
                f"Stop that program, or choose another port: {variable}={port + 100} make run",
            ) from None


def owner_of(port: int) -> str | None:
    """The program that listens on ``port``, if the system tells (Linux, and a process that we may see).

    Example: ``"python3 (pid 812)"``
    """
    inodes = {inode for table in ("tcp", "tcp6") for inode in _listeners(Path("/proc/net") / table, port)}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for descriptor in (process / "fd").iterdir():
                if os.readlink(descriptor).removeprefix("socket:[").removesuffix("]") in inodes:
                    return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _listeners(table: Path, port: int) -> list[str]:
    """Inodes of the sockets that listen on ``port``; see proc(5), /proc/net/tcp."""
    if not table.exists():
        return []
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[3] == LISTENING and int(row[1].rsplit(":", 1)[1], 16) == port]
