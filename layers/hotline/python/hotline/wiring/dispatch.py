"""派 dispatch: what ``functions/dispatch`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.domain.actor import Actor
from hotline.domain.answers import OrderPage
from hotline.domain.case import Case
from hotline.domain.dispatching import Dispatch, Referral
from hotline.ports import OPERATORS, EventConsumer
from hotline.settings import setting
from hotline.use_cases import dispatch_appeals
from hotline.use_cases.read_orders import page_of
from hotline.wiring.common import cases, directories, now, words


def dispatch_registered() -> EventConsumer:
    """Dispatch batches of registered appeals."""
    return partial(
        dispatch_appeals.dispatch_appeals,
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        directories=directories(),
        now=now,
    )


def dispatch_by_operator(
    appeal_id: str,
    command: dispatch_appeals.DispatchByOperator,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> Case:
    """Carry out an operator's decision."""
    return dispatch_appeals.dispatch_by_operator(
        appeal_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        directories=directories(),
        now=now,
    )


def candidates(appeal_id: str) -> Dispatch | Referral:
    """What the rules make of an appeal now."""
    return dispatch_appeals.candidates_for(
        appeal_id, cases=cases(), words=words(), directories=directories(), now=now
    )


def queue(limit: int, after: str | None) -> OrderPage:
    """The appeals that wait for an operator."""
    return page_of(cases().inbox(OPERATORS, limit, after), now())


def dead_letters() -> SqsDeadLetters:
    """Where events that can never be dispatched go."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "dispatch")
