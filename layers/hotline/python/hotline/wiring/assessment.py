"""评 assessment: what ``functions/assessment`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS, SOMEONE_WAITS, Patience, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies
from hotline.domain.actor import Actor, Role
from hotline.domain.errors import NotFound
from hotline.domain.outcomes import district_of_agency
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import count_outcomes
from hotline.wiring.common import directories


def count() -> EventConsumer:
    """Count batches of closings."""
    return partial(count_outcomes.count_outcomes, tallies=_tallies(NOBODY_WAITS), directories=directories())


def scores(month: str, district: str, by: Actor) -> count_outcomes.MonthScores:
    """A month's scorecards; a district's supervisor sees the own district.

    Raises:
        NotFound: another district.
    """
    if by.role is Role.SUPERVISOR and by.district is not None and by.district != district:
        raise NotFound("scorecards")
    return count_outcomes.read_scores(
        month, district, tallies=_tallies(SOMEONE_WAITS), directories=directories()
    )


def score_of(month: str, agency_id: str, by: Actor) -> count_outcomes.AgencyScore:
    """One agency's month; an agency sees its own.

    Raises:
        NotFound: another agency's, or nothing closed in that month.
    """
    if by.role is Role.AGENCY and by.agency_id != agency_id:
        raise NotFound("scorecard")
    district = district_of_agency(agency_id, directories().current())
    for row in scores(month, district, by).agencies:
        if row.agency_id == agency_id:
            return row
    raise NotFound("scorecard")


def dead_letters() -> SqsDeadLetters:
    """Where closings go that cannot be counted."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "count-outcomes")


def _tallies(patience: Patience) -> DynamoDBTallies:
    return DynamoDBTallies(dynamodb(patience), setting("SCORECARDS_TABLE"), setting("EFFECTS_TABLE"))
