"""A published month never changes; what is corrected appears as a dated revision with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotline.domain.directory import Directory
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.outcomes import CITY_WIDE
from hotline.domain.publication import MonthNotOver, NothingToRevise, Publication
from hotline.domain.tallies import Counts, Where
from hotline.use_cases.public_scorecards import public_month
from hotline.use_cases.publish_month import publish_last_month, publish_month
from hotline.use_cases.read_scorecards import Scorecards
from tests.unit.builders_directory import EAST, RIVERSIDE, FixedDirectory, tiny_parts
from tests.unit.fakes import MemoryPublications, MemoryTallies

MONTH = "202603"
MAY = datetime(2026, 5, 7, 20, tzinfo=UTC)
APRIL = datetime(2026, 4, 7, 20, tzinfo=UTC)


def directory(**core: Any) -> Directory:
    """The tiny city with groups of like agencies."""
    parts = tiny_parts()
    groups = {"street": ("街道", "Streets"), "utility": ("企业", "Utilities")}
    parts["core"]["score_groups"] = [
        {"score_group": group, "name_zh": zh, "name_en": en} for group, (zh, en) in groups.items()
    ]
    parts["core"] |= core
    for row in parts["agencies"]:
        row["score_group"] = {"subdistrict": "street", "utility": "utility"}.get(row["level"])
    return Directory("tiny-2", parts.__getitem__)


def counts(closed: int, resolved: int, **others: int) -> Counts:
    return Counts(
        **{
            "closed": closed,
            "answered": closed,
            "contacted_in_time": closed,
            "resolved": resolved,
            "satisfied": resolved,
            **others,
        }
    )


class Office:
    """Publishes, with everything that it needs."""

    def __init__(self) -> None:
        self.tallies = MemoryTallies()
        self.publications = MemoryPublications()
        self.directory = directory()
        self.now = APRIL
        self.tallies.tallies = {
            (MONTH, EAST, RIVERSIDE): counts(50, 45, excluded=2),
            (MONTH, CITY_WIDE, "waterworks"): counts(12, 9),
            (MONTH, CITY_WIDE, "lamp-office"): counts(80, 60),
            (MONTH, CITY_WIDE, "~legal_route"): Counts(closed=3, unanswered=3),
        }

    def publish(self, month: str = MONTH, reason: str | None = None) -> Publication:
        return publish_month(
            month,
            reason=reason,
            tallies=self.tallies,
            publications=self.publications,
            copies=self.publications,
            directories=FixedDirectory(self.directory),
            now=self.now,
        )

    def add(self, where: Where, **added: int) -> None:
        self.tallies.tallies[where] = self.tallies.tallies[where].plus(Counts(**added))

    @property
    def scorecards(self) -> Scorecards:
        return Scorecards(self.tallies, self.publications, FixedDirectory(self.directory))


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_publication_holds_all_that_its_figures_rest_on(office: Office) -> None:
    published = office.publish()
    assert (published.month, published.revision, published.published_at) == (MONTH, 1, APRIL)
    assert (published.reason, published.changed, published.previous) == (None, (), None)
    assert (published.directory_version, published.formula.version) == ("tiny-2", "formula-1")
    assert published.exclusions == 2
    assert [(each.agency_id, each.group, each.band) for each in published.agencies] == [
        (RIVERSIDE, "street", "typical"),
        ("lamp-office", None, None),
        ("waterworks", "utility", "not_enough_cases"),
    ]
    assert published.city.tally.closed == 142
    assert published.districts[EAST].tally == published.agencies[0].scorecard.tally
    assert published.conclusions["legal_route"].closed == 3
    assert office.publications.copies == {(MONTH, 1): published}


def test_what_is_counted_later_does_not_change_it(office: Office) -> None:
    published = office.publish()
    office.add((MONTH, EAST, RIVERSIDE), closed=1, answered=1)
    office.directory = directory(formulas=[{"version": "formula-9", "response_weight": "7"}])
    assert office.publish() == published
    assert office.scorecards.of_month(MONTH, EAST).total.tally.closed == 50
    assert office.scorecards.of_month(MONTH, EAST, live=True).total.tally.closed == 51


def test_a_revision_has_a_date_a_reason_and_those_whose_counts_changed(office: Office) -> None:
    first = office.publish()
    office.add((MONTH, EAST, RIVERSIDE), satisfied=1)
    office.tallies.tallies[MONTH, EAST, "990101002"] = counts(31, 31)
    office.directory = directory(formulas=[{"version": "formula-9", "response_weight": "7"}])
    office.now = MAY
    second = office.publish(reason="一名市民更改了答复")
    assert (second.revision, second.published_at, second.reason) == (2, MAY, "一名市民更改了答复")
    assert second.changed == (RIVERSIDE, "990101002")
    assert (second.formula, second.previous) == (first.formula, first.digest)
    assert {each.scorecard.formula_version for each in second.agencies} == {"formula-1"}
    revisions = office.scorecards.revisions(MONTH).revisions
    assert [(each.revision, each.changed, each.digest) for each in revisions] == [
        (1, (), first.digest),
        (2, second.changed, second.digest),
    ]
    assert office.publications.copies == {(MONTH, 1): first, (MONTH, 2): second}
    assert (
        office.scorecards.of_month(MONTH, EAST).edition
        == office.scorecards.of_agency(MONTH, RIVERSIDE).edition
    )


def test_a_revision_without_a_change_or_without_a_real_reason_is_refused(office: Office) -> None:
    office.publish()
    with pytest.raises(NothingToRevise):
        office.publish(reason="again")
    for reason in ("", "   ", "x" * 501):
        with pytest.raises(InvalidInput):
            office.publish(reason=reason)
    assert len(office.publications.revisions[MONTH]) == 1


def test_a_month_that_is_not_over_in_the_city_is_not_published(office: Office) -> None:
    office.now = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)
    with pytest.raises(MonthNotOver):
        office.publish()
    office.now += timedelta(minutes=1)
    assert office.publish().revision == 1


def test_the_schedule_publishes_the_month_before_and_then_leaves_it(office: Office) -> None:
    for _ in range(2):
        published = publish_last_month(
            tallies=office.tallies,
            publications=office.publications,
            copies=office.publications,
            directories=FixedDirectory(office.directory),
            now=office.now,
        )
    assert (published.month, published.revision) == (MONTH, 1)


def test_who_is_interrupted_before_the_copy_is_helped_by_doing_it_again(office: Office) -> None:
    published = office.publish()
    office.publications.copies.clear()
    office.publish()
    assert office.publications.copies == {(MONTH, 1): published}


def test_of_two_who_publish_at_once_one_does_and_both_know_the_same(office: Office) -> None:
    other = Office()
    other.publications = office.publications
    other.now = APRIL + timedelta(seconds=1)
    office.publications.before_publish = other.publish
    assert office.publish().published_at == other.now
    assert len(office.publications.revisions[MONTH]) == 1


def test_whoever_changes_a_figure_breaks_the_digest(office: Office) -> None:
    published = office.publish()
    assert published.digest_now() == published.digest
    forged = json.loads(published.model_dump_json())
    forged["agencies"][0]["scorecard"]["tally"]["satisfied"] += 1
    assert Publication.model_validate(forged).digest_now() != published.digest


def test_publishing_the_same_counts_gives_the_same_bits() -> None:
    assert Office().publish() == Office().publish()


# --- reading --------------------------------------------------------------------------------------


def test_a_month_that_is_not_published_is_shown_as_it_is_counted(office: Office) -> None:
    shown = office.scorecards.of_month(MONTH, CITY_WIDE)
    assert shown.edition is None
    assert [each.told for each in shown.conclusions] == [3]
    published = office.publish()
    frozen = office.scorecards.of_month(MONTH, CITY_WIDE)
    assert frozen.model_copy(update={"edition": None}) == shown
    assert frozen.edition is not None
    assert frozen.edition.published_at == published.published_at


def test_the_league_before_publication_is_the_one_that_is_published(office: Office) -> None:
    before = office.scorecards.league(MONTH, None, APRIL)
    office.publish()
    after = office.scorecards.league(MONTH, None, APRIL)
    assert before == after.model_copy(update={"edition": None})
    assert [group.group for group in after.groups] == ["street", "utility"]
    (only,) = office.scorecards.league(MONTH, "utility", APRIL).groups
    assert only.agencies[0].band == "not_enough_cases"
    with pytest.raises(NotFound):
        office.scorecards.league(MONTH, "theatre", APRIL)


def test_the_public_sees_nothing_of_a_month_before_it_is_published(office: Office) -> None:
    with pytest.raises(NotFound):
        public_month(MONTH, office.publications)
    with pytest.raises(NotFound):
        office.scorecards.revisions(MONTH)


def test_the_public_sees_rates_and_exclusions_but_no_figure_that_rests_on_few(office: Office) -> None:
    office.publish()
    shown = public_month(MONTH, office.publications)
    street, utility = shown.groups
    (agency,) = street.agencies
    assert shown.exclusions == agency.excluded == 2
    assert agency.rates.resolution is not None
    assert (agency.rates.resolution.percent, agency.band) == (90.0, "typical")
    (few,) = utility.agencies
    assert few.band == "not_enough_cases"
    assert few.rates.model_dump(exclude_none=True) == {}
    assert utility.rates.model_dump(exclude_none=True) == {}
    assert "lamp-office" not in shown.model_dump_json()


def test_of_an_agency_that_is_not_compared_no_rate_is_shown_however_many_cases_it_had(office: Office) -> None:
    office.tallies.tallies[MONTH, EAST, RIVERSIDE] = counts(400, 5, answered=9, unanswered=391)
    office.publish()
    (agency,) = public_month(MONTH, office.publications).groups[0].agencies
    assert (agency.band, agency.rates.model_dump(exclude_none=True)) == ("not_enough_cases", {})


def test_a_rate_over_few_answers_is_hidden_and_the_composite_that_would_tell_it(office: Office) -> None:
    office.tallies.tallies[MONTH, EAST, RIVERSIDE] = counts(400, 5, answered=9, unanswered=391)
    open_to_few = [{"version": "f", "min_cases": 0, "resolution_weight": 0, "widest_interval": 100}]
    office.directory = directory(formulas=open_to_few)
    office.publish()
    (agency,) = public_month(MONTH, office.publications).groups[0].agencies
    assert agency.band == "typical"
    assert set(agency.rates.model_dump(exclude_none=True)) == {"response", "survey_coverage"}
