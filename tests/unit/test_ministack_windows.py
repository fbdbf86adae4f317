"""Why the emulator is started with ``ministack_windows``: without it nothing is gathered (see there)."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest
from ministack.core.responses import AccountRegionScopedDict
from ministack.services import lambda_svc

from infrastructure.local.ministack_windows import resting


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """When each mapping may take the next batch."""
    until: dict[str, float] = {}
    monkeypatch.setattr(lambda_svc, "_esm_backoff_until", until)
    return until


def test_a_mapping_with_a_window_rests_after_a_batch(rests: dict[str, float]) -> None:
    ran: list[Any] = []
    dispatch = resting(lambda mapping_id, run, *rest: run(*rest))
    dispatch(
        "lake", lambda mapping, *rest: ran.append(mapping), {"MaximumBatchingWindowInSeconds": 300}, "records"
    )
    dispatch(
        "orders", lambda mapping, *rest: ran.append(mapping), {"MaximumBatchingWindowInSeconds": 0}, "records"
    )
    assert len(ran) == 2
    assert set(rests) == {"lake"}


def test_the_emulator_has_what_is_mended() -> None:
    """A new version that calls it otherwise must be noticed here, not by a warm laptop."""
    assert callable(lambda_svc._dispatch_esm_batch)
    assert list(signature(lambda_svc._dispatch_esm_batch).parameters) == ["esm_id", "fn", "args"]
    assert isinstance(lambda_svc._esm_backoff_until, AccountRegionScopedDict)
