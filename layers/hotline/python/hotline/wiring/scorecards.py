"""评 assessment: what ``functions/assessment/api.py`` runs with, and who may see which scorecard."""

from __future__ import annotations

from hotline.adapters.aws import SOMEONE_WAITS, dynamodb
from hotline.adapters.dynamodb.publications import DynamoDBPublications
from hotline.adapters.dynamodb.scorecards import DynamoDBCounted
from hotline.domain.actor import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.outcomes import district_of_agency
from hotline.settings import setting
from hotline.use_cases.public_scorecards import PublicMonth, public_month
from hotline.use_cases.read_scorecards import AgencyMonth, MonthLeague, MonthScores, Revisions, Scorecards
from hotline.wiring.common import directories, now


def scores(month: str, district: str, by: Actor, *, live: bool) -> MonthScores:
    """A month's scorecards; a district's supervisor sees the own district.

    Raises:
        NotFound: another district.
    """
    if _outside(by, district):
        raise NotFound("scorecards")
    return _scorecards().of_month(month, district, live=live)


def score_of(month: str, agency_id: str, by: Actor, *, live: bool) -> AgencyMonth:
    """One agency's month; an agency sees its own, a district's supervisor those of the district.

    Raises:
        NotFound: another agency's, or nothing closed in that month.
    """
    if by.role is Role.AGENCY and by.agency_id != agency_id:
        raise NotFound("scorecard")
    if _outside(by, district_of_agency(agency_id, directories().current())):
        raise NotFound("scorecard")
    return _scorecards().of_agency(month, agency_id, live=live)


def league(month: str, group: str | None, by: Actor, *, live: bool) -> MonthLeague:
    """Agencies beside their likes; what is not published is for those who answer for the whole city.

    Raises:
        NotFound: not published, and the caller answers for one district only; or no such group.
    """
    shown = _scorecards().league(month, group, now(), live=live)
    if shown.edition is None and by.role is Role.SUPERVISOR and by.district is not None:
        raise NotFound("scorecards")
    return shown


def revisions(month: str) -> Revisions:
    """What was published when, and why."""
    return _scorecards().revisions(month)


def in_public(month: str) -> PublicMonth:
    """A published month for everybody."""
    return public_month(month, _publications())


def _outside(by: Actor, district: str) -> bool:
    return by.role is Role.SUPERVISOR and by.district is not None and by.district != district


def _scorecards() -> Scorecards:
    tallies = DynamoDBCounted(dynamodb(SOMEONE_WAITS), setting("SCORECARDS_TABLE"))
    return Scorecards(tallies, _publications(), directories())


def _publications() -> DynamoDBPublications:
    return DynamoDBPublications(dynamodb(SOMEONE_WAITS), setting("SCORECARDS_TABLE"))
