"""Look at a file that has arrived, and keep a clean picture of it or nothing."""

from __future__ import annotations

from hotline.domain.attachments import Attachment, AttachmentStatus, PictureRefused, recognised
from hotline.ports import Attachments, PictureStore, Redraw


def verify_attachment(
    appeal_id: str,
    attachment_id: str,
    *,
    attachments: Attachments,
    pictures: PictureStore,
    redraw: Redraw,
) -> Attachment | None:
    """Redraw the picture, keep the result, delete the file as it came; None when it was not expected.

    The steps are in an order that can be repeated from any point: a second notice of the same upload
    finds it settled and only deletes what may have been left or uploaded again.
    """
    attachment = attachments.get(appeal_id, attachment_id)
    if attachment is not None and attachment.status is AttachmentStatus.OFFERED:
        attachment = _settle(attachment, attachments, pictures, redraw)
    pictures.discard(appeal_id, attachment_id)
    return attachment


def _settle(
    attachment: Attachment, attachments: Attachments, pictures: PictureStore, redraw: Redraw
) -> Attachment:
    try:
        content = pictures.fetch(attachment)
        if content is None:
            return attachment
        picture = redraw(content, recognised(content, attachment))
    except PictureRefused as refusal:
        settled = attachment.refused(refusal.reason)
    else:
        settled = attachment.verified(picture)
        pictures.keep(settled, picture)
    attachments.settle(settled)
    return settled
