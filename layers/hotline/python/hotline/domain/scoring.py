"""三率: what closed orders say about an agency, through a formula that is versioned data.

条例 Art 32 names the three rates 响应率, 解决率 and 满意率 as the core of the evaluation. How Beijing
computes and weighs them is not published: every formula here is its operator's own.

Rates are fractions of counts (``domain/tallies.py``), so that counting again from the stored cases
gives the same bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Any, Self

from pydantic import Field, NonNegativeInt, model_validator

from hotline.domain.model import Frozen
from hotline.domain.statistics import wilson
from hotline.domain.tallies import COUNT_NAMES, Counts, Tally, every_kind_of_count


class Ratio(Frozen):
    """Counts over counts, written as in a table of formulas.

    Sums of counts may stand above and below the line as long as no single order or part can add more
    above than below: then the rate lies between 0 and 1 whatever happens. That is tried with every way
    in which an order can end, once, when the formula is read.

    Example:
        >>> Ratio.model_validate("resolved + unreasonable / answered + unreasonable").numerator
        ('resolved', 'unreasonable')
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
    def _lies_between_nought_and_one(self) -> Self:
        for name in (*self.numerator, *self.denominator):
            if name not in COUNT_NAMES:
                raise ValueError(f"no count is called {name!r}; counts are {', '.join(COUNT_NAMES)}")
        for kind in _kinds():
            above, below = _sum(kind, self.numerator), _sum(kind, self.denominator)
            if above > below:
                one = ", ".join(name for name, value in kind if value)
                raise ValueError(
                    f"{self} can exceed 1: an order that counts as {one} adds {above} above and {below} below"
                )
        return self

    def __str__(self) -> str:
        return f"{' + '.join(self.numerator)} / {' + '.join(self.denominator)}"

    def of(self, tally: Counts) -> Rate | None:
        """Work the rate out; None when there is nothing to divide by.

        A tally that was settled while events were on their way may hold a little more above than
        below; it is read as all of it.
        """
        whole = _sum(tally, self.denominator)
        if whole == 0:
            return None
        return Rate(numerator=min(_sum(tally, self.numerator), whole), denominator=whole)

    def interval_of(self, tally: Counts) -> Interval | None:
        """Between which bounds the true share lies, in 95 % of such counts (Wilson).

        Where one order can count several times below the line it is still one piece of evidence.
        """
        rate = self.of(tally)
        if rate is None:
            return None
        times = _most_of_one(self.denominator)
        return Interval.around(*wilson(rate.numerator / times, rate.denominator / times))


