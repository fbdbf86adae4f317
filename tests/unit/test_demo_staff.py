"""Operators, adjudicators and supervisors: what each makes of what waits for a decision."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.conclusions import Conclude
from hotline.use_cases.adjudicate_return import Adjudicate
from infrastructure.demo import staff
from infrastructure.demo.habits import Desk, Entry, Plan, Verdict
from infrastructure.demo.journal import Journal
from infrastructure.demo.staff import (
    RELEASED,
    VERDICTS,
    Adjudicators,
    Operators,
    Supervisors,
    conclusions,
    decision_for,
)
from tests.unit.builders_demo import (
    BUS,
    DISTRICT,
    NUMBER,
    OTHER,
    SUBDISTRICT,
    TAX,
    FixedScript,
    Office,
    order,
)

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the rules."""
    monkeypatch.setattr(staff, "FOR_THE_RULES_S", 0.0)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "run.sqlite")


def item(number: str = NUMBER, status: str = "registered", due_at: str = "2026-03-03T00:00:00Z") -> Json:
    return {"appeal_id": number, "status": status, "due_at": due_at}


def desk(journal: Journal, plan: Plan, *waiting: Json) -> tuple[Operators, Office]:
    office = Office(FixedScript({1: plan}), journal)
    office.hotline.waiting = list(waiting or [item()])
    operators = Operators(office.hotline, office.rounds, office.script, office.casework, [BUS, TAX])  # type: ignore[arg-type]
    return operators, office


def test_an_operator_follows_the_rules_then_the_place_then_a_lot() -> None:
    districts = ["110101", "110105"]
    services = [{"service_code": "road.damage"}, {"service_code": "road.works"}]
    assert decision_for({"agency_id": "bus"}, districts, 0) == {"agency_id": "bus"}
    assert decision_for({"services": services, "places": ["110105004", "110105"]}, districts, 0) == {
        "agency_id": "110105004",
        "service_code": "road.damage",
        "subdistrict": "110105004",
    }
    assert decision_for({"services": [], "places": []}, districts, 1) == {
        "agency_id": "110105",
        "district": "110105",
    }


def test_what_waits_is_dispatched_under_a_key_of_its_limit(journal: Journal) -> None:
    operators, office = desk(journal, Plan())
    assert operators.work() == 1
    decision = {"agency_id": SUBDISTRICT, "subdistrict": SUBDISTRICT}
    key = f"demo-{NUMBER}-2026-03-03T00:00:00Z"
    assert office.hotline.commands == [("operator", "dispatch", NUMBER, decision, key)]


def test_a_new_appeal_is_left_to_the_rules_for_a_while(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "FOR_THE_RULES_S", 60.0)
    operators, office = desk(journal, Plan())
    assert operators.work() == 0
    assert office.hotline.commands == []


def test_what_the_hotline_does_not_take_is_left_to_real_operators(journal: Journal) -> None:
    operators, office = desk(journal, Plan())
    office.hotline.answers["dispatch"] = 409
    operators.work()
    assert operators.work() == 1
    office.hotline.answers["dispatch"] = 400
    operators.work()
    assert operators.work() == 0


def test_of_a_confidential_report_the_agency_gets_the_operators_words(journal: Journal) -> None:
    operators, office = desk(journal, Plan(Entry.CONFIDENTIAL))
    operators.work()
    assert office.hotline.given() == [("operator", "reveal"), ("operator", "dispatch")]
    assert office.hotline.commands[0][3]["reason"]
    assert office.hotline.commands[1][3]["released_text"] == RELEASED


def test_some_are_concluded_and_dispatched_when_the_citizen_does_not_accept_that(journal: Journal) -> None:
    operators, office = desk(journal, Plan(desk=Desk.CONCLUDE))
    office.hotline.orders[NUMBER] = order("registered", "DispatchReferred")
    operators.work()
    assert office.hotline.given() == [("operator", "conclude")]
    contested = ("DispatchReferred", "AppealConcluded", "SurveyOpened", "ConclusionContested")
    office.hotline.orders[NUMBER] = order("registered", *contested)
    operators.work()
    assert office.hotline.given() == [("operator", "conclude"), ("operator", "dispatch")]


