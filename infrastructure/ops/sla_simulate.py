"""``hotline sla simulate``: what other time limits or calendars would have made of a period's orders.

Reads only: the folder is compiled, never imported.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.ops.clock_replay import (
    Flip,
    Line,
    Moved,
    NotComputable,
    clock_of_side,
    clocks_of,
    compare,
)
from infrastructure.ops.periods import Period, add_period_arguments, period_from
from infrastructure.ops.stack import add_stack_arguments, stack_from
from infrastructure.ops.stored_cases import StoredCases
from infrastructure.ops.tables import STDOUT, Table, add_output_arguments, print_json
from infrastructure.ops.what_if import add_folder_argument, compiled

EXAMPLES = 20
"""How many flipped orders are shown; ``--csv`` has all."""


def register(actions: Any) -> None:
    """Add the action to ``hotline sla``."""
    parser = actions.add_parser(
        "simulate",
        help="run a period's clocks again under a changed folder",
        description="Run the clocks of the appeals that were registered in a period again under the time limits "
        "and calendars of a changed directory folder: how many would be in time or late, how due times move, and "
        "which orders flip. What people did and when stays as it was. Writes nothing to the stack.",
    )
    add_folder_argument(parser)
    add_period_arguments(parser)
    add_output_arguments(parser, "every order that flips,")
    add_stack_arguments(parser)
    parser.set_defaults(run=simulate_)


def simulate_(arguments: argparse.Namespace) -> int:
    """Compare; 1 when the folder has errors."""
    changed = compiled(arguments.folder)
    if changed is None:
        return 1
    period = period_from(arguments, changed.city.timezone)
    stored, lacking = StoredCases(stack_from(arguments)), Counter[str]()
    moved = _moved(stored, period, PolicyTimekeeper.of(changed), lacking)
    lines, flips = compare(moved, datetime.now(UTC))
    flipped = Table(Flip._fields, [_local(flip, changed.city.timezone) for flip in flips])
    if arguments.json:
        print_json(
            {
                "period": period.name,
                "directory": changed.version,
                "clocks": Table(Line._fields, lines).records,
                "flips": flipped.records,
                "not_computable": dict(lacking),
            }
        )
    elif arguments.csv:
        flipped.write_csv(arguments.csv)
    if not arguments.json and arguments.csv != STDOUT:
        print(f"{period.name} under {changed.version}; due times move by hours")
        _print(lines, flipped, lacking)
    return 0


def _moved(
    stored: StoredCases, period: Period, timekeeper: PolicyTimekeeper, lacking: Counter[str]
) -> Iterator[Moved]:
    """Every clock of every order; what cannot be computed is counted by its reason."""
    for case in stored.registered_in(period):
        try:
            yield from clocks_of(case, stored.events(case), timekeeper)
        except NotComputable as reason:
            lacking[str(reason)] += 1
        for side in stored.sides(case) if case.sides else ():
            try:
                yield clock_of_side(side, timekeeper)
            except NotComputable as reason:
                lacking[str(reason)] += 1


def _local(flip: Flip, timezone: str) -> tuple[Any, ...]:
    due = (at.astimezone(ZoneInfo(timezone)).isoformat() for at in (flip.due_before, flip.due_after))
    return (*flip[:-2], *due)


def _print(lines: list[Line], flipped: Table, lacking: Counter[str]) -> None:
    columns = tuple(name.replace("_", " ") for name in Line._fields)
    print(Table(columns, lines).text())
    for reason, number in sorted(lacking.items()):
        print(f"left out: {number} orders: {reason}")
    print(f"{len(flipped.rows)} orders flip")
    if flipped.rows:
        print(flipped._replace(rows=flipped.rows[:EXAMPLES]).text())
    if len(flipped.rows) > EXAMPLES:
        print(f"... and {len(flipped.rows) - EXAMPLES} more: --csv FILE")
