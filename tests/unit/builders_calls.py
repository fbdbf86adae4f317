"""A hotline whose operators call, over the tiny city: two days after an unanswered message, by day only."""

from __future__ import annotations

from itertools import count
from typing import Any

from hotline.domain.actor import Actor, Role
from hotline.domain.errors import HotlineError
from hotline.domain.events import Envelope
from hotline.domain.side_orders import SideOrder
from hotline.domain.tokens import SurveyRef
from hotline.use_cases.call_citizens import (
    RecordAttempt,
    answer_by_phone,
    claim_call,
    record_attempt,
)
from hotline.use_cases.read_calls import CallPage, CallsOf, CallView, list_calls, show_call
from hotline.use_cases.survey_citizens import AnswerSurvey
from hotline.use_cases.verify_answers import verify_answers
from tests.unit.builders import Hotline
from tests.unit.builders_directory import tiny_parts

LI = Actor(role=Role.OPERATOR, subject="li")
WU = Actor(role=Role.OPERATOR, subject="wu")
ADMIN = Actor(role=Role.ADMIN, subject="root")
SATISFIED = AnswerSurvey(contacted=True, resolved=True, satisfied=True)
UNSATISFIED = AnswerSurvey(contacted=True, resolved=True, satisfied=False)
UNRESOLVED = AnswerSurvey(contacted=True, resolved=False, satisfied=False, comment="还是不亮")
NO_ANSWER = RecordAttempt(outcome="no_answer")

DAYTIME = {
    "calendar_id": "daytime",
    "kind": "daily",
    "timezone": "Asia/Shanghai",
    "windows": [{"opens": 8 * 60, "closes": 20 * 60}],
}

_commands = count(1)


def calling_parts(share: float = 1.0) -> dict[str, Any]:
    """The tiny city with calls; every answer is asked about once more unless ``share`` says otherwise."""
    parts = tiny_parts()
    parts["core"]["calendars"].append(DAYTIME)
    after = {"limit": {"amount": 2, "unit": "days"}, "calendar_id": "24x7"}
    parts["core"]["survey"] = {
        "plans": {"*": {"call_after": after}},
        "calls": {"calendar_id": "daytime"},
        "verification_share": share,
    }
    return parts


def calling(share: float = 1.0) -> Hotline:
    """The hotline of that city."""
    return Hotline(calling_parts(share))


def to_be_called(hotline: Hotline) -> tuple[str, str]:
    """An appeal whose citizen has not answered the message, and the call's number."""
    appeal_id = hotline.surveying()
    hotline.clock.pass_(days=2)
    hotline.sweep()
    return appeal_id, f"{appeal_id}.2"


def to_be_verified(hotline: Hotline, answer: AnswerSurvey = SATISFIED) -> tuple[str, str]:
    """A closed appeal of which another operator asks once more, some hours later."""
    appeal_id = hotline.surveying()
    hotline.answer(hotline.tokens.survey_token(SurveyRef(appeal_id, 1)), answer)
    assert verify(hotline, hotline.event(appeal_id, "WorkOrderClosed")) == {}
    hotline.clock.pass_(hours=3)
    return appeal_id, f"{appeal_id}.2"


def verify(hotline: Hotline, *envelopes: Envelope) -> dict[str, HotlineError]:
    """Let the worker that asks once more take a batch."""
    return verify_answers(
        envelopes,
        cases=hotline.cases,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    )


def _given(hotline: Hotline, by: Actor, named: dict[str, Any]) -> dict[str, Any]:
    return {
        "by": by,
        "command_id": f"call-{next(_commands)}",
        "expected_version": None,
        "cases": hotline.cases,
        "directories": hotline.directories,
        "now": hotline.clock,
        **named,
    }


def claimed(hotline: Hotline, order_id: str, by: Actor = LI, **named: Any) -> SideOrder:
    """An operator takes the call."""
    return claim_call(order_id, **_given(hotline, by, named))


def attempted(
    hotline: Hotline, order_id: str, command: RecordAttempt = NO_ANSWER, by: Actor = LI, **named: Any
) -> SideOrder:
    """The call brought no answers."""
    return record_attempt(order_id, command, **_given(hotline, by, named))


def answered(
    hotline: Hotline, order_id: str, answer: AnswerSurvey = SATISFIED, by: Actor = LI, **named: Any
) -> SideOrder:
    """The citizen has answered the operator."""
    return answer_by_phone(order_id, answer, words=hotline.words, **_given(hotline, by, named))


def listed(hotline: Hotline, by: Actor = LI, limit: int = 20, **wanted: Any) -> CallPage:
    """What an operator sees on the list."""
    return list_calls(
        CallsOf(**wanted),
        by=by,
        limit=limit,
        after=None,
        cases=hotline.cases,
        lists=hotline.cases,
        directories=hotline.directories,
        now=hotline.clock(),
    )


def shown_call(hotline: Hotline, order_id: str, by: Actor = LI) -> CallView:
    """What an operator sees of one call."""
    return show_call(
        order_id,
        by=by,
        cases=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
        now=hotline.clock(),
    )
