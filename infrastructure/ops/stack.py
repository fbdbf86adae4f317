"""Which deployed stack a command talks to.

On a laptop that is ``.local/stack.json``, which ``make run`` writes; for an account it is the
outputs of a CloudFormation stack and the credentials of the caller's environment.

Example:
    >>> stack = Stack({"directory_table": "t", "region": "eu-west-1"})
    >>> stack["directory_table"]
    't'
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

LOCAL_STACK = Path(".local/stack.json")
_WORD_START = re.compile(r"(?<!^)(?<![A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class StackUnknown(Exception):
    """The stack to work on cannot be found; the message says what to do."""


class Stack:
    """The outputs of a deployed stack, by snake_case name, and clients for it."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._outputs = outputs

    def __getitem__(self, name: str) -> str:
        try:
            return str(self._outputs[name])
        except KeyError:
            raise StackUnknown(
                f"the stack has no output {name!r}: deploy the current template first"
            ) from None

    def client(self, service: str, connections: int = 10) -> Any:
        """A boto3 client; on the embedded AWS its test credentials are used.

        Args:
            connections: how many calls may run at once.
        """
        endpoint_url = self._outputs.get("endpoint_url")
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if endpoint_url else {}
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=endpoint_url,
            region_name=self._outputs.get("region"),
            config=Config(max_pool_connections=connections, retries={"mode": "standard", "max_attempts": 6}),
            **credentials,
        )


def add_stack_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be pointed at a stack."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--stack",
        type=Path,
        default=LOCAL_STACK,
        metavar="FILE",
        help=f"stack outputs (default: {LOCAL_STACK})",
    )
    source.add_argument(
        "--from-cloudformation", metavar="NAME", help="read the outputs of a deployed CloudFormation stack"
    )
    parser.add_argument("--region", help="AWS region of that stack (default: from the environment)")


def stack_from(arguments: argparse.Namespace) -> Stack:
    """The stack that the arguments name.

    Raises:
        StackUnknown: there is no such file or stack.
    """
    if arguments.from_cloudformation:
        return _from_cloudformation(arguments.from_cloudformation, arguments.region)
    return _from_file(arguments.stack)


def snake_case(name: str) -> str:
    """The name of an output as this program uses it.

    Example:
        >>> snake_case("DirectoryTable"), snake_case("RepliesQueueURL")
        ('directory_table', 'replies_queue_url')
    """
    return _WORD_START.sub("_", name).lower()


def _from_file(path: Path) -> Stack:
    try:
        return Stack(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise StackUnknown(
            f"{path} is not there: start the embedded AWS with 'make run', or name a deployed stack with "
            "--from-cloudformation NAME"
        ) from None
    except ValueError as error:
        raise StackUnknown(f"{path} is not valid JSON ({error}): run 'make run' again") from None


def _from_cloudformation(name: str, region: str | None) -> Stack:
    try:
        client = boto3.client("cloudformation", region_name=region)
        found = client.describe_stacks(StackName=name)["Stacks"][0]
    except (ClientError, BotoCoreError) as error:
        raise StackUnknown(f"cannot read stack {name!r}: {error}") from None
    outputs = {snake_case(each["OutputKey"]): each["OutputValue"] for each in found.get("Outputs", ())}
    return Stack({"region": client.meta.region_name, "stack_name": name, **outputs})
