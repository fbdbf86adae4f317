"""Decide stored appeals once more under another directory, and compare. Pure: nothing is read or written.

An appeal is decided by what was known when it was registered: the citizen's words, the place and the
service that the citizen gave. What operators and adjudicators found out later is not held against the
rules; it is what both decisions are measured by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.dispatch_accuracy import DISPATCHES
from hotline.domain.dispatching import AppealFacts, Dispatch, decide
from hotline.domain.events import Event

Verdict = Literal["same", "other agency", "now decided", "now referred"]
Skipped = Literal["confidential", "not decided by rules", "words erased"]

_FIRST = frozenset({"WorkOrderDispatched", "DispatchReferred"})
_HELD_BACK = frozenset({"confidential", "quota"})
"""Reasons for which people decide whatever the rules say."""


class Decided(NamedTuple):
    """A decision: an agency by a rule, or nobody and why.

    Attributes:
        rule: the rule's id, or ``referred: place-unknown``.
    """

    agency_id: str | None
    rule: str


class Compared(NamedTuple):
    """One appeal under both directories.

    Attributes:
        ended_at: the agency that has the order now; None for one that nobody has.
    """

    appeal_id: str
    before: Decided
    after: Decided
    ended_at: str | None

    @property
    def verdict(self) -> Verdict:
        """What differs."""
        if self.before.agency_id == self.after.agency_id:
            return "same"
        if self.after.agency_id is None:
            return "now referred"
        return "now decided" if self.before.agency_id is None else "other agency"


def replay(
    case: Case, events: Sequence[Event], words: Words | None, directory: Directory, on: date | None = None
) -> Compared | Skipped:
    """Decide one appeal again.

    Args:
        on: the day whose rules of duty count; the day of the first decision when left out.
    """
    if case.confidential:
        return "confidential"
    first = next((event for event in events if event.name in _FIRST), None)
    if first is None or _HELD_BACK.intersection(first.facts.get("reasons", ())):
        return "not decided by rules"
    if words is None:
        return "words erased"
    day = on or first.at.astimezone(ZoneInfo(directory.city.timezone)).date()
    dispatches = [event for event in events if event.name in DISPATCHES]
    return Compared(
        appeal_id=case.appeal_id,
        before=_before(first),
        after=_after(directory, _facts_of(words, day)),
        ended_at=dispatches[-1].facts["agency"] if dispatches else None,
    )


class Moved(NamedTuple):
    """What an agency would get and lose."""

    agency_id: str
    gained: int
    lost: int


class Comparison:
    """All appeals of a period under both directories."""

    def __init__(self, replayed: Iterable[Compared | Skipped]) -> None:
        self.skipped: Counter[Skipped] = Counter()
        self.verdicts: Counter[Verdict] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        self.differing: list[Compared] = []
        self.settled_before = self.settled_after = self.settled = 0
        for each in replayed:
            if isinstance(each, Compared):
                self._add(each)
            else:
                self.skipped[each] += 1
        self.differing.sort()

    def _add(self, compared: Compared) -> None:
        self.verdicts[compared.verdict] += 1
        if compared.before.rule != compared.after.rule or compared.verdict != "same":
            self.rules[compared.before.rule, compared.after.rule] += 1
        if compared.verdict != "same":
            self.differing.append(compared)
        if compared.ended_at is not None:
            self.settled += 1
            self.settled_before += compared.before.agency_id == compared.ended_at
            self.settled_after += compared.after.agency_id == compared.ended_at

    @property
    def compared(self) -> int:
        """How many appeals were decided again."""
        return self.verdicts.total()

    def agencies(self) -> list[Moved]:
        """Who would gain and lose orders, the most affected first."""
        gained = Counter(each.after.agency_id for each in self.differing if each.after.agency_id)
        lost = Counter(each.before.agency_id for each in self.differing if each.before.agency_id)
        moved = [Moved(agency_id, gained[agency_id], lost[agency_id]) for agency_id in gained.keys() | lost]
        return sorted(moved, key=lambda each: (-each.gained - each.lost, each.agency_id))


def _before(first: Event) -> Decided:
    if first.name == "DispatchReferred":
        return Decided(None, _referred(first.facts["reasons"]))
    return Decided(first.facts["agency"], first.facts["rule"])


def _after(directory: Directory, facts: AppealFacts) -> Decided:
    decision = decide(directory, facts)
    if isinstance(decision, Dispatch):
        return Decided(decision.agency_id, decision.rule_id)
    return Decided(None, _referred(decision.reasons))


def _referred(reasons: Iterable[str]) -> str:
    return f"referred: {', '.join(reasons)}"


def _facts_of(words: Words, on: date) -> AppealFacts:
    """As ``use_cases/dispatch_appeals.py`` had them, from what the citizen gave."""
    place = words.place
    named = (place.district or place.subdistrict) if place else None
    return AppealFacts(
        text=words.text,
        on=on,
        service_code=words.service_code,
        district=named[:6] if named else None,
        subdistrict=place.subdistrict if place else None,
        address_text=place.address_text if place else None,
    )
