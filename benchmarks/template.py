"""What the benchmarks read from ``template.yaml``: tables, functions, rules, so that nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = frozenset({"dynamodb", "events", "s3", "secretsmanager", "sns", "sqs"})
_TABLE_SETTINGS = (
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "StreamSpecification",
    "BillingMode",
)


class Function(NamedTuple):
    """One function of the template.

    Attributes:
        name: logical id.
        handler: as Lambda has it, such as ``intake.api.app``.
        memory_mb: what it is given, which also decides its share of a processor.
        actions: what its policies allow, such as ``dynamodb:GetItem``.
        batch_size: records that one invocation takes at most; 1 when nothing is batched.
        queue: logical id of the queue that it reads, if any.
        gathers: whether it waits until a batch has come together.
    """

    name: str
    handler: str
    memory_mb: int
    actions: frozenset[str]
    batch_size: int
    queue: str | None
    gathers: bool

    @property
    def services(self) -> list[str]:
        """The AWS services whose clients an ordinary first call makes, by what the policies allow.

        Not S3 where pictures are a side road, not SQS where only refused messages go.
        """
        services = {action.partition(":")[0] for action in self.actions} & CLIENTS
        if not self.handler.startswith("intake.verify_attachments"):
            services.discard("s3")
        if "sqs:GetQueueUrl" not in self.actions:
            services.discard("sqs")
        return sorted(services)


@cache
def resources() -> Mapping[str, Any]:
    """The template's resources, by logical id."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    found: Mapping[str, Any] = template["Resources"]
    return found


def tables() -> Iterator[dict[str, Any]]:
    """Arguments of ``create_table`` for every table; its name is its logical id."""
    for name, resource in resources().items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            settings = resource["Properties"]
            yield {
                "TableName": name,
                **{key: settings[key] for key in _TABLE_SETTINGS if key in settings},
            } | (
                {"StreamSpecification": {"StreamEnabled": True, **settings["StreamSpecification"]}}
                if "StreamSpecification" in settings
                else {}
            )


@cache
def functions() -> Mapping[str, Function]:
    """Every function, by logical id."""
    return {
        name: _function(name, resource["Properties"])
        for name, resource in resources().items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@cache
def consumers() -> Mapping[str, tuple[Function, ...]]:
    """Which functions get an event of the bus, by its name (the first word of a rule that wants more)."""
    readers = {function.queue: function for function in functions().values() if function.queue}
    found: dict[str, list[Function]] = {}
    for resource in resources().values():
        if resource["Type"] == "AWS::Events::Rule" and "EventPattern" in resource["Properties"]:
            settings = resource["Properties"]
            for target in settings["Targets"]:
                for event in _unconditional_events(settings["EventPattern"]):
                    found.setdefault(event, []).append(readers[_logical_id(target["Arn"])])
    return {event: tuple(functions_) for event, functions_ in found.items()}


def _function(name: str, settings: Mapping[str, Any]) -> Function:
    triggers = [event["Properties"] for event in settings.get("Events", {}).values()]
    queues = [_logical_id(trigger["Queue"]) for trigger in triggers if "Queue" in trigger]
    return Function(
        name=name,
        handler=settings["Handler"],
        memory_mb=settings.get("MemorySize", 512),
        actions=frozenset(
            action
            for policy in settings.get("Policies", ())
            for statement in policy["Statement"]
            for action in statement["Action"]
        ),
        batch_size=max((trigger.get("BatchSize", 1) for trigger in triggers), default=1),
        queue=queues[0] if queues else None,
        gathers=any(
            "MaximumBatchingWindowInSeconds" in trigger for trigger in triggers if "Queue" in trigger
        ),
    )


def _unconditional_events(pattern: Mapping[str, Any]) -> Iterator[str]:
    if "detail" not in pattern:
        yield from pattern.get("detail-type", ())
    for alternative in pattern.get("$or", ()):
        yield from _unconditional_events(alternative)


def _logical_id(reference: Mapping[str, Any]) -> str:
    """Example: ``{"Fn::GetAtt": ["DispatchQueue", "Arn"]}`` gives ``DispatchQueue``."""
    target = reference["Fn::GetAtt"]
    return str(target.split(".")[0] if isinstance(target, str) else target[0])
