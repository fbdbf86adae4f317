"""访 survey: what ``functions/survey`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.domain.answers import SurveyResult, SurveyView
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import settle_members as settle_joined
from hotline.use_cases import survey_citizens
from hotline.wiring.common import cases, directories, now, tokens, words
from hotline.wiring.sealed import sealed_words


def open_surveys() -> EventConsumer:
    """Open surveys for batches of events."""
    return partial(
        survey_citizens.open_surveys, cases=cases(NOBODY_WAITS), directories=directories(), now=now
    )


def settle_members() -> EventConsumer:
    """Ask, or let go, those whose appeals are handled together with one that has ended."""
    return partial(
        settle_joined.settle_members, cases=cases(NOBODY_WAITS), directories=directories(), now=now
    )


def show(token: str) -> SurveyView:
    """The questions behind a link."""
    return survey_citizens.show_survey(
        token, cases=cases(), directories=directories(), tokens=tokens(), now=now
    )


def answer(token: str, command: survey_citizens.AnswerSurvey) -> SurveyResult:
    """Take the citizen's word."""
    return survey_citizens.answer_survey(
        token,
        command,
        cases=cases(),
        words=words(),
        sealed=sealed_words(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def dead_letters(source: str) -> SqsDeadLetters:
    """Where events that can never open a survey go."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), source)
