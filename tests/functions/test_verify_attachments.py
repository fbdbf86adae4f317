"""From the notice of an upload to a clean picture, or none."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from PIL import Image

from hotline.adapters import aws
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.domain.attachments import Attachment, AttachmentStatus, ContentType, OfferUpload
from hotline.domain.errors import Unavailable
from intake import verify_attachments

EVENTS = Path(__file__).parents[2] / "events" / "intake"
APPEAL = "000G40R40M30E209B"
GPS = 0x8825


def notice(name: str = "verify_attachments") -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


class City:
    """The buckets and the table, with verbs for what citizens do."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3")
        self.attachments = DynamoDBAttachments(boto3.client("dynamodb"), "texts")

    def offer(self, content: bytes, content_type: ContentType = "image/jpeg") -> Attachment:
        upload = OfferUpload(content_type=content_type, size_bytes=len(content), file_name="照片.jpg")
        now = datetime.now(UTC)
        attachment = Attachment.offer(APPEAL, "c01", "citizen", upload, (1).to_bytes(16, "big"), now)
        assert self.attachments.claim(attachment)
        return attachment

    def upload(self, attachment: Attachment, content: bytes) -> None:
        key = f"uploads/{APPEAL}/{attachment.attachment_id}"
        self.s3.put_object(Bucket="uploads", Key=key, Body=content)

    def known(self, attachment: Attachment) -> Attachment:
        found = self.attachments.get(APPEAL, attachment.attachment_id)
        assert found is not None
        return found

    def contents(self, bucket: str) -> dict[str, bytes]:
        listed = self.s3.list_objects_v2(Bucket=bucket).get("Contents", ())
        keys = [entry["Key"] for entry in listed]
        return {key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    for name, value in {
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TEXTS_TABLE": "texts",
        "UPLOADS_BUCKET": "uploads",
        "ATTACHMENTS_BUCKET": "attachments",
        "POWERTOOLS_METRICS_NAMESPACE": "Hotline",
        "POWERTOOLS_SERVICE_NAME": "intake",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.forget_clients()
        city = City()
        for bucket in ("uploads", "attachments"):
            where: Any = {"LocationConstraint": "cn-north-1"}
            city.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        boto3.client("dynamodb").create_table(
            TableName="texts",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield city
    aws.forget_clients()


def photo() -> bytes:
    """A JPEG with a position and an owner."""
    tags = Image.Exif()
    tags[0x013B] = "张三"
    tags.get_ifd(GPS).update({1: "N", 2: (39.0, 54.0, 20.0)})
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(target, "JPEG", exif=tags)
    return target.getvalue()


def bomb() -> bytes:
    """Hundred bytes that promise 40,000 × 40,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64)))


def test_a_photo_is_kept_without_its_position_and_the_original_is_deleted(city: City) -> None:
    attachment = city.offer(photo())
    city.upload(attachment, photo())
    verify_attachments.handler(notice(), None)
    ((key, content),) = city.contents("attachments").items()
    assert key == f"attachments/{APPEAL}/{attachment.attachment_id}.jpg"
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
    assert city.contents("uploads") == {}
    known = city.known(attachment)
    assert (known.status, known.width, known.height) == (AttachmentStatus.VERIFIED, 64, 48)
    assert known.size_bytes == len(content)


@pytest.mark.parametrize(
    ("declared", "sent", "content_type", "reason"),
    [
        (photo(), photo() + b"more", "image/jpeg", "wrong-size"),
        (b"<svg/>", b"<svg/>", "image/png", "wrong-type"),
        (photo(), photo(), "image/png", "wrong-type"),
        (bomb(), bomb(), "image/png", "too-many-pixels"),
        (photo()[:400], photo()[:400], "image/jpeg", "unreadable"),
    ],
    ids=["larger", "svg", "another type", "pixel bomb", "cut off"],
)
def test_what_is_not_the_offered_picture_is_refused_and_deleted(
    city: City, declared: bytes, sent: bytes, content_type: ContentType, reason: str
) -> None:
    attachment = city.offer(declared, content_type)
    city.upload(attachment, sent)
    verify_attachments.handler(notice(), None)
    known = city.known(attachment)
    assert (known.status, known.reason) == (AttachmentStatus.REFUSED, reason)
    assert (city.contents("uploads"), city.contents("attachments")) == ({}, {})


def test_the_same_notice_three_times_has_one_effect(city: City) -> None:
    attachment = city.offer(photo())
    city.upload(attachment, photo())
    verify_attachments.handler(notice(), None)
    after_once = (city.known(attachment), city.contents("attachments"))
    verify_attachments.handler(notice(), None)
    verify_attachments.handler(notice(), None)
    assert (city.known(attachment), city.contents("attachments")) == after_once


def test_a_form_used_again_cannot_replace_the_picture(city: City) -> None:
    attachment = city.offer(photo())
    city.upload(attachment, photo())
    verify_attachments.handler(notice(), None)
    kept = city.contents("attachments")
    city.upload(attachment, bomb())
    verify_attachments.handler(notice(), None)
    assert city.contents("attachments") == kept
    assert city.contents("uploads") == {}


def test_a_notice_for_a_key_that_is_not_ours_touches_nothing(city: City) -> None:
    city.s3.put_object(Bucket="uploads", Key="backup/路灯 1.jpg", Body=b"x")
    verify_attachments.handler(notice("verify_attachments.foreign_key"), None)
    assert list(city.contents("uploads")) == ["backup/路灯 1.jpg"]


def test_a_busy_store_leaves_the_file_for_the_next_delivery(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    attachment = city.offer(photo())
    city.upload(attachment, photo())
    busy = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetItem")
    with monkeypatch.context() as patch:
        patch.setattr(DynamoDBAttachments, "get", aws.translate_errors("dynamodb")(_raise(busy)))
        with pytest.raises(Unavailable):
            verify_attachments.handler(notice(), None)
    assert len(city.contents("uploads")) == 1
    verify_attachments.handler(notice(), None)
    assert city.known(attachment).status is AttachmentStatus.VERIFIED


def _raise(error: Exception) -> Any:
    def method(*_: object) -> None:
        raise error

    return method
