"""Pictures: what ``functions/intake/verify_attachments.py`` runs with; the only place that loads Pillow."""

from __future__ import annotations

from hotline.adapters import pictures
from hotline.adapters.aws import NOBODY_WAITS, dynamodb, s3
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.s3 import S3Pictures
from hotline.domain.attachments import Attachment, is_sealed
from hotline.settings import setting
from hotline.use_cases import verify_attachment
from hotline.wiring.sealed import sealed_attachments


def verify(appeal_id: str, attachment_id: str) -> Attachment | None:
    """Keep a clean picture of a file that has arrived, or none."""
    return verify_attachment.verify_attachment(
        appeal_id,
        attachment_id,
        attachments=sealed_attachments(NOBODY_WAITS) if is_sealed(attachment_id) else _attachments(),
        pictures=S3Pictures(s3(), setting("UPLOADS_BUCKET"), setting("ATTACHMENTS_BUCKET")),
        redraw=pictures.redraw,
    )


def _attachments() -> DynamoDBAttachments:
    return DynamoDBAttachments(dynamodb(NOBODY_WAITS), setting("TEXTS_TABLE"))
