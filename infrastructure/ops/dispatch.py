"""``hotline dispatch``: how well appeals are dispatched, and what another duty catalogue would do.

All of it reads only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from hotline.domain.dispatch_accuracy import (
    Decision,
    by_agency,
    by_day,
    by_operator,
    by_rule,
    count,
    decisions,
)
from infrastructure.ops import directory, dispatch_simulate, duty_rows
from infrastructure.ops.duty_rows import MIN_SHARE, MIN_SUPPORT, Trial, trials_of, weigh
from infrastructure.ops.periods import Period, add_period_arguments, period_from
from infrastructure.ops.stack import add_stack_arguments, stack_from
from infrastructure.ops.stored_cases import StoredCases
from infrastructure.ops.tables import Table, add_output_arguments, print_json
from infrastructure.ops.what_if import directory_in_force

_BY = ("rule", "operator", "agency", "day")


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "dispatch",
        help="what another duty catalogue would decide; accuracy; proposals",
        description="Dispatch: replay it under a changed catalogue, measure it, propose new rules of duty.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    dispatch_simulate.register(actions)
    _add_accuracy(actions)
    _add_proposals(actions)


# ---------------------------------------------------------------------- accuracy


def _add_accuracy(actions: Any) -> None:
    parser = actions.add_parser(
        "accuracy",
        help="what became of dispatches: returned, redirected, upheld, designated",
        description="What became of the dispatches of a period, by rule, by the people who dispatched by hand, "
        "by agency or by day. Accuracy is the share that did not have to be redirected, with its 95 % Wilson "
        "interval: of few dispatches little is known. A dispatch counts on its own day, whenever it is contested.",
    )
    add_period_arguments(parser)
    parser.add_argument("--by", choices=_BY, default="rule", help="what is counted (default: rule)")
    add_output_arguments(parser, "the table")
    add_stack_arguments(parser)
    parser.set_defaults(run=accuracy_)


def accuracy_(arguments: argparse.Namespace) -> int:
    """Print the table."""
    stack = stack_from(arguments)
    timezone = directory_in_force(stack).city.timezone
    period = period_from(arguments, timezone)
    keys = {"rule": by_rule, "operator": by_operator, "agency": by_agency, "day": by_day(timezone)}
    counted = count(_decisions(StoredCases(stack), period), keys[arguments.by])
    rows = []
    for name, counts in sorted(counted.items()):
        low, high = counts.interval
        percent = float(counts.accuracy.percent) if counts.accuracy else None
        rows.append((name, *counts.model_dump().values(), percent, round(low * 100, 2), round(high * 100, 2)))
    columns = ("dispatched", "returned", "redirected", "upheld", "designated")
    table = Table((arguments.by, *columns, "accuracy %", "from %", "to %"), rows)
    if arguments.json:
        print_json({"period": period.name, "by": arguments.by, "rows": table.records})
    elif arguments.csv:
        table.write_csv(arguments.csv)
    else:
        print(table.text())
    return 0


def _decisions(stored: StoredCases, period: Period) -> Iterator[Decision]:
    for case in stored.registered_before(period.end):
        for decision in decisions(stored.events(case)):
            if period.holds(decision.at):
                yield decision


# ---------------------------------------------------------------------- proposals


def _add_proposals(actions: Any) -> None:
    parser = actions.add_parser(
        "proposals",
        help="new rules of duty that redirects suggest",
        description="Rules of duty that redirects of a period suggest (条例 Art 11, 12): where an agency got what a "
        "rule had given to another. With --csv the rows for duty_rules.csv alone, ready to be added: "
        "rule_id, service, place, agency, effective_from.",
    )
    add_period_arguments(parser)
    parser.add_argument(
        "--min-support",
        type=int,
        default=MIN_SUPPORT,
        metavar="N",
        help=f"redirects to the same agency from which on a row is suggested (default: {MIN_SUPPORT})",
    )
    parser.add_argument(
        "--min-share",
        type=float,
        default=MIN_SHARE,
        metavar="SHARE",
        help="their part of what the rule dispatched for that service and place, from 0 to 1 "
        f"(default: {MIN_SHARE})",
    )
    parser.add_argument(
        "--effective-from", type=date.fromisoformat, metavar="DAY", help="of the rows (default: tomorrow)"
    )
    add_output_arguments(parser, "the rows to add")
    add_stack_arguments(parser)
    parser.set_defaults(run=proposals_)


def proposals_(arguments: argparse.Namespace) -> int:
    """Print what was proposed, or the rows."""
    stack = stack_from(arguments)
    current, today = directory_in_force(stack), directory.today()
    period = period_from(arguments, current.city.timezone)
    weighed = weigh(
        _trials(StoredCases(stack), period),
        current,
        today,
        min_support=arguments.min_support,
        min_share=arguments.min_share,
    )
    new = duty_rows.rows(
        weighed, f"{period.start:%Y%m}", arguments.effective_from or today + timedelta(days=1)
    )
    rows = Table(
        ("rule_id", "service", "place", "agency", "effective_from"),
        [tuple(row.model_dump().values()) for row in new],
    )
    table = Table(
        ("against", "service", "place", "to", "redirected", "dispatched", "verdict"),
        [
            (*each.proposal.model_dump().values(), each.support, each.dispatched, each.verdict)
            for each in weighed
        ],
    )
    if arguments.json:
        print_json({"period": period.name, "proposals": table.records, "rows": rows.records})
    elif arguments.csv:
        rows.write_csv(arguments.csv, header=False)
        print(f"{len(new)} rows for duty_rules.csv", file=sys.stderr)
    else:
        print(table.text())
        print(f"{len(new)} rows for duty_rules.csv: --csv")
    return 0


def _trials(stored: StoredCases, period: Period) -> Iterator[Trial]:
    """Confidential reports are left out: where they go depends on whom they are about."""
    for case in stored.registered_before(period.end):
        if not case.confidential:
            found = decisions(stored.events(case))
            yield from trials_of(case, (each for each in found if period.holds(each.at)))
