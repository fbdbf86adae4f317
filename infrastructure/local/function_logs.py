"""What the functions log: read from the embedded CloudWatch Logs, where AWS would keep it too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from infrastructure.local.deploy import client
from infrastructure.local.place import Place
from infrastructure.local.trouble import Trouble

FRAME = ("START RequestId", "END RequestId", "REPORT RequestId")
SETTLING_SECONDS = 0.3


def recent(place: Place, lines: int) -> list[str]:
    """The last ``lines`` lines that functions logged, without the frame that Lambda puts around each call."""
    return _messages(*_source(place), since=0, until=_now_ms())[-lines:]


def following(place: Place) -> Iterator[str]:
    """Lines as they are logged, from now on."""
    logs, group = _source(place)
    since = _now_ms()
    while True:
        time.sleep(1)
        until = _now_ms() - int(
            SETTLING_SECONDS * 1000
        )  # later lines of that moment may still be on their way
        yield from _messages(logs, group, since, until)
        since = until + 1


def _source(place: Place) -> tuple[Any, str]:
    if not place.ready_file.exists():
        raise Trouble("The system is not running.", "Start it with `make run` or `make up`.")
    return client(place, "logs"), json.loads(place.stack_file.read_text())["log_group_name"]


def _messages(logs: Any, group: str, since: int, until: int) -> list[str]:
    events = logs.filter_log_events(logGroupName=group, startTime=since, endTime=until)["events"]
    return [event["message"] for event in events if not event["message"].startswith(FRAME)]


def _now_ms() -> int:
    return int(time.time() * 1000)
