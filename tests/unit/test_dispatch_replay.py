"""A changed duty catalogue decides again what was decided, by what was known then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.use_cases.dispatch_by_operator import DispatchByOperator, dispatch_by_operator
from infrastructure.ops.dispatch_replay import Compared, Comparison, Decided, Skipped, replay
from tests.unit.builders import OPERATOR, RETURN, Hotline, Life, appeal
from tests.unit.builders_directory import EAST, RIVERSIDE, duty_rule, tiny_directory, tiny_parts

VAGUE = {"text": "我有一件事想反映", "service_code": None, "place": None}


def changed(*rules: dict[str, Any], without: str | None = None) -> Directory:
    """The tiny city with other rules of duty."""
    parts = tiny_parts()
    kept = [rule for rule in parts["duty"]["rules"] if rule["rule_id"] != without]
    parts["duty"]["rules"] = [*kept, *rules]
    return tiny_directory(parts)


NOISE_TO_LAMPS = changed(duty_rule("new/noise", "street.noise", "*", "lamp-office"))


class Past:
    """A hotline whose appeals are decided again."""

    def __init__(self) -> None:
        self.hotline = Hotline()

    def decided(self, **changes: Any) -> str:
        """The id of an appeal that the rules have decided or referred."""
        return self.hotline.dispatched(appeal(**changes))

    def by_hand(self, appeal_id: str, agency_id: str = RIVERSIDE, **choice: Any) -> None:
        dispatch_by_operator(
            appeal_id,
            DispatchByOperator(agency_id=agency_id, **choice),
            by=OPERATOR,
            command_id=f"op-{agency_id}",
            expected_version=None,
            cases=self.hotline.cases,
            words=self.hotline.words,
            directories=self.hotline.directories,
            now=self.hotline.clock,
        )

    def replayed(
        self, appeal_id: str, directory: Directory, on: date | None = None, *, erased: bool = False
    ) -> Compared | Skipped:
        case: Case = self.hotline.case(appeal_id)
        words = None if erased else self.hotline.words.words(appeal_id)
        return replay(case, case.events, words, directory, on)

    def compared(self, appeal_id: str, directory: Directory, on: date | None = None) -> Compared:
        found = self.replayed(appeal_id, directory, on)
        assert isinstance(found, Compared)
        return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"service_code": None, "place": None, "text": "河边街道 3 号楼的路灯不亮"},
        {"service_code": None, "place": {"district": EAST}, "text": "家里停水"},
        {"place": {"district": EAST, "address_text": "中山街道 5 号"}},
        {"service_code": "other"},
        VAGUE,
    ],
    ids=str,
)
def test_the_same_directory_decides_the_same(changes: dict[str, Any]) -> None:
    past = Past()
    found = past.compared(past.decided(**changes), tiny_directory())
    assert (found.verdict, found.before) == ("same", found.after)


def test_another_rule_gives_it_to_another_agency() -> None:
    past = Past()
    found = past.compared(past.decided(), NOISE_TO_LAMPS)
    assert found.verdict == "other agency"
    assert (found.before, found.after) == (
        Decided(RIVERSIDE, "city/street"),
        Decided("lamp-office", "new/noise"),
    )


def test_the_same_agency_by_another_rule_is_the_same() -> None:
    past = Past()
    found = past.compared(
        past.decided(), changed(duty_rule("new/noise", "street.noise", "*", "{subdistrict}"))
    )
    assert (found.verdict, found.after.rule) == ("same", "new/noise")
    assert Comparison([found]).rules == {("city/street", "new/noise"): 1}


def test_what_was_referred_can_be_decided_and_the_other_way_round() -> None:
    past = Past()
    anywhere = {"service_code": "street.noise", "place": None, "text": "太吵了"}
    referred, decided = past.decided(**anywhere), past.decided(**{**anywhere, "service_code": "water.outage"})
    now_decided = past.compared(referred, NOISE_TO_LAMPS)
    assert now_decided.verdict == "now decided"
    assert now_decided.before.rule == "referred: place-unknown"
    now_referred = past.compared(decided, changed(without="city/water"))
    assert now_referred.verdict == "now referred"
    assert now_referred.after.rule == "referred: no-duty-rule, place-unknown"


def test_what_operators_found_out_later_is_not_held_against_the_rules() -> None:
    past = Past()
    appeal_id = past.decided(**VAGUE)
    past.by_hand(appeal_id, service_code="street.noise", subdistrict=RIVERSIDE)
    found = past.compared(appeal_id, NOISE_TO_LAMPS)
    assert found.verdict == "same"
    assert found.before.agency_id is found.after.agency_id is None
    assert found.ended_at == RIVERSIDE


def test_a_service_that_was_corrected_after_a_return_is_replayed_as_it_was_given() -> None:
    past = Past()
    appeal_id = past.decided()
    past.hotline.act(appeal_id, RETURN)
    past.by_hand(appeal_id, "waterworks", service_code="water.outage")
    found = past.compared(appeal_id, NOISE_TO_LAMPS)
    assert (found.before.agency_id, found.after.agency_id) == (RIVERSIDE, "lamp-office")
    assert found.ended_at == "waterworks"


def test_a_rule_counts_from_its_first_day_or_as_of_a_day_that_is_asked_for() -> None:
    past = Past()
    later = changed(duty_rule("new/noise", "street.noise", "*", "lamp-office", since="2026-04-01"))
    appeal_id = past.decided()
    assert past.compared(appeal_id, later).verdict == "same"
    assert past.compared(appeal_id, later, on=date(2026, 4, 1)).verdict == "other agency"


def test_what_the_rules_did_not_decide_is_left_out_and_counted() -> None:
    past = Past()
    confidential = past.hotline.dispatched(appeal(type="report", confidential=True, contact=None))
    waiting, decided = past.hotline.registered(), past.decided()
    found = Comparison(
        [
            past.replayed(confidential, NOISE_TO_LAMPS),
            past.replayed(waiting, NOISE_TO_LAMPS),
            past.replayed(decided, NOISE_TO_LAMPS, erased=True),
        ]
    )
    assert found.skipped == {"confidential": 1, "not decided by rules": 1, "words erased": 1}
    assert found.compared == 0


def test_an_appeal_beyond_a_contacts_daily_share_was_no_decision_of_the_rules() -> None:
    life = Life()
    life.case.refer(["quota"], [], at=life.now, command_id="refer")
    assert replay(life.case, life.case.events, Words(text="停水"), tiny_directory()) == "not decided by rules"


def test_a_comparison_sums_up_by_rule_and_agency_and_by_how_it_ended() -> None:
    past = Past()
    moved, corrected, still = (
        past.decided(),
        past.decided(text="半夜装修"),
        past.decided(service_code="water.outage"),
    )
    past.hotline.act(corrected, RETURN)
    past.by_hand(corrected, "lamp-office")
    found = Comparison(past.replayed(each, NOISE_TO_LAMPS) for each in (moved, corrected, still))
    assert found.verdicts == {"other agency": 2, "same": 1}
    assert found.rules == {("city/street", "new/noise"): 2}
    assert found.agencies() == [(RIVERSIDE, 0, 2), ("lamp-office", 2, 0)]
    assert [each.appeal_id for each in found.differing] == sorted([moved, corrected])
    assert (found.settled, found.settled_before, found.settled_after) == (3, 2, 2)
