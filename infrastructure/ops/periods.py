"""A stretch of the city's own days, as the reports and the what-if commands take it."""

from __future__ import annotations

import argparse
import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from infrastructure.ops import directory
from infrastructure.ops.seals import Month
from infrastructure.ops.stack import StackUnknown


class Period(NamedTuple):
    """From a first moment to the one after the last.

    Attributes:
        name: ``202603``, or ``2026-03-01..2026-03-07``.
    """

    name: str
    start: datetime
    end: datetime

    @classmethod
    def days(cls, first: date, last: date, timezone: str) -> Period:
        """Whole local days, both counted.

        Example:
            >>> Period.days(date(2026, 3, 1), date(2026, 3, 7), "Asia/Shanghai").name
            '2026-03-01..2026-03-07'
        """
        zone = ZoneInfo(timezone)
        start, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
        return cls(f"{first}..{last}", start, end)

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= at < self.end


def add_period_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be given a month, or two days."""
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--month", type=month_name, help="yyyymm, in the city's time (default: last month)")
    start.add_argument(
        "--from", dest="first", type=date.fromisoformat, metavar="DAY", help="first day, yyyy-mm-dd"
    )
    parser.add_argument(
        "--to", dest="last", type=date.fromisoformat, metavar="DAY", help="last day (default: today)"
    )


def period_from(arguments: argparse.Namespace, timezone: str) -> Period:
    """The period that the arguments name.

    Raises:
        StackUnknown: a last day without a first one, or before it.
    """
    today = directory.today()
    if arguments.first is not None:
        last = arguments.last or today
        if last < arguments.first:
            raise StackUnknown(f"--to {last} is before --from {arguments.first}")
        return Period.days(arguments.first, last, timezone)
    if arguments.last is not None:
        raise StackUnknown("--to needs --from")
    last_month = f"{today.replace(day=1) - timedelta(days=1):%Y%m}"
    return Period(*Month.named(arguments.month or last_month, timezone))


def month_name(text: str) -> str:
    """A month as an argument.

    Raises:
        ArgumentTypeError: it is not yyyymm.
    """
    if not re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("must be yyyymm, such as 202603")
    return text
