"""Pictures in two buckets: *uploads*, which strangers write to and nobody reads, and *attachments*.

A presigned form pins the key, the type, the size and the time, so it serves for one file. A link to a
verified picture makes the browser save it under a name of ours and never lets it guess a type.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from hotline.adapters.aws import translate_errors
from hotline.domain.attachments import (
    LINK_WINDOW,
    UPLOAD_WINDOW,
    Attachment,
    Picture,
    PictureRefused,
    RefusalReason,
)
from hotline.ports import UploadForm

_ANYTHING = "application/octet-stream"
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def upload_key(appeal_id: str, attachment_id: str) -> str:
    """Where a stranger's file arrives.

    Example:
        >>> upload_key("000G40R40M30E209B", "c01-Zm9v")
        'uploads/000G40R40M30E209B/c01-Zm9v'
    """
    return f"uploads/{appeal_id}/{attachment_id}"


class S3Pictures:
    """Implements ``ports.PictureStore``."""

    def __init__(self, client: Any, uploads_bucket: str, attachments_bucket: str) -> None:
        self._client = client
        self._uploads = uploads_bucket
        self._attachments = attachments_bucket

    def offer(self, attachment: Attachment, then: str | None = None) -> UploadForm:
        """Allow the upload that ``attachment`` describes, and no other; signs without a call.

        What was not declared may be any file of its size: the type under which it lies in quarantine says
        nothing, because nobody is ever given it from there.
        """
        fields = {"Content-Type": attachment.content_type if attachment.declared else _ANYTHING}
        if then:
            fields["success_action_redirect"] = then
        least = attachment.size_bytes if attachment.declared else 1
        with translate_errors("s3"):
            post = self._client.generate_presigned_post(
                Bucket=self._uploads,
                Key=upload_key(attachment.appeal_id, attachment.attachment_id),
                Fields=dict(fields),
                Conditions=[
                    *({name: value} for name, value in fields.items()),
                    ["content-length-range", least, attachment.size_bytes],
                ],
                ExpiresIn=int(UPLOAD_WINDOW.total_seconds()),
            )
        return UploadForm(post["url"], post["fields"])

    def uploads_address(self) -> str:
        """Where forms are sent; signs nothing of use and makes no call."""
        with translate_errors("s3"):
            url: str = self._client.generate_presigned_post(Bucket=self._uploads, Key="-")["url"]
        return url

    def fetch(self, attachment: Attachment) -> bytes | None:
        """The file as it arrived; None when it is gone.

        Raises:
            PictureRefused: it is larger than what was offered; nothing was read.
        """
        key = upload_key(attachment.appeal_id, attachment.attachment_id)
        try:
            with translate_errors("s3"):
                answer = self._client.get_object(Bucket=self._uploads, Key=key)
                if answer["ContentLength"] > attachment.size_bytes:
                    raise PictureRefused(RefusalReason.WRONG_SIZE)
                content: bytes = answer["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchKey":
                raise
            return None
        return content

    def keep(self, attachment: Attachment, picture: Picture) -> None:
        """Put a redrawn picture where people can read it; the same key again, the same picture."""
        with translate_errors("s3"):
            self._client.put_object(
                Bucket=self._attachments,
                Key=_clean_key(attachment),
                Body=picture.content,
                ContentType=picture.content_type,
                ContentDisposition=_saved_as(attachment),
                CacheControl="private, no-store",
            )

    def discard(self, appeal_id: str, attachment_id: str) -> None:
        """Delete the file as it arrived; deleting twice is no error."""
        with translate_errors("s3"):
            self._client.delete_object(Bucket=self._uploads, Key=upload_key(appeal_id, attachment_id))

    def link(self, attachment: Attachment) -> str:
        """A link to a verified picture that works for ``LINK_WINDOW``; signs without a call."""
        with translate_errors("s3"):
            url: str = self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self._attachments,
                    "Key": _clean_key(attachment),
                    "ResponseContentType": attachment.content_type,
                    "ResponseContentDisposition": _saved_as(attachment),
                },
                ExpiresIn=int(LINK_WINDOW.total_seconds()),
            )
        return url


def _clean_key(attachment: Attachment) -> str:
    """Informants' pictures have a folder of their own, which whoever works for agencies may not read."""
    folder = "sealed" if attachment.sealed else "attachments"
    return f"{folder}/{attachment.appeal_id}/{_own_name(attachment)}"


def _own_name(attachment: Attachment) -> str:
    """A file name without a word of the sender's."""
    return f"{attachment.attachment_id}.{_ENDINGS[attachment.content_type]}"


def _saved_as(attachment: Attachment) -> str:
    return f'attachment; filename="{_own_name(attachment)}"'
