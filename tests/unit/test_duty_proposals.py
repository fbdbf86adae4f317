"""派单目录动态调整: what a redirect proposes, who sees it, and when it amounts to a row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.directory import DutyCatalogue, DutyRule
from hotline.domain.dispatch_accuracy import Decision, decisions
from hotline.domain.duty_proposals import Proposal, in_force, proposal_of
from hotline.domain.events import Envelope
from hotline.use_cases.adjudicate_return import Adjudicate, adjudicate_return
from hotline.use_cases.propose_duties import MonthProposals, propose_duties, read_proposals
from infrastructure.ops.duty_rows import Trial, rows, trials_of, weigh
from tests.unit.builders import JUDGE, NOON, OPERATOR, RETURN, Hotline, Life
from tests.unit.builders_directory import EAST, RIVERSIDE, WEST_ZHONGSHAN, tiny_directory
from tests.unit.fakes import MemoryDutyProposals

TODAY = date(2026, 3, 10)
DIRECTORY = tiny_directory()
FACTS = {
    "service_code": "street.noise",
    "district": EAST,
    "subdistrict": RIVERSIDE,
    "agency": "lamp-office",
    "from": RIVERSIDE,
    "against": "city/street",
    "verdict": "redirect",
}
NOISE = Proposal(against="city/street", service="street.noise", place=RIVERSIDE, agency_id="lamp-office")


def redirect(event_id: str, at: datetime = NOON, **changes: Any) -> Envelope:
    return Envelope(
        event_id=event_id,
        name="WorkOrderRedispatched",
        occurred_at=at,
        correlation_id="X",
        causation_id="c",
        actor="adjudicator:ju-1",
        data={**FACTS, **changes},
    )


class Desk:
    """The consumer and the route over one store."""

    def __init__(self) -> None:
        self.hotline = Hotline()
        self.proposals = MemoryDutyProposals()

    def notes(self, *envelopes: Envelope) -> None:
        failed = propose_duties(envelopes, proposals=self.proposals, directories=self.hotline.directories)
        assert failed == {}

    def reads(self, month: str = "202603", by: Actor = JUDGE, limit: int = 100) -> MonthProposals:
        return read_proposals(
            month,
            limit,
            by=by,
            proposals=self.proposals,
            directories=self.hotline.directories,
            now=self.hotline.clock,
        )


# --- what a redirect proposes ----------------------------------------------------------------------


def test_a_redirect_proposes_service_and_place_for_the_agency_that_got_it() -> None:
    assert proposal_of(FACTS) == NOISE


@pytest.mark.parametrize(
    ("missing", "place"), [((), RIVERSIDE), (("subdistrict",), EAST), (("subdistrict", "district"), "*")]
)
def test_the_place_is_the_narrowest_one_known(missing: tuple[str, ...], place: str) -> None:
    proposal = proposal_of({name: value for name, value in FACTS.items() if name not in missing})
    assert proposal is not None
    assert proposal.place == place


@pytest.mark.parametrize("changes", [{"from": "lamp-office"}, {"against": None}], ids=str)
def test_an_order_that_stays_or_whose_rule_is_forgotten_proposes_nothing(changes: dict[str, Any]) -> None:
    facts = {name: value for name, value in {**FACTS, **changes}.items() if value is not None}
    assert proposal_of(facts) is None


@pytest.mark.parametrize(
    ("service", "place", "agency_id", "already"),
    [
        ("street.noise", RIVERSIDE, "lamp-office", False),
        ("street.noise", RIVERSIDE, RIVERSIDE, True),
        ("street.lamp", RIVERSIDE, "lamp-office", True),
        ("street.noise", EAST, EAST, True),  # the district coordinates
        ("water.outage", "*", "waterworks", True),
        ("water.outage", "nowhere", "waterworks", True),
        ("street.noise", "*", "waterworks", False),
    ],
)
def test_what_the_catalogue_says_already_is_known(
    service: str, place: str, agency_id: str, already: bool
) -> None:
    proposal = Proposal(against="r", service=service, place=place, agency_id=agency_id)
    assert in_force(proposal, DIRECTORY, TODAY) is already


# --- noted as it happens ---------------------------------------------------------------------------


def test_the_real_events_of_an_adjudication_make_a_proposal() -> None:
    desk = Desk()
    appeal_id = desk.hotline.dispatched()
    desk.hotline.act(appeal_id, RETURN)
    adjudicate_return(
        appeal_id,
        Adjudicate(verdict="redirect", agency_id="lamp-office", text="属路灯所"),
        by=JUDGE,
        command_id="judge-1",
        expected_version=None,
        cases=desk.hotline.cases,
        words=desk.hotline.words,
        directories=desk.hotline.directories,
        now=desk.hotline.clock,
    )
    desk.notes(desk.hotline.event(appeal_id, "WorkOrderRedispatched"))
    assert desk.proposals.of_month("202603") == {NOISE: 1}


def test_an_event_counts_once_however_often_it_comes() -> None:
    desk = Desk()
    for _ in range(3):
        desk.notes(redirect("A:4"), redirect("B:4"), redirect("B:4"))
    assert desk.proposals.of_month("202603") == {NOISE: 2}


def test_a_month_is_the_citys() -> None:
    desk = Desk()
    desk.notes(redirect("A:4", at=datetime(2026, 3, 31, 16, tzinfo=UTC)))
    assert (desk.reads("202603").total, desk.reads("202604").total) == (0, 1)


def test_the_best_supported_come_first_and_what_is_left_out_is_counted() -> None:
    desk = Desk()
    desk.notes(redirect("A:4"), redirect("B:4", agency="waterworks"), redirect("C:4", agency="waterworks"))
    month = desk.reads(limit=1)
    assert month.total == 2
    (shown,) = month.proposals
    assert (shown.agency_id, shown.support, shown.in_force) == ("waterworks", 2, False)


def test_a_proposal_that_the_catalogue_has_taken_up_is_marked() -> None:
    desk = Desk()
    desk.notes(redirect("A:4", service_code="street.lamp"))
    assert [each.in_force for each in desk.reads().proposals] == [True]


def test_a_districts_supervisor_sees_the_own_district() -> None:
    desk = Desk()
    desk.notes(
        redirect("A:4"),
        redirect("B:4", subdistrict=WEST_ZHONGSHAN),
        redirect("C:4", subdistrict=None, district=None),
    )
    east = Actor(role=Role.SUPERVISOR, district=EAST)
    assert [each.place for each in desk.reads(by=east).proposals] == [RIVERSIDE]
    assert desk.reads(by=Actor(role=Role.SUPERVISOR)).total == desk.reads(by=OPERATOR).total == 3


# --- rows for duty_rules.csv -----------------------------------------------------------------------


def trials(redirected: int, stood: int = 0, **changes: str) -> list[Trial]:
    proposal = NOISE.model_copy(update=changes)
    kept = proposal.model_copy(update={"agency_id": RIVERSIDE})
    return [Trial(proposal, True)] * redirected + [Trial(kept, False)] * stood


def verdicts(made: list[Trial], **threshold: Any) -> dict[str, str]:
    return {each.proposal.agency_id: each.verdict for each in weigh(made, DIRECTORY, TODAY, **threshold)}


def test_a_proposal_is_weighed_against_everything_that_its_rule_dispatched_there() -> None:
    elsewhere = trials(0, 50, place=WEST_ZHONGSHAN) + trials(0, 50, against="other-rule")
    (weighed,) = weigh(trials(3, 1) + elsewhere, DIRECTORY, TODAY)
    assert (weighed.support, weighed.dispatched, weighed.share, weighed.verdict) == (3, 4, 0.75, "row")


@pytest.mark.parametrize(("redirected", "stood"), [(2, 0), (3, 4)])
def test_few_redirects_are_shown_and_make_no_row(redirected: int, stood: int) -> None:
    assert verdicts(trials(redirected, stood)) == {"lamp-office": "below the threshold"}
    assert verdicts(trials(redirected, stood), min_support=1, min_share=0.1) == {"lamp-office": "row"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"service": "other"}, "nobody could classify it: add keywords"),
        ({"service": "gone"}, "the service is no longer in the directory"),
        ({"place": "990199001"}, "the place is no longer in the directory"),
        ({"agency_id": "gone"}, "the agency is no longer in the directory"),
        ({"service": "street.lamp"}, "the catalogue says so already"),
    ],
)
def test_what_no_row_can_mend_says_why(changes: dict[str, str], why: str) -> None:
    assert list(verdicts(trials(9, **changes)).values()) == [why]


def test_of_two_agencies_for_one_service_and_place_the_better_supported_gets_the_row() -> None:
    made = trials(5) + trials(3, agency_id="waterworks")
    assert verdicts(made, min_share=0) == {
        "lamp-office": "row",
        "waterworks": "another agency has more support",
    }


def test_two_with_the_same_support_are_left_to_people() -> None:
    made = trials(3) + trials(3, agency_id="waterworks")
    assert set(verdicts(made, min_share=0).values()) == {"another agency has the same support: choose one"}


def test_the_same_agency_proposed_against_two_rules_is_one_row_that_wins() -> None:
    weighed = weigh(trials(3) + trials(3, against="operator"), DIRECTORY, TODAY)
    (row,) = rows(weighed, "202603", date(2026, 3, 11))
    assert row.rule_id == f"p202603/{RIVERSIDE}/street.noise"
    older = DutyRule(rule_id="older", service="street.noise", place=RIVERSIDE, agency="waterworks")
    catalogue = DutyCatalogue([*DIRECTORY.duty.rules, older, row])
    noise, places = DIRECTORY.services["street.noise"], (RIVERSIDE, EAST)
    assert catalogue.rule_for(noise, places, date(2026, 3, 11)) is row
    assert catalogue.rule_for(noise, places, date(2026, 3, 10)) is older


def test_votes_are_those_of_the_dispatches_given_with_what_was_settled_in_the_end() -> None:
    case = Life().dispatched().returned().case
    (decision,) = decisions(case.events)
    moved = decision.model_copy(update={"fate": "redirected", "given_to": "lamp-office"})
    basis = {"against": "city/street", "service": "street.lamp", "place": RIVERSIDE}
    assert list(trials_of(case, [decision, moved])) == [
        Trial(Proposal(**basis, agency_id=RIVERSIDE), False),
        Trial(Proposal(**basis, agency_id="lamp-office"), True),
    ]


def test_a_designation_to_the_same_agency_votes_for_nobody_else() -> None:
    stays = Decision(
        agency_id=RIVERSIDE, rule_id="r", actor="system", at=NOON, fate="designated", given_to=RIVERSIDE
    )
    assert [trial.redirected for trial in trials_of(Life().dispatched().case, [stays])] == [False]
