"""The time limits of a city, as versioned data.

条例 Art 13: every order shows its time limit, and limits follow from laws, rules and standards. So
a limit is never a constant in code: it is a rule with an id that is printed on the order, on a
calendar, in a policy with a version. What a repository ships as a policy is its own default.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from hotline.domain.calendar import Limit
from hotline.domain.model import Frozen

RuleName = Literal["dispatch", "response", "handling", "reopen"]
"""``reopen`` rules the handling clock of an order that the citizen sent back."""


class Term(Frozen):
    """A limit on a calendar."""

    limit: Limit
    calendar_id: str = Field(min_length=1)


class ClockRule(Term):
    """A limit that is watched: ``warn_fraction`` of its open time may pass before a warning.

    Example:
        >>> rule = ClockRule(limit=Limit(amount=7, unit="days"), calendar_id="24x7", warn_fraction="0.8")
    """

    warn_fraction: Decimal = Field(gt=0, lt=1)


class Tier(Frozen):
    """The limits of one class of matters (条例 Art 32: by grade and class).

    Attributes:
        dispatch: registered → dispatched.
        response: dispatched → first contact with the citizen (条例 Art 15: promptly).
        handling: dispatched → resolved.
        reopen: sent back by the citizen → resolved again; as ``handling`` when not given.
    """

    tier_id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    dispatch: ClockRule
    response: ClockRule
    handling: ClockRule
    reopen: ClockRule | None = None


RungName = Literal["urge", "supervise", "escalate"]
SideRule = Literal[
    "adjudication",
    "assist",
    "opinion",
    "summons",
    "supervision",
    "escalation",
    "extension",
    "hold",
    "callback",
    "verification",
    "review",
]


class Rung(Frozen):
    """One step of the escalation ladder: 催办 urge, 督办 supervise, 提级 escalate (条例 Art 20).

    Attributes:
        since: what the wait is counted from: the handling limit's warning, or the limit itself.
        after: the wait, on a calendar; one that is closed at night keeps the night quiet.

    Example:
        >>> Rung(rung="urge", since="warn", after=Term(limit=Limit(amount=1, unit="minutes"),
        ...     calendar_id="daytime")).rung
        'urge'
    """

    rung: RungName
    since: Literal["warn", "breach"]
    after: Term


class Bound(Frozen):
    """How often something may be granted on one order, and how long it may be each time."""

    count: int = Field(ge=0, le=100)
    longest: Term


def _days(amount: int) -> ClockRule:
    return ClockRule.model_validate(
        {"limit": {"amount": amount, "unit": "days"}, "calendar_id": "24x7", "warn_fraction": "0.5"}
    )


_FOR_POLICIES_OF_OLD: Mapping[str, int] = {"callback": 1, "verification": 3, "review": 3}
"""Days around the clock, where a directory was imported before these were asked of anybody."""


class SlaPolicy(Frozen):
    """One version of a city's time limits.

    Attributes:
        side_rules: the limits of disputes (adjudication) and of what is asked of somebody beside the
            lead order: assist reports (条例 Art 14), opinions (Art 12), arrivals after a summons (Art 16),
            answers to a supervision, opinions on an escalation (Art 20), decisions about an extension
            or a hold (Art 15), calls to citizens (Art 23), reviews.
        ladders: by tier, the rungs in the order in which they are climbed.
        extensions, holds: bounds on what may be granted; None refuses every one.
        survey_expiry: how long a citizen's survey stays open, unless ``SurveyPlan`` says otherwise.
        return_window: how long after dispatch an agency may return an order (条例 Art 12 gives the
            right to object, not the window).
        unanswered_unresolved: what becomes of an order whose limit passed, whose survey (条例
            Art 23: asked when the limit expires) nobody answered and which was never resolved:
            back to the agency, or closed.
    """

    version: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    tiers: tuple[Tier, ...] = Field(min_length=1)
    survey_expiry: Term
    return_window: Term
    unanswered_unresolved: Literal["reopen", "close"] = "reopen"
    side_rules: Mapping[SideRule, ClockRule] = Field(default_factory=dict)
    ladders: Mapping[str, tuple[Rung, ...]] = Field(default_factory=dict)
    extensions: Bound | None = None
    holds: Bound | None = None

    @model_validator(mode="after")
    def _each_tier_once(self) -> Self:
        names = [tier.tier_id for tier in self.tiers]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"tier given twice: {', '.join(twice)}")
        return self

    def side_rule(self, name: SideRule) -> ClockRule:
        """The limit of a dispute or of an order beside the lead order.

        Raises:
            KeyError: this version of the policy has none.
        """
        if name in self.side_rules:
            return self.side_rules[name]
        if name in _FOR_POLICIES_OF_OLD:
            return _days(_FOR_POLICIES_OF_OLD[name])
        raise KeyError(f"policy {self.version} has no limit for {name!r}")

    def tier(self, tier_id: str) -> Tier:
        """Find a tier.

        Raises:
            KeyError: this version has no such tier.
        """
        for tier in self.tiers:
            if tier.tier_id == tier_id:
                return tier
        raise KeyError(f"policy {self.version} has no tier {tier_id!r}")

    def rule(self, tier_id: str, name: RuleName) -> ClockRule:
        """Find a rule of a tier; ``reopen`` falls back on ``handling``."""
        tier = self.tier(tier_id)
        rules = {"dispatch": tier.dispatch, "response": tier.response, "handling": tier.handling}
        return rules.get(name) or tier.reopen or tier.handling

    def rule_id(self, tier_id: str, name: RuleName) -> str:
        """Name the rule that ``rule`` answers with, as it is printed on the order (条例 Art 13).

        Example: ``sla-1/general/handling``
        """
        if name == "reopen" and self.tier(tier_id).reopen is None:
            name = "handling"
        return f"{self.version}/{tier_id}/{name}"
