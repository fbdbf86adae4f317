"""What may be sent as a picture, and what becomes of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from hotline.domain.attachments import (
    LAPSE,
    MAX_BYTES,
    PLACES,
    UPLOAD_WINDOW,
    AnyPicture,
    Attachment,
    AttachmentStatus,
    ContentType,
    OfferUpload,
    Party,
    Picture,
    PictureRefused,
    RefusalReason,
    TooManyAttachments,
    UploadOffer,
    free_places,
    recognised,
    sniff,
)
from hotline.ports import UploadForm
from hotline.use_cases.list_attachments import list_attachments
from hotline.use_cases.offer_upload import offer_upload
from hotline.use_cases.verify_attachment import verify_attachment

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)
APPEAL = "000G40R40M30E209B"
JPEG = b"\xff\xd8\xff\xe0" + bytes(96)


class Known:
    """``ports.Attachments`` in memory."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, str], Attachment] = {}
        self.taken_meanwhile: set[str] = set()

    def of_appeal(self, appeal_id: str) -> list[Attachment]:
        return [attachment for key, attachment in sorted(self.places.items()) if key[0] == appeal_id]

    def get(self, appeal_id: str, attachment_id: str) -> Attachment | None:
        attachment = self.places.get((appeal_id, attachment_id.partition("-")[0]))
        return attachment if attachment and attachment.attachment_id == attachment_id else None

    def claim(self, attachment: Attachment) -> bool:
        if attachment.place in self.taken_meanwhile:
            return False
        self.places[attachment.appeal_id, attachment.place] = attachment
        return True

    def settle(self, attachment: Attachment) -> None:
        if self.places[attachment.appeal_id, attachment.place].status is AttachmentStatus.OFFERED:
            self.places[attachment.appeal_id, attachment.place] = attachment


class Buckets:
    """``ports.PictureStore`` in memory."""

    def __init__(self) -> None:
        self.uploads: dict[str, bytes] = {}
        self.kept: dict[str, Picture] = {}

    def offer(self, attachment: Attachment, then: str | None = None) -> UploadForm:
        return UploadForm("https://uploads", {"key": attachment.attachment_id})

    def fetch(self, attachment: Attachment) -> bytes | None:
        return self.uploads.get(attachment.attachment_id)

    def keep(self, attachment: Attachment, picture: Picture) -> None:
        self.kept[attachment.attachment_id] = picture

    def discard(self, appeal_id: str, attachment_id: str) -> None:
        self.uploads.pop(attachment_id, None)

    def link(self, attachment: Attachment) -> str:
        return f"https://attachments/{attachment.attachment_id}"


def drawn(content: bytes, content_type: ContentType) -> Picture:
    return Picture(b"clean", content_type, 40, 30)


def not_a_picture(content: bytes, content_type: ContentType) -> Picture:
    raise PictureRefused(RefusalReason.UNREADABLE)


class Album:
    """An appeal's pictures, with verbs for what happens to them."""

    def __init__(self) -> None:
        self.known = Known()
        self.buckets = Buckets()
        self._ids = count()

    def offer(self, party: Party = "citizen", now: datetime = NOW, **changes: Any) -> UploadOffer:
        fields = {"content_type": "image/jpeg", "size_bytes": len(JPEG), "file_name": "路灯.jpg"}
        return offer_upload(
            APPEAL,
            OfferUpload.model_validate(fields | changes),
            party,
            attachments=self.known,
            pictures=self.buckets,
            entropy=lambda: next(self._ids).to_bytes(16, "big"),
            now=now,
        )

    def upload(self, offer: UploadOffer, content: bytes = JPEG) -> None:
        self.buckets.uploads[offer.attachment_id] = content

    def verify(self, attachment_id: str, redraw: Any = drawn) -> Attachment | None:
        return verify_attachment(
            APPEAL, attachment_id, attachments=self.known, pictures=self.buckets, redraw=redraw
        )

    def verified(self) -> UploadOffer:
        offer = self.offer()
        self.upload(offer)
        self.verify(offer.attachment_id)
        return offer


@pytest.fixture
def album() -> Album:
    return Album()


