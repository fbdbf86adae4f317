"""How simulated citizens and agencies behave: stated shares, drawn by lot for each appeal.

A lot depends on the seed and the appeal alone, so a run that was killed and started again draws the same.

Example:
    >>> habits = Habits(silent=1.0)
    >>> habits.citizen(seed=1, row=7).silent
    True
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple


class Citizen(NamedTuple):
    """What the citizen behind one appeal is like."""

    leaves_phone: bool
    posts_twice: bool
    withdraws: bool
    silent: bool
    unresolved_at_first: bool
    satisfied: bool


class Habits(NamedTuple):
    """Shares between 0 and 1.

    Attributes:
        phone: citizens who leave a phone number and so are sent the survey by text message.
        twice: citizens who press "send" twice (the same Idempotency-Key).
        withdrawn: citizens who take their appeal back at once.
        silent: citizens who do not answer the survey.
        unresolved: citizens who say "not resolved" the first time: the order goes back to the agency.
        satisfied: citizens who are satisfied in the end, of those who answer.
        returned: orders that their first agency returns (退单).
        progress: orders whose agency reports progress on the way.
    """

    phone: float = 0.5
    twice: float = 0.05
    withdrawn: float = 0.02
    silent: float = 0.1
    unresolved: float = 0.1
    satisfied: float = 0.85
    returned: float = 0.05
    progress: float = 0.2

    def citizen(self, seed: int, row: int) -> Citizen:
        """The citizen of a row."""

        def drawn(name: str, share: float) -> bool:
            return _lot(seed, name, str(row)) < share

        return Citizen(
            leaves_phone=drawn("phone", self.phone),
            posts_twice=drawn("twice", self.twice),
            withdraws=drawn("withdrawn", self.withdrawn),
            silent=drawn("silent", self.silent),
            unresolved_at_first=drawn("unresolved", self.unresolved),
            satisfied=drawn("satisfied", self.satisfied),
        )

    def returns(self, seed: int, work_order_id: str) -> bool:
        """Whether the first agency returns this order."""
        return _lot(seed, "returned", work_order_id) < self.returned

    def reports_progress(self, seed: int, work_order_id: str) -> bool:
        """Whether the agency reports progress on this order."""
        return _lot(seed, "progress", work_order_id) < self.progress


def phone_of(seed: int, row: int) -> str:
    """A number of its own for each citizen; it is only ever handed to the embedded AWS.

    Example:
        >>> phone_of(1, 7)
        '19900100007'
    """
    return f"199{seed % 1000:03d}{row % 100000:05d}"


def pick(seed: int, name: str, among: int) -> int:
    """One of ``among``, the same each time."""
    return int(_lot(seed, "pick", name) * among)


def _lot(seed: int, *what: str) -> float:
    digest = hashlib.blake2b("/".join((str(seed), *what)).encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48
