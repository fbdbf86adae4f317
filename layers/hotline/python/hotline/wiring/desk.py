"""派 dispatch: what the desk of ``functions/dispatch`` runs with: operators and adjudicators."""

from __future__ import annotations

from hotline.domain.actor import Actor
from hotline.domain.answers import OrderPage
from hotline.domain.case import Case
from hotline.domain.conclusions import Conclude
from hotline.domain.dispatching import Dispatch, Referral
from hotline.ports import OPERATORS
from hotline.use_cases import (
    adjudicate_return,
    conclude_appeal,
    consult_agencies,
    dispatch_appeals,
    dispatch_by_operator,
)
from hotline.use_cases.read_orders import page_of
from hotline.wiring.common import cases, directories, now, tokens, words
from hotline.wiring.sealed import sealed_words


def decide(
    appeal_id: str,
    command: dispatch_by_operator.DispatchByOperator,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Carry out an operator's decision."""
    return dispatch_by_operator.dispatch_by_operator(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )


def adjudicate(
    appeal_id: str,
    command: adjudicate_return.Adjudicate,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Carry out an adjudicator's decision about a returned order."""
    return adjudicate_return.adjudicate_return(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )


def consult(
    appeal_id: str,
    command: consult_agencies.Consult,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Ask agencies whose duty it is."""
    return consult_agencies.consult_agencies(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )


def conclude(
    appeal_id: str, command: Conclude, by: Actor, command_id: str, expected_version: int | None
) -> Case:
    """End an appeal without handling."""
    return conclude_appeal.conclude_appeal(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        sealed=sealed_words(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def candidates(appeal_id: str) -> Dispatch | Referral:
    """What the rules make of an appeal now."""
    return dispatch_appeals.candidates_for(
        appeal_id, cases=cases(), words=words(), directories=directories(), now=now
    )


def opinions(appeal_id: str) -> tuple[consult_agencies.OpinionView, ...]:
    """What agencies that were asked have said."""
    return consult_agencies.read_opinions(appeal_id, cases=cases(), words=words())


def queue(limit: int, after: str | None) -> OrderPage:
    """The appeals that wait for an operator."""
    return page_of(cases().inbox(OPERATORS, limit, after), now())


def disputes(limit: int, after: str | None) -> OrderPage:
    """The returned orders."""
    return page_of(adjudicate_return.list_disputes(limit, after, lists=cases()), now())
