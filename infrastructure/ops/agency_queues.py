"""The queue and dead-letter queue of every agency.

Queues are created, never removed: an agency that leaves the directory may still have orders in its
queue, so it is reported instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

MAX_RECEIVES = 5
RETENTION_S = 14 * 24 * 3600
PARALLEL_CALLS = 16
DEAD_LETTERS = "-dlq"


def create_missing(
    client: Any, prefix: str, agency_ids: Iterable[str], progress: Callable[[int, int], None]
) -> list[str]:
    """Create the queues that are not there yet and return the agencies they belong to.

    Args:
        client: an SQS client that can make ``PARALLEL_CALLS`` calls at once.
        prefix: an agency's queue is ``<prefix>-<agency_id>``.
        progress: called with how many agencies are done, of how many.
    """
    existing = queue_names(client, prefix)
    missing = [
        agency_id
        for agency_id in agency_ids
        if not {f"{prefix}-{agency_id}", f"{prefix}-{agency_id}{DEAD_LETTERS}"} <= existing
    ]
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        tasks = [pool.submit(_create_pair, client, prefix, agency_id) for agency_id in missing]
        for done, task in enumerate(as_completed(tasks), 1):
            task.result()
            progress(done, len(tasks))
    return missing


def orphans(client: Any, prefix: str, agency_ids: Iterable[str]) -> list[str]:
    """Agencies that have a queue but are not in the directory."""
    owners = {
        name.removeprefix(f"{prefix}-").removesuffix(DEAD_LETTERS) for name in queue_names(client, prefix)
    }
    return sorted(owners - set(agency_ids))


def queue_names(client: Any, prefix: str) -> set[str]:
    """Names of the agencies' queues that exist."""
    pages = client.get_paginator("list_queues").paginate(
        QueueNamePrefix=f"{prefix}-", PaginationConfig={"PageSize": 1000}
    )
    return {url.rsplit("/", 1)[1] for page in pages for url in page.get("QueueUrls", ())}


def _create_pair(client: Any, prefix: str, agency_id: str) -> None:
    """The dead-letter queue first: the queue's redrive policy names it."""
    name = f"{prefix}-{agency_id}"
    dead_letters = _create(client, name + DEAD_LETTERS, agency_id, {})
    redrive = {"deadLetterTargetArn": dead_letters, "maxReceiveCount": MAX_RECEIVES}
    _create(client, name, agency_id, {"RedrivePolicy": json.dumps(redrive)})


def _create(client: Any, name: str, agency_id: str, attributes: dict[str, str]) -> str:
    """Create an encrypted queue that refuses plain HTTP where there is TLS; return its ARN."""
    url = client.create_queue(
        QueueName=name,
        Attributes={
            "MessageRetentionPeriod": str(RETENTION_S),
            "SqsManagedSseEnabled": "true",
            "ReceiveMessageWaitTimeSeconds": "20",
            **attributes,
        },
        tags={"hotline:agency": agency_id},
    )["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn: str = found["QueueArn"]
    if client.meta.endpoint_url.startswith("https:"):  # the embedded AWS speaks plain HTTP, on loopback
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(_only_over_tls(arn))})
    return arn


def _only_over_tls(arn: str) -> dict[str, Any]:
    statement = {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
