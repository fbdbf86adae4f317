"""The figures of a month's bulletin, gathered once and then told in each language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from hotline.domain.directory import Directory
from hotline.domain.outcomes import district_of_agency
from hotline.domain.publication import Publication, first_edition
from hotline.domain.scoring import Formula, Scorecard, score
from hotline.domain.tallies import Tally
from hotline.use_cases.public_scorecards import PublicMonth, seen_by_everybody
from infrastructure.reports.making import Reporter, Row, counts_of, percent
from infrastructure.reports.scope import Scope

MONTHS = 12
TOP = 10
QUESTIONS = (
    "tallies",
    "views",
    "exclusions",
    "reviews",
    "overdue",
    "lateness",
    "returns",
    "coverage",
    "durations",
    "verification",
    "calls",
    "channels",
    "conclusions",
)
"""What is asked about the month; then come its months before, its services and those of the month before."""


class Month(NamedTuple):
    """A month of the trend."""

    month: str
    row: Row
    card: Scorecard


class Service(NamedTuple):
    """A service with its appeals of the month, and of the month before."""

    code: str
    registered: int
    before: int
    share: float | None


class Bulletin(NamedTuple):
    """Everything that a bulletin says.

    Attributes:
        publication: the scorecards of the month: as they were published, or as if they were today.
        is_published: which of both.
        league: what of them everybody may see.
        trend: the months up to this one as they are counted today.
        answers: by question, as the lake gave them.
    """

    month: str
    as_of: date
    publication: Publication
    is_published: bool
    league: PublicMonth
    trend: tuple[Month, ...]
    services: tuple[Service, ...]
    answers: Mapping[str, Sequence[Row]]

    @property
    def city(self) -> Row:
        """What came in and went out in the city; empty when nothing did."""
        return next(iter(_of_city(self.answers["views"])), {})

    @property
    def formula_is_ours(self) -> bool:
        """Whether the city has left the formula as it came."""
        formula = self.publication.formula
        return formula == Formula(version=formula.version, effective_from=formula.effective_from)


def gather(
    reporter: Reporter, scope: Scope, published: Publication | None, progress: Callable[[int, int], None]
) -> Bulletin:
    """Ask everything that a bulletin of the scope's month says.

    Args:
        published: the month as it was published; None when it was not, and is counted as it stands today.
    """
    steps = len(QUESTIONS) + 3
    scope = scope._replace(worst=TOP)
    answers = {}
    for done, question in enumerate(QUESTIONS):
        progress(done, steps)
        answers[question] = reporter.rows(question, scope, by="month")
    progress(steps - 3, steps)
    months = _of_city(reporter.rows("views", scope.back(MONTHS), by="month"))
    progress(steps - 2, steps)
    services = _services(reporter, scope)
    progress(steps, steps)
    publication = published or as_if_published(reporter, scope, answers["tallies"])
    return Bulletin(
        month=scope.month,
        as_of=scope.as_of,
        publication=publication,
        is_published=published is not None,
        league=seen_by_everybody(publication),
        trend=tuple(
            Month(row["bucket"], row, card_of(row, reporter.directory.formula_for(row["bucket"])))
            for row in months
        ),
        services=services,
        answers=answers,
    )


def card_of(row: Row, formula: Formula) -> Scorecard:
    """The scorecard of a row's counts."""
    return score(counts_of(row).settled(), formula)


def counted_by(rows: Iterable[Row], directory: Directory) -> dict[str, dict[str, Tally]]:
    """The tallies of one month by district and agency, from the answer to ``tallies``."""
    found: dict[str, dict[str, Tally]] = {}
    for row in rows:
        agency_id = row["agency_id"]
        district = district_of_agency(agency_id, directory)
        found.setdefault(district, {})[agency_id] = counts_of(row).settled()
    return found


def as_if_published(reporter: Reporter, scope: Scope, rows: Iterable[Row]) -> Publication:
    """The scope's month as it would be published today, from the answer to ``tallies``."""
    directory = reporter.directory
    return first_edition(scope.month, counted_by(rows, directory), directory, scope.now)


def _services(reporter: Reporter, scope: Scope) -> tuple[Service, ...]:
    now = _registered(reporter.rows("views", scope, by="service"))
    last_month = scope.back(2)
    before = _registered(reporter.rows("views", last_month._replace(last=_day_before(scope)), by="service"))
    total = sum(now.values())
    top = sorted(now.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return tuple(Service(code, many, before.get(code, 0), percent(many, total)) for code, many in top if many)


def _day_before(scope: Scope) -> date:
    return date.fromordinal(scope.first.toordinal() - 1)


def _registered(rows: Iterable[Row]) -> dict[str, int]:
    return {row["bucket"] or "": row["registered"] for row in _of_city(rows)}


def _of_city(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["level"] == "city"]
