"""三率: what closed orders say about an agency, through a formula that is versioned data.

条例 Art 32 names the three rates 响应率, 解决率 and 满意率 as the core of the evaluation. How Beijing
computes and weighs them is not published: every formula here is its operator's own.

Only counts are kept. Sums of counts commute, so an agency's tally does not depend on the order in
which outcomes arrive, districts are sums of agencies and the city is the sum of districts; rates
are fractions of counts, so that counting again from the stored cases gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, NonNegativeInt, model_validator

from hotline.domain.calendar import to_utc
from hotline.domain.model import Frozen

_PART_OF: Mapping[str, tuple[str, ...]] = {
    "answered": ("closed",),
    "contacted_in_time": ("closed",),
    "handled_in_time": ("closed",),
    "reopened": ("closed",),
    "contacted": ("answered", "closed"),
    "resolved": ("answered", "closed"),
    "resolved_first_time": ("resolved", "answered", "closed"),
    "satisfied": ("answered", "closed"),
    "assists_in_time": ("assists",),
    "summons_in_time": ("summons",),
}
"""Which counts contain which: only a part over its whole is sure to lie between 0 and 1."""


class Outcome(Frozen):
    """How one order ended; made from its closing event and counted once.

    Attributes:
        district: the district that the agency is counted under; ``city`` for city-wide agencies.
        month: yyyymm of the closing in city time; see ``month_of``.
        contacted_in_time: the first contact was recorded within the response limit.
        contacted, resolved, satisfied: the citizen's answers; None for a question left open.
        handled_in_time: resolved within the handling limit.
        reopened: how many times the citizen sent the order back before it closed.
        closed_by: whether the citizen answered the last survey or let it expire.
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
    closed_by: Literal["answered", "no_answer"]

    @model_validator(mode="after")
    def _silence_is_no_answer(self) -> Self:
        answers = (self.contacted, self.resolved, self.satisfied)
        if (self.closed_by == "answered") != any(answer is not None for answer in answers):
            raise ValueError("an answered survey has answers; one that expired unanswered has none")
        return self

    @property
    def counts(self) -> Tally:
        """What it adds to its agency's tally."""
        return Tally(
            closed=1,
            answered=self.closed_by == "answered",
            contacted_in_time=self.contacted_in_time,
            contacted=self.contacted is True,
            resolved=self.resolved is True,
            resolved_first_time=self.resolved is True and self.reopened == 0,
            satisfied=self.satisfied is True,
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

    @property
    def counts(self) -> Tally:
        """What it adds to its agency's tally."""
        asked, in_time = self.side == "asked", self.side == "asked" and self.in_time
        if self.kind == "assist":
            return Tally(assists=asked, assists_in_time=in_time, assists_called=not asked)
        return Tally(summons=asked, summons_in_time=in_time, summons_called=not asked)


Counted = Outcome | PartDone
"""What is counted once, under one agency and month."""


class Tally(Frozen):
    """Counts of closed orders: of an agency in a month, or of any sum of those.

    The counts of assists and summonses are no part of the three rates: both sides of them are shown
    beside these (条例 Art 33). A district's copy is counted nowhere.

    Attributes:
        answered: closed by the citizen's answer; the others expired (``no_answer``).
        resolved_first_time: resolved by the citizen's word without ever having been sent back.
        reopened, reopenings: orders sent back at least once; times that orders were sent back.
        assists, assists_in_time: parts that the agency owed to a lead (Art 14), and reported in time.
        summons, summons_in_time: times that it was called to a place (Art 16), and came in time.
        assists_called, summons_called: times that it called others, as the lead.

    Example:
        >>> Tally(closed=2, answered=1).merge(Tally(closed=3, answered=3)).answered
        4
    """

    closed: NonNegativeInt = 0
    answered: NonNegativeInt = 0
    contacted_in_time: NonNegativeInt = 0
    contacted: NonNegativeInt = 0
    resolved: NonNegativeInt = 0
    resolved_first_time: NonNegativeInt = 0
    satisfied: NonNegativeInt = 0
    handled_in_time: NonNegativeInt = 0
    reopened: NonNegativeInt = 0
    reopenings: NonNegativeInt = 0
    assists: NonNegativeInt = 0
    assists_in_time: NonNegativeInt = 0
    assists_called: NonNegativeInt = 0
    summons: NonNegativeInt = 0
    summons_in_time: NonNegativeInt = 0
    summons_called: NonNegativeInt = 0

    @model_validator(mode="after")
    def _no_part_exceeds_its_whole(self) -> Self:
        for part, wholes in _PART_OF.items():
            if getattr(self, part) > getattr(self, wholes[0]):
                raise ValueError(f"{part} exceeds {wholes[0]}")
        return self

    @classmethod
    def of(cls, outcomes: Iterable[Counted]) -> Tally:
        """Count outcomes."""
        tally = cls()
        for outcome in outcomes:
            tally = tally.add(outcome)
        return tally

    def add(self, outcome: Counted) -> Tally:
        """Count one more outcome; whoever calls sees to it that none is counted twice."""
        return self.merge(outcome.counts)

    def merge(self, other: Tally) -> Tally:
        """Add two tallies, count by count."""
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in Tally.model_fields})


