"""复核回访: what ``functions/survey/on_closed_orders.py`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import verify_answers as verify
from hotline.wiring.common import cases, directories, now, tokens


def verify_answers() -> EventConsumer:
    """Put a share of the answered appeals on the list of calls."""
    return partial(
        verify.verify_answers,
        cases=cases(NOBODY_WAITS),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )


def dead_letters() -> SqsDeadLetters:
    """Where closings go that cannot be read."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "verify-answers")
