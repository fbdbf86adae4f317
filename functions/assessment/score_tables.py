"""Scorecards as tables: one line an agency, the same columns in every month."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hotline.domain.scoring import Interval, Rate, Scorecard
from hotline.domain.tallies import COUNT_NAMES
from hotline.edges.http import Answer
from hotline.edges.tables import table
from hotline.use_cases.public_scorecards import PublicMonth, PublicRate, PublicRates
from hotline.use_cases.read_scorecards import MonthLeague, MonthScores

_RATES = ("response", "resolution", "satisfaction", "survey_coverage", "parts", "composite")
_AGENCY = ("agency_id", "name_zh", "name_en")
_BOUNDS = tuple(f"{rate}_{bound}" for rate in _RATES for bound in ("percent", "low", "high"))


def scores_table(shown: MonthScores) -> Answer:
    """A district's agencies; a month that is not published has no revision."""
    return table(
        f"scorecards-{shown.month}-{shown.district}",
        ("month", "revision", "district", *_AGENCY, *_BOUNDS, *COUNT_NAMES),
        (
            (
                shown.month,
                shown.edition.revision if shown.edition else None,
                shown.district,
                *(getattr(each, name) for name in _AGENCY),
                *_bounds(each.scorecard),
                *_counts(each.scorecard),
            )
            for each in shown.agencies
        ),
    )


def league_table(shown: MonthLeague) -> Answer:
    """Agencies beside their likes."""
    return table(
        f"league-{shown.month}",
        (
            *("month", "revision", "group", "district", *_AGENCY),
            *("band", "best_rank", "worst_rank", *_BOUNDS, *COUNT_NAMES),
        ),
        (
            (
                shown.month,
                shown.edition.revision if shown.edition else None,
                group.group,
                each.district,
                *(getattr(each, name) for name in _AGENCY),
                each.band,
                each.best_rank,
                each.worst_rank,
                *_bounds(each.scorecard),
                *_counts(each.scorecard),
            )
            for group in shown.groups
            for each in group.agencies
        ),
    )


def public_table(shown: PublicMonth) -> Answer:
    """A published month for everybody."""
    return table(
        f"scorecards-{shown.edition.month}",
        (
            *("month", "revision", "group", "district", *_AGENCY),
            *("band", "best_rank", "worst_rank", "excluded", *_BOUNDS),
        ),
        (
            (
                shown.edition.month,
                shown.edition.revision,
                group.group,
                each.district,
                *(getattr(each, name) for name in _AGENCY),
                each.band,
                each.best_rank,
                each.worst_rank,
                each.excluded,
                *_public_bounds(each.rates),
            )
            for group in shown.groups
            for each in group.agencies
        ),
    )


def _bounds(card: Scorecard) -> Iterator[object]:
    pairs: tuple[tuple[Rate | None, Interval | None], ...] = (
        (card.response_rate, card.response_interval),
        (card.resolution_rate, card.resolution_interval),
        (card.satisfaction_rate, card.satisfaction_interval),
        (card.survey_coverage, card.survey_coverage_interval),
        (card.parts_rate, card.parts_interval),
        (card.composite, card.composite_interval),
    )
    for rate, interval in pairs:
        yield rate.percent if rate else None
        yield Decimal(interval.low) / 100 if interval else None
        yield Decimal(interval.high) / 100 if interval else None


def _public_bounds(rates: PublicRates) -> Iterator[object]:
    for name in _RATES:
        rate: PublicRate | None = getattr(rates, name)
        yield from (rate.percent, rate.low, rate.high) if rate else (None, None, None)


def _counts(card: Scorecard) -> Iterator[object]:
    return (getattr(card.tally, name) for name in COUNT_NAMES)
