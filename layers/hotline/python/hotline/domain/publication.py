"""A month's scorecards as they were published: what everybody can check, and nobody changes (条例 Art 34).

A publication holds all that its figures rest on: the counts of every agency, the formula, the groups of like
agencies, who was excluded how often. It is written once. What is corrected later appears as another, dated
revision with a reason and with the agencies whose counts have changed; the earlier ones stay.

The digest is the SHA-256 of the whole, the digest of the revision before included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import Field

from hotline.domain.directory import Directory
from hotline.domain.errors import HotlineError
from hotline.domain.league import Band, GroupLeague, leagues_of
from hotline.domain.model import Frozen
from hotline.domain.outcomes import NOBODYS
from hotline.domain.scoring import Formula, Scorecard, score
from hotline.domain.tallies import Tally

REASON_LENGTH = 500


class PublishedAgency(Frozen):
    """An agency's month; band and ranks as in ``league.Place``, None of an agency without a group."""

    agency_id: str
    name_zh: str
    name_en: str
    district: str
    group: str | None
    band: Band | None
    best_rank: int | None
    worst_rank: int | None
    scorecard: Scorecard


class PublishedGroup(Frozen):
    """A group of like agencies; ``pooled``: all of its orders together."""

    group: str
    name_zh: str
    name_en: str
    pooled: Scorecard


class Publication(Frozen):
    """A month as it was published.

    Attributes:
        revision: 1 for the first publication.
        reason: why it was published again; None of the first.
        changed: the agencies whose counts differ from the revision before.
        exclusions: orders of the month that were excluded from assessment (剔除), all agencies together.
        districts: the sum of each district's agencies; ``city`` there for the city-wide ones.
        city: the sum of all agencies.
        conclusions: answers of the hotline's own (条例 Art 11); in no sum.
        previous: the digest of the revision before.
    """

    month: str
    revision: int = Field(ge=1)
    published_at: datetime
    reason: str | None = Field(default=None, max_length=REASON_LENGTH)
    changed: tuple[str, ...] = ()
    directory_version: str
    formula: Formula
    exclusions: int
    groups: tuple[PublishedGroup, ...]
    agencies: tuple[PublishedAgency, ...]
    districts: dict[str, Scorecard]
    city: Scorecard
    conclusions: dict[str, Tally]
    previous: str | None = None
    digest: str = ""

    def sealed(self) -> Publication:
        """With its digest."""
        return self.model_copy(update={"digest": self.digest_now()})

    def digest_now(self) -> str:
        """The digest of what it says; another than ``digest`` when somebody has changed it."""
        said = self.model_dump(mode="json", exclude={"digest"})
        return hashlib.sha256(
            json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        ).hexdigest()


class MonthNotOver(HotlineError):
    """A month is published when it has ended."""

    code = "month-not-over"
    title = "The month is not over"
    status = 409

    def __init__(self, month: str) -> None:
        super().__init__(f"{month} 尚未结束，不能发布", f"{month} is not over yet", month=month)


class NothingToRevise(HotlineError):
    """The counts are those that were published."""

    code = "nothing-to-revise"
    title = "Nothing to revise"
    status = 409

    def __init__(self, month: str, revision: int) -> None:
        super().__init__(
            f"{month} 的数据与第 {revision} 版相同，无需修订",
            f"The counts of {month} are those of revision {revision}",
            month=month,
            revision=revision,
        )


class Edition(Frozen):
    """Which publication of a month this is."""

    month: str
    revision: int
    published_at: datetime
    reason: str | None = None


def edition_of(publication: Publication) -> Edition:
    """What a reader must know of a publication beside its figures."""
    return Edition(
        month=publication.month,
        revision=publication.revision,
        published_at=publication.published_at,
        reason=publication.reason,
    )


def is_over(month: str, now: datetime, timezone: str) -> bool:
    """Whether a month (yyyymm) has ended in the city's own time.

    Example:
        >>> is_over("202604", datetime.fromisoformat("2026-04-30T16:00:00+00:00"), "Asia/Shanghai")
        True
    """
    return month < f"{now.astimezone(ZoneInfo(timezone)):%Y%m}"


def month_before(now: datetime, timezone: str) -> str:
    """The last month that has ended.

    Example:
        >>> month_before(datetime.fromisoformat("2026-01-09T00:00:00+00:00"), "Asia/Shanghai")
        '202512'
    """
    local = now.astimezone(ZoneInfo(timezone))
    year, month = (local.year, local.month - 1) if local.month > 1 else (local.year - 1, 12)
    return f"{year}{month:02d}"


