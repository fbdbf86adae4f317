"""Who handles an appeal, and by which rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hotline.domain.classifier import Candidate
from hotline.domain.directory import Directory
from hotline.domain.dispatching import AppealFacts, Dispatch, Referral, decide
from tests.unit.builders_directory import (
    CITY,
    EAST,
    EAST_ZHONGSHAN,
    RIVERSIDE,
    TODAY,
    WEST,
    WEST_ZHONGSHAN,
    beijing,
    duty_rule,
    tiny_directory,
    tiny_parts,
)


def facts(text: str = "噪声太大", **given: Any) -> AppealFacts:
    return AppealFacts(text=text, **{"on": TODAY, **given})


def dispatch(directory: Directory | None = None, **given: Any) -> Dispatch:
    decision = decide(directory or tiny_directory(), facts(**given))
    assert isinstance(decision, Dispatch), decision
    return decision


def refer(directory: Directory | None = None, **given: Any) -> Referral:
    decision = decide(directory or tiny_directory(), facts(**given))
    assert isinstance(decision, Referral), decision
    return decision


def with_rules(*rules: dict[str, Any]) -> Directory:
    parts = tiny_parts()
    parts["duty"]["rules"] += rules
    return tiny_directory(parts)


class FixedGuesses:
    """A classifier that always says the same."""

    name = "fixed-1"

    def __init__(self, *guesses: tuple[str, float]) -> None:
        self._guesses = guesses

    def classify(self, text: str) -> tuple[Candidate, ...]:
        return tuple(Candidate(service_code=code, confidence=share) for code, share in self._guesses)


def test_an_order_to_a_sub_district_is_copied_to_its_district() -> None:
    decision = dispatch(service_code="street.noise", subdistrict=RIVERSIDE)

    assert (decision.agency_id, decision.copy_to) == (RIVERSIDE, EAST)
    assert (decision.district, decision.subdistrict) == (EAST, RIVERSIDE)


def test_every_decision_says_which_rule_of_which_version_made_it() -> None:
    decision = dispatch(service_code="street.noise", subdistrict=RIVERSIDE)

    assert (decision.rule_id, decision.catalogue_version) == ("city/street", "2026-11-23-tiny")
    assert (decision.decided_by, decision.confidence) == ("given", None)


def test_a_utility_needs_no_place_and_no_copy() -> None:
    decision = dispatch(text="从早上开始停水")

    assert (decision.agency_id, decision.copy_to, decision.tier) == ("waterworks", None, "urgent")


def test_a_service_found_in_the_text_keeps_its_confidence_and_evidence() -> None:
    decision = dispatch(text="路灯不亮", address_text="东区河边街道3号")

    assert decision.decided_by == "keywords-1"
    assert decision.confidence == pytest.approx(2 / 3, abs=0.001)
    assert decision.evidence == ("路灯", "东区", "河边街道")


def test_the_rule_for_the_narrower_place_wins() -> None:
    assert dispatch(text="路灯不亮", subdistrict=RIVERSIDE).rule_id == "riverside/lamp"
    assert dispatch(text="路灯不亮", subdistrict=EAST_ZHONGSHAN).rule_id == "city/street"


def test_place_counts_before_service() -> None:
    directory = with_rules(duty_rule("east/all", "*", EAST, "{district}"))

    assert dispatch(directory, service_code="water.outage", subdistrict=EAST_ZHONGSHAN).rule_id == "east/all"
    assert (
        dispatch(directory, service_code="water.outage", subdistrict=WEST_ZHONGSHAN).rule_id == "city/water"
    )


def test_for_one_place_the_service_counts_before_its_group() -> None:
    directory = with_rules(duty_rule("city/noise", "street.noise", "*", "{district}"))

    assert dispatch(directory, service_code="street.noise", district=WEST).rule_id == "city/noise"
    assert (
        dispatch(directory, service_code="street.lamp", subdistrict=WEST_ZHONGSHAN).rule_id == "city/street"
    )


@pytest.mark.parametrize(
    ("day", "rule_id"),
    [(date(2026, 12, 31), "city/water"), (date(2027, 1, 1), "city/water-2027")],
)
def test_a_rule_counts_from_its_first_day(day: date, rule_id: str) -> None:
    directory = with_rules(
        duty_rule("city/water-2027", "water.outage", "*", "{district}", since="2027-01-01")
    )

    assert dispatch(directory, service_code="water.outage", district=EAST, on=day).rule_id == rule_id


def test_when_only_the_district_is_known_the_district_coordinates() -> None:
    decision = dispatch(service_code="street.noise", district=EAST)

    assert (decision.agency_id, decision.rule_id, decision.copy_to) == (EAST, "fallback/district", None)
    assert decision.service_code == "street.noise"


def test_when_the_matter_is_unclear_but_the_district_known_the_district_coordinates() -> None:
    decision = dispatch(text="请领导关心一下", address_text="河边街道")

    assert (decision.agency_id, decision.rule_id) == (EAST, "fallback/district")
    assert (decision.service_code, decision.subdistrict) == ("other", RIVERSIDE)


def test_two_places_of_one_district_are_enough_for_the_district() -> None:
    assert dispatch(service_code="street.noise", address_text="河边街道和东区中山街道之间").agency_id == EAST


def test_an_ambiguous_name_is_referred_with_both_places() -> None:
    referral = refer(service_code="street.noise", address_text="中山街道1号")

    assert referral.reasons == ("place-ambiguous",)
    assert referral.places == (EAST_ZHONGSHAN, WEST_ZHONGSHAN)
    assert referral.services == ()


def test_a_given_district_settles_an_ambiguous_name() -> None:
    decision = dispatch(service_code="street.noise", district=WEST, address_text="中山街道1号")

    assert decision.agency_id == WEST_ZHONGSHAN


def test_the_place_may_stand_in_the_text() -> None:
    assert dispatch(text="西区柳树社区噪声扰民").agency_id == WEST_ZHONGSHAN


def test_nothing_known_is_referred_with_every_reason() -> None:
    referral = refer(text="请领导关心一下")

    assert referral.reasons == ("service-unknown", "place-unknown")
    assert referral.catalogue_version == "2026-11-23-tiny"


def test_a_matter_that_needs_a_place_is_referred_without_one() -> None:
    referral = refer(text="路灯不亮")

    assert referral.reasons == ("place-unknown",)
    assert referral.candidates == ("street.lamp",)


@pytest.mark.parametrize("guesses", [[("street.lamp", 0.39)], [("street.lamp", 0.45), ("street.noise", 0.4)]])
def test_a_guess_that_is_weak_or_close_is_not_acted_on(guesses: list[tuple[str, float]]) -> None:
    decision = decide(tiny_directory(), facts("……"), FixedGuesses(*guesses))

    assert isinstance(decision, Referral)
    assert decision.reasons == ("service-unclear", "place-unknown")
    assert [candidate.service_code for candidate in decision.services] == [code for code, _ in guesses]


def test_another_classifier_behind_the_port_is_named_in_the_decision() -> None:
    decision = decide(tiny_directory(), facts("……"), FixedGuesses(("water.outage", 0.9)))

    assert isinstance(decision, Dispatch)
    assert (decision.decided_by, decision.confidence) == ("fixed-1", 0.9)


def test_the_service_other_is_a_question_and_not_an_answer() -> None:
    assert dispatch(text="停水了", service_code="other").service_code == "water.outage"


@pytest.mark.parametrize(
    "given", [{"service_code": "retired"}, {"subdistrict": "999999999", "district": "999999"}]
)
def test_codes_that_a_newer_version_has_dropped_are_looked_up_in_the_words(given: dict[str, str]) -> None:
    assert dispatch(text="停水了", **given).agency_id == "waterworks"


def test_the_code_of_the_whole_city_is_no_district() -> None:
    assert refer(service_code="street.noise", district=CITY).reasons == ("place-unknown",)


def test_a_matter_without_a_rule_goes_to_the_district_or_an_operator() -> None:
    parts = tiny_parts()
    parts["duty"]["rules"] = []
    directory = tiny_directory(parts)

    assert dispatch(directory, service_code="street.noise", subdistrict=RIVERSIDE).agency_id == EAST
    assert refer(directory, service_code="street.noise").reasons == ("no-duty-rule", "place-unknown")


def test_a_place_that_nobody_governs_goes_to_the_district() -> None:
    parts = tiny_parts()
    del parts["duty"]["seats"][RIVERSIDE]

    decision = dispatch(tiny_directory(parts), service_code="street.noise", subdistrict=RIVERSIDE)

    assert (decision.agency_id, decision.rule_id) == (EAST, "fallback/district")


def test_every_service_in_every_sub_district_of_beijing_finds_an_agency() -> None:
    directory = beijing()
    places = [place.code for place in directory.jurisdictions.values() if place.level == "subdistrict"]
    for number, service_code in enumerate(code for code in directory.services if code != "other"):
        decision = dispatch(
            directory, service_code=service_code, subdistrict=places[number % len(places)], on=TODAY
        )
        assert decision.agency_id in directory.agencies
        assert decision.tier in {tier.tier_id for tier in directory.sla.tiers}


def test_the_same_facts_always_give_the_same_decision() -> None:
    given = facts("朝阳区八里庄街道路灯不亮", on=TODAY + timedelta(days=1))

    assert decide(beijing(), given) == decide(beijing(), given)
