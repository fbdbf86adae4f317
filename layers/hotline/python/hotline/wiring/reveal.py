"""保密举报: what the desk of ``functions/dispatch`` runs with to read an informant's words, on record."""

from __future__ import annotations

from hotline.adapters.aws import s3
from hotline.adapters.s3 import S3Pictures
from hotline.domain.actor import Actor
from hotline.domain.identifiers import random_entropy
from hotline.settings import setting
from hotline.use_cases import reveal_informant
from hotline.wiring.common import cases, directories, now
from hotline.wiring.sealed import sealed_attachments, sealed_words


def reveal(appeal_id: str, command: reveal_informant.Reveal, by: Actor) -> reveal_informant.Revealed:
    """Show what an informant said, after the look is on record."""
    return reveal_informant.reveal_informant(
        appeal_id,
        command,
        by=by,
        entropy=random_entropy(),
        cases=cases(),
        sealed=sealed_words(),
        attachments=sealed_attachments(),
        pictures=S3Pictures(s3(), setting("UPLOADS_BUCKET"), setting("ATTACHMENTS_BUCKET")),
        directories=directories(),
        now=now,
    )
