"""``hotline simulate year``: a city that never was, to see whether its scores can be defended.

Needs no stack and touches none: the directory folder is compiled in memory, and the only files written are
those that ``-o`` asks for.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from infrastructure.ops import directory
from infrastructure.ops.directory import BEIJING
from infrastructure.ops.progress import ProgressBar
from infrastructure.simulation import report
from infrastructure.simulation.agencies import cast
from infrastructure.simulation.periods import Period
from infrastructure.simulation.year import Plan, live_year, world_of

AGENCIES, MONTHS, CASES, CHEATS, SEED = 400, 12, 240_000, 0.05, 1


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "simulate",
        help="live a year of a city that never was, and check its scores",
        description="Simulate: cases are lived through the hotline's own rules; nothing is stored.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    text = "live a year of cases and check what its scorecards must hold"
    year = actions.add_parser(
        "year",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. Exit code 1 when a check fails. Every quality, habit and "
        "share of the simulated people is ours and no city's. The same seed gives the same year.",
    )
    year.add_argument(
        "--directory", type=Path, default=BEIJING, metavar="FOLDER", dest="folder", help="default: beijing"
    )
    year.add_argument(
        "--agencies", type=_positive, default=AGENCIES, metavar="N", help=f"default: {AGENCIES}"
    )
    year.add_argument("--months", type=_positive, default=MONTHS, metavar="N", help=f"default: {MONTHS}")
    year.add_argument(
        "--cases", type=_positive, default=CASES, metavar="N", help=f"in all months; default: {CASES}"
    )
    year.add_argument(
        "--cheats", type=_share, default=CHEATS, metavar="SHARE", help=f"of the agencies; default: {CHEATS}"
    )
    year.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"default: {SEED}")
    year.add_argument(
        "--processes",
        type=_positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="default: all processors",
    )
    year.add_argument(
        "-o",
        type=Path,
        metavar="FOLDER",
        dest="output",
        help="write scorecards, leagues, events and the truth",
    )
    year.set_defaults(run=year_)


def year_(arguments: argparse.Namespace) -> int:
    """Live it, check it, print what was found; 1 when a check fails."""
    today = directory.today()
    world = world_of(arguments.folder, today)
    period = Period.of(_first_month(today, arguments.months), arguments.months, world.directory.city.timezone)
    plan = Plan(arguments.folder, today, period, arguments.seed, arguments.output)
    played = cast(
        world.directory,
        count=arguments.agencies,
        cases=arguments.cases,
        months=arguments.months,
        cheats=arguments.cheats,
        seed=arguments.seed,
    )
    began = time.monotonic()
    lived = live_year(played, plan, ProgressBar("lives"), arguments.processes)
    year = report.Year.of(plan, played, world.directory, lived)
    took = time.monotonic() - began
    print(
        f"{year.lives} cases of {len(played)} agencies, {year.events} events, in {took:.0f} s: "
        f"{year.lives / took:.0f} lives/s"
    )
    found = report.findings_of(year, world, ProgressBar("count"))
    for verdict in found.verdicts:
        print(verdict.line)
    if arguments.output:
        report.write(arguments.output, year, found)
        print(f"written: {arguments.output}")
    return 0 if all(verdict.passed for verdict in found.verdicts) else 1


def _first_month(today: date, months: int) -> date:
    """The first of so many whole months before the present one."""
    first = today.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return share
