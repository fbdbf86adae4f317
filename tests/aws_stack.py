"""The stack of ``template.yaml`` inside this process: its tables, queues, bus, buckets and secret on moto.

Functions are invoked by their logical name with the environment that the template gives them, and
nothing else of it.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
from moto.backends import get_backend

from hotline.adapters import aws, secrets, sqs
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.domain.identifiers import keyed
from hotline.domain.tokens import Tokens
from hotline.wiring import common, far_ends, notify, open311, sessions
from infrastructure.directory.loading import Loaded
from tests.template import ROOT, FunctionSpec, load

REGION = "cn-north-1"
ACCOUNT = "123456789012"
STACK = "hotline"
SECRET = "a secret of the tests, sixty-four characters long, for signing only"
EVENTS = ROOT / "events"

_STANDING = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


class TestClock:
    """The time, which a test moves."""

    __test__ = False

    def __init__(self, at: datetime = datetime(2026, 5, 6, 1, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        """Let time pass, for example ``clock.pass_(hours=2)``."""
        self.at += timedelta(**span)


class Context:
    """Lambda's context with time enough, or as much as a test leaves."""

    function_name = "test"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def __init__(self, remaining_ms: int = 15_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


def sample(name: str) -> dict[str, Any]:
    """A file of ``events/``.

    Example:
        >>> sample("intake/api.register")["httpMethod"]
        'POST'
    """
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def function_of(sample_name: str) -> str:
    """The logical name of the function that a sample is for: ``<folder>/<file>[.<case>]``.

    Example:
        >>> function_of("handling/api.acknowledge")
        'HandlingApi'
    """
    path = sample_name.partition(".")[0]
    (name,) = (each.name for each in load().functions.values() if each.path == path)
    return name


class FunctionRunner:
    """Invokes functions of the template in this process; ``lookup`` knows the physical names."""

    clock: TestClock

    def lookup(self, name: str, attribute: str | None) -> Any:
        """What ``Ref name`` or ``GetAtt name.attribute`` stands for."""
        raise NotImplementedError

    def invoke(self, function: str, event: Mapping[str, Any], remaining_ms: int = 15_000) -> Any:
        """Call a function as Lambda would."""
        spec = load().functions[function]
        module = importlib.import_module(spec.module)
        handler = getattr(module, spec.handler.rpartition(".")[2])
        with ExitStack() as patches:
            patches.enter_context(
                mock.patch.dict(os.environ, {**_STANDING, **self.variables(spec)}, clear=True)
            )
            for wiring in [
                module for name, module in sys.modules.items() if name.startswith("hotline.wiring.")
            ]:
                if hasattr(wiring, "now"):
                    patches.enter_context(mock.patch.object(wiring, "now", self.clock))
            return handler(event, Context(remaining_ms))

    def run(self, sample_name: str, remaining_ms: int = 15_000) -> Any:
        """Call the function that a sample event is for."""
        return self.invoke(function_of(sample_name), sample(sample_name), remaining_ms)

    def variables(self, function: FunctionSpec) -> dict[str, str]:
        """The environment that the template gives a function; kept, so that a test may take one away."""
        known: dict[str, dict[str, str]] = self.__dict__.setdefault("_variables", {})
        if function.name not in known:
            resolved = load().resolve(dict(function.environment), self.lookup)
            known[function.name] = {name: str(value) for name, value in resolved.items()}
        return known[function.name]


class MotoStack(FunctionRunner):
    """Everything of the template that keeps something, made on moto."""

    def __init__(self, directory: Loaded) -> None:
        forget_everything()
        self.clock = TestClock()
        self.directory = directory.directory()
        self.template = load()
        self.dynamodb = boto3.client("dynamodb")
        self.sqs = boto3.client("sqs")
        self.events = boto3.client("events")
        self.s3 = boto3.client("s3")
        self._physical: dict[tuple[str, str | None], str] = {
            ("AWS::StackName", None): STACK,
            ("AWS::Region", None): REGION,
            ("AWS::AccountId", None): ACCOUNT,
            ("AWS::Partition", None): "aws-cn",
            ("AWS::URLSuffix", None): "amazonaws.com.cn",
            ("Api", None): "a1b2c3d4e5",
            ("Open311Api", None): "f6g7h8i9j0",
            ("OidcIssuer", None): "https://id.city.example",
        }
        self._make_secret()
        self._make_tables()
        self._make_queues()
        self._make_bus()
        self._make_buckets()
        self.import_directory(directory)
        self.tokens = Tokens(lambda purpose: keyed(SECRET.encode(), "key", purpose))

    def lookup(self, name: str, attribute: str | None) -> Any:
        return self._physical[name, attribute]

    # ------------------------------------------------------------------ looking

    def table(self, name: str) -> list[dict[str, Any]]:
        """Every item of a table, in the order of its keys."""
        items = self.dynamodb.scan(TableName=self.lookup(name, None), ConsistentRead=True)["Items"]
        return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take every message that waits in a queue of the template, or of an agency."""
        url = self._physical.get((queue, None)) or self.agency_queue(queue)
        taken: list[dict[str, Any]] = []
        while found := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            taken += found
            for message in found:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def agency_queue(self, agency_id: str) -> str:
        """The address of an agency's queue, which is made if it is not there."""
        return str(self.sqs.create_queue(QueueName=f"{STACK}-agency-{agency_id}")["QueueUrl"])

    def reset(self) -> None:
        """Empty tables (not the directory's), queues and buckets, and set the clock back.

        By moto's own means: making a stack anew for every test takes a second.
        """
        self.clock.__init__()  # type: ignore[misc]
        tables = get_backend("dynamodb")[ACCOUNT][REGION].tables
        for name in self.template.of_type("AWS::DynamoDB::Table"):
            if name != "DirectoryTable":
                tables[self.lookup(name, None)].items.clear()
        for queue in get_backend("sqs")[ACCOUNT][REGION].queues.values():
            queue._messages.clear()
            queue.pending_messages.clear()
            queue.pending_message_groups.clear()
        for bucket in get_backend("s3")[ACCOUNT]["aws-cn"].buckets.values():
            bucket.keys.clear()

    # ------------------------------------------------------------------ making

    def import_directory(self, directory: Loaded) -> None:
        """Put a directory in force."""
        table = self.lookup("DirectoryTable", None)
        for item in _directory_items(directory.version, directory):
            self.dynamodb.put_item(TableName=table, Item=item)

    def _make_secret(self) -> None:
        made = boto3.client("secretsmanager").create_secret(Name="signing", SecretString=SECRET)
        self._physical["SigningSecret", None] = made["ARN"]
        made = boto3.client("secretsmanager").create_secret(Name="open311-keys", SecretString="{}")
        self._physical["Open311Keys", None] = made["ARN"]

    def _make_tables(self) -> None:
        for name, properties in self.template.of_type("AWS::DynamoDB::Table").items():
            optional = {key: properties[key] for key in ("GlobalSecondaryIndexes",) if key in properties}
            if "StreamSpecification" in properties:
                optional["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
            made = self.dynamodb.create_table(
                TableName=f"{STACK}-{name}",
                KeySchema=properties["KeySchema"],
                AttributeDefinitions=properties["AttributeDefinitions"],
                BillingMode=properties["BillingMode"],
                **optional,
            )["TableDescription"]
            self._physical[name, None] = made["TableName"]
            self._physical[name, "Arn"] = made["TableArn"]

    def _make_queues(self) -> None:
        waiting = dict(self.template.of_type("AWS::SQS::Queue"))
        ordered = sorted(waiting, key=lambda name: "RedrivePolicy" in waiting[name])
        for name in ordered:
            properties = self.template.resolve(waiting[name], self.lookup)
            attributes = {"VisibilityTimeout": str(properties.get("VisibilityTimeout", 30))}
            if "RedrivePolicy" in properties:
                attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
            url = self.sqs.create_queue(QueueName=properties["QueueName"], Attributes=attributes)["QueueUrl"]
            found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            self._physical[name, None] = url
            self._physical[name, "Arn"] = found["Attributes"]["QueueArn"]
            self._physical[name, "QueueName"] = properties["QueueName"]

    def _make_bus(self) -> None:
        made = self.events.create_event_bus(Name=STACK)
        self._physical["Bus", None], self._physical["Bus", "Arn"] = STACK, made["EventBusArn"]
        for name, properties in self.template.of_type("AWS::Events::Rule").items():
            resolved = self.template.resolve(properties, self.lookup)
            self.events.put_rule(
                Name=name, EventBusName=STACK, EventPattern=json.dumps(resolved["EventPattern"])
            )
            self.events.put_targets(Rule=name, EventBusName=STACK, Targets=resolved["Targets"])

    def _make_buckets(self) -> None:
        where: Any = {"LocationConstraint": REGION}
        for name, properties in self.template.of_type("AWS::S3::Bucket").items():
            bucket = self.template.resolve(properties["BucketName"], self.lookup)
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
            self._physical[name, None] = bucket


def forget_everything() -> None:
    """Empty every cache that a warm Lambda keeps, as if each function started cold."""
    aws.forget_clients()
    for cached in (
        common._directories,
        common.tokens,
        secrets._secret,
        far_ends._endpoints,
        sqs._queue_url,
        notify._messenger,
        notify._fallback,
        open311._kept_keys,
        sessions._seal,
        sessions.issuer,
    ):
        cached.cache_clear()


@contextmanager
def standing_environment() -> Iterator[None]:
    """The region and credentials that boto3 wants before anything is made."""
    with mock.patch.dict(os.environ, _STANDING):
        yield


def queue_event(*bodies: object, receives: int = 1, queue: str = "queue") -> dict[str, Any]:
    """A batch as SQS hands it to Lambda; text is sent as it is, anything else as JSON."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"receipt-{place}",
                "body": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
                "attributes": {"ApproximateReceiveCount": str(receives)},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws-cn:sqs:{REGION}:{ACCOUNT}:{queue}",
                "awsRegion": REGION,
            }
            for place, body in enumerate(bodies)
        ]
    }


def failed(answer: Mapping[str, Any]) -> list[str]:
    """The message ids that a worker sends back."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def base64_images(image: Mapping[str, Any]) -> dict[str, Any]:
    """An item as Lambda shows it in a stream event: binary values as base64 text."""
    return {
        name: {"B": base64.b64encode(bytes(value["B"])).decode()} if "B" in value else value
        for name, value in image.items()
    }


class _Recorder:
    """Takes the place of a DynamoDB client and keeps the items that are put."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, TableName: str, Item: dict[str, Any]) -> None:
        self.items.append(Item)


_packed: dict[str, list[dict[str, Any]]] = {}


def _directory_items(version: str, directory: Loaded) -> list[dict[str, Any]]:
    """What an import writes; packed once for all tests of a process."""
    if version not in _packed:
        recorder = _Recorder()
        store = DirectoryStore(recorder, "directory")
        store.save(version, directory.parts, {})
        store.activate(version)
        _packed[version] = recorder.items
    return _packed[version]
