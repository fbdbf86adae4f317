"""MiniStack, with batching windows: a function that asks for messages gathered over minutes gets some seconds' worth.

MiniStack 1.5.33 stores ``MaximumBatchingWindowInSeconds`` and hands every message on at once. What the cloud does once
in five minutes (write a file of the lake) would then run for nearly every event and take a core of a laptop. Here a
mapping with a window rests after each batch, for ``REST_SECONDS`` at most. When the stock emulator gathers by itself,
delete this file; ``tests/unit/test_ministack_windows.py`` tells when it changes what is mended here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import lambda_svc

REST_SECONDS = 5.0


def gather() -> None:
    """Let mappings with a window rest between batches."""
    lambda_svc._dispatch_esm_batch = resting(lambda_svc._dispatch_esm_batch)


def resting(dispatch: Callable[..., None]) -> Callable[..., None]:
    """``dispatch``, after which the mapping takes nothing for a while."""

    def dispatch_and_rest(mapping_id: str, run: Any, mapping: Mapping[str, Any], *rest: Any) -> None:
        dispatch(mapping_id, run, mapping, *rest)
        if window := mapping.get("MaximumBatchingWindowInSeconds"):
            lambda_svc._esm_backoff_until[mapping_id] = time.time() + min(window, REST_SECONDS)

    return dispatch_and_rest
