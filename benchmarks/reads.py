"""Read units: a page of an inbox, and a sweep however many appeals are open.

Measured on Amazon's DynamoDB Local; without Java or npm computed from what the queries return, by
DynamoDB's documented rule (half a unit for each 4 KB).
"""

from __future__ import annotations

import contextlib
import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from benchmarks.chain import Context, environment, forget_what_functions_keep, provide_tables
from benchmarks.figures import Figure, Finding
from benchmarks.meter import Meter
from benchmarks.servers import Unavailable, dynamodb_local, ministack
from hotline.adapters.dynamodb import codec
from hotline.adapters.dynamodb.batches import put_all
from hotline.domain.actor import CITIZEN, SYSTEM
from hotline.domain.appeal import AppealType
from hotline.domain.case import Assignment, Case
from hotline.domain.directory import Directory
from hotline.domain.identifiers import random_entropy, tracking_number
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.timers import SHARDS
from hotline.wiring import common

PAGE, PAGE_BUDGET = 20, 1.5
DUE = 50
SWEEP_BUDGET = 2 * SHARDS + DUE / 50
OPEN = (1_000, 4_000, 16_000)
QUICK_OPEN = (200, 800)
AGENCIES = 40
GROWTH_BUDGET = 1.1
LEAST = 0.5
"""What Amazon bills for a query that finds nothing; DynamoDB Local says 0."""


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """Units of one page, of sweeps over more and more open appeals, and how much dearer the last one was."""
    with ExitStack() as stack:
        try:
            url, by_rule = stack.enter_context(dynamodb_local()), False
            how = "ConsumedCapacity of Amazon's DynamoDB Local"
        except Unavailable as why:
            url, by_rule = stack.enter_context(ministack()), True
            how = f"computed from the queries' answers, 0.5 for each 4 KB ({why})"
        stack.enter_context(environment(url))
        directory = Directory("bench", provide_tables().parts.__getitem__)
        forget_what_functions_keep()
        meter = stack.enter_context(Meter(by_rule).listening())
        yield from _sweeps(directory, meter, QUICK_OPEN if quick else OPEN, how, progress)
        yield _page(meter, how)


def _sweeps(
    directory: Directory, meter: Meter, steps: tuple[int, ...], how: str, progress: Callable[[str], None]
) -> Iterator[Figure]:
    now = common.now()
    _sweep()  # a new stack looks a day back once; from then on the watermark stands
    units: list[float] = []
    stored = 0
    for opened in steps:
        _store(directory, opened - stored, now)
        _store(directory, DUE, now - _until_first_warning(directory) - timedelta(minutes=1))
        stored = opened
        meter.forget()
        fired = _sweep()["fired"]
        if fired != DUE:
            raise RuntimeError(f"{fired} timers fired where {DUE} were due")
        queries = [call for call in meter.calls if call.operation == "Query"]
        units.append(sum(max(LEAST, sum(call.units.values())) for call in queries))
        about = f"{how}; finding {DUE} due among {opened:,} open ({len(queries)} queries)"
        yield Figure(f"sweep_read_units.{opened}", units[-1], "read units", SWEEP_BUDGET, about)
        progress(f"sweep: {opened:,} open")
    growth = f"the last sweep's units against the first's, {steps[-1] // steps[0]} times as many open"
    yield Figure("sweep_growth", units[-1] / units[0], "x", GROWTH_BUDGET, growth)


def _page(meter: Meter, how: str) -> Figure:
    meter.forget()
    page = common.cases().inbox(_agency(0), PAGE, None)
    if len(page.rows) != PAGE:
        raise RuntimeError(f"the inbox has {len(page.rows)} rows")
    return Figure(
        "list_read_units", meter.read_units(), "read units", PAGE_BUDGET, f"{how}; a page of {PAGE}"
    )


def _sweep() -> dict[str, Any]:
    with contextlib.redirect_stdout(io.StringIO()):
        report: dict[str, Any] = importlib.import_module("sla.sweep_clocks").handler({}, Context())
    return report


def _store(directory: Directory, count: int, at: datetime) -> None:
    """Store appeals that were registered and dispatched at a moment."""
    timekeeper = PolicyTimekeeper.of(directory)
    items = [codec.encode(_case(number, at, timekeeper)) for number in range(count)]
    put_all(boto3.client("dynamodb"), "CasesTable", items)


def _case(number: int, at: datetime, timekeeper: PolicyTimekeeper) -> Case:
    case = Case.register(
        appeal_id=tracking_number(random_entropy()),
        appeal_type=AppealType.COMPLAINT,
        channel="web",
        language="zh-CN",
        headline="楼下工地每天夜里施工到两点噪音很大影响休息请…",
        key_hash=bytes(16),
        fingerprint=bytes(12),
        citizen_index=None,
        tier="general",
        service_code="build.noise",
        district="110105",
        subdistrict="110105015",
        emergency_numbers=(),
        command_id="registrd",
        by=CITIZEN,
        at=at,
        timekeeper=timekeeper,
    )
    assignment = Assignment(
        agency_id=_agency(number),
        service_code="build.noise",
        tier="general",
        rule_id="city/construction",
        catalogue_version="bench",
        decided_by="given",
    )
    case.dispatch(assignment, by=SYSTEM, at=at, command_id="dispatch", timekeeper=timekeeper)
    return case


def _agency(number: int) -> str:
    return f"1101050{number % AGENCIES:02d}"


def _until_first_warning(directory: Directory) -> timedelta:
    at = datetime.now(UTC)
    case = _case(0, at, PolicyTimekeeper.of(directory))
    timer = case.next_timer()
    if timer is None:
        raise RuntimeError("a dispatched appeal has no timer")
    return timer.at - at