class Ratio(Frozen):
    """Counts over counts, written as in a table of formulas.

    Each count above must be a part of the count below it, so that the rate lies between 0 and 1.
    With several counts the rate is their average, weighted by the counts below.

    Example:
        >>> Ratio.model_validate("contacted_in_time + handled_in_time / closed + closed").numerator
        ('contacted_in_time', 'handled_in_time')
    """

    numerator: tuple[str, ...] = Field(min_length=1)
    denominator: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        above, slash, below = value.partition("/")
        if not slash:
            raise ValueError(f"write a rate as count/count, not {value!r}")
        return {"numerator": _names(above), "denominator": _names(below)}

    @model_validator(mode="after")
    def _parts_over_their_wholes(self) -> Self:
        if len(self.numerator) != len(self.denominator):
            raise ValueError("a rate needs as many counts above the line as below it")
        for part, whole in zip(self.numerator, self.denominator, strict=True):
            if whole not in _PART_OF.get(part, ()):
                raise ValueError(f"{part!r} is not a part of {whole!r}; parts are {', '.join(_PART_OF)}")
        return self

    def of(self, tally: Tally) -> Rate | None:
        """Work the rate out; None when there is nothing to divide by."""
        whole = sum(getattr(tally, name) for name in self.denominator)
        if whole == 0:
            return None
        return Rate(numerator=sum(getattr(tally, name) for name in self.numerator), denominator=whole)


class Formula(Frozen):
    """One version of how a city scores; a row of ``formulas.csv`` or a dict of the same names.

    The defaults are OURS and no city's rule: response is contact in time over all closed orders;
    resolution and satisfaction are over answered surveys only, so that silence is neither praise
    nor blame; survey coverage says how many citizens that rests on; the weights are equal.

    Example:
        >>> Formula.model_validate({"version": "formula-1", "satisfaction_weight": "2"}).resolution.numerator
        ('resolved',)
    """

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    response: Ratio = Field(default="contacted_in_time/closed", validate_default=True)
    resolution: Ratio = Field(default="resolved/answered", validate_default=True)
    satisfaction: Ratio = Field(default="satisfied/answered", validate_default=True)
    survey_coverage: Ratio = Field(default="answered/closed", validate_default=True)
    response_weight: NonNegativeInt = 1
    resolution_weight: NonNegativeInt = 1
    satisfaction_weight: NonNegativeInt = 1

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if self.response_weight + self.resolution_weight + self.satisfaction_weight == 0:
            raise ValueError("at least one weight must be greater than zero")
        return self


class Rate(Frozen):
    """An exact share: its two counts are kept as they were counted.

    Example:
        >>> Rate(numerator=2, denominator=3).percent
        Decimal('66.67')
    """

    numerator: NonNegativeInt
    denominator: int = Field(gt=0)

    @property
    def value(self) -> Fraction:
        """The share as an exact fraction between 0 and 1."""
        return Fraction(self.numerator, self.denominator)

    @property
    def percent(self) -> Decimal:
        """The share for people: percent with two digits after the point, half rounded up."""
        exact = Decimal(self.numerator * 100) / Decimal(self.denominator)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


class Scorecard(Frozen):
    """What a tally is worth under a formula; a rate without cases is None, never 0 or 1.

    Attributes:
        composite: the weighted mean of the three rates; None when one that counts is None.
        assist_rate, summons_rate: the parts done and the calls answered in time; they weigh nothing here.
    """

    formula_version: str
    tally: Tally
    response_rate: Rate | None
    resolution_rate: Rate | None
    satisfaction_rate: Rate | None
    survey_coverage: Rate | None
    composite: Rate | None
    assist_rate: Rate | None
    summons_rate: Rate | None


def score(tally: Tally, formula: Formula) -> Scorecard:
    """Work out the rates of a tally (条例 Art 32)."""
    response, resolution = formula.response.of(tally), formula.resolution.of(tally)
    satisfaction = formula.satisfaction.of(tally)
    return Scorecard(
        formula_version=formula.version,
        tally=tally,
        response_rate=response,
        resolution_rate=resolution,
        satisfaction_rate=satisfaction,
        survey_coverage=formula.survey_coverage.of(tally),
        composite=_weighted_mean(
            (response, formula.response_weight),
            (resolution, formula.resolution_weight),
            (satisfaction, formula.satisfaction_weight),
        ),
        assist_rate=Ratio.model_validate("assists_in_time/assists").of(tally),
        summons_rate=Ratio.model_validate("summons_in_time/summons").of(tally),
    )


def month_of(closed_at: datetime, timezone: str) -> str:
    """Name the month in which an order is counted, in the city's own time.

    Example:
        >>> month_of(datetime.fromisoformat("2026-03-31T16:00:00+00:00"), "Asia/Shanghai")
        '202604'
    """
    return f"{to_utc(closed_at).astimezone(ZoneInfo(timezone)):%Y%m}"


def _weighted_mean(*weighted: tuple[Rate | None, int]) -> Rate | None:
    total = Fraction(0)
    for rate, weight in weighted:
        if weight == 0:
            continue
        if rate is None:
            return None
        total += rate.value * weight
    mean = total / sum(weight for _, weight in weighted)
    return Rate(numerator=mean.numerator, denominator=mean.denominator)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("+"))
