"""``hotline api-keys`` and ``hotline open311``: what people who run the hotline do about apps."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from hotline.use_cases.read_public_requests import BULK_COLUMNS
from infrastructure.ops.cli import main
from tests.aws_stack import REGION, MotoStack
from tests.functions.test_open311 import closed
from tests.lives import Life
from tests.open311_calls import App

SINCE = ("--since", "2026-05-01", "--until", "2026-06-01")


@pytest.fixture
def stack_file(stack: MotoStack, tmp_path: Path) -> Path:
    tables = ("Cases", "Texts", "Directory", "PublicRequests", "ApiKeys")
    outputs = {
        f"{output}_table": stack.lookup(f"{name}Table", None)
        for name, output in zip(
            tables, ("cases", "texts", "directory", "public_requests", "api_keys"), strict=True
        )
    }
    path = tmp_path / "stack.json"
    path.write_text(json.dumps({"region": REGION, **outputs}))
    return path


def test_a_key_is_issued_once_listed_and_revoked(
    stack: MotoStack, stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--stack", str(stack_file)]
    assert main(["api-keys", "issue", "--label", "A civic  app", "--per-minute", "5", *at]) == 0
    key = capsys.readouterr().out.strip()
    assert key.startswith("o311_")
    assert key not in str(stack.table("ApiKeysTable"))
    app = App(stack)
    app.key = key
    app.report()
    capsys.readouterr()
    assert main(["api-keys", "list", "--json", *at]) == 0
    rows = json.loads(capsys.readouterr().out)["keys"]
    (row,) = [each for each in rows if each["label"] == "A civic app"]
    assert (row["per_minute"], row["last_used"], row["revoked"]) == (5, "2026-05-06 01:00Z", None)
    for named in (row["key"], key):
        assert main(["api-keys", "revoke", named, *at]) == 0
    assert main(["api-keys", "list", *at]) == 0
    assert key not in capsys.readouterr().out
    assert main(["api-keys", "revoke", "nothing", *at]) == 1
    assert App(stack, "another").send("POST", "/v2/requests.json", form={"api_key": key}).status == 403


@pytest.mark.parametrize("wrong", [["--label", " "], ["--label", "x", "--per-minute", "0"], []])
def test_a_key_needs_a_label_and_a_limit_that_can_be(wrong: list[str], stack_file: Path) -> None:
    with pytest.raises(SystemExit):
        main(["api-keys", "issue", *wrong, "--stack", str(stack_file)])


def test_a_rebuild_writes_what_the_events_wrote(
    stack: MotoStack, stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed(stack)
    App(stack).report()
    Life(stack, appeal_id="0041061050R3GG28A")  # not dispatched: nobody reads it yet
    before = stack.table("PublicRequestsTable")
    for item in before:
        key = {"pk": item["pk"], "sk": item["sk"]}
        stack.dynamodb.delete_item(TableName=stack.lookup("PublicRequestsTable", None), Key=key)
    for _ in range(2):
        assert main(["open311", "rebuild", *SINCE, "--stack", str(stack_file)]) == 0
        assert "2 requests kept" in capsys.readouterr().out
        after = stack.table("PublicRequestsTable")
        assert [_told(item) for item in after] == [_told(item) for item in before]


def test_the_bulk_file_has_the_columns_of_the_specification_and_runs_nothing(
    stack: MotoStack, stack_file: Path, tmp_path: Path
) -> None:
    closed(stack)
    App(stack).report(description="=HYPERLINK(1) 联系 13800138000")
    Life(stack, appeal_id="0041061050R3GG28A")  # not dispatched: nobody reads it yet
    written = tmp_path / "bulk.csv"
    arguments = [*SINCE, "-o", str(written), "--language", "en", "--stack", str(stack_file)]
    assert main(["open311", "bulk", *arguments]) == 0
    with written.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == BULK_COLUMNS
    by_status = {row["status_description"]: row for row in rows}
    assert set(by_status) == {"open", "closed"}
    assert by_status["closed"]["closed_date"] == by_status["closed"]["updated_datetime"] != ""
    assert by_status["closed"]["description"] == "", "nobody said that these words are published"
    assert by_status["open"]["description"].startswith("'=HYPERLINK(1)")
    assert "13800138000" not in written.read_text(encoding="utf-8")


def _told(item: dict[str, object]) -> dict[str, object]:
    """Without the version of the case that it was made from, which has gone on since."""
    return {name: value for name, value in item.items() if name != "v"}
