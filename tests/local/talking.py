"""Talk to a deployed stack as its users do: over HTTP, over SQS, and by looking into its tables."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import boto3

from infrastructure.local.identity import Identity, staff_claims

Stack = Mapping[str, Any]
T = TypeVar("T")

PATIENCE_S = 120
"""How long a test waits for something that must happen; far above what an idle machine needs."""


class Reply(NamedTuple):
    """What the API answered."""

    status: int
    body: Any
    headers: Mapping[str, str]


def call(
    stack: Stack, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """One request to the API; refusals are answers too."""
    request = urllib.request.Request(
        stack["api_url"] + path,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Content-Type": "application/json", **(headers or {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Reply(answer.status, _parsed(answer.read()), dict(answer.headers))
    except urllib.error.HTTPError as refusal:
        return Reply(refusal.code, _parsed(refusal.read()), dict(refusal.headers))


def bearer(stack: Stack, role: str, agency: str | None = None, district: str | None = None) -> dict[str, str]:
    """The header that a member of staff sends."""
    claims = staff_claims(role, agency, district)
    token = Identity(Path(stack["identity_folder"])).token(claims, timedelta(hours=1), datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


def client(stack: Stack, service: str) -> Any:
    """A boto3 client for the stack, with the account's own rights."""
    return boto3.client(
        service,
        endpoint_url=stack["endpoint_url"],
        region_name=stack["region"],
        aws_access_key_id=stack["aws_access_key_id"],
        aws_secret_access_key=stack["aws_secret_access_key"],
    )


def eventually(what: Callable[[], T | None], why: str, patience_s: float = PATIENCE_S) -> T:
    """Wait until ``what`` gives something, and give it back."""
    deadline = time.monotonic() + patience_s
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {why}")
        time.sleep(0.1)


def receive(stack: Stack, queue_url: str, wanted: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    """The next message that is wanted; it and those before it are taken off the queue."""
    sqs = client(stack, "sqs")

    def look() -> Mapping[str, Any] | None:
        answer = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
        )
        found = None
        for message in answer.get("Messages", ()):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            if wanted(message):
                found = message
        return found

    return eventually(look, f"no such message on {queue_url.rpartition('/')[2]}")


def agency_queue(stack: Stack, agency_id: str) -> str:
    """The URL of an agency's own queue."""
    name = f"{stack['agency_queue_prefix']}-{agency_id}"
    url: str = client(stack, "sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def another_matter() -> dict[str, str]:
    """A moment that no other appeal is about: equal appeals would be handled together."""
    past = timedelta(seconds=random.randrange(300 * 24 * 3600))
    return {"happened_at": (datetime.now(UTC) - past).isoformat(timespec="seconds")}


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
