"""Published months: each revision written once, whatever comes twice or at the same time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from hotline.adapters.aws import s3
from hotline.adapters.dynamodb.publications import DynamoDBPublications, unpacked
from hotline.adapters.publication_copies import S3PublicationCopies
from hotline.domain.publication import Publication, first_edition
from hotline.domain.tallies import Tally
from tests.adapters.conftest import Flaky, Tables
from tests.unit.builders_directory import EAST, RIVERSIDE, tiny_directory

MONTH = "202603"


def edition(revision: int = 1, closed: int = 3) -> Publication:
    counted = {EAST: {RIVERSIDE: Tally(closed=closed, unanswered=closed)}}
    first = first_edition(MONTH, counted, tiny_directory(), datetime(2026, 4, 7, 20, tzinfo=UTC))
    return first.model_copy(update={"revision": revision}).sealed()


def store(client: Any) -> DynamoDBPublications:
    return DynamoDBPublications(client, "ScorecardsTable")


def test_a_revision_is_written_once_and_read_as_it_was(tables: Tables) -> None:
    assert store(tables.client).published(MONTH) is None
    assert store(tables.client).publish(edition())
    assert not store(tables.client).publish(edition(closed=4))
    assert store(tables.client).published(MONTH) == edition()
    assert store(tables.client).publish(edition(revision=2, closed=4))
    assert store(tables.client).published(MONTH) == edition(revision=2, closed=4)
    assert [each.revision for each in store(tables.client).revisions_of(MONTH)] == [1, 2]
    assert store(tables.client).revisions_of("202604") == []


def test_a_lost_acknowledgement_is_no_conflict(tables: Tables, flaky: Flaky) -> None:
    refused = ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
    flaky.plan["put_item"] = [("after", refused)]
    assert store(flaky).publish(edition())
    assert store(tables.client).published(MONTH) == edition()


@pytest.fixture
def archive(tables: Tables) -> Any:
    client = boto3.client("s3", region_name="cn-north-1")
    where: Any = {"LocationConstraint": "cn-north-1"}
    client.create_bucket(Bucket="archive", CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
    return client


def test_a_copy_is_written_once_and_stays(archive: Any) -> None:
    copies = S3PublicationCopies(s3(), "archive")
    for each in (edition(), edition(), edition(closed=9), edition(revision=2)):
        copies.keep_copy(each)
    versions = archive.list_object_versions(Bucket="archive")["Versions"]
    assert [each["Key"] for each in versions] == [
        f"scorecards/{MONTH}/000{number}.json.gz" for number in (1, 2)
    ]
    kept = archive.get_object(Bucket="archive", Key=f"scorecards/{MONTH}/0001.json.gz")["Body"].read()
    assert unpacked(kept) == edition()
