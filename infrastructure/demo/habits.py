"""How simulated people behave: stated shares, and for each appeal what they make of it.

Rare things are dealt out, not diced: 4 % of 150 appeals are 6, not 2 or 11. Who gets them is a lot that
depends on the seed and the appeal alone, so a run that was killed and started again draws the same.

Example:
    >>> plans = Habits().plain()._replace(returned=0.5).plans(seed=1, rows=range(1, 11), repeats={})
    >>> sum(plan.course is Course.RETURNED for plan in plans.values())
    5
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from enum import StrEnum
from typing import Literal, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Label = TypeVar("Label")

Verdict = Literal["uphold", "redirect", "designate"]
Likeness = Literal["retold", "word for word", "another matter"]


class Entry(StrEnum):
    """How an appeal comes in."""

    PLAIN = "plain"
    WITHDRAWN = "withdrawn"
    CONFIDENTIAL = "confidential"
    REPEATED = "repeated"
    """Somebody reports the same matter again, while this one is open."""
    REPEAT = "repeat"
    """It reports again what an earlier appeal reports."""


class Desk(StrEnum):
    """What an operator does with an appeal that the rules leave to people."""

    DISPATCH = "dispatch"
    CONCLUDE = "conclude"
    CONSULT = "consult"


class Course(StrEnum):
    """What happens to an order on the way, before its agency says done."""

    PLAIN = "plain"
    RETURNED = "returned"
    ASSISTED = "assisted"
    SUMMONED = "summoned"
    """Only where a sub-district leads (条例 Art 16); any other agency handles the order like any other."""
    EXTENDED = "extended"
    HELD = "held"
    ESCALATED = "escalated"
    URGED = "urged"
    SUPERVISED = "supervised"


class Plan(NamedTuple):
    """What the simulated people make of one appeal; the details count where the course is such.

    Attributes:
        contested: the citizen does not accept that it was concluded without handling.
        verdict: what the adjudicator decides about the return.
        refused: the supervisor refuses the extension or the hold.
        likeness: how a repeat relates to the appeal that it repeats.
    """

    entry: Entry = Entry.PLAIN
    desk: Desk = Desk.DISPATCH
    course: Course = Course.PLAIN
    contested: bool = False
    verdict: Verdict = "redirect"
    refused: bool = False
    likeness: Likeness = "retold"

    @property
    def scripted(self) -> bool:
        """Whether more happens to the order than that its agency handles it."""
        waits = self.course not in (Course.PLAIN, Course.RETURNED)
        return waits or self.entry in (Entry.REPEATED, Entry.REPEAT)


PLAIN = Plan()


class Citizen(NamedTuple):
    """What the citizen behind one appeal is like."""

    leaves_phone: bool
    posts_twice: bool
    silent: bool
    unresolved_at_first: bool
    satisfied: bool


class Habits(NamedTuple):
    """Shares between 0 and 1; what each is a share of stands in ``SHARES``."""

    phone: float = 0.5
    twice: float = 0.05
    silent: float = 0.1
    unresolved: float = 0.1
    satisfied: float = 0.85

    withdrawn: float = 0.02
    confidential: float = 0.03
    repeated: float = 0.03
    folded: float = 0.3
    unmerged: float = 0.2

    concluded: float = 0.4
    contested: float = 0.3
    consulted: float = 0.3

    returned: float = 0.05
    upheld: float = 0.4
    designated: float = 0.2
    assisted: float = 0.05
    summoned: float = 0.06
    extended: float = 0.03
    held: float = 0.02
    refused: float = 0.2
    escalated: float = 0.01
    urged: float = 0.02
    supervised: float = 0.01

    progress: float = 0.2
    staged: float = 0.2

    def check(self) -> None:
        """Refuse shares of the same thing that are more than all of it.

        Raises:
            ValueError: names them.
        """
        for group in EXCLUSIVE:
            if (total := sum(getattr(self, name) for name in group)) > 1:
                listed = ", ".join(f"{name} {getattr(self, name):g}" for name in group)
                raise ValueError(f"these shares exclude each other and add up to {total:g}: {listed}")

    def plain(self) -> Habits:
        """The same people, but every order goes straight through."""
        return self._replace(**{name: 0.0 for group in EXCLUSIVE for name in group})

    def citizen(self, seed: int, row: int) -> Citizen:
        """The citizen of a row."""

        def drawn(name: str, share: float) -> bool:
            return lot(seed, name, str(row)) < share

        return Citizen(
            leaves_phone=drawn("phone", self.phone),
            posts_twice=drawn("twice", self.twice),
            silent=drawn("silent", self.silent),
            unresolved_at_first=drawn("unresolved", self.unresolved),
            satisfied=drawn("satisfied", self.satisfied),
        )

    def entries(self, seed: int, rows: Iterable[int]) -> dict[int, Entry]:
        """How the appeals of a file come in; ``REPEATED`` ones are to be followed by a repeat."""
        shares = {
            Entry.WITHDRAWN: self.withdrawn,
            Entry.CONFIDENTIAL: self.confidential,
            Entry.REPEATED: self.repeated,
        }
        return dealt(seed, "entry", rows, shares, Entry.PLAIN)

    def plans(self, seed: int, rows: Iterable[int], repeats: Mapping[int, int]) -> dict[int, Plan]:
        """What is made of each appeal.

        Args:
            rows: the appeals of the file.
            repeats: the appeals that repeat one of these: its row by their own.
        """
        entries = self.entries(seed, rows)
        plain = [row for row, entry in entries.items() if entry is Entry.PLAIN]
        desks = dealt(
            seed, "desk", plain, {Desk.CONCLUDE: self.concluded, Desk.CONSULT: self.consulted}, Desk.DISPATCH
        )
        courses = dealt(seed, "course", plain, self._courses(), Course.PLAIN)
        plans = {
            row: Plan(entry, desks.get(row, Desk.DISPATCH), courses.get(row, Course.PLAIN))
            for row, entry in entries.items()
        }
        for row in self._drawn(seed, "contested", _of(plans, desk=Desk.CONCLUDE), self.contested):
            plans[row] = plans[row]._replace(contested=True)
        asking = [*_of(plans, course=Course.EXTENDED), *_of(plans, course=Course.HELD)]
        for row in self._drawn(seed, "refused", asking, self.refused):
            plans[row] = plans[row]._replace(refused=True)
        verdicts: dict[Verdict, float] = {"uphold": self.upheld, "designate": self.designated}
        returned = _of(plans, course=Course.RETURNED)
        for row, verdict in dealt(seed, "verdict", returned, verdicts, "redirect").items():
            plans[row] = plans[row]._replace(verdict=verdict)
        likenesses: dict[Likeness, float] = {"word for word": self.folded, "another matter": self.unmerged}
        for row, likeness in dealt(seed, "likeness", repeats, likenesses, "retold").items():
            plans[row] = Plan(Entry.REPEAT, likeness=likeness)
        return plans

    def reports_progress(self, seed: int, work_order_id: str) -> bool:
        """Whether the agency reports progress on this order."""
        return lot(seed, "progress", work_order_id) < self.progress

    def reports_stages(self, seed: int, number: str) -> bool:
        """Whether those who have a part in this appeal first give a stage report (条例 Art 14)."""
        return lot(seed, "staged", number) < self.staged

    def _courses(self) -> dict[Course, float]:
        return {
            Course.RETURNED: self.returned,
            Course.ASSISTED: self.assisted,
            Course.SUMMONED: self.summoned,
            Course.EXTENDED: self.extended,
            Course.HELD: self.held,
            Course.ESCALATED: self.escalated,
            Course.URGED: self.urged,
            Course.SUPERVISED: self.supervised,
        }

    def _drawn(self, seed: int, name: str, among: Iterable[int], share: float) -> list[int]:
        found = dealt(seed, name, among, {True: share}, False)
        return [row for row, drawn in found.items() if drawn]


SHARES: Mapping[str, str] = {
    "phone": "citizens who leave a phone number and get the survey by text message",
    "twice": "citizens who send their appeal twice, with the same Idempotency-Key",
    "silent": "citizens who do not answer the survey",
    "unresolved": "citizens who first say that it is not resolved, so that it is handled again",
    "satisfied": "citizens who are satisfied in the end, of those who answer",
    "withdrawn": "appeals that are withdrawn at once",
    "confidential": "appeals that come as confidential reports (举报)",
    "repeated": "appeals that somebody reports again while they are open; the repeats come on top",
    "folded": "repeats that come word for word from the same citizen, of all repeats",
    "unmerged": "repeats that turn out to be another matter after they were merged, of all repeats",
    "concluded": "appeals concluded without handling (条例 Art 11), of those that wait for an operator",
    "contested": "conclusions that the citizen does not accept",
    "consulted": "appeals discussed with two agencies first (会商), of those that wait for an operator",
    "returned": "orders that their first agency returns (退单)",
    "upheld": "returns after which the same agency must go on",
    "designated": "returns after which another agency is designated; the rest is redirected",
    "assisted": "orders for which the agency has others assist (协办)",
    "summoned": "orders of sub-districts for which these call others to the place (吹哨)",
    "extended": "orders for which the agency asks for more time (延期)",
    "held": "orders that the agency asks to put on hold (挂账)",
    "refused": "requests for more time or a hold that the supervisor refuses",
    "escalated": "orders that the agency escalates to its superior (提级)",
    "urged": "orders that a supervisor urges (催办)",
    "supervised": "orders that a supervisor wants a written answer about (督办)",
    "progress": "orders on which progress is reported",
    "staged": "orders with assists or summonses where these give a stage report first",
}
"""Each share by its name in ``Habits`` and on the command line."""

EXCLUSIVE = (
    ("withdrawn", "confidential", "repeated"),
    ("concluded", "consulted"),
    ("returned", "assisted", "summoned", "extended", "held", "escalated", "urged", "supervised"),
    ("folded", "unmerged"),
    ("upheld", "designated"),
)
"""Shares of the same thing; an appeal is at most one of each group."""


def dealt(
    seed: int, name: str, among: Iterable[Key], shares: Mapping[Label, float], rest: Label
) -> dict[Key, Label]:
    """Deal labels out in their shares, each to within one; who gets which is a lot.

    Example:
        >>> sorted(dealt(1, "colour", range(10), {"red": 0.2, "blue": 0.3}, "none").values())
        ['blue', 'blue', 'blue', 'none', 'none', 'none', 'none', 'none', 'red', 'red']
    """
    keys = list(among)
    shuffled = sorted(keys, key=lambda key: lot(seed, name, str(key)))
    found = dict.fromkeys(keys, rest)
    start, bound = 0, 0.0
    for label, share in shares.items():
        bound += share
        end = round(bound * len(shuffled))
        found |= dict.fromkeys(shuffled[start:end], label)
        start = end
    return found


def phone_of(seed: int, row: int) -> str:
    """A number of its own for each citizen; it is only ever handed to the embedded AWS.

    Example:
        >>> phone_of(1, 7)
        '19900100007'
    """
    return f"199{seed % 1000:03d}{row % 100000:05d}"


def pick(seed: int, name: str, among: int) -> int:
    """One of ``among``, the same each time."""
    return int(lot(seed, "pick", name) * among)


def lot(seed: int, *what: str) -> float:
    """A number from 0 to below 1, the same each time."""
    digest = hashlib.blake2b("/".join((str(seed), *what)).encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def _of(plans: Mapping[int, Plan], **wanted: object) -> list[int]:
    return [
        row
        for row, plan in plans.items()
        if all(getattr(plan, name) is value for name, value in wanted.items())
    ]
