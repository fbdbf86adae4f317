"""The deployed stack that the tests of `local` and `browser` share."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.running import local, own_environment


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Addresses and names of a deployed stack (what ``stack.json`` holds), brought up once for all tests.

    HOTLINE_STACK=.local/stack.json uses one that runs already and leaves it running.
    """
    if running := os.environ.get("HOTLINE_STACK"):
        yield json.loads(Path(running).read_text())
        return
    environment = own_environment(tmp_path_factory.mktemp("embedded-aws"))
    came_up = local(environment, "up")
    assert came_up.returncode == 0, came_up.stdout
    yield json.loads(Path(environment["HOTLINE_LOCAL_DIR"], "stack.json").read_text())
    local(environment, "down")
