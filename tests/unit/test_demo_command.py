"""The demo's command line: what cannot work is said in one sentence, and a killed run is found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import urllib3

from infrastructure.demo import __main__ as command
from infrastructure.demo.account import Problem, Seen
from infrastructure.demo.habits import Habits
from infrastructure.demo.report import quantile, show, show_account
from infrastructure.demo.run import Outcome
from tests.unit.builders_demo import NUMBER
from tests.unit.builders_demo import order as built_order

OUTPUTS = {"messages": "sns", "endpoint_url": "http://127.0.0.1:9", "signing_secret_arn": "arn:secret"}


@pytest.fixture
def stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack that answers."""
    monkeypatch.setattr(urllib3, "request", lambda *_, **__: None)
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(OUTPUTS))
    return path


def task_of(stack_file: Path, *arguments: str) -> command.Task:
    parsed = command._parser().parse_args(["--stack", str(stack_file), *arguments])
    return command._task(parsed, command.Console(quiet=True))


def test_without_a_stack_it_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--stack", str(tmp_path / "stack.json")]) == 2
    assert capsys.readouterr().err.endswith("stack.json is not there: run `make up` first\n")


def test_with_a_stack_that_is_down_it_says_what_to_run(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise urllib3.exceptions.HTTPError

    monkeypatch.setattr(urllib3, "request", refuse)
    assert command.main(["--stack", str(stack_file)]) == 2
    assert capsys.readouterr().err == "demo: nothing answers at http://127.0.0.1:9: run `make up` first\n"


def test_a_stack_in_an_account_is_left_alone(stack_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack_file.write_text(json.dumps({"api_url": "https://api.example/v1"}))
    assert command.main(["--stack", str(stack_file)]) == 2
    assert "demo: the stack has no output 'endpoint_url'" in capsys.readouterr().err


def test_a_bad_map_is_said_and_nothing_is_begun(stack_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--stack", str(stack_file), "--map", "words"]) == 2
    assert "write OURS=THEIRS" in capsys.readouterr().err
    assert not (stack_file.parent / "demo").exists()


def test_the_same_command_goes_on_with_the_run_that_was_killed(stack_file: Path) -> None:
    first = task_of(stack_file, "--limit", "3").journal.run
    assert task_of(stack_file, "--limit", "3").journal.run == first
    assert task_of(stack_file, "--limit", "3", "--resume", first).journal.run == first


def test_another_command_or_a_finished_run_begins_a_new_one(stack_file: Path) -> None:
    first = task_of(stack_file, "--limit", "3").journal
    other = task_of(stack_file, "--limit", "4").journal
    assert other.fact("fingerprint") != first.fact("fingerprint")
    with pytest.raises(command.CannotRun, match="other arguments"):
        task_of(stack_file, "--limit", "4", "--resume", first.run)
    first.note(finished=True)
    assert task_of(stack_file, "--limit", "3").journal.fact("finished") is None


def test_a_stack_that_was_reset_does_not_go_on_with_an_old_run(stack_file: Path) -> None:
    before = task_of(stack_file).journal.fact("fingerprint")
    stack_file.write_text(json.dumps({**OUTPUTS, "signing_secret_arn": "arn:other"}))
    assert task_of(stack_file).journal.fact("fingerprint") != before


def test_shares_that_exclude_each_other_and_are_too_many_are_said(
    stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--stack", str(stack_file), "--returned", "1"]) == 2
    assert (
        "demo: these shares exclude each other and add up to 1.2: returned 1, assisted"
        in capsys.readouterr().err
    )


def test_plain_takes_everything_special_out_but_what_is_asked_for_after_it(stack_file: Path) -> None:
    habits = task_of(stack_file, "--plain", "--returned", "1", "--silent", "0").settings.habits
    assert habits == Habits().plain()._replace(returned=1.0, silent=0.0)


def test_every_share_has_an_option_and_its_default(stack_file: Path) -> None:
    assert task_of(stack_file).settings.habits == Habits()


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--speed", "0"], ["--silent", "1.5"]])
def test_numbers_that_make_no_sense_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        command._parser().parse_args(arguments)


@pytest.mark.parametrize(
    ("dead", "problems"), [({"replies": 2}, []), ({}, [Problem("lost", 1, None, "gone")])]
)
def test_the_account_names_what_is_wrong(dead: dict[str, int], problems: list[Problem]) -> None:
    console = command.Console(record=True, quiet=False, width=100)
    seen = [Seen(1, Habits().citizen(1, 1), None)]
    show_account(console, Outcome(seen, problems, dead, 1.0, 1))
    shown = console.export_text()
    assert "1 in, 0 accounted for. What is wrong:" in shown
    assert ("2 messages died in replies" in shown) is bool(dead)
    assert ("row 1  no number  lost: gone" in shown) is bool(problems)


def test_the_report_puts_stated_shares_beside_those_seen() -> None:
    console = command.Console(record=True, quiet=False, width=100)
    closed = built_order("withdrawn", "AppealRegistered", "WorkOrderDispatched", "WorkOrderUrged")
    seen = [Seen(row, Habits().citizen(1, row), NUMBER, order=closed) for row in (1, 2)]
    show(console, Outcome(seen, [], {}, 2.0, 2), Habits(urged=0.25), {}, lambda _: {})
    shown = " ".join(console.export_text().split())
    assert "urged │ 25% │ 100.0% │ 2 │ 2 orders" in shown
    assert "withdrawn │ 2 │ 100.0%" in shown
    assert "2 appeals through the whole chain in 2.0 s: 1.0 a second" in shown


def test_quantiles_are_values_that_were_measured() -> None:
    assert [quantile([1.0, 2.0, 9.0], share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 2.0, 9.0, 9.0]
    assert quantile([], 0.5) == 0.0
