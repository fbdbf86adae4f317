"""Hurt a running stack as operation will: kill its functions, take a permission away, make retries come soon."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.local.talking import Stack, client

FUNCTION_TIMEOUT_S = 15
"""The shortest pause before a retry that makes sense: until then the first try may still run."""

WORKER_QUEUES = (
    "channel_records_queue_url",
    "dispatch_queue_url",
    "delivery_queue_url",
    "replies_queue_url",
    "survey_queue_url",
    "counting_queue_url",
    "messages_queue_url",
)


@contextmanager
def soon_retried(stack: Stack) -> Iterator[None]:
    """Let a message whose worker died come back after 15 s, not after the template's 90 s."""
    sqs, visibility = client(stack, "sqs"), "VisibilityTimeout"
    before = {}
    for url in (stack[name] for name in WORKER_QUEUES):
        facts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[visibility])
        before[url] = facts["Attributes"][visibility]
    try:
        for url in before:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={visibility: str(FUNCTION_TIMEOUT_S)})
        yield
    finally:
        for url, seconds in before.items():
            sqs.set_queue_attributes(QueueUrl=url, Attributes={visibility: seconds})


def kill_functions(stack: Stack) -> int:
    """SIGKILL every function process of this stack, and of no other; how many there were."""
    folder = Path(stack["identity_folder"]).parent
    unpacked = str(folder / "state" / "tmp" / "ministack-lambda-")
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,args="], stdout=subprocess.PIPE, text=True, check=True
    )
    processes = (line.split(maxsplit=1) for line in listing.stdout.splitlines())
    workers = [int(pid) for pid, command in processes if unpacked in command]
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(workers)


@contextmanager
def without_permission(stack: Stack, function: str, action: str, resource: str) -> Iterator[None]:
    """Take one action on one resource out of a function's policy, and give it back at the end.

    ``resource`` is a part of its ARN, such as the table's name.
    """
    iam, role = client(stack, "iam"), role_of(stack, function)
    policy = f"{function}RolePolicy0"
    before = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    after = {**before, "Statement": [_without(each, action, resource) for each in before["Statement"]]}
    assert after != before, f"{function} has no {action} on {resource}"
    try:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(after))
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(before))


def role_of(stack: Stack, function: str) -> str:
    """The name of the role that the template's function runs with."""
    found = client(stack, "cloudformation").describe_stack_resource(
        StackName=stack["stack_name"], LogicalResourceId=f"{function}Role"
    )
    name: str = found["StackResourceDetail"]["PhysicalResourceId"]
    return name


def _without(statement: dict[str, Any], action: str, resource: str) -> dict[str, Any]:
    if resource not in json.dumps(statement["Resource"]):
        return statement
    return {**statement, "Action": [each for each in statement["Action"] if each != action]}
