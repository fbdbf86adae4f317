"""Read what DynamoDB says when a condition did not hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]


def condition_failed(error: ClientError) -> bool:
    """Whether a condition failed: of the one write, or of one in a transaction."""
    if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
        return True
    return "ConditionalCheckFailed" in _reasons(error)


def item_found(error: ClientError) -> Item | None:
    """What stood in the way, where the write asked for ``ALL_OLD``; None when there was nothing."""
    answer: Mapping[str, Any] = error.response
    return answer.get("Item")


def was_in_conflict(error: BaseException | None) -> bool:
    """Whether another transaction, or an earlier try at this one, was at the same items just then."""
    if not isinstance(error, ClientError):
        return False
    in_progress = error.response["Error"]["Code"] == "TransactionInProgressException"
    return in_progress or "TransactionConflict" in _reasons(error)


def _reasons(error: ClientError) -> set[str]:
    return {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", ())}
