"""派: an adjudicator upholds, redirects or designates; the reasons are kept (条例 Art 12)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import Forbidden, InvalidInput, TransitionNotAllowed
from hotline.domain.lifecycle import Status
from hotline.use_cases.adjudicate_return import Adjudicate, list_disputes
from tests.unit.builders import AGENCY, OPERATOR, RETURN, Hotline
from tests.unit.builders_desk import adjudicated, decided, referred
from tests.unit.builders_directory import EAST_ZHONGSHAN


def returned(hotline: Hotline) -> str:
    appeal_id = hotline.dispatched()
    hotline.act(appeal_id, RETURN)
    return appeal_id


def test_an_upheld_dispatch_stays_where_it_is_and_cannot_come_back_again() -> None:
    hotline = Hotline()
    appeal_id = returned(hotline)
    limit_left = hotline.case(appeal_id).clocks["handling"].remaining
    hotline.clock.pass_(days=2)
    case = adjudicated(hotline, appeal_id, "uphold")
    assert (case.status, case.agency_id, case.designated) == (Status.DISPATCHED, AGENCY, True)
    assert case.clocks["handling"].due_at == hotline.clock() + (limit_left or 0), "no new limit, no lost time"
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, RETURN)


def test_a_redirect_names_whose_dispatch_was_wrong_and_by_which_rule() -> None:
    hotline = Hotline()
    appeal_id = returned(hotline)
    case = adjudicated(hotline, appeal_id, "redirect", agency_id="waterworks", service_code="water.outage")
    facts = case.events[-1].facts
    assert (case.agency_id, case.designated, case.tier) == ("waterworks", False, "urgent")
    assert {name: facts[name] for name in ("verdict", "from", "against", "rule", "by")} == {
        "verdict": "redirect",
        "from": AGENCY,
        "against": "city/street",
        "rule": "adjudicator",
        "by": "adjudicator",
    }


def test_the_reasons_are_kept_as_the_words_of_the_decision() -> None:
    hotline = Hotline()
    for verdict, agency_id in (("uphold", None), ("redirect", EAST_ZHONGSHAN), ("designate", AGENCY)):
        appeal_id = returned(hotline)
        case = adjudicated(hotline, appeal_id, verdict, agency_id=agency_id)
        note = next(
            each for each in hotline.words.notes(appeal_id) if each.note_id == case.events[-1].facts["note"]
        )
        assert (note.text, note.by) == ("职责清楚", "adjudicator:ju-1")


def test_a_designated_agency_cannot_return_the_order_even_if_it_is_the_one_that_did() -> None:
    hotline = Hotline()
    appeal_id = returned(hotline)
    case = adjudicated(hotline, appeal_id, "designate", agency_id=AGENCY)
    assert (case.agency_id, case.designated) == (AGENCY, True)
    with pytest.raises(TransitionNotAllowed):
        hotline.act(appeal_id, RETURN)


def test_a_redirect_cannot_send_it_back_to_whoever_has_returned_it() -> None:
    hotline = Hotline()
    appeal_id = returned(hotline)
    with pytest.raises(InvalidInput):
        adjudicated(hotline, appeal_id, "redirect", agency_id=AGENCY)
    assert hotline.case(appeal_id).status is Status.RETURNED


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "redirect"},
        {"verdict": "designate"},
        {"verdict": "uphold", "agency_id": AGENCY},
        {"verdict": "uphold", "service_code": "street.lamp"},
        {"verdict": "dismiss"},
    ],
    ids=str,
)
def test_a_decision_names_an_agency_exactly_when_it_moves_the_order(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Adjudicate.model_validate({"text": "理由", **body})


def test_only_what_was_returned_is_decided_and_only_by_an_adjudicator() -> None:
    hotline = Hotline()
    admin = Actor(role=Role.ADMIN, subject="ad-1")
    for verdict, agency_id in (("uphold", None), ("designate", AGENCY)):
        with pytest.raises(TransitionNotAllowed):
            adjudicated(hotline, referred(hotline), verdict, by=admin, agency_id=agency_id)
    appeal_id = returned(hotline)
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR):
        with pytest.raises(Forbidden):
            adjudicated(hotline, appeal_id, "uphold", by=Actor(role=role, subject="x"))


def test_an_operator_may_still_redirect_what_came_back() -> None:
    hotline = Hotline()
    case = decided(hotline, returned(hotline), by=OPERATOR, agency_id=EAST_ZHONGSHAN)
    assert case.events[-1].facts["verdict"] == "redirect"


def test_the_list_of_disputes_leaves_out_what_waits_for_its_first_dispatch() -> None:
    hotline = Hotline()
    wanted = []
    for _ in range(3):
        referred(hotline), referred(hotline)
        wanted.append(returned(hotline))
    found, after = [], None
    while True:
        page = list_disputes(2, after, lists=hotline.cases)
        found += [row.order_id for row in page.rows]
        if (after := page.next) is None:
            break
    assert sorted(found) == sorted(wanted)


def test_a_desk_without_disputes_gives_an_empty_list_after_a_bounded_search() -> None:
    hotline = Hotline()
    for _ in range(15):
        referred(hotline)
    page = list_disputes(1, None, lists=hotline.cases)
    assert page.rows == []
    assert page.next is not None, "the rest is for the next page"
