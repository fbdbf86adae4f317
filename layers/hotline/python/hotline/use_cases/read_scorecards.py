"""评: what a month says: as it was published, or as it is counted now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import NotFound
from hotline.domain.league import Band
from hotline.domain.model import Frozen
from hotline.domain.outcomes import CITY_WIDE, NOBODYS, district_of_agency
from hotline.domain.phrases import CONCLUDED
from hotline.domain.publication import Edition, Publication, PublishedAgency, edition_of, first_edition
from hotline.domain.scoring import Formula, Scorecard, score
from hotline.domain.tallies import Tally
from hotline.ports import CountedMonths, Publications
from hotline.use_cases.publish_month import count_of_month


class AgencyScore(Frozen):
    """An agency's month."""

    agency_id: str
    name_zh: str
    name_en: str
    scorecard: Scorecard


class AgencyMonth(AgencyScore):
    """An agency's month as somebody asked for it; ``edition`` is None of one that is still counted."""

    edition: Edition | None = None


class ConclusionCount(Frozen):
    """How an answer of the hotline's own fared (条例 Art 11): ``told`` is the sum of the other three."""

    conclusion: str
    name_zh: str
    name_en: str
    told: int
    accepted: int
    contested: int
    unanswered: int


class MonthScores(Frozen):
    """A month of a district, or of the city-wide agencies, with the sum of all rows.

    ``conclusions`` are no agency's and in no sum; they are shown with the city-wide agencies. ``edition`` is
    None of a month that is still counted.
    """

    month: str
    district: str
    agencies: tuple[AgencyScore, ...]
    total: Scorecard
    conclusions: tuple[ConclusionCount, ...] = ()
    edition: Edition | None = None


class RankedAgency(AgencyScore):
    """An agency among its likes; see ``domain/league.py``."""

    district: str
    band: Band
    best_rank: int | None = None
    worst_rank: int | None = None


class RankedGroup(Frozen):
    """Like agencies, by id: there is no order of its own among them."""

    group: str
    name_zh: str
    name_en: str
    pooled: Scorecard
    agencies: tuple[RankedAgency, ...]


class MonthLeague(Frozen):
    """Agencies beside their likes; ``edition`` is None of a month that is still counted."""

    month: str
    formula: Formula
    exclusions: int
    groups: tuple[RankedGroup, ...]
    edition: Edition | None = None


class Revision(Frozen):
    """One publication of a month: when, why, whose counts have changed, and what proves it."""

    revision: int
    published_at: datetime
    reason: str | None = None
    changed: tuple[str, ...]
    formula_version: str
    directory_version: str
    digest: str
    previous: str | None = None


class Revisions(Frozen):
    """Every publication of a month, oldest first."""

    month: str
    revisions: tuple[Revision, ...]


class Scorecards:
    """The scorecards of all months; ``live`` asks for one as it is counted now, though it may be published."""

    def __init__(self, tallies: CountedMonths, publications: Publications, directories: Directories) -> None:
        self._tallies = tallies
        self._publications = publications
        self._directories = directories

    def of_month(self, month: str, district: str, *, live: bool = False) -> MonthScores:
        """A district's month (条例 Art 32): published, or counted up to now when it is not."""
        publication = None if live else self._publications.published(month)
        if publication is None:
            return read_scores(month, district, tallies=self._tallies, directories=self._directories)
        return _published_scores(publication, district)

    def of_agency(self, month: str, agency_id: str, *, live: bool = False) -> AgencyMonth:
        """One agency's month.

        Raises:
            NotFound: nothing was counted for it.
        """
        publication = None if live else self._publications.published(month)
        if publication is None:
            district = district_of_agency(agency_id, self._directories.current())
            scores = read_scores(month, district, tallies=self._tallies, directories=self._directories)
            for row in scores.agencies:
                if row.agency_id == agency_id:
                    return AgencyMonth(**dict(row))
            raise NotFound("scorecard")
        for each in publication.agencies:
            if each.agency_id == agency_id:
                return AgencyMonth(**_row(each), edition=edition_of(publication))
        raise NotFound("scorecard")

    def league(self, month: str, group: str | None, now: datetime, *, live: bool = False) -> MonthLeague:
        """The agencies of a group, or of every group, beside their likes.

        Raises:
            NotFound: no agency of that group has been counted.
        """
        publication = None if live else self._publications.published(month)
        shown = publication or self._as_if_published(month, now)
        league = MonthLeague(
            month=month,
            formula=shown.formula,
            exclusions=shown.exclusions,
            groups=_ranked_groups(shown, group),
            edition=edition_of(publication) if publication else None,
        )
        if group is not None and not league.groups:
            raise NotFound("scorecards")
        return league

    def revisions(self, month: str) -> Revisions:
        """What was published when, and why.

        Raises:
            NotFound: the month is not published.
        """
        found = self._publications.revisions_of(month)
        if not found:
            raise NotFound("scorecards")
        return Revisions(month=month, revisions=tuple(_revision(each) for each in found))

    def _as_if_published(self, month: str, now: datetime) -> Publication:
        directory = self._directories.current()
        return first_edition(month, count_of_month(month, self._tallies, directory), directory, now)


