"""派 dispatch: what the worker of ``functions/dispatch`` runs with; its desk has a module of its own."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import dispatch_appeals
from hotline.wiring.common import cases, directories, now, words


def dispatch_registered() -> EventConsumer:
    """Dispatch batches of registered appeals."""
    store = cases(NOBODY_WAITS)
    return partial(
        dispatch_appeals.dispatch_appeals,
        cases=store,
        lists=store,
        words=words(NOBODY_WAITS),
        directories=directories(),
        now=now,
    )


def dead_letters() -> SqsDeadLetters:
    """Where events that can never be dispatched go."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "dispatch")
