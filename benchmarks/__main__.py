"""``make bench``: measure against the budgets, write ``results.json`` and the page beside it."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks import calls, cost, counting, handler, imports, page, patience, reads, throughput, units
from benchmarks.figures import Figure, Finding, LeftOut, missed, read_results, show, write_results

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results.json", HERE / "README.md"

Family = Callable[[Callable[[str], None], bool], Iterator[Finding]]

EPILOG = """\
exit code: 0, also when a budget is missed (--check: 1 then); 1 when a family could not be measured.
A --quick run is a smoke: it prints figures and writes nothing.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what was asked for; returns the exit code."""
    arguments = _parser().parse_args(argv)
    families = _families(arguments.stack)
    chosen = {name: families[name] for name in arguments.only or families}
    console = Console()
    figures, left_out, broken = _measure(chosen, arguments.quick, console)
    console.print(table(figures))
    for each in left_out:
        console.print(f"[yellow]left out:[/] {each.what}: {each.why}", highlight=False)
    for name, trouble in broken.items():
        console.print(f"[red]broken:[/] {name}: {trouble}", highlight=False, markup=True)
    beyond = missed(figures)
    budgeted = sum(figure.budget is not None for figure in figures)
    console.print(f"[bold]{budgeted - len(beyond)} of {budgeted} budgets kept[/]")
    if not arguments.quick:
        keep = bool(arguments.only or broken)
        write_results(RESULTS, figures, left_out, _about(), keep=keep)
        PAGE.write_text(page.render(read_results(RESULTS), left_out, _about()), encoding="utf-8")
        console.print(f"written: benchmarks/{RESULTS.name}, benchmarks/{PAGE.name}")
    return 1 if broken or (arguments.check and beyond) else 0


def table(figures: Sequence[Figure]) -> Table:
    """The figures with their budgets, ✓ or ✗."""
    rows = Table("", "figure", "value", "budget", "unit")
    for figure in figures:
        mark = "" if figure.budget is None else "[green]✓[/]" if figure.met else "[red]✗[/]"
        rows.add_row(mark, figure.name, show(figure.value), page.budget_text(figure), figure.unit)
    return rows


def _measure(
    chosen: Mapping[str, Family], quick: bool, console: Console
) -> tuple[list[Figure], list[LeftOut], dict[str, str]]:
    figures: list[Figure] = []
    left_out: list[LeftOut] = []
    broken: dict[str, str] = {}
    note = TextColumn("{task.fields[note]}")
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), TimeElapsedColumn(), note)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("bench", total=len(chosen), note="")
        for name, family in chosen.items():
            try:
                for finding in family(lambda note: progress.update(task, note=note), quick):
                    if isinstance(finding, Figure):
                        figures.append(finding)
                    else:
                        left_out.append(finding)
            except Exception as error:  # one family that breaks must not cost the others' results
                broken[name] = f"{type(error).__name__}: {str(error)[-500:]}"
            progress.advance(task)
    return figures, left_out, broken


def _families(stack_file: Path | None) -> dict[str, Family]:
    def against_stack(progress: Callable[[str], None], quick: bool) -> Iterator[Finding]:
        return throughput.measure(progress, quick, stack_file)

    return {
        "imports": imports.measure,
        "handler": handler.measure,
        "calls": calls.measure,
        "units": units.measure,
        "reads": reads.measure,
        "counting": counting.measure,
        "cost": cost.measure,
        "patience": patience.measure,
        "throughput": against_stack,
    }


def _about() -> dict[str, str]:
    """What the figures depend on; no names of machines or people."""
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=sorted(_families(None)), help="one family (may be repeated)"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke: small numbers, nothing is written")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a budget is missed")
    parser.add_argument(
        "--stack",
        type=Path,
        metavar="FILE",
        help="use this running stack (.local/stack.json) instead of an own one",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
