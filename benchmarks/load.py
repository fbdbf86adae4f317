"""Post bodies over a few connections, and count the processor time of the server's processes."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit


class Load(NamedTuple):
    """What a server did.

    Attributes:
        rate: requests answered a second.
        cpu_ms: processor time of its processes for one request; not a number where it cannot be told.
    """

    rate: float
    cpu_ms: float


def post(url: str, bodies: Sequence[bytes], connections: int, servers: Sequence[int]) -> Load:
    """Post every body once, over so many connections at a time.

    Args:
        servers: their process ids; their children count too.

    Raises:
        RuntimeError: one of the answers is not 201.
    """
    shares = [bodies[start::connections] for start in range(connections)]
    problems: list[str] = []
    clients = [threading.Thread(target=_client, args=(url, share, problems)) for share in shares]
    before, began = processor_s(servers), time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took, used = time.perf_counter() - began, processor_s(servers) - before
    if problems:
        raise RuntimeError(f"{len(problems)} of {len(bodies)} requests failed, the first with {problems[0]}")
    return Load(len(bodies) / took, used / len(bodies) * 1000)


def processor_s(servers: Sequence[int]) -> float:
    """Processor seconds used so far by processes and their descendants, living and waited for (Linux)."""
    if not servers or not Path("/proc/self/stat").exists():
        return float("nan")
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(stat.parent.name)
        children.setdefault(int(fields[1]), []).append(number)
        ticks[number] = sum(int(field) for field in fields[11:15])  # utime stime cutime cstime, proc(5)
    total, left = 0, list(servers)
    while left:
        process = left.pop()
        total += ticks.get(process, 0)
        left += children.get(process, [])
    return total / os.sysconf("SC_CLK_TCK")


def _client(url: str, bodies: Sequence[bytes], problems: list[str]) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    for body in bodies:
        try:
            connection.request("POST", address.path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            problems.append(type(error).__name__)
            connection.close()
            continue
        if answer.status != 201:
            problems.append(f"{answer.status} {said[:200]!r}")
    connection.close()
