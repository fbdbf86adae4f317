"""``hotline scorecards`` on the deployed stack: counting again gives the counted numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hotline.adapters.dynamodb import keys
from infrastructure.ops.cli import main
from tests.local.talking import Stack, client, eventually
from tests.local.test_chain import Citizen, OrderAtAgency

pytestmark = pytest.mark.local

SOMEWHERE = keys.tally_key("202601", "110101", "110101001")


@pytest.fixture
def stack_file(stack: Stack, tmp_path: Path) -> str:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(dict(stack)))
    return str(path)


def test_a_recount_agrees_with_what_was_counted_as_it_happened(stack: Stack, stack_file: str) -> None:
    citizen = Citizen(stack)
    OrderAtAgency(stack, citizen).is_handled()
    assert citizen.answers(True, True, True) == "closed"
    eventually(lambda: main(["scorecards", "check", "--stack", stack_file]) == 0, "the recount never agreed")


def test_a_number_that_somebody_edited_is_found_and_put_right(
    stack: Stack, stack_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    item = {name: {"S": value} for name, value in SOMEWHERE.items()}
    client(stack, "dynamodb").put_item(
        TableName=stack["scorecards_table"], Item=item | {"closed": {"N": "5"}, "answered": {"N": "5"}}
    )
    only = ["--stack", stack_file, "--month", "202601"]
    assert main(["scorecards", "check", *only]) == 1
    assert "closed: counted 5, cases say 0" in capsys.readouterr().err
    assert main(["scorecards", "rebuild", *only]) == 0
    assert main(["scorecards", "check", *only]) == 0
