"""Evidence that is really there: verified or on its way, the agency's own, of this appeal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.dynamodb.evidence import DynamoDBEvidence
from hotline.domain.attachments import Attachment, OfferUpload, Party, Picture, RefusalReason
from tests.adapters.conftest import Tables

NOW = datetime(2026, 5, 6, tzinfo=UTC)
REDRAWN = Picture(b"jpeg", "image/jpeg", 40, 30)
UPLOAD = OfferUpload(content_type="image/jpeg", size_bytes=1000, file_name="灯.jpg")


def offered(tables: Tables, appeal_id: str, place: str, party: Party) -> Attachment:
    attachment = Attachment.offer(appeal_id, place, party, UPLOAD, bytes(16), NOW)
    assert DynamoDBAttachments(tables.client, "TextsTable").claim(attachment)
    return attachment


def test_what_was_never_sent_refused_or_another_s_is_no_evidence(tables: Tables) -> None:
    store = DynamoDBAttachments(tables.client, "TextsTable")
    shown, coming, refused = (offered(tables, "A", place, "agency") for place in ("a01", "a02", "a03"))
    citizens, elsewhere = offered(tables, "A", "c01", "citizen"), offered(tables, "B", "a01", "agency")
    for each in (shown, citizens, elsewhere):
        store.settle(each.verified(REDRAWN))
    store.settle(refused.refused(RefusalReason.UNREADABLE))
    named = [("A", each.attachment_id) for each in (shown, coming, refused, citizens)]
    named += [("A", "a09"), ("A", ""), ("A", "没有上传"), ("A", "a01"), ("B", elsewhere.attachment_id)]
    evidence = DynamoDBEvidence(tables.client, "TextsTable")
    there = {("A", shown.attachment_id), ("B", elsewhere.attachment_id)}
    assert evidence.arrived(named, NOW) == there | {("A", coming.attachment_id)}
    assert evidence.arrived(named, NOW + timedelta(days=1)) == there, "what has never come is not coming"
    assert evidence.arrived([], NOW) == set()
