"""What confidential informants said: a table that no function which serves agencies may open.

Its items have the form of those in the texts table (``texts.py``); only ``wiring/sealed.py`` joins
this module to functions, and ``tests/wiring/test_sealed.py`` holds which.
"""

from __future__ import annotations

from typing import cast

from hotline.adapters.dynamodb.texts import DynamoDBNotes, decode_words
from hotline.domain.appeal import Language
from hotline.domain.confidential import Statement


class DynamoDBSealed(DynamoDBNotes):
    """Implements ``ports.SealedWords``."""

    def statement(self, appeal_id: str) -> Statement:
        """What the informant said at registration."""
        item = self._said(appeal_id)
        return Statement(words=decode_words(item), language=cast("Language", item["l"]["S"]))
