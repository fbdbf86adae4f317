"""SIGKILL for functions and for the demo's client in the middle: no acknowledged appeal is lost.

The reference consumer is killed in ``test_consumer.py``, the whole stack stopped in ``test_runner.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.local import demonstrating
from tests.local.breaking import kill_functions, soon_retried
from tests.local.talking import Stack

pytestmark = pytest.mark.local

APPEALS = 24

ARGUMENTS = ("--limit", str(APPEALS), "--phone", "0")
"""Without phones: a text message whose sender is killed is tried again when its lease of two minutes is over."""


def test_killed_functions_and_a_killed_client_lose_no_acknowledged_appeal(
    stack: Stack, tmp_path: Path
) -> None:
    stack_file = tmp_path / "stack.json"
    stack_file.write_text(json.dumps(stack))
    with soon_retried(stack):
        client = demonstrating.start(stack_file, *ARGUMENTS)
        try:
            demonstrating.wait_for_posted(stack_file, 10)
            assert kill_functions(stack) > 0
            demonstrating.wait_for_posted(stack_file, 16)
            client.kill()
            client.wait()
            assert kill_functions(stack) > 0
            acknowledged = {each.number for each in demonstrating.appeals(stack_file)}

            client = demonstrating.start(stack_file, *ARGUMENTS)
            demonstrating.wait_for_ended(stack_file, 5)
            assert kill_functions(stack) > 0
            said, _ = client.communicate(timeout=300)
        finally:
            client.kill()
    assert client.returncode == 0, said
    assert f"{APPEALS} in, {APPEALS} accounted for" in said
    assert acknowledged <= {each.number for each in demonstrating.appeals(stack_file)}
