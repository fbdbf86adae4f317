"""Pictures on their way through S3 and the texts table."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hotline.adapters import aws
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.s3 import S3Pictures, upload_key
from hotline.domain.attachments import (
    Attachment,
    AttachmentStatus,
    OfferUpload,
    Picture,
    PictureRefused,
    RefusalReason,
)

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
APPEAL = "000G40R40M30E209B"


def offered(place: str = "c01", entropy: int = 1, now: datetime = NOW, size_bytes: int = 4) -> Attachment:
    upload = OfferUpload(content_type="image/jpeg", size_bytes=size_bytes, file_name="路灯 “坏了”.jpg")
    return Attachment.offer(APPEAL, place, "citizen", upload, entropy.to_bytes(16, "big"), now)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        aws.forget_clients()
        s3 = boto3.client("s3")
        for bucket in ("uploads", "attachments"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
        boto3.client("dynamodb").create_table(
            TableName="texts",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield s3
    aws.forget_clients()


@pytest.fixture
def pictures(cloud: Any) -> S3Pictures:
    return S3Pictures(aws.s3(), "uploads", "attachments")


@pytest.fixture
def attachments(cloud: Any) -> DynamoDBAttachments:
    return DynamoDBAttachments(aws.dynamodb(), "texts")


def policy_of(fields: dict[str, str]) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads(base64.b64decode(fields["policy"]))
    return policy


def test_a_form_allows_one_key_one_type_one_size_for_ten_minutes(pictures: S3Pictures) -> None:
    attachment = offered(size_bytes=123_456)
    before = datetime.now(UTC)
    form = pictures.offer(attachment)
    policy = policy_of(form.fields)
    key = f"uploads/{APPEAL}/{attachment.attachment_id}"
    assert form.fields["key"] == key
    assert form.fields["Content-Type"] == "image/jpeg"
    for condition in (
        {"bucket": "uploads"},
        {"key": key},
        {"Content-Type": "image/jpeg"},
        ["content-length-range", 123_456, 123_456],
    ):
        assert condition in policy["conditions"]
    expires = datetime.fromisoformat(policy["expiration"])
    assert timedelta(minutes=9) < expires - before < timedelta(minutes=11)


def test_a_form_is_signed_for_every_region(pictures: S3Pictures) -> None:
    fields = pictures.offer(offered()).fields
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert "/cn-north-1/s3/" in fields["x-amz-credential"]


def test_what_arrived_is_fetched_once_and_deleted_as_often_as_you_like(
    cloud: Any, pictures: S3Pictures
) -> None:
    attachment = offered()
    cloud.put_object(Bucket="uploads", Key=upload_key(APPEAL, attachment.attachment_id), Body=b"abcd")
    assert pictures.fetch(attachment) == b"abcd"
    pictures.discard(APPEAL, attachment.attachment_id)
    pictures.discard(APPEAL, attachment.attachment_id)
    assert pictures.fetch(attachment) is None


def test_a_larger_file_than_offered_is_refused_unread(cloud: Any, pictures: S3Pictures) -> None:
    attachment = offered()
    cloud.put_object(Bucket="uploads", Key=upload_key(APPEAL, attachment.attachment_id), Body=b"abcde")
    with pytest.raises(PictureRefused) as refusal:
        pictures.fetch(attachment)
    assert refusal.value.reason is RefusalReason.WRONG_SIZE


class OneAnswer:
    """An S3 client whose body must not be read."""

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"ContentLength": 10**12, "Body": None}


def test_the_size_is_looked_at_before_the_body() -> None:
    with pytest.raises(PictureRefused):
        S3Pictures(OneAnswer(), "uploads", "attachments").fetch(offered())


def test_a_bucket_that_denies_is_not_taken_for_a_file_that_is_gone(cloud: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        S3Pictures(aws.s3(), "no-such-bucket", "attachments").fetch(offered())


def test_a_clean_picture_is_kept_for_saving_not_for_showing_in_place(
    cloud: Any, pictures: S3Pictures
) -> None:
    attachment = offered()
    pictures.keep(attachment, Picture(b"clean", "image/jpeg", 40, 30))
    stored = cloud.get_object(
        Bucket="attachments", Key=f"attachments/{APPEAL}/{attachment.attachment_id}.jpg"
    )
    assert stored["Body"].read() == b"clean"
    assert stored["ContentType"] == "image/jpeg"
    assert stored["ContentDisposition"] == f'attachment; filename="{attachment.attachment_id}.jpg"'


def test_a_link_works_for_five_minutes_and_pins_type_and_disposition(pictures: S3Pictures) -> None:
    attachment = offered()
    url = urlsplit(pictures.link(attachment))
    query = parse_qs(url.query)
    assert url.path.endswith(f"attachments/{APPEAL}/{attachment.attachment_id}.jpg")
    assert query["X-Amz-Expires"] == ["300"]
    assert query["response-content-type"] == ["image/jpeg"]
    assert query["response-content-disposition"] == [f'attachment; filename="{attachment.attachment_id}.jpg"']


def test_a_place_is_taken_once(attachments: DynamoDBAttachments) -> None:
    first, second = offered(entropy=1), offered(entropy=2)
    assert attachments.claim(first)
    assert not attachments.claim(second)
    assert attachments.of_appeal(APPEAL) == [first]


def test_a_claim_whose_answer_was_lost_succeeds_again(attachments: DynamoDBAttachments) -> None:
    assert attachments.claim(offered())
    assert attachments.claim(offered())


def test_a_refused_picture_makes_room_and_a_verified_one_does_not(
    attachments: DynamoDBAttachments,
) -> None:
    first, second, third = (offered(entropy=number) for number in (1, 2, 3))
    attachments.claim(first)
    attachments.settle(first.refused(RefusalReason.WRONG_TYPE))
    assert attachments.claim(second)
    attachments.settle(second.verified(Picture(b"clean", "image/jpeg", 40, 30)))
    assert not attachments.claim(third)


def test_a_lapsed_offer_makes_room(attachments: DynamoDBAttachments) -> None:
    first = offered(entropy=1)
    attachments.claim(first)
    assert not attachments.claim(offered(entropy=2, now=first.lapses_at - timedelta(seconds=1)))
    assert attachments.claim(offered(entropy=3, now=first.lapses_at))


def test_a_settled_picture_stays_as_it_is(attachments: DynamoDBAttachments) -> None:
    attachment = offered()
    verified = attachment.verified(Picture(b"clean", "image/jpeg", 40, 30))
    attachments.claim(attachment)
    attachments.settle(verified)
    attachments.settle(attachment.refused(RefusalReason.UNREADABLE))
    assert attachments.get(APPEAL, attachment.attachment_id) == verified
    assert verified.status is AttachmentStatus.VERIFIED


def test_an_id_whose_place_has_gone_to_another_is_unknown(attachments: DynamoDBAttachments) -> None:
    attachments.claim(offered(entropy=1))
    assert attachments.get(APPEAL, offered(entropy=2).attachment_id) is None
    assert attachments.get(APPEAL, "c09-nothing") is None
    assert attachments.get(APPEAL, "nonsense") is None


def test_two_appeals_do_not_share_places(attachments: DynamoDBAttachments) -> None:
    attachments.claim(offered())
    assert attachments.of_appeal("ANOTHER") == []
