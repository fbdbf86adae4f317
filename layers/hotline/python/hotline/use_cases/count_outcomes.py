"""评: count how orders ended, and count again from the stored cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.model import Frozen
from hotline.domain.outcomes import CITY_WIDE, CLOSED, outcome_of
from hotline.domain.scoring import Scorecard, Tally, score
from hotline.ports import Tallies

Where = tuple[str, str, str]
"""Month, district, agency."""


def count_outcomes(
    envelopes: Sequence[Envelope], *, tallies: Tallies, directories: Directories
) -> dict[str, HotlineError]:
    """Count a batch of closings, each once by its event id, in one transaction.

    Returns:
        Nothing: it counts the batch or raises, and then the whole batch comes back.
    """
    directory = directories.current()
    tallies.count(
        {
            envelope.event_id: outcome_of(envelope.data, envelope.occurred_at, directory)
            for envelope in envelopes
        }
    )
    return {}


def recount(cases: Iterable[Case], directory: Directory) -> dict[Where, Tally]:
    """Count every closed case anew, from the closing events that the cases keep."""
    counted: dict[Where, Tally] = {}
    for case in cases:
        for event in case.events:
            if event.name == CLOSED:
                outcome = outcome_of(event.facts, event.at, directory)
                where = (outcome.month, outcome.district, outcome.agency_id)
                counted[where] = counted.get(where, Tally()).add(outcome)
    return counted


class AgencyScore(Frozen):
    """An agency's month."""

    agency_id: str
    name_zh: str
    name_en: str
    scorecard: Scorecard


class MonthScores(Frozen):
    """A month of a district, or of the city-wide agencies, with the sum of all rows."""

    month: str
    district: str
    agencies: tuple[AgencyScore, ...]
    total: Scorecard


def read_scores(month: str, district: str, *, tallies: Tallies, directories: Directories) -> MonthScores:
    """The scorecards of a month by the formula in force (条例 Art 32)."""
    directory = directories.current()
    found = tallies.of_month(month, district)
    total = Tally()
    for tally in found.values():
        total = total.merge(tally)
    return MonthScores(
        month=month,
        district=district,
        agencies=tuple(
            AgencyScore(
                agency_id=agency_id,
                scorecard=score(tally, directory.formula),
                **_names(agency_id, directory),
            )
            for agency_id, tally in sorted(found.items())
        ),
        total=score(total, directory.formula),
    )


def district_of_agency(agency_id: str, directory: Directory) -> str:
    """Where an agency is counted."""
    agency = directory.agencies.get(agency_id)
    return (directory.district_of(agency.jurisdiction) if agency else None) or CITY_WIDE


def _names(agency_id: str, directory: Directory) -> Mapping[str, str]:
    agency = directory.agencies.get(agency_id)
    return {
        "name_zh": agency.name_zh if agency else agency_id,
        "name_en": agency.name_en if agency else agency_id,
    }
