"""What a run was to be like and what it was like: each stated share beside the one that the stack shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from infrastructure.demo.account import Seen
from infrastructure.demo.acts import happened, is_subdistrict
from infrastructure.demo.habits import Entry, Habits

Json = dict[str, Any]


class Proportion(NamedTuple):
    """One share: planned, and how many there were of how many."""

    name: str
    planned: float
    seen: int
    among: int
    of: str


def proportions(everything: Sequence[Seen], habits: Habits) -> Iterator[Proportion]:
    """Every stated share of what happens to orders, in the order of ``Habits``."""
    known = [_Life(each) for each in everything if each.order is not None]
    for name, (of, belongs, shows) in _KINDS.items():
        among = [life for life in known if belongs(life)]
        yield Proportion(name, getattr(habits, name), sum(shows(life) for life in among), len(among), of)


class _Life:
    """What the account asks about one appeal."""

    def __init__(self, seen: Seen) -> None:
        self.order: Json = seen.order or {}
        self.entry = seen.plan.entry
        self.events = happened(self.order)
        self.asked = {side["kind"] for side in self.order.get("sides", ())}
        self.staged = any(side.get("staged") for side in seen.sides)
        self.refused = any(
            event["facts"].get("outcome") == "refused"
            for event in self.order["events"]
            if event["name"] == "SideOrderClosed"
        )
        self.verdicts = {event["facts"].get("verdict") for event in self.order["events"]}
        self.actors = {event["name"]: event["actor"] for event in self.order["events"]}

    @property
    def in_file(self) -> bool:
        return self.entry is not Entry.REPEAT

    @property
    def at_the_desk(self) -> bool:
        return self.entry is Entry.PLAIN and "DispatchReferred" in self.events

    @property
    def at_an_agency(self) -> bool:
        return self.entry is Entry.PLAIN and "WorkOrderDispatched" in self.events

    @property
    def called_others(self) -> bool:
        return bool(self.asked & {"assist", "summons"})

    @property
    def at_a_subdistrict(self) -> bool:
        return self.at_an_agency and is_subdistrict(self.order.get("agency_id") or "")

    def has(self, event: str) -> bool:
        """Whether it has happened."""
        return event in self.events


_Question = Callable[[_Life], bool]

_KINDS: dict[str, tuple[str, _Question, _Question]] = {
    "withdrawn": ("appeals", lambda life: life.in_file, lambda life: life.has("AppealWithdrawn")),
    "confidential": ("appeals", lambda life: life.in_file, lambda life: bool(life.order["confidential"])),
    "repeated": (
        "appeals",
        lambda life: life.in_file,
        lambda life: life.entry is Entry.REPEATED and life.has("AppealJoined"),
    ),
    "folded": (
        "repeats",
        lambda life: life.entry is Entry.REPEAT,
        lambda life: life.actors.get("AppealMerged") == "system",
    ),
    "unmerged": (
        "repeats",
        lambda life: life.entry is Entry.REPEAT,
        lambda life: life.has("AppealUnmerged"),
    ),
    "concluded": ("at the desk", lambda life: life.at_the_desk, lambda life: life.has("AppealConcluded")),
    "contested": (
        "concluded",
        lambda life: life.has("AppealConcluded"),
        lambda life: life.has("ConclusionContested"),
    ),
    "consulted": ("at the desk", lambda life: life.at_the_desk, lambda life: "opinion" in life.asked),
    "returned": ("orders", lambda life: life.at_an_agency, lambda life: life.has("WorkOrderReturned")),
    "upheld": (
        "returned",
        lambda life: life.has("WorkOrderReturned"),
        lambda life: life.has("ReturnUpheld"),
    ),
    "designated": (
        "returned",
        lambda life: life.has("WorkOrderReturned"),
        lambda life: "designate" in life.verdicts,
    ),
    "assisted": ("orders", lambda life: life.at_an_agency, lambda life: "assist" in life.asked),
    "summoned": (
        "orders of sub-districts",
        lambda life: life.at_a_subdistrict,
        lambda life: "summons" in life.asked,
    ),
    "extended": ("orders", lambda life: life.at_an_agency, lambda life: "extension" in life.asked),
    "held": ("orders", lambda life: life.at_an_agency, lambda life: "hold" in life.asked),
    "refused": (
        "extended, held",
        lambda life: bool(life.asked & {"extension", "hold"}),
        lambda life: life.refused,
    ),
    "escalated": ("orders", lambda life: life.at_an_agency, lambda life: "escalation" in life.asked),
    "urged": ("orders", lambda life: life.at_an_agency, lambda life: life.has("WorkOrderUrged")),
    "supervised": ("orders", lambda life: life.at_an_agency, lambda life: "supervision" in life.asked),
    "staged": ("assisted, summoned", lambda life: life.called_others, lambda life: life.staged),
}
"""By the name of the share: what it is a share of in words, what belongs to that, and what counts."""
