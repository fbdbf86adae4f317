"""评: count how orders ended, and count again from the stored cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.model import Frozen
from hotline.domain.outcomes import NOBODYS, counted_of
from hotline.domain.phrases import CONCLUDED
from hotline.domain.scoring import Scorecard, Tally, score
from hotline.domain.side_orders import SideOrder
from hotline.ports import Tallies

Where = tuple[str, str, str]
"""Month, district, agency."""


def count_outcomes(
    envelopes: Sequence[Envelope], *, tallies: Tallies, directories: Directories
) -> dict[str, HotlineError]:
    """Count a batch of endings, each once by its event id, in one transaction.

    Returns:
        Nothing: it counts the batch or raises, and then the whole batch comes back.
    """
    directory = directories.current()
    counted = {
        each.event_id: tuple(counted_of(each.name, each.data, each.occurred_at, directory))
        for each in envelopes
    }
    if counts := {event_id: outcomes for event_id, outcomes in counted.items() if outcomes}:
        tallies.count(counts)
    return {}


def recount(orders: Iterable[Case | SideOrder], directory: Directory) -> dict[Where, Tally]:
    """Count every ended order anew, from the closing events that they keep."""
    counted: dict[Where, Tally] = {}
    for order in orders:
        for event in order.events:
            for outcome in counted_of(event.name, event.facts, event.at, directory):
                where = (outcome.month, outcome.district, outcome.agency_id)
                counted[where] = counted.get(where, Tally()).add(outcome)
    return counted


class AgencyScore(Frozen):
    """An agency's month."""

    agency_id: str
    name_zh: str
    name_en: str
    scorecard: Scorecard


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

    ``conclusions`` are no agency's and in no sum; they are shown with the city-wide agencies.
    """

    month: str
    district: str
    agencies: tuple[AgencyScore, ...]
    total: Scorecard
    conclusions: tuple[ConclusionCount, ...] = ()


def read_scores(month: str, district: str, *, tallies: Tallies, directories: Directories) -> MonthScores:
    """The scorecards of a month by the formula in force (条例 Art 32)."""
    directory = directories.current()
    counted = tallies.of_month(month, district)
    found = {who: tally for who, tally in counted.items() if not who.startswith(NOBODYS)}
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
        conclusions=tuple(
            _conclusion_count(conclusion, counted[f"{NOBODYS}{conclusion}"])
            for conclusion in CONCLUDED
            if f"{NOBODYS}{conclusion}" in counted
        ),
    )


def _conclusion_count(conclusion: str, tally: Tally) -> ConclusionCount:
    return ConclusionCount(
        conclusion=conclusion,
        name_zh=CONCLUDED[conclusion].zh,
        name_en=CONCLUDED[conclusion].en,
        told=tally.closed,
        accepted=tally.resolved,
        contested=tally.reopened,
        unanswered=tally.closed - tally.answered,
    )


def _names(agency_id: str, directory: Directory) -> Mapping[str, str]:
    agency = directory.agencies.get(agency_id)
    return {
        "name_zh": agency.name_zh if agency else agency_id,
        "name_en": agency.name_en if agency else agency_id,
    }
