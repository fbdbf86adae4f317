"""督 the dashboard's figures: what ``functions/board/take_stock.py`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, dynamodb, s3
from hotline.adapters.day_events import LakeDayEvents
from hotline.adapters.dynamodb.inbox_counts import DynamoDBInboxCounts
from hotline.adapters.dynamodb.snapshots import DynamoDBSnapshots
from hotline.adapters.lake_files import LakeFiles
from hotline.domain.stock import Snapshot
from hotline.settings import setting
from hotline.use_cases import take_stock
from hotline.wiring.common import directories, now


def take() -> Snapshot:
    """Count everything anew."""
    client = dynamodb(NOBODY_WAITS)
    return take_stock.take_stock(
        counts=DynamoDBInboxCounts(client, setting("CASES_TABLE")),
        events=LakeDayEvents(LakeFiles(s3(NOBODY_WAITS), setting("LAKE_BUCKET"))),
        snapshots=DynamoDBSnapshots(client, setting("SCORECARDS_TABLE")),
        directories=directories(),
        now=now(),
    )