def test_an_offer_says_where_to_send_and_until_when(album: Album) -> None:
    offer = album.offer()
    assert offer.attachment_id.startswith("c01-")
    assert offer.expires_at == NOW + UPLOAD_WINDOW
    assert offer.max_bytes == len(JPEG)
    assert offer.fields == {"key": offer.attachment_id}


@pytest.mark.parametrize(
    "changes",
    [
        {"content_type": "image/svg+xml"},
        {"content_type": "text/html"},
        {"content_type": "application/pdf"},
        {"size_bytes": 0},
        {"size_bytes": MAX_BYTES + 1},
        {"file_name": "a\nb.jpg"},
        {"file_name": "a\u202egpj.exe"},
        {"file_name": ""},
    ],
)
def test_what_cannot_be_redrawn_is_not_offered_a_place(album: Album, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        album.offer(**changes)
    assert album.known.places == {}


def test_the_tenth_picture_finds_no_place(album: Album) -> None:
    offers = [album.offer() for _ in range(PLACES)]
    assert [offer.attachment_id[:3] for offer in offers] == [f"c0{number}" for number in range(1, 10)]
    with pytest.raises(TooManyAttachments):
        album.offer()


def test_a_citizens_pictures_leave_the_agency_its_own_places(album: Album) -> None:
    for _ in range(PLACES):
        album.offer()
    assert album.offer("agency").attachment_id.startswith("a01-")


def test_a_place_taken_meanwhile_is_passed_over(album: Album) -> None:
    album.known.taken_meanwhile = {"c01", "c02"}
    assert album.offer().attachment_id.startswith("c03-")


def test_an_upload_that_never_came_frees_its_place_after_an_hour(album: Album) -> None:
    album.offer()
    just_before = NOW + UPLOAD_WINDOW + LAPSE - timedelta(seconds=1)
    assert album.offer(now=just_before).attachment_id.startswith("c02-")
    assert album.offer(now=NOW + UPLOAD_WINDOW + LAPSE).attachment_id.startswith("c01-")


def test_a_refused_picture_frees_its_place_at_once_and_a_verified_one_never(album: Album) -> None:
    refused = album.offer()
    album.upload(refused)
    album.verify(refused.attachment_id, not_a_picture)
    album.verified()
    assert free_places(album.known.of_appeal(APPEAL), "citizen", NOW + timedelta(days=99))[0] == "c02"


def test_a_picture_that_arrived_is_kept_clean_and_its_original_deleted(album: Album) -> None:
    offer = album.offer()
    album.upload(offer)
    attachment = album.verify(offer.attachment_id)
    assert attachment is not None
    assert (attachment.status, attachment.width, attachment.size_bytes) == (AttachmentStatus.VERIFIED, 40, 5)
    assert album.buckets.kept[offer.attachment_id].content == b"clean"
    assert album.buckets.uploads == {}


@pytest.mark.parametrize(
    ("content", "redraw", "reason"),
    [
        (JPEG + b"x", drawn, RefusalReason.WRONG_SIZE),
        (b"GIF89a" + bytes(94), drawn, RefusalReason.WRONG_TYPE),
        (b"<svg onload=alert(1)>".ljust(100), drawn, RefusalReason.WRONG_TYPE),
        (JPEG, not_a_picture, RefusalReason.UNREADABLE),
    ],
)
def test_a_file_that_is_not_what_was_offered_is_refused_with_the_reason_and_deleted(
    album: Album, content: bytes, redraw: Any, reason: RefusalReason
) -> None:
    offer = album.offer()
    album.upload(offer, content)
    attachment = album.verify(offer.attachment_id, redraw)
    assert attachment is not None
    assert (attachment.status, attachment.reason) == (AttachmentStatus.REFUSED, reason)
    assert album.known.get(APPEAL, offer.attachment_id) == attachment
    assert (album.buckets.uploads, album.buckets.kept) == ({}, {})


def test_a_second_notice_of_the_same_upload_changes_nothing(album: Album) -> None:
    offer = album.verified()
    before = album.known.get(APPEAL, offer.attachment_id)
    assert album.verify(offer.attachment_id, not_a_picture) == before
    assert album.known.get(APPEAL, offer.attachment_id) == before


def test_the_same_form_sent_again_after_verification_only_loses_its_file(album: Album) -> None:
    offer = album.verified()
    album.upload(offer, b"\xff\xd8\xff another")
    album.verify(offer.attachment_id)
    assert album.buckets.uploads == {}
    assert album.buckets.kept[offer.attachment_id].content == b"clean"


def test_work_cut_off_after_keeping_is_finished_by_the_next_notice(album: Album) -> None:
    offer = album.offer()
    album.upload(offer)
    album.buckets.keep(album.known.of_appeal(APPEAL)[0], Picture(b"clean", "image/jpeg", 40, 30))
    attachment = album.verify(offer.attachment_id)
    assert attachment is not None
    assert attachment.status is AttachmentStatus.VERIFIED


def test_a_file_that_nobody_offered_is_deleted(album: Album) -> None:
    album.buckets.uploads["c01-stranger"] = JPEG
    assert album.verify("c01-stranger") is None
    assert album.buckets.uploads == {}


def test_a_notice_whose_file_is_gone_leaves_the_offer_open(album: Album) -> None:
    offer = album.offer()
    attachment = album.verify(offer.attachment_id)
    assert attachment is not None
    assert attachment.status is AttachmentStatus.OFFERED


def test_only_verified_pictures_have_a_link(album: Album) -> None:
    verified, offered = album.verified(), album.offer()
    views = {
        view.attachment_id: view.url
        for view in list_attachments(APPEAL, attachments=album.known, pictures=album.buckets)
    }
    assert views == {
        verified.attachment_id: f"https://attachments/{verified.attachment_id}",
        offered.attachment_id: None,
    }


@pytest.mark.parametrize(
    ("format_", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_magic_bytes_tell_the_type(format_: str, content_type: str) -> None:
    target = io.BytesIO()
    Image.new("RGB", (2, 2)).save(target, format_)
    assert sniff(target.getvalue()[:16]) == content_type


@pytest.mark.parametrize(
    "head", [b"", b"GIF89a", b"%PDF-1.7", b"<svg", b"<!DOCTYPE", b"PK\x03\x04", b"RIFF\0\0\0\0WAVE"]
)
def test_everything_else_has_no_type(head: bytes) -> None:
    assert sniff(head) is None


def test_size_and_type_must_both_be_as_declared(album: Album) -> None:
    album.offer()
    (attachment,) = album.known.of_appeal(APPEAL)
    recognised(JPEG, attachment)
    with pytest.raises(PictureRefused, match="wrong-size"):
        recognised(JPEG[:-1], attachment)
    with pytest.raises(PictureRefused, match="wrong-type"):
        recognised(bytes(len(JPEG)), attachment)


def undeclared(album: Album) -> UploadOffer:
    """What a browser without a script is offered: it cannot say beforehand what will be chosen."""
    return offer_upload(
        APPEAL,
        AnyPicture(),
        "citizen",
        attachments=album.known,
        pictures=album.buckets,
        entropy=lambda: bytes(16),
        now=NOW,
    )


def test_what_a_plain_form_sends_is_known_by_its_own_first_bytes(album: Album) -> None:
    offer = undeclared(album)
    target = io.BytesIO()
    Image.new("RGB", (2, 2)).save(target, "PNG")
    album.upload(offer, target.getvalue())
    settled = album.verify(offer.attachment_id)
    assert settled is not None
    assert (settled.status, settled.content_type) == (AttachmentStatus.VERIFIED, "image/png")
    assert offer.max_bytes == MAX_BYTES


@pytest.mark.parametrize("disguised", [b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ\x90\0", b"GIF89a"])
def test_a_file_in_disguise_is_refused_from_a_plain_form_too(album: Album, disguised: bytes) -> None:
    offer = undeclared(album)
    album.upload(offer, disguised)
    settled = album.verify(offer.attachment_id)
    assert settled is not None
    assert settled.reason is RefusalReason.WRONG_TYPE
    assert album.buckets.kept == {}
