"""评 assessment: what ``functions/assessment/publish_month.py`` runs with."""

from __future__ import annotations

from hotline.adapters.aws import NOBODY_WAITS, dynamodb, s3
from hotline.adapters.dynamodb.publications import DynamoDBPublications
from hotline.adapters.dynamodb.scorecards import DynamoDBCounted
from hotline.adapters.publication_copies import S3PublicationCopies
from hotline.domain.publication import Publication
from hotline.settings import setting
from hotline.use_cases import publish_month
from hotline.wiring.common import directories, now


def publish_last_month() -> Publication:
    """Freeze the month before this one, and keep a copy in the archive."""
    client, table = dynamodb(NOBODY_WAITS), setting("SCORECARDS_TABLE")
    return publish_month.publish_last_month(
        tallies=DynamoDBCounted(client, table),
        publications=DynamoDBPublications(client, table),
        copies=S3PublicationCopies(s3(), setting("ARCHIVE_BUCKET")),
        directories=directories(),
        now=now(),
    )
