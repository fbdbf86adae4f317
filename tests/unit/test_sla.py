"""Policies of time limits: which rule applies, and what it is called."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hotline.domain.sla import ClockRule, SlaPolicy
from tests.unit.builders_sla import policy, rule, tier


def test_every_rule_has_the_name_that_is_printed_on_the_order() -> None:
    limits = policy(tier("general"), tier("complex"))
    assert limits.rule_id("complex", "dispatch") == "sla-1/complex/dispatch"
    assert limits.rule("complex", "response") == tier("complex").response


def test_a_reopened_order_gets_the_handling_limit_again_under_its_name() -> None:
    limits = policy(tier("general"))
    assert limits.rule("general", "reopen") == limits.rule("general", "handling")
    assert limits.rule_id("general", "reopen") == "sla-1/general/handling"


def test_a_tier_may_give_reopened_orders_a_limit_of_their_own() -> None:
    limits = policy(tier("general", reopen=rule("3 days")))
    assert limits.rule("general", "reopen") == rule("3 days")
    assert limits.rule_id("general", "reopen") == "sla-1/general/reopen"


def test_an_unknown_tier_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match="sla-1 has no tier 'urgent'"):
        policy(tier("general")).rule("urgent", "handling")


def test_a_tier_given_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="tier given twice: general"):
        policy(tier("general"), tier("general"))


def test_an_order_that_nobody_resolved_goes_back_on_silence_unless_the_policy_says_otherwise() -> None:
    assert policy().unanswered_unresolved == "reopen"


@pytest.mark.parametrize("fraction", ["0", "1", "1.2", "-0.5", "soon"])
def test_a_warning_lies_between_start_and_due_time(fraction: str) -> None:
    with pytest.raises(ValidationError):
        rule("24 hours", warn_fraction=fraction)


def test_a_policy_comes_back_from_its_stored_form_unchanged() -> None:
    limits = policy(tier("general", reopen=rule("3 days")), tier("complex"))
    assert SlaPolicy.model_validate_json(limits.model_dump_json()) == limits


def test_a_misspelt_field_is_refused_instead_of_ignored() -> None:
    stored = rule("24 hours").model_dump()
    with pytest.raises(ValidationError, match="warn_fracton"):
        ClockRule.model_validate({**stored, "warn_fracton": "0.5"})
