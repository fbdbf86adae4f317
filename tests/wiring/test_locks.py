"""The locked requirements: complete, hashed, and tied to no package index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [ROOT / "layers/dependencies/requirements.txt", ROOT / "layers/lake/requirements.txt"]
LOCKS = [*SHIPPED, *sorted((ROOT / "requirements").glob("*.txt"))]
PINNED = re.compile(r"^([a-z0-9-]+(?:\[[a-z0-9,-]+\])?)==(\S+)( ; .+)? \\$")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_requirement_is_pinned_with_hashes_and_no_index_is_named(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    starts = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert [line for line in starts if not PINNED.match(line)] == []
    assert sum("--hash=sha256:" in line for line in lines) >= len(starts) > 0
    assert [line for line in lines if "://" in line or "--index" in line or "--find-links" in line] == []


@pytest.mark.parametrize("lock", SHIPPED, ids=lambda path: path.parent.name)
def test_what_runs_on_lambda_is_what_the_tests_run_with(lock: Path) -> None:
    shipped, tested = pins(lock), pins(ROOT / "requirements/dev.txt")
    assert {name: version for name, version in shipped.items() if tested.get(name) != version} == {}


def pins(lock: Path) -> dict[str, str]:
    return {match[1]: match[2] for line in lock.read_text().splitlines() if (match := PINNED.match(line))}