def read_scores(
    month: str, district: str, *, tallies: CountedMonths, directories: Directories
) -> MonthScores:
    """A month as it is counted now, by the formula in force in it."""
    directory = directories.current()
    formula = directory.formula_for(month)
    counted = tallies.of_month(month, district)
    found = {who: tally for who, tally in counted.items() if not who.startswith(NOBODYS)}
    return MonthScores(
        month=month,
        district=district,
        agencies=tuple(
            AgencyScore(agency_id=agency_id, scorecard=score(tally, formula), **_names(agency_id, directory))
            for agency_id, tally in sorted(found.items())
        ),
        total=score(Tally.sum(found.values()), formula),
        conclusions=_conclusions(
            {who.removeprefix(NOBODYS): tally for who, tally in counted.items() if who.startswith(NOBODYS)}
        ),
    )


def _published_scores(publication: Publication, district: str) -> MonthScores:
    return MonthScores(
        month=publication.month,
        district=district,
        agencies=tuple(
            AgencyScore(**_row(each)) for each in publication.agencies if each.district == district
        ),
        total=publication.districts.get(district) or score(Tally(), publication.formula),
        conclusions=_conclusions(publication.conclusions) if district == CITY_WIDE else (),
        edition=edition_of(publication),
    )


def _ranked_groups(publication: Publication, wanted: str | None) -> tuple[RankedGroup, ...]:
    return tuple(
        RankedGroup(
            **dict(group),
            agencies=tuple(
                RankedAgency(
                    **_row(each),
                    district=each.district,
                    band=each.band,
                    best_rank=each.best_rank,
                    worst_rank=each.worst_rank,
                )
                for each in publication.agencies
                if each.group == group.group and each.band is not None
            ),
        )
        for group in publication.groups
        if wanted in (None, group.group)
    )


def _row(agency: PublishedAgency) -> dict[str, Any]:
    return {name: getattr(agency, name) for name in AgencyScore.model_fields}


def _revision(publication: Publication) -> Revision:
    return Revision(
        revision=publication.revision,
        published_at=publication.published_at,
        reason=publication.reason,
        changed=publication.changed,
        formula_version=publication.formula.version,
        directory_version=publication.directory_version,
        digest=publication.digest,
        previous=publication.previous,
    )


def _conclusions(counted: Mapping[str, Tally]) -> tuple[ConclusionCount, ...]:
    return tuple(
        ConclusionCount(
            conclusion=conclusion,
            name_zh=CONCLUDED[conclusion].zh,
            name_en=CONCLUDED[conclusion].en,
            told=counted[conclusion].closed,
            accepted=counted[conclusion].resolved,
            contested=counted[conclusion].reopened,
            unanswered=counted[conclusion].unanswered,
        )
        for conclusion in CONCLUDED
        if conclusion in counted
    )


def _names(agency_id: str, directory: Directory) -> Mapping[str, str]:
    agency = directory.agencies.get(agency_id)
    return {
        "name_zh": agency.name_zh if agency else agency_id,
        "name_en": agency.name_en if agency else agency_id,
    }
