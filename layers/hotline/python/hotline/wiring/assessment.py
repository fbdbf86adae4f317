"""评 assessment: what ``functions/assessment/count_outcomes.py`` runs with."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.scorecards import DynamoDBTallies
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import count_outcomes
from hotline.wiring.common import directories


def count() -> EventConsumer:
    """Count batches of closings and of corrections."""
    tallies = DynamoDBTallies(dynamodb(NOBODY_WAITS), setting("SCORECARDS_TABLE"), setting("EFFECTS_TABLE"))
    return partial(count_outcomes.count_outcomes, tallies=tallies, directories=directories())


def dead_letters() -> SqsDeadLetters:
    """Where closings go that cannot be counted."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "count-outcomes")
