"""What confidential informants said: who may open it, by permission and by code (条例 Art 8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.template import FunctionSpec, load
from tests.wiring.code import Reach, imports, modules
from tests.wiring.test_template_and_code import permissions

FUNCTIONS = load().functions
READER = "hotline.adapters.dynamodb.sealed"
OPENED_BY = "hotline.wiring.sealed"

MAY = {
    "IntakeApi": {"dynamodb:PutItem", "dynamodb:Query"},  # register, add, and track with number and key
    "CallsApi": {"dynamodb:PutItem"},  # register, and what the informant was told
    "ChannelRecords": {"dynamodb:PutItem"},
    "VerifyAttachments": {"dynamodb:GetItem", "dynamodb:PutItem"},  # pictures only
    "WebPages": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},  # as IntakeApi and NoticesApi
    "DispatchApi": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},  # every look on record
    "ConsolePages": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"},  # every look on record
    "SendMessages": {"dynamodb:GetItem"},  # the contact
    "SendDueNotices": {"dynamodb:GetItem"},  # the contact
    "NoticesApi": {"dynamodb:GetItem"},  # the contact, to remember by its index that it wants no messages
    "SurveyApi": {"dynamodb:PutItem"},  # comments
}
"""Everybody with a permission on the sealed table, and why."""

FOR_AGENCIES = {
    name
    for name, function in FUNCTIONS.items()
    if function.path.partition("/")[0] in ("handling", "sla", "assessment", "outbox")
}
"""Whatever agencies talk to, or act and are scored by."""


def loaded_by(function: FunctionSpec) -> set[str]:
    """Every module of ours that a cold start of the function loads."""
    loaded: set[str] = set()
    waiting = [function.module]
    while waiting:
        module = waiting.pop()
        if module not in loaded and module in modules():
            loaded.add(module)
            waiting += imports(module)
    return loaded


def pictures_of_informants() -> Iterator[tuple[str, str]]:
    """Every function with a permission on the folder of informants' pictures."""
    for name, function in FUNCTIONS.items():
        for statement in function.statements:
            resources = statement["Resource"]
            for resource in resources if isinstance(resources, list) else [resources]:
                if str(resource).endswith("/sealed/*'}"):
                    yield from ((name, action) for action in statement["Action"])


def test_exactly_these_functions_have_a_permission_on_the_sealed_table_and_each_the_least() -> None:
    given: dict[str, set[str]] = {}
    for name, function in FUNCTIONS.items():
        for action, on in permissions(function):
            if on == "SealedTable":
                given.setdefault(name, set()).add(action)
    assert given == MAY


def test_exactly_these_functions_reach_the_folder_of_informants_pictures() -> None:
    assert set(pictures_of_informants()) == {
        ("VerifyAttachments", "s3:PutObject"),
        ("IntakeApi", "s3:GetObject"),
        ("WebPages", "s3:GetObject"),
        ("DispatchApi", "s3:GetObject"),
        ("ConsolePages", "s3:GetObject"),
    }


def test_nobody_has_a_permission_on_the_whole_bucket_of_pictures() -> None:
    folders = ("uploads", "attachments", "sealed", "scorecards", "events", "open-data")
    for function in FUNCTIONS.values():
        for action, on in permissions(function):
            if action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                assert on.endswith(tuple(f"/{folder}/*'}}" for folder in folders)), function.name


def test_the_functions_that_serve_agencies_are_the_ones_we_think() -> None:
    assert {
        "HandlingApi",
        "DeliverWorkOrders",
        "AgencyReplies",
        "SweepClocks",
        "AssessmentApi",
    } <= FOR_AGENCIES
    assert not FOR_AGENCIES & set(MAY)


@pytest.mark.parametrize("name", sorted(FOR_AGENCIES))
def test_what_serves_agencies_does_not_even_load_the_code_that_reads_sealed_words(name: str) -> None:
    assert loaded_by(FUNCTIONS[name]) & {READER, OPENED_BY} == set()


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - set(MAY)))
def test_nobody_else_comes_to_execute_it_nor_knows_the_tables_name(name: str) -> None:
    assert "SEALED_TABLE" not in FUNCTIONS[name].environment
    assert {place.module for place in Reach(FUNCTIONS[name]).reached} & {READER, OPENED_BY} == set()


def test_one_module_opens_the_sealed_table() -> None:
    assert [module for module in modules() if READER in set(imports(module))] == [OPENED_BY]
