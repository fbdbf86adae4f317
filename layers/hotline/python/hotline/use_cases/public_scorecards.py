"""评: a published month for everybody (条例 Art 34), without figures that rest on few citizens."""

from __future__ import annotations

from hotline.domain.errors import NotFound
from hotline.domain.league import Band
from hotline.domain.model import Frozen
from hotline.domain.publication import Edition, Publication, PublishedAgency, edition_of
from hotline.domain.scoring import Formula, Interval, Rate, Scorecard
from hotline.ports import Publications

FEWEST_IN_PUBLIC = 10
"""A rate over fewer is shown to nobody outside, whatever the formula says: it would tell who said what."""


class PublicRate(Frozen):
    """A share in percent with one digit after the point, and the bounds between which the true one lies."""

    percent: float
    low: float
    high: float


class PublicRates(Frozen):
    """The rates of an agency or group; one that rests on few is left out."""

    response: PublicRate | None = None
    resolution: PublicRate | None = None
    satisfaction: PublicRate | None = None
    survey_coverage: PublicRate | None = None
    parts: PublicRate | None = None
    composite: PublicRate | None = None


class PublicAgency(Frozen):
    """An agency among its likes; ``excluded``: orders of it that were excluded from assessment (剔除)."""

    agency_id: str
    name_zh: str
    name_en: str
    district: str
    band: Band
    best_rank: int | None = None
    worst_rank: int | None = None
    excluded: int
    rates: PublicRates


class PublicGroup(Frozen):
    """Like agencies, and the rates of all of their orders together."""

    group: str
    name_zh: str
    name_en: str
    rates: PublicRates
    agencies: tuple[PublicAgency, ...]


class PublicMonth(Frozen):
    """A published month: everything but what would tell a single citizen's word."""

    edition: Edition
    formula: Formula
    exclusions: int
    digest: str
    groups: tuple[PublicGroup, ...]


def public_month(month: str, publications: Publications) -> PublicMonth:
    """The latest publication of a month, as everybody may see it.

    Raises:
        NotFound: the month is not published.
    """
    publication = publications.published(month)
    if publication is None:
        raise NotFound("scorecards")
    return seen_by_everybody(publication)


def seen_by_everybody(publication: Publication) -> PublicMonth:
    """What of a publication everybody may see."""
    return PublicMonth(
        edition=edition_of(publication),
        formula=publication.formula,
        exclusions=publication.exclusions,
        digest=publication.digest,
        groups=_groups(publication),
    )


def _groups(publication: Publication) -> tuple[PublicGroup, ...]:
    return tuple(
        PublicGroup(
            group=group.group,
            name_zh=group.name_zh,
            name_en=group.name_en,
            rates=_rates(group.pooled, publication.formula),
            agencies=tuple(
                _agency(each, each.band, publication.formula)
                for each in publication.agencies
                if each.group == group.group and each.band is not None
            ),
        )
        for group in publication.groups
    )


def _agency(agency: PublishedAgency, band: Band, formula: Formula) -> PublicAgency:
    enough = band != "not_enough_cases"
    return PublicAgency(
        agency_id=agency.agency_id,
        name_zh=agency.name_zh,
        name_en=agency.name_en,
        district=agency.district,
        band=band,
        best_rank=agency.best_rank,
        worst_rank=agency.worst_rank,
        excluded=agency.scorecard.tally.excluded,
        rates=_rates(agency.scorecard, formula) if enough else PublicRates(),
    )


def _rates(card: Scorecard, formula: Formula) -> PublicRates:
    """Without the composite where a rate that weighs in it is left out: it would tell that rate."""
    fewest = max(formula.min_cases, FEWEST_IN_PUBLIC)
    parts = max(formula.parts_min, FEWEST_IN_PUBLIC)
    response = _rate(card.response_rate, card.response_interval, fewest)
    resolution = _rate(card.resolution_rate, card.resolution_interval, fewest)
    satisfaction = _rate(card.satisfaction_rate, card.satisfaction_interval, fewest)
    parts_rate = _rate(card.parts_rate, card.parts_interval, parts)
    weighed = [
        (response, formula.response_weight),
        (resolution, formula.resolution_weight),
        (satisfaction, formula.satisfaction_weight),
    ]
    shown = all(rate is not None for rate, weight in weighed if weight)
    if formula.weighs_parts_of(card.tally):
        shown = (shown or card.tally.closed == 0) and parts_rate is not None
    return PublicRates(
        response=response,
        resolution=resolution,
        satisfaction=satisfaction,
        survey_coverage=_rate(card.survey_coverage, card.survey_coverage_interval, fewest),
        parts=parts_rate,
        composite=_rate(card.composite, card.composite_interval, 1) if shown else None,
    )


def _rate(rate: Rate | None, interval: Interval | None, fewest: int) -> PublicRate | None:
    if rate is None or interval is None or rate.denominator < fewest:
        return None
    percent = (rate.numerator * 2000 + rate.denominator) // (2 * rate.denominator) / 10
    return PublicRate(percent=percent, low=interval.low / 100, high=interval.high / 100)
