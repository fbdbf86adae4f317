"""The stack of the template on moto, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from moto import mock_aws

from hotline.observability import logger
from tests.aws_stack import MotoStack, forget_everything, standing_environment
from tests.unit.builders_directory import beijing_loaded


@pytest.fixture(scope="module")
def made_stack() -> Iterator[MotoStack]:
    """Tables, queues, bus, buckets and secret; Beijing's directory; a clock that stands still."""
    with standing_environment(), mock_aws():
        yield MotoStack(beijing_loaded())
    forget_everything()


@pytest.fixture
def stack(made_stack: MotoStack) -> MotoStack:
    """The stack as if it were new."""
    made_stack.reset()
    return made_stack


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What the functions write to their log, line by line as CloudWatch gets it."""
    lines = StringIO()
    monkeypatch.setattr(logger().registered_handler, "stream", lines)
    return lines
