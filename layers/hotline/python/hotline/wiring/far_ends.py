"""办 handling by Open311: what talks to agencies' endpoints runs with this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from hotline.adapters.aws import NOBODY_WAITS, dynamodb, secretsmanager, sqs
from hotline.adapters.dynamodb.far_requests import DynamoDBFarRequests
from hotline.adapters.far_end_keys import FarEndKeys
from hotline.adapters.georeport import GeoReportEndpoints
from hotline.adapters.sqs import postpone
from hotline.observability import count
from hotline.settings import setting
from hotline.use_cases.poll_far_ends import PollFarEnds, PollReport
from hotline.use_cases.send_far_requests import SendFarRequests
from hotline.wiring.agency_queues import take_replies
from hotline.wiring.common import directories, now, tokens

LONGEST_PAUSE_S = 3600
"""An hour: with the queue's tries a message waits for a far end for about a day."""


def send() -> SendFarRequests:
    """Hand messages over to agencies' endpoints."""
    return SendFarRequests(requests=_requests(), far_ends=_endpoints(), directories=directories(), now=now)


def poll(may_go_on: Callable[[], bool]) -> PollReport:
    """Take over what became of requests there."""
    report = PollFarEnds(
        requests=_requests(),
        far_ends=_endpoints(),
        take_replies=take_replies(),
        directories=directories(),
        tokens=tokens(),
        now=now,
    )(may_go_on)
    if report.asked:
        count("FarEndsSilent", report.silent)
        count("FarRequestsStuck", report.stuck)
    return report


def wait_longer(records: Sequence[Mapping[str, Any]]) -> None:
    """Let messages that failed wait, longer each time."""
    postpone(sqs(NOBODY_WAITS), setting("OPEN311_QUEUE_URL"), records, LONGEST_PAUSE_S)


def _requests() -> DynamoDBFarRequests:
    return DynamoDBFarRequests(dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE"))


@cache
def _endpoints() -> GeoReportEndpoints:
    keys = FarEndKeys(secretsmanager(NOBODY_WAITS), setting("OPEN311_KEYS_ARN"))
    return GeoReportEndpoints(keys, here=setting("OPEN311_HERE") == "true")
