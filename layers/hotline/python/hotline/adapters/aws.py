"""Clients for AWS, made on first use and kept for the life of the process.

The retry budget is the product: a citizen waits at most three seconds for a refusal. In botocore's
``legacy`` mode two throttles of a DynamoDB call cost 150 ms of waiting (``standard`` waits up to
seconds), and :func:`_stop_after_second_timeout` ends a call whose endpoint is silent after two
attempts instead of four.

Clients are made from botocore, not boto3: the same methods, a fifth less to import.

Example::

    with translate_errors("dynamodb"):
        dynamodb().get_item(TableName=table, Key=key)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from hotline.domain.errors import Unavailable


class Patience(NamedTuple):
    """How long one call may take.

    Attributes:
        attempts: tries in all, the first included; throttles wait 50, 100, 200 … ms between them.
        connect_s: seconds until the connection must stand.
        read_s: seconds of silence after which an attempt is given up.
    """

    attempts: int
    connect_s: float
    read_s: float


SOMEONE_WAITS = Patience(attempts=4, connect_s=1.0, read_s=1.0)
"""For the API: throttled for good fails after 0.35 s of waiting, silence after 2 s."""

NOBODY_WAITS = Patience(attempts=8, connect_s=2.0, read_s=5.0)
"""For queue and stream workers: throttled for good fails after 6.4 s, silence after 10 s."""

ONE_TRY = Patience(attempts=1, connect_s=2.0, read_s=10.0)
"""For calls that must not be repeated silently: a text message would arrive twice."""

_LARGE_OBJECTS = Patience(attempts=3, connect_s=1.0, read_s=10.0)

_RETRY_LATER = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "OverLimit",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "ThrottlingError",
        "TooManyRequestsException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ProvisionedThroughputExceeded",
    }
)
_STALE_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "UnrecognizedClientException",
    }
)

_BROKEN_CALLS = (ChecksumError, ConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError)


def dynamodb(patience: Patience = SOMEONE_WAITS) -> Any:
    """The DynamoDB client; workers pass ``NOBODY_WAITS``."""
    return _client("dynamodb", patience)


def sqs(patience: Patience = SOMEONE_WAITS) -> Any:
    """The SQS client; not for long polling, which outlasts its read timeout."""
    return _client("sqs", patience)


def events(patience: Patience = NOBODY_WAITS) -> Any:
    """The EventBridge client; only workers publish."""
    return _client("events", patience)


def s3(patience: Patience = _LARGE_OBJECTS) -> Any:
    """The S3 client; signs with Signature Version 4, which every region accepts."""
    return _client("s3", patience)


def sns(patience: Patience = ONE_TRY) -> Any:
    """The SNS client; SNS cannot recognise a repeated message."""
    return _client("sns", patience)


def secretsmanager(patience: Patience = SOMEONE_WAITS) -> Any:
    """The Secrets Manager client."""
    return _client("secretsmanager", patience)


def forget_clients() -> None:
    """Drop every cached client and credential, so that the next call starts afresh."""
    _client.cache_clear()
    _session.cache_clear()


@contextmanager
def translate_errors(dependency: str) -> Iterator[None]:
    """Turn trouble on the way to ``dependency`` into the domain's ``Unavailable``.

    What the service *answered* (a failed condition, a missing item, a denied permission) passes
    through unchanged: only the caller knows what it means. Also usable as a decorator.

    Raises:
        Unavailable: throttling, silence, a broken connection or answer, a 5xx, stale credentials.
            After the last the clients are made anew, so the next invocation recovers.
    """
    try:
        yield
    except ClientError as error:
        if _codes(error) & _STALE_CREDENTIALS:
            forget_clients()
        elif not _may_pass(error):
            raise
        raise Unavailable(dependency) from error
    except (NoCredentialsError, CredentialRetrievalError) as error:
        forget_clients()
        raise Unavailable(dependency) from error
    except _BROKEN_CALLS as error:
        raise Unavailable(dependency) from error


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _client(service: str, patience: Patience) -> Any:
    client = _session().create_client(
        service,
        config=Config(
            retries={"mode": "legacy", "total_max_attempts": patience.attempts},
            connect_timeout=patience.connect_s,
            read_timeout=patience.read_s,
            parameter_validation=False,
            user_agent="hotline",
            tcp_keepalive=True,
            signature_version="s3v4" if service == "s3" else None,
        ),
    )
    client.meta.events.register_first("needs-retry", _stop_after_second_timeout)
    # The stubs forget that the answer of a needs-retry hook counts: None, or seconds to wait before a retry.
    client.meta.events.register_first("needs-retry.dynamodb", _retry_half_an_answer)  # type: ignore[arg-type]
    return client


def _stop_after_second_timeout(attempts: int, caught_exception: Exception | None = None, **_: Any) -> None:
    """Allow one retry after a timeout: a third wait would outlast the person who waits (FAULTS F11)."""
    if attempts > 1 and isinstance(caught_exception, (ConnectTimeoutError, ReadTimeoutError)):
        raise caught_exception


def _retry_half_an_answer(attempts: int, response: tuple[Any, Any] | None = None, **_: Any) -> float | None:
    """Ask once more when an answer is cut off (FAULTS F13).

    botocore reads half of a JSON document as an empty one, which would mean "no such item". Amazon's
    answers carry a checksum that it verifies; a proxy may lose both.
    """
    if response is None:
        return None
    answer, _parsed = response
    if answer.status_code != 200 or answer.content.endswith(b"}"):
        return None
    if attempts > 1:
        raise ResponseParserError("the answer is cut off")
    return 0.0


def _may_pass(error: ClientError) -> bool:
    """Whether the same call may succeed a moment later."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or bool(_codes(error) & _RETRY_LATER)


def _codes(error: ClientError) -> frozenset[str]:
    """The error code; for a cancelled transaction the reasons, unless one of them is a condition."""
    code = error.response.get("Error", {}).get("Code", "")
    if code != "TransactionCanceledException":
        return frozenset({code})
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())}
    return frozenset() if "ConditionalCheckFailed" in reasons else frozenset(reasons)
