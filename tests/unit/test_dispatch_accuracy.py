"""派单准确率: every dispatch is one trial, and its objection decides whether it was right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.actor import Actor, Role
from hotline.domain.dispatch_accuracy import (
    Accuracy,
    Decision,
    by_agency,
    by_day,
    by_operator,
    by_rule,
    count,
    decisions,
)
from tests.unit.builders import AGENCY, JUDGE, NOON, OPERATOR, Life, assignment

OTHER = "lamp-office"


def returned() -> Life:
    return Life().dispatched().returned()


def again(agency_id: str, by: Actor = JUDGE, **changes: Any) -> dict[str, Any]:
    rule_id = by.role.value
    return {"given": assignment(agency_id, rule_id=rule_id, decided_by=rule_id, **changes), "by": by}


def fates(life: Life) -> list[tuple[str, bool, str | None, str | None]]:
    found = decisions(life.case.events)
    return [(each.agency_id, each.returned, each.fate, each.given_to) for each in found]


def test_a_dispatch_that_nobody_contests_stands() -> None:
    assert fates(Life().dispatched().acknowledged()) == [(AGENCY, False, None, None)]


def test_an_objection_that_is_undecided_counts_as_returned_only() -> None:
    assert fates(returned()) == [(AGENCY, True, None, None)]


def test_a_redirect_is_held_against_the_dispatch_before_it() -> None:
    life = returned().dispatched(**again(OTHER, verdict="redirect"))
    assert fates(life) == [(AGENCY, True, "redirected", OTHER), (OTHER, False, None, None)]
    assert [each.rule_id for each in decisions(life.case.events)] == ["city/street", "adjudicator"]


def test_an_unfounded_objection_leaves_the_dispatch_right() -> None:
    assert fates(returned().upheld()) == [(AGENCY, True, "upheld", None)]


def test_a_designation_settles_an_unclear_duty_and_is_nobodys_mistake() -> None:
    life = returned().dispatched(**again(OTHER, verdict="designate"))
    assert fates(life)[0] == (AGENCY, True, "designated", OTHER)


def test_an_operator_who_sends_it_back_to_the_same_agency_upholds() -> None:
    life = returned().dispatched(**again(AGENCY, by=OPERATOR))
    assert fates(life) == [(AGENCY, True, "upheld", None), (AGENCY, False, None, None)]


def test_every_dispatch_in_a_chain_of_objections_has_its_own_fate() -> None:
    life = returned().dispatched(**again(OTHER, by=OPERATOR))
    life.returned(by=Actor(role=Role.AGENCY, agency_id=OTHER)).upheld()
    counted = count(decisions(life.case.events), by_rule)
    assert counted == {
        "city/street": Accuracy(dispatched=1, returned=1, redirected=1),
        "operator": Accuracy(dispatched=1, returned=1, upheld=1),
    }


def test_people_are_counted_by_who_they_are_and_rules_are_no_people() -> None:
    life = returned().dispatched(**again(OTHER, by=OPERATOR))
    assert count(decisions(life.case.events), by_operator) == {"operator:op-7": Accuracy(dispatched=1)}
    assert set(count(decisions(life.case.events), by_agency)) == {AGENCY, OTHER}


def test_a_day_ends_at_midnight_in_the_city() -> None:
    decision = Decision(agency_id=AGENCY, rule_id="r", actor="system", at=NOON.replace(hour=16))
    assert by_day("Asia/Shanghai")(decision) == "2026-03-07"


def test_accuracy_is_the_share_that_was_not_redirected_and_says_how_sure_it_is() -> None:
    counts = Accuracy(dispatched=10, returned=4, redirected=2, upheld=1, designated=1)
    assert counts.accuracy is not None
    assert str(counts.accuracy.percent) == "80.00"
    assert counts.interval == pytest.approx((0.4902, 0.9433), abs=5e-5)
    assert Accuracy().accuracy is None


@given(st.lists(st.sampled_from([None, "redirected", "upheld", "designated"]), max_size=40))
def test_counts_are_sums_whatever_the_order(found: list[Any]) -> None:
    made = [
        Decision(agency_id="a", rule_id="r", actor="system", at=NOON, returned=fate is not None, fate=fate)
        for fate in found
    ]
    assert count(made, by_rule) == count(reversed(made), by_rule)
    for counts in count(made, by_rule).values():
        assert counts.redirected + counts.upheld + counts.designated == counts.returned
        assert counts.dispatched == len(found)
