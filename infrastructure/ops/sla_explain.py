"""``hotline sla explain``: minute by minute, why a due time is what it is (条例 Art 13).

The clocks of an order are run again from its events, by the policy and the calendars of the directory
version that was in force at each of them, and held against what stands on the order. Reads only.
"""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from hotline.adapters.dynamodb.cases import DynamoDBCases
from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.domain.clock import Clock
from hotline.domain.errors import NotFound
from hotline.domain.identifiers import OrderRef, parse_order_number
from infrastructure.directory.public_holidays import holiday_name
from infrastructure.ops.clock_lives import ClockLife, lives_of_case, lives_of_side
from infrastructure.ops.clock_telling import Teller, record
from infrastructure.ops.kept_directories import KeptDirectories
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from
from infrastructure.ops.tables import print_json


def register(actions: Any) -> None:
    """Add the action to ``hotline sla``."""
    parser = actions.add_parser(
        "explain",
        help="why the due times of an order are what they are, minute by minute",
        description="Run every clock of an order again, from its events and the rules of the time, and tell each "
        "segment: open, closed, holiday, make-up day, paused, extended. Exit code 1 when what stands on the order "
        "is not what comes out. Reads only.",
    )
    parser.add_argument("order", help="number of a work order, or of an appeal for its lead order")
    parser.add_argument("--lang", choices=("zh", "en"), default="en", help="language (default: en)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_stack_arguments(parser)
    parser.set_defaults(run=explain_)


def explain_(arguments: argparse.Namespace) -> int:
    """Explain; 1 when something on the order differs."""
    order = parse_order_number(arguments.order)
    if order is None:
        raise NotFound("work order")
    stack = stack_from(arguments)
    kept = KeptDirectories(DirectoryStore(stack.client("dynamodb"), stack["directory_table"]))
    lives, shared = _lives(stack, order, kept)

    def day_name(version: str, calendar_id: str, day: date) -> str | None:
        return kept.note(version, calendar_id, day) or holiday_name(day, arguments.lang)

    if arguments.json:
        clocks = [record(life, day_name) for life in lives]
        others = [{"clock": clock.kind, "rule_id": clock.rule_id} for clock in shared]
        print_json({"order_id": order.order_id, "clocks": clocks, "shared": others})
    else:
        teller = Teller(arguments.lang, day_name)
        for life in lives:
            print("\n".join((*teller.lines(order.order_id, life), "")))
        for clock in shared:
            print(teller.shared(order.order_id, clock))
    return 1 if any(life.differs for life in lives) else 0


def _lives(stack: Stack, order: OrderRef, kept: KeptDirectories) -> tuple[list[ClockLife], list[Clock]]:
    store = DynamoDBCases(stack.client("dynamodb"), stack["cases_table"])
    if not order.leads:
        return lives_of_side(store.side(order.order_id), kept.at), []
    case = store.get(order.appeal_id)
    return lives_of_case(case, [*store.history(case), *case.events], kept.at)
