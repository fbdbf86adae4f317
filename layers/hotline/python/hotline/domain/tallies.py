"""What closed orders count: plain sums of small whole numbers, one set for an agency and month.

Only counts are kept. Sums of counts commute, so an agency's tally does not depend on the order in
which outcomes arrive, districts are sums of agencies and the city is the sum of districts; rates
are fractions of counts, so that counting again from the stored cases gives the same bits.

What a closing has counted is taken back with the weight -1 when the closing is corrected, and counted
anew with the weight +1. Events come in no order: a correction may be counted before what it corrects.
For that moment a sum can hold a count below nought, or a part greater than its whole. ``Counts`` are
such raw sums; ``Counts.settled`` reads them as a ``Tally``, which never contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import product
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, NonNegativeInt, model_validator

from hotline.domain.calendar import to_utc
from hotline.domain.model import Frozen

Where = tuple[str, str, str]
"""Month, district, agency: what one tally belongs to."""

Weight = Literal[1, -1]
"""+1 counts, -1 takes back what was counted."""

ClosedBy = Literal["answered", "no_answer", "unreasonable", "excluded"]

_ROOM: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "answered": ("closed", ()),
    "unreasonable": ("closed", ("answered",)),
    "unanswered": ("closed", ("answered", "unreasonable")),
    "contacted_in_time": ("closed", ()),
    "contact_confirmed": ("contacted_in_time", ()),
    "handled_in_time": ("closed", ()),
    "contacted": ("answered", ()),
    "resolved": ("answered", ()),
    "resolved_first_time": ("resolved", ()),
    "satisfied": ("answered", ()),
    "reopened": ("closed", ("resolved_first_time",)),
    "assists_in_time": ("assists", ()),
    "summons_in_time": ("summons", ()),
}
"""Each part: its whole, and the parts of that whole which leave it no room. Wholes come before their parts."""


class Counts(Frozen):
    """Raw sums, of either sign: what a tally's item holds, or what one counted thing adds to it.

    Attributes:
        excluded: orders excluded from assessment (剔除); such an order counts in nothing else.
        answered: closed by the citizen's answer; ``unanswered``: the survey expired; ``unreasonable``: a
            reviewer judged the dissatisfaction unreasonable, so that it is neither. The three make up ``closed``.
        contacted_in_time: the first contact was recorded within the response limit.
        contact_confirmed: that, and the citizen did not deny it.
        contacted, resolved, satisfied: the citizen's word.
        resolved_first_time: resolved by the citizen's word without ever having been sent back.
        reopened, reopenings: orders sent back at least once; times that orders were sent back.
        assists, assists_in_time: parts that the agency owed to a lead (Art 14), and reported in time.
        summons, summons_in_time: times that it was called to a place (Art 16), and came in time.
        assists_called, summons_called: times that it called others, as the lead.

    Example:
        >>> Counts(closed=2, answered=1).plus(Counts(closed=-3)).closed
        -1
    """

    closed: int = 0
    excluded: int = 0
    answered: int = 0
    unanswered: int = 0
    unreasonable: int = 0
    contacted_in_time: int = 0
    contact_confirmed: int = 0
    contacted: int = 0
    resolved: int = 0
    resolved_first_time: int = 0
    satisfied: int = 0
    handled_in_time: int = 0
    reopened: int = 0
    reopenings: int = 0
    assists: int = 0
    assists_in_time: int = 0
    assists_called: int = 0
    summons: int = 0
    summons_in_time: int = 0
    summons_called: int = 0

    def plus(self, other: Counts) -> Counts:
        """Add, count by count."""
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in COUNT_NAMES})

    def settled(self) -> Tally:
        """Read the sums as a tally.

        When every event has come this changes nothing. While a correction is there and what it
        corrects is still on its way, a count below nought is read as nought, and a part as no more
        than its whole has room for.
        """
        read = {name: max(0, getattr(self, name)) for name in COUNT_NAMES}
        for part, (whole, beside) in _ROOM.items():
            read[part] = max(0, min(read[part], read[whole] - sum(read[name] for name in beside)))
        return Tally(**read)


COUNT_NAMES: tuple[str, ...] = tuple(Counts.model_fields)


class Tally(Counts):
    """Counts of closed orders that fit together: of an agency in a month, or of any sum of those.

    The counts of assists and summonses belong to none of the three rates; they make a rate of their own
    (条例 Art 33). A district's copy is counted nowhere.

    Example:
        >>> Tally(closed=2, answered=1).merge(Tally(closed=3, answered=3)).answered
        4
    """

    @model_validator(mode="after")
    def _no_part_exceeds_its_whole(self) -> Self:
        for name in COUNT_NAMES:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is below nought")
        for part, (whole, beside) in _ROOM.items():
            if getattr(self, part) + sum(getattr(self, name) for name in beside) > getattr(self, whole):
                raise ValueError(f"{' + '.join((part, *beside))} exceeds {whole}")
        return self

    @classmethod
    def of(cls, counted: Iterable[Counted]) -> Tally:
        """Count things; whoever calls sees to it that none is counted twice."""
        total = Counts()
        for each in counted:
            total = total.plus(each.counts)
        return total.settled()

    @classmethod
    def sum(cls, tallies: Iterable[Tally]) -> Tally:
        """Add tallies, such as a district's agencies."""
        total = dict.fromkeys(COUNT_NAMES, 0)
        for tally in tallies:
            for name in COUNT_NAMES:
                total[name] += getattr(tally, name)
        return cls(**total)

    def merge(self, other: Tally) -> Tally:
        """Add two tallies, count by count."""
        return Tally.sum((self, other))


