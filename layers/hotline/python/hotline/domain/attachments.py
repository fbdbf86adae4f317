"""Pictures that belong to an appeal: what may be sent, and what becomes of it.

A picture is *offered* (a place is kept and an upload is allowed), then, once it has arrived,
*verified* (opened, redrawn without its metadata, readable) or *refused* with a reason. The file that
a stranger sent is never shown to anyone.

Only what can be redrawn pixel by pixel is taken: JPEG, PNG and WebP. Not SVG and HTML (they carry
scripts), not PDF and office files (they cannot be cleaned without trusting them), not HEIC (phones
send JPEG when the page asks for JPEG).

Example:
    >>> sniff(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(8))
    'image/png'
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import Field

from hotline.domain.appeal import Line
from hotline.domain.errors import HotlineError
from hotline.domain.identifiers import token
from hotline.domain.model import Frozen

MAX_BYTES = 10 * 1024 * 1024
"""Size of one file; phone cameras write 2 to 8 MB."""

MAX_PIXELS = 50_000_000
"""Pixels of one picture: the largest common phone sensor. Redrawing it takes up to 650 MB of memory."""

PLACES = 9
"""Pictures per appeal and party: what a phone's picker shows as three by three."""

UPLOAD_WINDOW = timedelta(minutes=10)
"""How long an upload may begin after it was offered."""

LINK_WINDOW = timedelta(minutes=5)
"""How long a link to a verified picture works."""

LAPSE = timedelta(hours=1)
"""After the upload window, how long a place is kept for an upload whose notice is late."""

ContentType = Literal["image/jpeg", "image/png", "image/webp"]
Party = Literal["citizen", "agency"]

_SEALED = "s"


class AttachmentStatus(StrEnum):
    """What has become of an offered picture."""

    OFFERED = "offered"
    VERIFIED = "verified"
    REFUSED = "refused"


class RefusalReason(StrEnum):
    """Why a file that arrived is not kept."""

    WRONG_SIZE = "wrong-size"
    WRONG_TYPE = "wrong-type"
    TOO_MANY_PIXELS = "too-many-pixels"
    UNREADABLE = "unreadable"


class OfferUpload(Frozen):
    """Ask for permission to upload one picture."""

    content_type: ContentType
    size_bytes: int = Field(ge=1, le=MAX_BYTES)
    file_name: Line


class AnyPicture(Frozen):
    """Ask for permission to upload one picture that a form without a script cannot describe beforehand."""

    file_name: Line = "picture"


class UploadOffer(Frozen):
    """Where and how to send the file: ``multipart/form-data`` to ``url``, ``fields`` first, ``file`` last."""

    attachment_id: str
    url: str
    fields: dict[str, str]
    expires_at: datetime
    max_bytes: int


class AttachmentView(Frozen):
    """A picture as staff and the holder of the key see it; ``url`` works for five minutes, once verified."""

    attachment_id: str
    party: Party
    status: AttachmentStatus
    file_name: str
    offered_at: datetime
    reason: RefusalReason | None = None
    content_type: ContentType | None = None
    width: int | None = None
    height: int | None = None
    url: str | None = None


class PictureRefused(Exception):
    """The file is not a picture that can be kept."""

    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class TooManyAttachments(HotlineError):
    """Every place for pictures on this appeal is taken."""

    code = "too-many-attachments"
    title = "Too many attachments"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            f"每件诉求最多上传 {PLACES} 张图片", f"An appeal takes at most {PLACES} pictures", limit=PLACES
        )


class Picture(NamedTuple):
    """A picture redrawn: its pixels and nothing else."""

    content: bytes
    content_type: ContentType
    width: int
    height: int


