"""The clocks: what ``functions/sla`` runs with."""

from __future__ import annotations

from collections.abc import Callable

from hotline.adapters.aws import NOBODY_WAITS, dynamodb
from hotline.adapters.dynamodb.effects import DynamoDBWatermark
from hotline.settings import setting
from hotline.use_cases.sweep_clocks import SweepReport, sweep_clocks
from hotline.wiring.common import cases, directories, now


def sweep(may_go_on: Callable[[], bool]) -> SweepReport:
    """Fire what is due."""
    store = cases(NOBODY_WAITS)
    return sweep_clocks(
        lists=store,
        cases=store,
        watermark=DynamoDBWatermark(dynamodb(NOBODY_WAITS), setting("EFFECTS_TABLE")),
        directories=directories(),
        now=now,
        may_go_on=may_go_on,
    )
