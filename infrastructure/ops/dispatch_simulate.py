"""``hotline dispatch simulate``: what another duty catalogue would have decided.

Reads only: the folder is compiled, never imported.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from hotline.domain.directory import Directory
from infrastructure.ops.dispatch_replay import Compared, Comparison, Decided, Skipped, replay
from infrastructure.ops.periods import Period, add_period_arguments, period_from
from infrastructure.ops.stack import add_stack_arguments, stack_from
from infrastructure.ops.stored_cases import StoredCases
from infrastructure.ops.tables import STDOUT, Table, add_output_arguments, print_json
from infrastructure.ops.what_if import add_folder_argument, compiled

EXAMPLES = 20
"""How many differing appeals are shown; ``--csv`` has all."""


def register(actions: Any) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "simulate",
        help="decide a period's appeals again under a changed folder",
        description="Decide the appeals that were registered in a period again, by what was known then, "
        "under a changed directory folder, and report what would differ. Writes nothing to the stack.",
    )
    add_folder_argument(parser)
    add_period_arguments(parser)
    parser.add_argument(
        "--on",
        type=date.fromisoformat,
        metavar="DAY",
        help="rules of duty as of this day (default: the day on which each appeal was decided)",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N appeals that are found")
    add_output_arguments(parser, "every appeal that would go elsewhere,")
    add_stack_arguments(parser)
    parser.set_defaults(run=simulate_)


def simulate_(arguments: argparse.Namespace) -> int:
    """Compare; 1 when the folder has errors."""
    changed = compiled(arguments.folder)
    if changed is None:
        return 1
    period = period_from(arguments, changed.city.timezone)
    stored = StoredCases(stack_from(arguments))
    found = Comparison(_replayed(stored, period, changed, arguments))
    differing = Table(
        ("appeal", "verdict", "agency before", "rule before", "agency after", "rule after", "has it now"),
        [_row(each) for each in found.differing],
    )
    if arguments.json:
        print_json(_report(found, differing, period, changed))
    elif arguments.csv:
        differing.write_csv(arguments.csv)
    if not arguments.json and arguments.csv != STDOUT:
        _print_comparison(found, differing, period, changed)
    return 0


def _replayed(
    stored: StoredCases, period: Period, changed: Directory, arguments: argparse.Namespace
) -> Iterator[Compared | Skipped]:
    cases = islice(stored.registered_in(period), arguments.limit)
    for case, words in stored.with_words(cases):
        yield replay(case, stored.events(case), words, changed, arguments.on)


def _row(compared: Compared) -> tuple[Any, ...]:
    return (
        compared.appeal_id,
        compared.verdict,
        *_decided(compared.before),
        *_decided(compared.after),
        compared.ended_at,
    )


def _decided(decided: Decided) -> tuple[str | None, str]:
    return decided.agency_id, decided.rule


def _rules_table(found: Comparison) -> Table:
    pairs = sorted(found.rules.items(), key=lambda each: (-each[1], each[0]))
    return Table(("rule before", "rule after", "appeals"), [(*rules, number) for rules, number in pairs])


def _report(found: Comparison, differing: Table, period: Period, changed: Directory) -> dict[str, Any]:
    return {
        "period": period.name,
        "directory": changed.version,
        "compared": found.compared,
        "verdicts": dict(found.verdicts),
        "skipped": dict(found.skipped),
        "as_it_ended": {
            "orders": found.settled,
            "before": found.settled_before,
            "after": found.settled_after,
        },
        "rules": _rules_table(found).records,
        "agencies": Table(("agency", "gained", "lost"), found.agencies()).records,
        "appeals": differing.records,
    }


def _print_comparison(found: Comparison, differing: Table, period: Period, changed: Directory) -> None:
    print(f"{period.name} under {changed.version}: {found.compared} appeals decided again")
    for verdict, number in sorted(found.verdicts.items()):
        print(f"{number:8}  {verdict}")
    for reason, number in sorted(found.skipped.items()):
        print(f"{number:8}  left out: {reason}")
    print(
        f"of {found.settled} that an agency has: "
        f"{found.settled_before} were decided as they ended, {found.settled_after} would be"
    )
    if found.rules:
        print(f"\n{_rules_table(found).text()}")
    if found.differing:
        print(f"\n{Table(('agency', 'gained', 'lost'), found.agencies()).text()}")
        print(f"\n{differing._replace(rows=differing.rows[:EXAMPLES]).text()}")
        if len(differing.rows) > EXAMPLES:
            print(f"... and {len(differing.rows) - EXAMPLES} more: --csv FILE")
