"""``hotline report``: figures for agencies, districts and the city, for people, spreadsheets and programs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hotline.adapters.dynamodb.publications import DynamoDBPublications
from hotline.domain.directory import Directory
from hotline.domain.publication import Publication
from infrastructure.directory.loading import load
from infrastructure.lake.answers import Answer
from infrastructure.lake.opening import add_lake_arguments, opened
from infrastructure.lake.questions import ALL, QuestionUnknown
from infrastructure.ops import directory as ops_directory
from infrastructure.ops.periods import Period, add_period_arguments, period_from
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.seals import Month
from infrastructure.ops.stack import StackUnknown, stack_from
from infrastructure.ops.tables import STDOUT
from infrastructure.ops.what_if import directory_in_force
from infrastructure.reports.bulletin import as_if_published
from infrastructure.reports.catalogue import LEAGUE, LEAGUE_TITLE, REPORTS, Report
from infrastructure.reports.league import league
from infrastructure.reports.making import Reporter
from infrastructure.reports.names import Names
from infrastructure.reports.scope import WORST, Scope, today_in
from infrastructure.reports.writing import FORMATS, write

LIST = "list"
BEIJING = Path("infrastructure/directory/beijing")


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "report",
        help="figures by month, week, service, place; trend, overdue, returns, coverage …",
        description="One report of a period. 'hotline report list' shows which there are.",
    )
    parser.add_argument("name", metavar="NAME", help=f"{LIST}, {LEAGUE}, {', '.join(REPORTS)}")
    add_period_arguments(parser)
    parser.add_argument("--week", type=week, help="yyyy-Www, such as 2026-W10; its Monday to its Sunday")
    parser.add_argument(
        "--district", default=ALL, metavar="CODE", help="appeals of one district (default: all)"
    )
    parser.add_argument("--agency", default=ALL, metavar="ID", help="one agency (default: all)")
    parser.add_argument(
        "--worst", type=int, default=WORST, metavar="N", help="rows of a list of the worst (%(default)s)"
    )
    parser.add_argument("--language", choices=("zh-CN", "en"), default="zh-CN", help="of names (%(default)s)")
    parser.add_argument("--format", choices=FORMATS, default="table", help="(default: %(default)s)")
    parser.add_argument(
        "-o", "--output", default=STDOUT, metavar="FILE", help="where to write (default: here)"
    )
    add_directory_argument(parser)
    add_lake_arguments(parser)
    parser.set_defaults(run=report_)


def add_directory_argument(parser: argparse.ArgumentParser) -> None:
    """Let a command that may have no stack be told where names and formulas are."""
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="DIRECTORY",
        dest="directory_folder",
        help="names and formulas from these CSV files, not from the stack",
    )


def report_(arguments: argparse.Namespace) -> int:
    """Make one report."""
    if arguments.name == LIST:
        print(listing())
        return 0
    chosen = None if arguments.name == LEAGUE else named(arguments.name)
    progress = ProgressBar(arguments.name)
    progress(0, 3)
    with reporter_from(arguments) as reporter:
        names = Names(reporter.directory, arguments.language)
        scope = scope_from(arguments, reporter.directory, chosen.months if chosen else 1)
        check_part(scope, reporter.directory)
        progress(1, 3)
        answer = (
            reporter.report(chosen, scope, names) if chosen else _league(arguments, reporter, scope, names)
        )
    progress(2, 3)
    write(answer, arguments.format, arguments.output)
    progress(3, 3)
    return 0


def listing() -> str:
    """One line a report."""
    titles = {name: each.title for name, each in REPORTS.items()} | {LEAGUE: LEAGUE_TITLE}
    width = max(map(len, titles))
    return "\n".join(f"{name:{width}}  {title.zh} · {title.en}" for name, title in titles.items())


def named(name: str) -> Report:
    """The report of that name.

    Raises:
        QuestionUnknown: there is none.
    """
    if name not in REPORTS:
        raise QuestionUnknown(
            f"there is no report {name!r}; 'hotline report list' shows: {', '.join(REPORTS)}"
        )
    return REPORTS[name]


@contextmanager
def reporter_from(arguments: argparse.Namespace) -> Iterator[Reporter]:
    """What makes reports of the lake that the arguments name."""
    directory = directory_from(arguments)
    with opened(arguments) as lake:
        yield Reporter(lake, directory)


def directory_from(arguments: argparse.Namespace) -> Directory:
    """The directory of a folder, else the one in force; Beijing's where a lake is read that has no stack.

    Raises:
        StackUnknown: the folder is wrong.
    """
    folder = arguments.directory_folder or (BEIJING if arguments.folder else None)
    if folder is None:
        return directory_in_force(stack_from(arguments))
    loaded = load(folder, ops_directory.today())
    if loaded.problems.errors:
        raise StackUnknown(
            f"{folder}: {loaded.problems.errors[0]}; 'hotline directory check {folder}' tells more"
        )
    return loaded.directory()


def scope_from(arguments: argparse.Namespace, directory: Directory, months: int = 1) -> Scope:
    """The period and the part of the city that the arguments name.

    Args:
        months: so many are told of when one month is named, or none.
    """
    now = datetime.now(UTC)
    timezone = directory.city.timezone
    period = _period(arguments, timezone)
    scope = Scope.of(
        period,
        today_in(timezone, now),
        now,
        district=arguments.district,
        agency=arguments.agency,
        worst=arguments.worst,
    )
    return scope.back(months) if arguments.first is None and arguments.week is None else scope


def scope_of_month(month: str, directory: Directory) -> Scope:
    """A month of the whole city.

    Raises:
        StackUnknown: it has not begun.
    """
    now, timezone = datetime.now(UTC), directory.city.timezone
    period = Period(*Month.named(month, timezone))
    if period.start > now:
        raise StackUnknown(f"{month} has not begun")
    return Scope.of(period, today_in(timezone, now), now)


def publication_from(arguments: argparse.Namespace, month: str) -> Publication | None:
    """The month as it was published; None where it was not, or where there is no stack."""
    if arguments.folder is not None:
        return None
    stack = stack_from(arguments)
    return DynamoDBPublications(stack.client("dynamodb"), stack["scorecards_table"]).published(month)


def check_part(scope: Scope, directory: Directory) -> None:
    """Refuse a part of the city that there is not, in the place of an empty report.

    Raises:
        StackUnknown: no such district or agency.
    """
    if scope.district != ALL and directory.district_of(scope.district) != scope.district:
        raise StackUnknown(f"there is no district {scope.district!r} in the directory")
    if scope.agency != ALL and scope.agency not in directory.agencies:
        raise StackUnknown(f"there is no agency {scope.agency!r} in the directory")


def week(text: str) -> date:
    """The Monday of an ISO week.

    Raises:
        ArgumentTypeError: there is no such week.

    Example:
        >>> week("2026-W01")
        datetime.date(2025, 12, 29)
    """
    found = re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text)
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)  # type: ignore[index]
    except (TypeError, ValueError):
        raise argparse.ArgumentTypeError("must be an ISO week, such as 2026-W10") from None


def _league(arguments: argparse.Namespace, reporter: Reporter, scope: Scope, names: Names) -> Answer:
    """The league of one whole month.

    Raises:
        StackUnknown: another time was named, or a part of the city.
    """
    if arguments.first or arguments.week or (scope.district, scope.agency) != (ALL, ALL):
        raise StackUnknown("the league is of a whole month and all agencies: name --month alone")
    published = publication_from(arguments, scope.month)
    rows = [] if published else reporter.rows("tallies", scope)
    return league(published or as_if_published(reporter, scope, rows), published is not None, names)


def _period(arguments: argparse.Namespace, timezone: str) -> Period:
    if arguments.week is None:
        return period_from(arguments, timezone)
    if arguments.month or arguments.first or arguments.last:
        raise StackUnknown("--week goes without --month, --from and --to")
    return Period.days(arguments.week, arguments.week + timedelta(days=6), timezone)