class Formula(Frozen):
    """One version of how a city scores; a row of ``formulas.csv`` or a dict of the same names.

    The defaults are OURS and no city's rule: response is contact in time over all closed orders;
    resolution and satisfaction are over answered surveys only, so that silence is neither praise
    nor blame; survey coverage says how many citizens that rests on; the weights are equal.

    Attributes:
        effective_from: yyyymm of the first month that is scored by it; None: from the beginning.
        parts: what assists and summonses are worth (双考核, 条例 Art 33).
        parts_min: so many assists and summonses an agency must have had for them to weigh anything.
        min_cases: so many closed orders an agency must have had to be compared with others.
        widest_interval: in points of a hundred; an agency is not compared with others while one of its
            rates is known less precisely than that, however small ``min_cases`` may be.

    Example:
        >>> Formula.model_validate({"version": "formula-1", "satisfaction_weight": "2"}).resolution.numerator
        ('resolved',)
    """

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    effective_from: str | None = Field(default=None, pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")
    response: Ratio = Field(default="contacted_in_time/closed", validate_default=True)
    resolution: Ratio = Field(default="resolved/answered", validate_default=True)
    satisfaction: Ratio = Field(default="satisfied/answered", validate_default=True)
    survey_coverage: Ratio = Field(default="answered/closed", validate_default=True)
    parts: Ratio = Field(default="assists_in_time + summons_in_time/assists + summons", validate_default=True)
    response_weight: NonNegativeInt = 1
    resolution_weight: NonNegativeInt = 1
    satisfaction_weight: NonNegativeInt = 1
    parts_weight: NonNegativeInt = 1
    parts_min: NonNegativeInt = 10
    min_cases: NonNegativeInt = 30
    widest_interval: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if self.response_weight + self.resolution_weight + self.satisfaction_weight == 0:
            raise ValueError("at least one weight must be greater than zero")
        return self

    def weighs_parts_of(self, tally: Counts) -> bool:
        """Whether an agency's assists and summonses are enough to weigh in its composite."""
        asked = _sum(tally, self.parts.denominator)
        return self.parts_weight > 0 and asked > 0 and asked >= self.parts_min


def formula_for(month: str, formulas: Iterable[Formula]) -> Formula:
    """The formula by which a month is scored: the latest that had begun by then.

    Raises:
        LookupError: none had.

    Example:
        >>> old, new = Formula(version="f-1"), Formula(version="f-2", effective_from="202701")
        >>> formula_for("202612", (old, new)).version, formula_for("202701", (old, new)).version
        ('f-1', 'f-2')
    """
    begun = [each for each in formulas if (each.effective_from or "") <= month]
    if not begun:
        raise LookupError(f"no formula was in force in {month}")
    return max(begun, key=lambda each: each.effective_from or "")


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


class Interval(Frozen):
    """Between which bounds a share lies, as ten-thousandths: whole numbers, the same on every machine.

    Example:
        >>> Interval.around(0.43849, 1.0)
        Interval(low=4384, high=10000)
    """

    low: int = Field(ge=0, le=10_000)
    high: int = Field(ge=0, le=10_000)

    @classmethod
    def around(cls, low: float, high: float) -> Interval:
        """Round outwards."""
        return cls(low=max(0, floor(low * 10_000)), high=min(10_000, ceil(high * 10_000)))

    @property
    def width(self) -> int:
        """How much is not known."""
        return self.high - self.low


class Scorecard(Frozen):
    """What a tally is worth under a formula; a rate without cases is None, never 0 or 1.

    Attributes:
        composite: the weighted mean of the rates; None when one that counts is None. Of an agency that has
            only helped others it is the rate of its parts.
        composite_interval: the weighted mean of the bounds: wider than it need be, never narrower.
        assist_rate, summons_rate: the parts done and the calls answered in time; ``parts_rate``: by the formula.
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
    parts_rate: Rate | None = None
    response_interval: Interval | None = None
    resolution_interval: Interval | None = None
    satisfaction_interval: Interval | None = None
    survey_coverage_interval: Interval | None = None
    parts_interval: Interval | None = None
    composite_interval: Interval | None = None


class _Weighed(Frozen):
    """A rate that weighs in the composite."""

    rate: Rate | None
    interval: Interval | None
    weight: int


def score(tally: Tally, formula: Formula) -> Scorecard:
    """Work out the rates of a tally (条例 Art 32, 33)."""
    weighed = _weighed(tally, formula)
    return Scorecard(
        formula_version=formula.version,
        tally=tally,
        response_rate=formula.response.of(tally),
        resolution_rate=formula.resolution.of(tally),
        satisfaction_rate=formula.satisfaction.of(tally),
        survey_coverage=formula.survey_coverage.of(tally),
        composite=_composite(weighed),
        assist_rate=_ratio("assists_in_time/assists").of(tally),
        summons_rate=_ratio("summons_in_time/summons").of(tally),
        parts_rate=formula.parts.of(tally),
        response_interval=formula.response.interval_of(tally),
        resolution_interval=formula.resolution.interval_of(tally),
        satisfaction_interval=formula.satisfaction.interval_of(tally),
        survey_coverage_interval=formula.survey_coverage.interval_of(tally),
        parts_interval=formula.parts.interval_of(tally),
        composite_interval=_composite_interval(weighed),
    )


def precise_enough(tally: Tally, formula: Formula) -> bool:
    """Whether every rate that weighs is known precisely enough for a comparison with others."""
    return all(
        each.interval is not None and each.interval.width <= formula.widest_interval * 100
        for each in _weighed(tally, formula)
    )


def _weighed(tally: Tally, formula: Formula) -> tuple[_Weighed, ...]:
    three = (
        (formula.response, formula.response_weight),
        (formula.resolution, formula.resolution_weight),
        (formula.satisfaction, formula.satisfaction_weight),
    )
    with_parts = formula.weighs_parts_of(tally)
    shares: list[tuple[Ratio, int]] = [] if tally.closed == 0 and with_parts else list(three)
    if with_parts:
        shares.append((formula.parts, formula.parts_weight))
    return tuple(
        _Weighed(rate=ratio.of(tally), interval=ratio.interval_of(tally), weight=weight)
        for ratio, weight in shares
        if weight > 0
    )


def _composite(weighed: Sequence[_Weighed]) -> Rate | None:
    total = Fraction(0)
    for each in weighed:
        if each.rate is None:
            return None
        total += each.rate.value * each.weight
    mean = total / sum(each.weight for each in weighed)
    return Rate(numerator=mean.numerator, denominator=mean.denominator)


def _composite_interval(weighed: Sequence[_Weighed]) -> Interval | None:
    low = high = 0
    for each in weighed:
        if each.interval is None:
            return None
        low += each.interval.low * each.weight
        high += each.interval.high * each.weight
    weight = sum(each.weight for each in weighed)
    return Interval(low=low // weight, high=-(-high // weight))


@cache
def _kinds() -> tuple[Counts, ...]:
    return every_kind_of_count()


@cache
def _most_of_one(names: tuple[str, ...]) -> int:
    """How often at most one order or part counts in a sum."""
    return max(_sum(kind, names) for kind in _kinds())


@cache
def _ratio(text: str) -> Ratio:
    return Ratio.model_validate(text)


def _sum(counts: Counts, names: Iterable[str]) -> int:
    return sum(getattr(counts, name) for name in names)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("+"))
