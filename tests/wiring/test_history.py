"""Nobody can take the past back: not by a permission, not by a command that says when it happened (S30, S31)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hotline.domain.orders import AgencyReply
from infrastructure.ops.openapi import applications
from intake.channel_records import ChannelRecord
from tests.template import load, references
from tests.wiring.code import PACKAGE
from tests.wiring.test_template_and_code import permissions

FUNCTIONS = load().functions
HISTORY = ("CasesTable", "TextsTable", "SealedTable")
READ_OR_ADD = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"}

MAY_DO_MORE: dict[tuple[str, str], set[str]] = {}
"""(function, table) → actions beyond reading and putting, each with its reason."""

PUT_WITHOUT_CONDITION = {
    "cases.DynamoDBCases._spill": "moves events that can no longer change; writing them twice changes nothing",
    "texts.DynamoDBWords.release": "the hotline's own wording of a confidential report; the statement stays",
}
"""Writes to the tables of history that would replace what is there."""

TIMES_THAT_ARE_NO_BACKDATING = {
    "EmergencyHandoff.acknowledged_at": "what the emergency service said; a fact beside the event's own time",
    "RecordAttempt.wished_at": "when the citizen wishes to be called, in the future",
    "RegisterAppeal.happened_at": "when the citizen saw it, part of the words; never the time of an event",
    "TakeCall.happened_at": "when the citizen saw it, part of the words; never the time of an event",
    "RequestHold.until": "a review date that is asked for, in the future",
}
"""Times in commands, and why they may be there."""

_SOUNDS_LIKE_A_TIME = re.compile(r"(^|_)(at|on|time|date|when|until|since|timestamp|moment)$")


def commands() -> list[type[BaseModel]]:
    """Everything that somebody may send: the bodies of the API, agencies' replies, channels' records."""
    bodies = {operation.body for app in applications() for operation in app.operations if operation.body}
    return sorted({*bodies, AgencyReply, ChannelRecord}, key=lambda model: model.__name__)


def objects(model: type[BaseModel]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a command's JSON schema, itself first, by its name."""
    schema = model.model_json_schema()
    yield model.__name__, schema
    yield from schema.get("$defs", {}).items()


def times_in(model: type[BaseModel]) -> Iterator[str]:
    for name, schema in objects(model):
        for field, facts in schema.get("properties", {}).items():
            if _SOUNDS_LIKE_A_TIME.search(field) or re.search(r"'format': '(date|time)", str(facts)):
                yield f"{name}.{field}"


def writes(module: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of ``put_item`` in a module, by class and method."""
    tree = ast.parse((PACKAGE / f"hotline/adapters/dynamodb/{module}.py").read_text(encoding="utf-8"))
    for owner in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for method in (node for node in owner.body if isinstance(node, ast.FunctionDef)):
            for node in ast.walk(method):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "put_item"
                ):
                    yield f"{module}.{owner.name}.{method.name}", node


# ---- permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_no_function_may_delete_or_patch_what_is_history(name: str) -> None:
    for action, on in permissions(FUNCTIONS[name]):
        if on in HISTORY:
            allowed = READ_OR_ADD | MAY_DO_MORE.get((name, on), set())
            assert action in allowed, f"{name} may {action} on {on}"


ADDS_TO_THE_ARCHIVE = "PublishMonth"


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {ADDS_TO_THE_ARCHIVE}))
def test_no_function_can_touch_the_archive(name: str) -> None:
    for statement in FUNCTIONS[name].statements:
        assert "archive" not in str(statement).lower()
        if any(action.startswith("s3:") for action in statement["Action"]):
            assert re.search(r"-(uploads|attachments|lake|open-data)-", str(statement["Resource"]))
    properties = {key: value for key, value in FUNCTIONS[name].properties.items() if key != "Policies"}
    assert "ArchiveBucket" not in set(references(properties))


def test_the_one_function_that_adds_to_the_archive_reaches_published_months_only_and_reads_nothing() -> None:
    on_files = [
        (action, on)
        for action, on in permissions(FUNCTIONS[ADDS_TO_THE_ARCHIVE])
        if action.startswith("s3:") or "archive" in on.lower()
    ]
    ((action, on),) = on_files
    assert action == "s3:PutObject"
    assert re.search(r"-archive-[^/]*/scorecards/\*'}$", on)


def test_what_lies_in_the_archive_cannot_be_deleted_by_anybody_and_is_not_public() -> None:
    resource = load().document["Resources"]["ArchiveBucket"]
    bucket = resource["Properties"]
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {
        "Mode": "COMPLIANCE",
        "Years": {"Ref": "ArchiveYears"},
    }
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_code_replaces_nothing_that_is_history_without_a_condition() -> None:
    unconditional = {
        where
        for module in ("cases", "texts", "sealed", "attachments")
        for where, call in writes(module)
        if not {keyword.arg for keyword in call.keywords} & {"ConditionExpression", None}
    }
    assert unconditional == set(PUT_WITHOUT_CONDITION)


# ---- commands -----------------------------------------------------------------------------------


def test_no_command_says_when_it_happened() -> None:
    found = {field for model in commands() for field in times_in(model)}
    assert found == set(TIMES_THAT_ARE_NO_BACKDATING)


@pytest.mark.parametrize("model", commands(), ids=lambda model: model.__name__)
def test_a_command_takes_no_field_that_it_does_not_know(model: type[BaseModel]) -> None:
    for name, schema in objects(model):
        if "properties" in schema:
            assert schema.get("additionalProperties") is False, name


def test_a_backdated_reply_is_refused() -> None:
    reply = {
        "schema": "hotline.reply/1",
        "work_order_id": "000G40R40M30E209B.1",
        "agency_id": "110101001",
        "reply_token": "t" * 22,
        "command_id": "ack-1",
    }
    AgencyReply.model_validate({**reply, "action": {"command": "acknowledge"}})
    with pytest.raises(ValidationError, match="Extra inputs"):
        AgencyReply.model_validate(
            {**reply, "action": {"command": "acknowledge", "at": "2026-01-01T00:00:00Z"}}
        )
