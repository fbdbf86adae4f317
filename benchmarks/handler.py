"""What the framework adds to a call: a handler without its SDK against a plain function.

Both register the same appeal with the same use case, stores in memory and the same models. The plain function
is ``json.loads`` → model → use case → ``model_dump_json``; the handler adds routing, headers, checks, refusals,
the log line and metrics. Instructions of 60 calls less those of 20, in one run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import lives
from benchmarks.figures import Figure, Finding, LeftOut
from benchmarks.imports import ValgrindMissing, instructions, laid_out, require_valgrind
from infrastructure.directory.loading import load
from infrastructure.ops.directory import BEIJING

BUDGET = 2.5
FEW, MANY = 20, 60

_PREPARE = """
import json, pathlib
from hotline.domain.directory import Directory
from hotline.domain.tokens import Tokens
from hotline.domain.actor import CITIZEN
from hotline.domain.appeal import RegisterAppeal
from hotline.use_cases.register_appeal import register_appeal
from hotline.wiring import intake as wired
import intake.api as api

class Stored:
    def register(self, case, words):
        case.mark_stored()
        return case

class InForce:
    def __init__(self, directory):
        self.directory = directory
    def current(self):
        return self.directory

class Context:
    def get_remaining_time_in_millis(self):
        return 60_000

parts = json.loads(pathlib.Path({parts!r}).read_text())
event = json.loads(pathlib.Path({event!r}).read_text())
directory = InForce(Directory("bench", parts.__getitem__))
tokens = Tokens(lambda purpose: bytes(32))

def register(command, key, caller, *_):
    return register_appeal(
        command, by=CITIZEN, caller=caller, idempotency_key=key,
        cases=Stored(), directories=directory, tokens=tokens, now=wired.now,
    )

wired.register = register

def handler():
    return api.app(event, Context())

def plain():
    command = RegisterAppeal.model_validate(json.loads(event["body"]))
    key = event["headers"]["Idempotency-Key"]
    receipt = register(command, key, "public")
    return {{"statusCode": 201, "body": receipt.model_dump_json()}}

assert handler()["statusCode"] == 201 and plain()["statusCode"] == 201
for _ in range({calls}):
    {way}()
"""


def measure(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
    """The ratio; left out where instructions cannot be counted."""
    del quick
    try:
        require_valgrind()
    except ValgrindMissing as missing:
        yield LeftOut("handler_without_sdk", str(missing))
        return
    with laid_out() as runtime:
        files = _write_inputs(runtime)
        costs = {}
        for way in ("handler", "plain"):
            counts = [_count(runtime, files, way, calls) for calls in (FEW, MANY)]
            costs[way] = (counts[1] - counts[0]) / (MANY - FEW)
            progress(f"handler: {way}")
    how = (
        f"instructions of one call of POST /appeals ({costs['handler'] / 1e6:.2f} M) against json.loads, model, "
        f"use case, model_dump_json ({costs['plain'] / 1e6:.2f} M); stores in memory"
    )
    yield Figure("handler_without_sdk", costs["handler"] / costs["plain"], "x plain function", BUDGET, how)


def _write_inputs(folder: Path) -> tuple[str, str]:
    parts, event = folder / "parts.json", folder / "event.json"
    loaded = load(BEIJING, datetime.now(UTC).date())
    parts.write_text(json.dumps({"core": loaded.parts["core"]}), encoding="utf-8")
    appeal = lives.appeal(random.Random(1))
    event.write_text(json.dumps(lives.register_event(appeal, "bench-handler")), encoding="utf-8")
    return str(parts), str(event)


def _count(runtime: Path, files: tuple[str, str], way: str, calls: int) -> int:
    parts, event = files
    return instructions(runtime, _PREPARE.format(parts=parts, event=event, way=way, calls=calls))