class Outcome(Frozen):
    """How one order ended; made from its closing event and counted once.

    Attributes:
        district: the district that the agency is counted under; ``city`` for city-wide agencies.
        month: yyyymm of the closing in city time; see ``month_of``.
        contacted_in_time: the first contact was recorded within the response limit.
        contacted, resolved, satisfied: the citizen's answers; None for a question left open.
        handled_in_time: resolved within the handling limit.
        reopened: how many times the citizen sent the order back before it closed.
        closed_by: the citizen's answer, a survey that expired, a reviewer who judged the dissatisfaction
            unreasonable, or an exclusion from assessment.
    """

    agency_id: str = Field(min_length=1)
    district: str = Field(min_length=1)
    month: str = Field(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")
    contacted_in_time: bool
    contacted: bool | None
    resolved: bool | None
    satisfied: bool | None
    handled_in_time: bool
    reopened: NonNegativeInt
    closed_by: ClosedBy
    weight: Weight = 1

    @model_validator(mode="after")
    def _silence_is_no_answer(self) -> Self:
        answers = (self.contacted, self.resolved, self.satisfied)
        said = any(answer is not None for answer in answers)
        if self.closed_by in ("answered", "no_answer") and (self.closed_by == "answered") != said:
            raise ValueError("an answered survey has answers; one that expired unanswered has none")
        return self

    @property
    def counts(self) -> Counts:
        """What it adds to its agency's sums."""
        if self.closed_by == "excluded":
            return Counts(excluded=self.weight)
        answered = self.closed_by == "answered"
        resolved = answered and self.resolved is True
        return _weighted(
            self.weight,
            closed=1,
            answered=answered,
            unanswered=self.closed_by == "no_answer",
            unreasonable=self.closed_by == "unreasonable",
            contacted_in_time=self.contacted_in_time,
            contact_confirmed=self.contacted_in_time and self.contacted is not False,
            contacted=answered and self.contacted is True,
            resolved=resolved,
            resolved_first_time=resolved and self.reopened == 0,
            satisfied=answered and self.satisfied is True,
            handled_in_time=self.handled_in_time,
            reopened=self.reopened > 0,
            reopenings=self.reopened,
        )


class PartDone(Frozen):
    """How an assist or a summons ended, for one of its two sides (双考核, 条例 Art 33).

    Attributes:
        side: ``asked`` for the agency that owed it, ``asking`` for the lead that called.
        in_time: reported, or after a summons arrived, within the limit.
    """

    agency_id: str = Field(min_length=1)
    district: str = Field(min_length=1)
    month: str = Field(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")
    kind: Literal["assist", "summons"]
    side: Literal["asked", "asking"]
    in_time: bool
    weight: Weight = 1

    @property
    def counts(self) -> Counts:
        """What it adds to its agency's sums."""
        asked, in_time = self.side == "asked", self.side == "asked" and self.in_time
        if self.kind == "assist":
            return _weighted(self.weight, assists=asked, assists_in_time=in_time, assists_called=not asked)
        return _weighted(self.weight, summons=asked, summons_in_time=in_time, summons_called=not asked)


Counted = Outcome | PartDone
"""What is counted once, under one agency and month."""


def add_up(counted: Iterable[Counted]) -> dict[Where, Counts]:
    """Sum counted things by month, district and agency; what cancels itself out is left out."""
    sums: dict[Where, dict[str, int]] = {}
    for each in counted:
        sum_of = sums.setdefault((each.month, each.district, each.agency_id), {})
        for name, value in each.counts:
            if value:
                sum_of[name] = sum_of.get(name, 0) + value
    return {where: Counts(**found) for where, found in sums.items() if any(found.values())}


def every_kind_of_count() -> tuple[Counts, ...]:
    """What one order or part can add, in every way that it can end: what a formula must be sound for."""
    where: Mapping[str, Any] = {"agency_id": "a", "district": "d", "month": "200001"}
    said = (True, False, None)
    orders = product(
        (True, False), said, said, said, (True, False), (0, 1, 2), ("answered", "no_answer", "unreasonable")
    )
    kinds = [Counts(excluded=1)]
    for in_time, contacted, resolved, satisfied, handled, reopened, closed_by in orders:
        silent = (contacted, resolved, satisfied) == (None, None, None)
        if closed_by == "unreasonable" or (closed_by == "no_answer") == silent:
            answers: Mapping[str, Any] = {
                "contacted": contacted,
                "resolved": resolved,
                "satisfied": satisfied,
                "closed_by": closed_by,
            }
            outcome = Outcome(
                **where, **answers, contacted_in_time=in_time, handled_in_time=handled, reopened=reopened
            )
            kinds.append(outcome.counts)
    for kind, side, in_time in product(("assist", "summons"), ("asked", "asking"), (True, False)):
        part: Mapping[str, Any] = {**where, "kind": kind, "side": side}
        kinds.append(PartDone(**part, in_time=in_time).counts)
    return tuple(dict.fromkeys(kinds))


def month_of(closed_at: datetime, timezone: str) -> str:
    """Name the month in which an order is counted, in the city's own time.

    Example:
        >>> month_of(datetime.fromisoformat("2026-03-31T16:00:00+00:00"), "Asia/Shanghai")
        '202604'
    """
    return f"{to_utc(closed_at).astimezone(ZoneInfo(timezone)):%Y%m}"


def _weighted(weight: Weight, **counts: int) -> Counts:
    return Counts(**{name: weight * int(value) for name, value in counts.items()})
