"""派 dispatch: proposals for the duty catalogue."""

from __future__ import annotations

from functools import partial

from hotline.adapters.aws import NOBODY_WAITS, SOMEONE_WAITS, Patience, dynamodb
from hotline.adapters.dead_letters import SqsDeadLetters
from hotline.adapters.dynamodb.duty_proposals import DynamoDBDutyProposals
from hotline.domain.actor import Actor
from hotline.ports import EventConsumer
from hotline.settings import setting
from hotline.use_cases import propose_duties
from hotline.wiring.common import directories, now


def propose() -> EventConsumer:
    """Note what batches of redirects propose."""
    return partial(
        propose_duties.propose_duties, proposals=_proposals(NOBODY_WAITS), directories=directories()
    )


def of_month(month: str, limit: int, by: Actor) -> propose_duties.MonthProposals:
    """The proposals of a month."""
    return propose_duties.read_proposals(
        month, limit, by=by, proposals=_proposals(SOMEONE_WAITS), directories=directories(), now=now
    )


def dead_letters() -> SqsDeadLetters:
    """Where redirects go that cannot be read."""
    return SqsDeadLetters(setting("DEAD_LETTER_QUEUE_URL"), "propose-duties")


def _proposals(patience: Patience) -> DynamoDBDutyProposals:
    return DynamoDBDutyProposals(dynamodb(patience), setting("DIRECTORY_TABLE"))
