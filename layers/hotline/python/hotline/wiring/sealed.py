"""保密举报: the only place that opens the sealed table, for intake, messages to informants and the desk.

Nothing that works for agencies may import this module; ``tests/wiring/test_sealed.py`` holds that.
"""

from __future__ import annotations

from hotline.adapters.aws import SOMEONE_WAITS, Patience, dynamodb
from hotline.adapters.dynamodb.attachments import DynamoDBAttachments
from hotline.adapters.dynamodb.sealed import DynamoDBSealed
from hotline.settings import setting


def sealed_words(patience: Patience = SOMEONE_WAITS) -> DynamoDBSealed:
    """What confidential informants said; workers pass ``NOBODY_WAITS``."""
    return DynamoDBSealed(dynamodb(patience), setting("SEALED_TABLE"))


def sealed_attachments(patience: Patience = SOMEONE_WAITS) -> DynamoDBAttachments:
    """The places for informants' pictures."""
    return DynamoDBAttachments(dynamodb(patience), setting("SEALED_TABLE"))
