"""The demo against the deployed stack: it accounts for every appeal, also when it is killed on the way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infrastructure.demo.journal import Journal
from infrastructure.local.place import ROOT
from tests.local.demonstrating import command
from tests.local.talking import eventually

pytestmark = pytest.mark.local


@pytest.fixture
def stack_file(stack: Mapping[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(stack))
    return path


def demo(stack_file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end; both outputs are in ``stdout``."""
    return subprocess.run(
        command(stack_file, *arguments),
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )


def journal_of(stack_file: Path) -> Journal:
    (path,) = (stack_file.parent / "demo").glob("*.sqlite")
    return Journal(path)


def test_everything_that_can_happen_to_sixty_appeals_is_accounted_for(stack_file: Path) -> None:
    rare = ("withdrawn", "assisted", "summoned", "extended", "held", "escalated", "urged", "supervised")
    shares = dict.fromkeys(rare, 0.07) | {
        "silent": 0.2,
        "unresolved": 0.2,
        "phone": 0.8,
        "confidential": 0.1,
        "repeated": 0.1,
        "folded": 0.3,
        "unmerged": 0.3,
        "returned": 0.15,
        "upheld": 0.3,
        "designated": 0.3,
        "refused": 0.3,
    }
    options = [word for name, share in shares.items() for word in (f"--{name}", str(share))]
    done = demo(stack_file, "--limit", "60", *options)
    assert done.returncode == 0, done.stdout
    assert (
        "66 in, 66 accounted for: none lost, duplicated, stuck or undelivered; no dead letters" in done.stdout
    )
    assert "waiting for a silent citizen" in done.stdout
    unseen = [name for name in shares if re.search(rf"│ {name} +│ \d+% +│ (0\.0%|-) ", done.stdout)]
    assert unseen == [], done.stdout


def test_a_demo_that_is_killed_goes_on_and_posts_nothing_twice(stack_file: Path) -> None:
    first = subprocess.Popen(command(stack_file, "--limit", "20"), cwd=ROOT, stdout=subprocess.DEVNULL)
    eventually(lambda: any((stack_file.parent / "demo").glob("*.sqlite")), "the demo never began")
    eventually(lambda: len(journal_of(stack_file).appeals()) >= 10, "the demo posted nothing")
    first.send_signal(signal.SIGKILL)
    first.wait()
    before = {each.number for each in journal_of(stack_file).appeals()}
    done = demo(stack_file, "--limit", "20")
    assert done.returncode == 0, done.stdout
    assert "Going on with run" in done.stdout
    assert "20 in, 20 accounted for" in done.stdout
    after = {each.number for each in journal_of(stack_file).appeals()}
    assert before <= after
    assert len(after) == 20


def test_ctrl_c_ends_it_cleanly_and_says_how_to_go_on(stack_file: Path) -> None:
    running = subprocess.Popen(
        command(stack_file, "--limit", "20"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, and so whatever it starts, ignores Ctrl-C: this one must hear it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    eventually(lambda: any((stack_file.parent / "demo").glob("*.sqlite")), "the demo never began")
    eventually(lambda: journal_of(stack_file).appeals(), "the demo posted nothing")
    running.send_signal(signal.SIGINT)
    said, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "The same command goes on with run" in said
    assert errors == ""


def test_an_appeal_that_is_refused_is_listed_and_the_exit_code_is_1(stack_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "appeals.jsonl"
    rows = ({"text": "路灯坏了"}, {"text": "路灯坏了", "service_code": "no.such.service"})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = demo(stack_file, "--file", str(file), "--withdrawn", "0")
    assert done.returncode == 1, done.stdout
    assert "2 in, 1 accounted for. What is wrong:" in done.stdout
    assert "row 2  no number  refused: 400" in done.stdout
