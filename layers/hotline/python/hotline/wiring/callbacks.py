"""回访: what ``functions/survey/callbacks_api.py`` runs with."""

from __future__ import annotations

from hotline.domain.actor import Actor
from hotline.use_cases import call_citizens, read_calls
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.wiring.common import cases, directories, now, words


def calls(wanted: read_calls.CallsOf, limit: int, after: str | None, by: Actor) -> read_calls.CallPage:
    """The citizens to be called."""
    store = cases()
    return read_calls.list_calls(
        wanted,
        by=by,
        limit=limit,
        after=after,
        cases=store,
        lists=store,
        directories=directories(),
        now=now(),
    )


def call(order_id: str, by: Actor) -> read_calls.CallView:
    """What an operator needs while calling."""
    return read_calls.show_call(
        order_id, by=by, cases=cases(), words=words(), directories=directories(), now=now()
    )


def claim(order_id: str, by: Actor, command_id: str, expected_version: int | None) -> call_citizens.CallState:
    """Take a call."""
    side = call_citizens.claim_call(
        order_id,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        directories=directories(),
        now=now,
    )
    return call_citizens.call_state(side)


def attempt(
    order_id: str,
    command: call_citizens.RecordAttempt,
    by: Actor,
    command_id: str,
    expected_version: int | None,
) -> call_citizens.CallState:
    """Say how a call ended without answers."""
    side = call_citizens.record_attempt(
        order_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        directories=directories(),
        now=now,
    )
    return call_citizens.call_state(side)


def answer(
    order_id: str, command: AnswerSurvey, by: Actor, command_id: str, expected_version: int | None
) -> call_citizens.CallState:
    """Take the citizen's answers."""
    side = call_citizens.answer_by_phone(
        order_id,
        command,
        by=by,
        command_id=command_id,
        expected_version=expected_version,
        cases=cases(),
        words=words(),
        directories=directories(),
        now=now,
    )
    return call_citizens.call_state(side)
