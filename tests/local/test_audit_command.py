"""``hotline audit`` on the deployed stack: what the functions have written holds together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.adapters.dynamodb import keys
from infrastructure.ops.cli import main
from tests.local.talking import Stack, client
from tests.local.test_chain import Citizen, OrderAtAgency

pytestmark = pytest.mark.local

LONG_AGO = "202001"
"""A month in which nothing happened; other tests leave cases here that no function has written."""


@pytest.fixture
def stack_file(stack: Stack, tmp_path: Path) -> str:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(dict(stack)))
    return str(path)


def test_a_whole_life_is_verified_and_an_edited_note_is_found(
    stack: Stack, stack_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    citizen = Citizen(stack)
    OrderAtAgency(stack, citizen).is_handled()
    assert citizen.answers(True, True, True, "谢谢") == "closed"
    this_one = ["audit", "verify", "--appeal", citizen.number, "--stack", stack_file]
    assert main(this_one) == 0, capsys.readouterr().err

    dynamodb, texts = client(stack, "dynamodb"), stack["texts_table"]
    notes = dynamodb.query(
        TableName=texts,
        KeyConditionExpression="pk = :appeal AND begins_with(sk, :note)",
        ExpressionAttributeValues={
            ":appeal": {"S": keys.case_key(citizen.number)["pk"]},
            ":note": {"S": "N#"},
        },
    )["Items"]
    dynamodb.put_item(TableName=texts, Item=notes[0] | {"dg": {"B": bytes(32)}})
    assert main(this_one) == 1
    assert "were changed" in capsys.readouterr().err


def test_a_month_is_sealed_in_the_archive_and_the_same_again(
    stack: Stack, stack_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in (
        f"{LONG_AGO} sealed with 0 orders",
        f"{LONG_AGO} was sealed before with the same 0 orders",
    ):
        main(["audit", "seal", "--month", LONG_AGO, "--stack", stack_file])
        assert answer in capsys.readouterr().out
    versions = client(stack, "s3").list_object_versions(Bucket=stack["archive_bucket"])["Versions"]
    assert [version["Key"] for version in versions] == [f"seals/{LONG_AGO}.jsonl.gz"]
