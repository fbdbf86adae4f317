"""Allow one picture to be uploaded for an appeal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hotline.domain.attachments import (
    AnyPicture,
    Attachment,
    OfferUpload,
    Party,
    TooManyAttachments,
    UploadOffer,
    free_places,
)
from hotline.ports import Attachments, PictureStore


def offer_upload(
    appeal_id: str,
    command: OfferUpload | AnyPicture,
    party: Party,
    *,
    attachments: Attachments,
    pictures: PictureStore,
    entropy: Callable[[], bytes],
    now: datetime,
    sealed: bool = False,
    then: str | None = None,
) -> UploadOffer:
    """Keep a place among the appeal's pictures and say how to send the file.

    The caller has made sure that the appeal is open and the caller's own. Two offers at once never
    share a place: the second finds it taken and goes on to the next.

    Args:
        sealed: the appeal is confidential, and ``attachments`` are the sealed ones.
        then: the page to which a browser without a script is led afterwards.

    Raises:
        TooManyAttachments: no place is left.
    """
    for place in free_places(attachments.of_appeal(appeal_id), party, now, sealed=sealed):
        attachment = Attachment.offer(appeal_id, place, party, command, entropy(), now)
        if attachments.claim(attachment):
            form = pictures.offer(attachment, then)
            return UploadOffer(
                attachment_id=attachment.attachment_id,
                url=form.url,
                fields=form.fields,
                expires_at=attachment.expires_at,
                max_bytes=attachment.size_bytes,
            )
    raise TooManyAttachments
