"""Open311's lists: what ``functions/open311/keep_requests.py`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.public_requests import DynamoDBPublicRequests
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases.keep_public_requests import keep_public_requests
from hotline.wiring.common import cases, directories, words


def keep() -> EventConsumer:
    """Keep what batches of events change."""
    return partial(
        keep_public_requests,
        cases=cases(NOBODY_WAITS),
        words=words(NOBODY_WAITS),
        requests=DynamoDBPublicRequests(dynamodb(NOBODY_WAITS), setting("PUBLIC_REQUESTS_TABLE")),
        directories=directories(),
    )


def dead_letters() -> SqsDeadLetters:
    """Where events go that cannot be read."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "keep-requests")