def first_edition(
    month: str, counted: Mapping[str, Mapping[str, Tally]], directory: Directory, at: datetime
) -> Publication:
    """Publish a month for the first time.

    Args:
        counted: the tallies by district and agency.
    """
    tallies = _by_agency(counted)
    groups = {
        agency_id: agency.score_group
        for agency_id in tallies
        if (agency := directory.agencies.get(agency_id)) and agency.score_group
    }
    formula = directory.formula_for(month)
    leagues = leagues_of(tallies, groups, tuple(directory.score_groups), formula)
    districts = {agency_id: district for district, found in counted.items() for agency_id in found}
    agencies = tuple(
        PublishedAgency(
            agency_id=agency_id,
            name_zh=agency.name_zh if (agency := directory.agencies.get(agency_id)) else agency_id,
            name_en=agency.name_en if agency else agency_id,
            district=districts[agency_id],
            group=groups.get(agency_id),
            band=None,
            best_rank=None,
            worst_rank=None,
            scorecard=score(tally, formula),
        )
        for agency_id, tally in sorted(tallies.items())
    )
    names = directory.score_groups
    return Publication(
        month=month,
        revision=1,
        published_at=at,
        directory_version=directory.version,
        formula=formula,
        exclusions=sum(tally.excluded for tally in tallies.values()),
        groups=tuple(
            PublishedGroup(
                group=league.group,
                name_zh=names[league.group].name_zh,
                name_en=names[league.group].name_en,
                pooled=league.pooled,
            )
            for league in leagues
        ),
        agencies=_placed(agencies, leagues),
        districts=_sums(agencies, formula),
        city=score(Tally.sum(tallies.values()), formula),
        conclusions=_conclusions(counted),
    ).sealed()


def next_edition(
    published: Publication,
    counted: Mapping[str, Mapping[str, Tally]],
    directory: Directory,
    reason: str,
    at: datetime,
) -> Publication:
    """Publish a month again: new counts, by the formula and in the groups and districts of the first time.

    Raises:
        NothingToRevise: no count has changed.
    """
    fresh = first_edition(published.month, counted, directory, at)
    before = {each.agency_id: each for each in published.agencies}
    agencies = tuple(
        each.model_copy(
            update={
                **_kept(before.get(each.agency_id)),
                "scorecard": score(each.scorecard.tally, published.formula),
            }
        )
        for each in fresh.agencies
    )
    now = {each.agency_id: each.scorecard.tally for each in agencies}
    then = {agency_id: each.scorecard.tally for agency_id, each in before.items()}
    changed = tuple(sorted(who for who in now.keys() | then.keys() if now.get(who) != then.get(who)))
    if not changed and fresh.conclusions == published.conclusions:
        raise NothingToRevise(published.month, published.revision)
    names = {each.group: each for each in (*fresh.groups, *published.groups)}
    groups = {each.agency_id: each.group for each in agencies if each.group}
    leagues = leagues_of(now, groups, tuple(names), published.formula)
    return fresh.model_copy(
        update={
            "revision": published.revision + 1,
            "reason": reason,
            "changed": changed,
            "formula": published.formula,
            "groups": tuple(
                names[league.group].model_copy(update={"pooled": league.pooled}) for league in leagues
            ),
            "agencies": _placed(agencies, leagues),
            "districts": _sums(agencies, published.formula),
            "city": score(Tally.sum(now.values()), published.formula),
            "previous": published.digest,
        }
    ).sealed()


def _kept(before: PublishedAgency | None) -> Mapping[str, str | None]:
    if before is None:
        return {}
    return {name: getattr(before, name) for name in ("name_zh", "name_en", "district", "group")}


def _by_agency(counted: Mapping[str, Mapping[str, Tally]]) -> dict[str, Tally]:
    """An agency that has moved to another district within the month is one agency."""
    found: dict[str, list[Tally]] = {}
    for tallies in counted.values():
        for who, tally in tallies.items():
            if not who.startswith(NOBODYS):
                found.setdefault(who, []).append(tally)
    return {agency_id: Tally.sum(tallies) for agency_id, tallies in found.items()}


def _conclusions(counted: Mapping[str, Mapping[str, Tally]]) -> dict[str, Tally]:
    return {
        who.removeprefix(NOBODYS): tally
        for tallies in counted.values()
        for who, tally in sorted(tallies.items())
        if who.startswith(NOBODYS)
    }


def _placed(
    agencies: tuple[PublishedAgency, ...], leagues: tuple[GroupLeague, ...]
) -> tuple[PublishedAgency, ...]:
    places = {place.agency_id: place for league in leagues for place in league.places}
    return tuple(
        each.model_copy(
            update={"band": place.band, "best_rank": place.best_rank, "worst_rank": place.worst_rank}
        )
        if (place := places.get(each.agency_id))
        else each
        for each in agencies
    )


def _sums(agencies: tuple[PublishedAgency, ...], formula: Formula) -> dict[str, Scorecard]:
    tallies: dict[str, list[Tally]] = {}
    for each in agencies:
        tallies.setdefault(each.district, []).append(each.scorecard.tally)
    return {district: score(Tally.sum(found), formula) for district, found in sorted(tallies.items())}
