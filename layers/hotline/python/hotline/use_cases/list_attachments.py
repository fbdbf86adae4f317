"""Show the pictures of an appeal to those who may see it."""

from __future__ import annotations

from hotline.domain.attachments import Attachment, AttachmentStatus, AttachmentView
from hotline.ports import Attachments, PictureStore


def list_attachments(
    appeal_id: str, *, attachments: Attachments, pictures: PictureStore
) -> tuple[AttachmentView, ...]:
    """Every picture by place, verified ones with a link that works for five minutes.

    The caller has made sure that the reader is staff concerned with the appeal or holds its key.
    """
    return tuple(_view(attachment, pictures) for attachment in attachments.of_appeal(appeal_id))


def _view(attachment: Attachment, pictures: PictureStore) -> AttachmentView:
    verified = attachment.status is AttachmentStatus.VERIFIED
    return AttachmentView(
        attachment_id=attachment.attachment_id,
        party=attachment.party,
        status=attachment.status,
        file_name=attachment.file_name,
        offered_at=attachment.offered_at,
        reason=attachment.reason,
        content_type=attachment.content_type,
        width=attachment.width,
        height=attachment.height,
        url=pictures.link(attachment) if verified else None,
    )