class Attachment(Frozen):
    """One picture of an appeal.

    ``place`` names the slot that it occupies (``c01`` … ``c09`` for citizens, ``a01`` … for agencies,
    ``s01`` … for informants whose appeal is confidential) and begins ``attachment_id``, so that the id
    alone leads to the item. Of one that is not ``declared``, ``size_bytes`` is the most that may come and
    the file itself says what it is.
    """

    attachment_id: str
    appeal_id: str
    place: str
    party: Party
    status: AttachmentStatus
    content_type: ContentType
    size_bytes: int
    file_name: str
    offered_at: datetime
    expires_at: datetime
    reason: RefusalReason | None = None
    width: int | None = None
    height: int | None = None
    declared: bool = True

    @classmethod
    def offer(
        cls,
        appeal_id: str,
        place: str,
        party: Party,
        upload: OfferUpload | AnyPicture,
        entropy: bytes,
        now: datetime,
    ) -> Attachment:
        """Keep ``place`` for a picture; ``entropy`` (16 bytes) makes its id unguessable."""
        declared = upload if isinstance(upload, OfferUpload) else None
        return cls(
            attachment_id=f"{place}-{token(entropy)}",
            appeal_id=appeal_id,
            place=place,
            party=party,
            status=AttachmentStatus.OFFERED,
            content_type=declared.content_type if declared else "image/jpeg",
            size_bytes=declared.size_bytes if declared else MAX_BYTES,
            file_name=upload.file_name,
            offered_at=now,
            expires_at=now + UPLOAD_WINDOW,
            declared=declared is not None,
        )

    def verified(self, picture: Picture) -> Attachment:
        """The picture has been redrawn and kept."""
        return self.model_copy(
            update={
                "status": AttachmentStatus.VERIFIED,
                "content_type": picture.content_type,
                "size_bytes": len(picture.content),
                "width": picture.width,
                "height": picture.height,
            }
        )

    def refused(self, reason: RefusalReason) -> Attachment:
        """The file that arrived is not kept."""
        return self.model_copy(update={"status": AttachmentStatus.REFUSED, "reason": reason})

    @property
    def lapses_at(self) -> datetime:
        """When the place is free again if nothing has arrived."""
        return self.expires_at + LAPSE

    @property
    def sealed(self) -> bool:
        """Whether it is an informant's, kept where no agency can reach it."""
        return is_sealed(self.attachment_id)

    def holds_place(self, now: datetime) -> bool:
        """Whether its place is still taken: refused and lapsed ones make room."""
        if self.status is AttachmentStatus.OFFERED:
            return now < self.lapses_at
        return self.status is AttachmentStatus.VERIFIED


def free_places(
    attachments: Iterable[Attachment], party: Party, now: datetime, *, sealed: bool = False
) -> list[str]:
    """The places that ``party`` may still fill, in order; ``sealed`` ones for informants.

    Example:
        >>> free_places([], "agency", datetime.now())[:2]
        ['a01', 'a02']
    """
    letter = _SEALED if sealed else party[0]
    taken = {attachment.place for attachment in attachments if attachment.holds_place(now)}
    places = (f"{letter}{number:02d}" for number in range(1, PLACES + 1))
    return [place for place in places if place not in taken]


def is_sealed(attachment_id: str) -> bool:
    """Whether an id names an informant's picture.

    Example:
        >>> is_sealed("s01-Zm9v"), is_sealed("c01-Zm9v")
        (True, False)
    """
    return attachment_id.startswith(_SEALED)


def sniff(head: bytes) -> ContentType | None:
    """What the first 16 bytes say a file is; None for everything that is not taken."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def recognised(content: bytes, attachment: Attachment) -> ContentType:
    """What a file is, held against what was declared when the upload was offered.

    Raises:
        PictureRefused: another size or another type, or none that is taken.
    """
    found = sniff(content[:16])
    if attachment.declared and len(content) != attachment.size_bytes:
        raise PictureRefused(RefusalReason.WRONG_SIZE)
    if found is None or (attachment.declared and found != attachment.content_type):
        raise PictureRefused(RefusalReason.WRONG_TYPE)
    return found
