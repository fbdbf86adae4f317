"""What several functions need: stores, directory, tokens, time.

``wiring`` is the only package that knows adapters *and* use cases; it has one module per folder of
``functions/``, so that a function imports what it uses and nothing else. Everything is made on first
use and kept for the life of the process.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

from hotline.adapters.aws import SOMEONE_WAITS, Patience, dynamodb
from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.adapters.dynamodb.texts import DynamoDBWords
from hotline.adapters.secrets import signing_key
from hotline.domain.tokens import Tokens
from hotline.settings import setting


def now() -> datetime:
    """The present moment in whole seconds: the server's clock is the only one that counts."""
    return datetime.now(UTC).replace(microsecond=0)


def cases(patience: Patience = SOMEONE_WAITS) -> DynamoDBCases:
    """The cases; workers pass ``NOBODY_WAITS``."""
    return DynamoDBCases(dynamodb(patience), setting("CASES_TABLE"))


def words(patience: Patience = SOMEONE_WAITS) -> DynamoDBWords:
    """The citizens' words."""
    return DynamoDBWords(dynamodb(patience), setting("TEXTS_TABLE"))


def directories() -> DynamoDBDirectories:
    """The directory; kept, because it caches, for as long as its client is."""
    return _directories(dynamodb(), setting("DIRECTORY_TABLE"))


@cache
def tokens() -> Tokens:
    """Makes and checks tokens with the stack's key."""
    return Tokens(signing_key)


def cursor_key() -> bytes:
    """What signs the cursors of lists."""
    return signing_key("cursor")


@cache
def _directories(client: Any, table: str) -> DynamoDBDirectories:
    return DynamoDBDirectories(client, table)
