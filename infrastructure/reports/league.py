"""The agencies of a month beside their likes, with everything that staff may see of them."""

from __future__ import annotations

from decimal import Decimal

from hotline.domain.publication import Publication, PublishedAgency
from hotline.domain.scoring import Interval, Rate, Scorecard
from infrastructure.lake.answers import Answer
from infrastructure.reports.names import Names

_RATES = ("response", "resolution", "satisfaction", "coverage", "composite")
_COLUMNS = {
    "month": "varchar",
    "edition": "integer",
    "group": "varchar",
    "group_name": "varchar",
    "district": "varchar",
    "district_name": "varchar",
    "agency_id": "varchar",
    "agency": "varchar",
    "band": "varchar",
    "best_rank": "integer",
    "worst_rank": "integer",
    "closed": "bigint",
    "excluded": "bigint",
    **{f"{rate}_{part}": "double" for rate in _RATES for part in ("percent", "low", "high")},
}


def league(publication: Publication, is_published: bool, names: Names) -> Answer:
    """One row an agency, in the order of groups and codes; ``edition`` is empty of a month that is not published."""
    edition = publication.revision if is_published else None
    groups = {each.group: names.either(each.name_zh, each.name_en) for each in publication.groups}
    rows = [
        (publication.month, edition, group, name, *_agency(each, names), *_figures(each.scorecard))
        for group, name in groups.items()
        for each in publication.agencies
        if each.group == group
    ]
    return Answer(tuple(_COLUMNS), tuple(_COLUMNS.values()), rows)


def _agency(agency: PublishedAgency, names: Names) -> tuple[object, ...]:
    return (
        agency.district,
        names.of("district", agency.district),
        agency.agency_id,
        names.either(agency.name_zh, agency.name_en),
        agency.band,
        agency.best_rank,
        agency.worst_rank,
        agency.scorecard.tally.closed,
        agency.scorecard.tally.excluded,
    )


def _figures(card: Scorecard) -> tuple[float | None, ...]:
    pairs = (
        (card.response_rate, card.response_interval),
        (card.resolution_rate, card.resolution_interval),
        (card.satisfaction_rate, card.satisfaction_interval),
        (card.survey_coverage, card.survey_coverage_interval),
        (card.composite, card.composite_interval),
    )
    return tuple(figure for rate, interval in pairs for figure in _bounded(rate, interval))


def _bounded(rate: Rate | None, interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    if rate is None or interval is None:
        return None, None, None
    return float(rate.percent), float(Decimal(interval.low) / 100), float(Decimal(interval.high) / 100)
