"""派单准确率: what became of every dispatch, by the rule, the person or the agency that it concerns.

条例 Art 11 wants the duty catalogue adjusted as it proves right or wrong, and Art 12 says who finds
out: the agency that objects and the adjudicator who decides. So a dispatch is one trial, counted
where and when it was made, whatever the day on which it was contested: the shares are shares of the
same dispatches, and a month's figures are final once its last objection is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import NonNegativeInt

from hotline.domain.calendar import to_utc
from hotline.domain.events import Event
from hotline.domain.model import Frozen
from hotline.domain.scoring import Rate
from hotline.domain.statistics import wilson

Fate = Literal["redirected", "upheld", "designated"]

DISPATCHES = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
_BY_THE_RULES = "system"


class Decision(Frozen):
    """One dispatch and what became of it.

    Attributes:
        rule_id: the rule of duty, or ``operator`` or ``adjudicator`` for a person.
        actor: who decided, such as ``system`` or ``operator:li``.
        returned: the agency objected.
        fate: what the objection led to; None while it is undecided, and without one.
        given_to: the agency that got the order instead.
    """

    agency_id: str
    rule_id: str
    actor: str
    at: datetime
    returned: bool = False
    fate: Fate | None = None
    given_to: str | None = None


def decisions(events: Iterable[Event]) -> list[Decision]:
    """Every dispatch in a case's whole history, with its fate.

    An order that goes back to the agency that returned it was right where it was, so an operator's
    dispatch to the same agency counts as upheld.
    """
    found: list[Decision] = []
    for event in events:
        if event.name == "WorkOrderReturned" and found:
            found[-1] = found[-1].model_copy(update={"returned": True})
        elif event.name == "ReturnUpheld" and found:
            found[-1] = found[-1].model_copy(update={"fate": "upheld"})
        elif event.name in DISPATCHES:
            if found and event.name == "WorkOrderRedispatched":
                found[-1] = found[-1].model_copy(update=_replaced(found[-1], event))
            found.append(
                Decision(
                    agency_id=event.facts["agency"],
                    rule_id=event.facts["rule"],
                    actor=event.actor,
                    at=event.at,
                )
            )
    return found


def _replaced(before: Decision, event: Event) -> dict[str, str]:
    """What a redispatch says about the dispatch before it."""
    agency_id = event.facts["agency"]
    if event.facts.get("verdict") == "designate":
        return {"fate": "designated", "given_to": agency_id}
    if agency_id == before.agency_id:
        return {"fate": "upheld"}
    return {"fate": "redirected", "given_to": agency_id}


class Accuracy(Frozen):
    """Counts of dispatches and of what became of them.

    Attributes:
        returned: objections, decided or not.
        redirected: given to another agency: the dispatch was wrong.
        upheld: the objection was unfounded.
        designated: the duty was unclear and settled by authority; not counted as wrong.

    Example:
        >>> Accuracy(dispatched=4, returned=2, redirected=1, upheld=1).accuracy.percent
        Decimal('75.00')
    """

    dispatched: NonNegativeInt = 0
    returned: NonNegativeInt = 0
    redirected: NonNegativeInt = 0
    upheld: NonNegativeInt = 0
    designated: NonNegativeInt = 0

    def add(self, decision: Decision) -> Accuracy:
        """Count one more dispatch."""
        return Accuracy(
            dispatched=self.dispatched + 1,
            returned=self.returned + decision.returned,
            redirected=self.redirected + (decision.fate == "redirected"),
            upheld=self.upheld + (decision.fate == "upheld"),
            designated=self.designated + (decision.fate == "designated"),
        )

    @property
    def accuracy(self) -> Rate | None:
        """The share of dispatches that did not have to be redirected; None without any."""
        if self.dispatched == 0:
            return None
        return Rate(numerator=self.dispatched - self.redirected, denominator=self.dispatched)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of ``accuracy``, as shares."""
        return wilson(self.dispatched - self.redirected, self.dispatched)


def count(found: Iterable[Decision], key: Callable[[Decision], str | None]) -> dict[str, Accuracy]:
    """Count dispatches under a key; those without one are left out."""
    counted: dict[str, Accuracy] = {}
    for decision in found:
        name = key(decision)
        if name is not None:
            counted[name] = counted.get(name, Accuracy()).add(decision)
    return counted


def by_rule(decision: Decision) -> str | None:
    """The rule that dispatched."""
    return decision.rule_id


def by_agency(decision: Decision) -> str | None:
    """The agency that got the order."""
    return decision.agency_id


def by_operator(decision: Decision) -> str | None:
    """The person who dispatched; None for the rules."""
    return None if decision.actor == _BY_THE_RULES else decision.actor


def by_day(timezone: str) -> Callable[[Decision], str | None]:
    """The day of the dispatch, in the city's own time.

    Example:
        >>> decision = Decision(agency_id="x", rule_id="r", actor="system",
        ...     at=datetime.fromisoformat("2026-03-31T16:00:00+00:00"))
        >>> by_day("Asia/Shanghai")(decision)
        '2026-04-01'
    """
    zone = ZoneInfo(timezone)
    return lambda decision: to_utc(decision.at).astimezone(zone).date().isoformat()