def test_hard_cases_are_discussed_and_dispatched_with_reasons(journal: Journal) -> None:
    operators, office = desk(journal, Plan(desk=Desk.CONSULT))
    operators.work()
    assert office.hotline.given() == [("operator", "consult")]
    asked = office.hotline.commands[0][3]["agency_ids"]
    assert len(asked) == 2
    assert asked[0] == SUBDISTRICT
    assert operators.work() == 0


@pytest.mark.parametrize(
    ("statuses", "patience_s", "given"),
    [
        (("asked", "done"), 60.0, []),
        (("done", "done"), 60.0, [("operator", "dispatch")]),
        (("asked", "done"), 0.0, [("operator", "dispatch")]),
    ],
)
def test_opinions_are_waited_for_but_not_without_end(
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    statuses: tuple[str, ...],
    patience_s: float,
    given: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr(staff, "FOR_OPINIONS_S", patience_s)
    operators, office = desk(journal, Plan(desk=Desk.CONSULT))
    office.hotline.candidate["opinions"] = [{"status": each, "agency_id": BUS} for each in statuses]
    operators.work()
    assert office.hotline.given() == given
    assert all(body["reasons"] for *_, body, _ in office.hotline.commands)


def test_operators_leave_returned_orders_and_undecided_repeats_alone(journal: Journal) -> None:
    operators, office = desk(journal, Plan(Entry.REPEAT), item(), item(OTHER, "returned"))
    assert operators.work() == 0
    assert operators.sees_returns
    assert office.hotline.commands == []


def test_every_conclusion_is_one_that_the_hotline_takes() -> None:
    outcomes = [Conclude.model_validate(each).root.outcome for each in conclusions(datetime.now(UTC))]
    assert len(set(outcomes)) == 6


@pytest.mark.parametrize("verdict", VERDICTS)
def test_an_adjudicator_decides_as_planned(journal: Journal, verdict: Verdict) -> None:
    office = Office(FixedScript({1: Plan(verdict=verdict)}), journal)
    office.hotline.waiting = [item(status="returned")]
    office.hotline.orders[NUMBER] = order("returned", copy_to=DISTRICT)
    assert Adjudicators(office.hotline, office.rounds, office.script).work() == 1  # type: ignore[arg-type]
    ((role, command, _, body, _),) = office.hotline.commands
    assert (role, command) == ("adjudicator", "adjudicate")
    taken = Adjudicate.model_validate(body)
    assert (taken.verdict, taken.agency_id) == (verdict, None if verdict == "uphold" else DISTRICT)


def test_a_returned_order_without_a_supervising_district_goes_to_another_agency(journal: Journal) -> None:
    office = Office(FixedScript({}), journal)
    office.hotline.waiting = [item(status="returned")]
    office.hotline.orders[NUMBER] = order("returned", agency_id=DISTRICT)
    Adjudicators(office.hotline, office.rounds, office.script).work()  # type: ignore[arg-type]
    assert office.hotline.commands[0][3]["agency_id"] == "110105"


def test_what_has_been_decided_meanwhile_is_not_decided_again(journal: Journal) -> None:
    office = Office(FixedScript({}), journal)
    office.hotline.waiting = [item(status="returned")]
    office.hotline.orders[NUMBER] = order("dispatched")
    Adjudicators(office.hotline, office.rounds, office.script).work()  # type: ignore[arg-type]
    assert office.hotline.commands == []


@pytest.mark.parametrize("refused", [True, False])
def test_a_supervisor_grants_or_refuses_the_demos_own_requests(journal: Journal, refused: bool) -> None:
    office = Office(FixedScript({1: Plan(refused=refused)}), journal)
    own = {"work_order_id": f"{NUMBER}.2", "appeal_id": NUMBER}
    strange = {"work_order_id": "somebody else's.2", "appeal_id": "somebody else's"}
    office.hotline.open_requests["110101"] = [own, strange]
    supervisors = Supervisors(office.hotline, office.script, office.casework)  # type: ignore[arg-type]
    assert supervisors.work() == 0
    office.casework.requests[NUMBER] = "110101"
    assert supervisors.work() == 1
    ((order_id, decision),) = office.hotline.decided
    assert (order_id, decision["granted"]) == (f"{NUMBER}.2", not refused)
