"""What to look at next, for several threads: each key once, at its time."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SHORTEST_S = 0.25
LONGEST_S = 15.0


class Agenda(Generic[Key]):
    """Keys with the time at which each wants to be looked at; a key in somebody's hands is not handed out.

    Example:
        >>> agenda = Agenda(clock=lambda: 100.0)
        >>> agenda.put("a", in_s=0)
        >>> agenda.take(), agenda.take()
        ('a', None)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._heap: list[tuple[float, Key]] = []
        self._due: dict[Key, float] = {}

    def put(self, key: Key, in_s: float) -> None:
        """Look at ``key`` in so many seconds, or sooner if that was agreed before."""
        at = self._clock() + in_s
        with self._lock:
            if at < self._due.get(key, float("inf")):
                self._due[key] = at
                heapq.heappush(self._heap, (at, key))

    def take(self) -> Key | None:
        """The key that has been due longest; None when none is."""
        with self._lock:
            while self._heap and self._heap[0][0] <= self._clock():
                at, key = heapq.heappop(self._heap)
                if self._due.get(key) == at:
                    del self._due[key]
                    return key
            return None

    def __len__(self) -> int:
        return len(self._due)


class Rounds:
    """Which queue to poll next: those where messages come or are expected, and ever more seldom all others.

    Polling hundreds of queues all the time would cost more than the work in them.
    """

    def __init__(self, queues: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        names = list(queues)
        self._expected: Agenda[str] = Agenda(clock)
        self._others: Agenda[str] = Agenda(clock)
        self._intervals = dict.fromkeys(names, LONGEST_S)
        for place, name in enumerate(names):
            self._others.put(name, LONGEST_S * place / len(names))

    def take(self) -> str | None:
        """The next queue to poll; None when none is due."""
        return self._expected.take() or self._others.take()

    def polled(self, queue: str, *, found: bool) -> None:
        """Say what a poll brought; every ``take`` is followed by this."""
        if found:
            self.expect(queue)
            return
        self._intervals[queue] = interval = min(self._intervals[queue] * 2, LONGEST_S)
        agenda = self._others if interval == LONGEST_S else self._expected
        agenda.put(queue, interval)

    def expect(self, queue: str) -> None:
        """Something is on its way to that queue."""
        if queue in self._intervals:
            self._intervals[queue] = SHORTEST_S
            self._expected.put(queue, SHORTEST_S)
