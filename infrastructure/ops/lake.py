"""``hotline lake``: ask the lake, keep it tidy, fill it again.

Questions are SQL about the view ``facts``, which has one row an event (``infrastructure/lake/README.md``). They
are answered on this machine by DuckDB, which fetches the files once, or in the cloud by Athena.
"""

from __future__ import annotations

import argparse
import sys
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.adapters.lake import S3Lake, lake_key
from hotline.adapters.lake_files import LakeFile
from hotline.adapters.lake_merger import S3LakeMerger
from hotline.domain.lake import day_of
from hotline.use_cases.compact_days import GRACE, compact_days
from hotline.use_cases.write_events import write_events
from infrastructure.lake.answers import Answer
from infrastructure.lake.files import LakeBucket
from infrastructure.lake.opening import add_lake_arguments, opened
from infrastructure.lake.questions import ALL, STEPS, filled, parameters_of, question, questions
from infrastructure.lake.stored_events import Span, by_day, not_in_lake, stored
from infrastructure.ops import directory
from infrastructure.ops.outbox import add_span_arguments, directories_of, span_from
from infrastructure.ops.periods import Period, month_name
from infrastructure.ops.stack import StackUnknown, add_stack_arguments, stack_from

MOST = 20
ROWS_A_FILE = 5000
LOOKED_BACK = timedelta(days=92)
"""How far before a period the beginnings of what ended in it are looked for."""

EVER = datetime(2020, 1, 1, tzinfo=UTC)
FORMATS = ("table", "csv", "json", "parquet")


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "lake",
        help="ask the lake of events",
        description="The lake: every domain event as a row, for reports and statistics.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", list_, "show the questions that are kept, and their parameters")
    _register_query(
        _add(actions, "query", query_, "answer a question: a kept one by its name, or any SELECT")
    )
    _register_compact(_add(actions, "compact", compact_, "merge the small files of past days, one a day"))
    filling = _add(
        actions, "backfill", backfill_, "write the events that the cases keep and the lake has not"
    )
    add_span_arguments(filling, "the beginning", "half an hour ago")
    filling.add_argument(
        "--replace",
        action="store_true",
        help="from that day on to now, put what the cases keep in the place of what the lake has: for after a restore",
    )
    add_stack_arguments(filling)


def list_(arguments: argparse.Namespace) -> int:
    """Print two lines a question."""
    for name, each in questions().items():
        print(f"{name}: {each.about}")
        print("   ", *(f":{one}" for one in sorted(parameters_of(each.text))))
    return 0


def query_(arguments: argparse.Namespace) -> int:
    """Answer one question."""
    sql = filled(_text(arguments), parameters(arguments))
    with opened(arguments) as lake:
        answer = lake.ask(sql)
    write(answer, arguments.format, arguments.output)
    return 0


def compact_(arguments: argparse.Namespace) -> int:
    """Merge the files of past days."""
    today = directory.today()
    first = arguments.first or today - timedelta(days=1)
    last = arguments.last or first
    if last >= today:
        raise StackUnknown(f"{last} is not over yet: its files are still being written")
    merger, grace = S3LakeMerger(LakeBucket(stack_from(arguments))), timedelta(minutes=arguments.grace)
    for done in compact_days(first, last, lake=merger, now=datetime.now(UTC), grace=grace):
        if done.files > 1:
            merged = "merged" if done.merged else "merged before"
            print(
                f"{done.day}  {done.files} files {merged}, {done.events} events, {done.deleted} files deleted",
                end="",
            )
            print(f", {done.waiting} go the next time" if done.waiting else "")
        else:
            print(f"{done.day}  {done.files} files, nothing to merge")
    return 0


def backfill_(arguments: argparse.Namespace) -> int:
    """Write what is missing."""
    stack = stack_from(arguments)
    directories = directories_of(stack)
    city = directories.current()
    span = span_from(arguments, city, EVER)
    bucket, replaced = LakeBucket(stack), list[LakeFile]()
    if arguments.replace:
        first = span.start.astimezone(ZoneInfo(city.city.timezone)).date()
        span = Span(Period.days(first, first, city.city.timezone).start, datetime.now(UTC))
        replaced = bucket.files(first)
    found = stored(stack, span) if arguments.replace else not_in_lake(stack, span)
    lake = S3Lake(stack.client("s3"), bucket.name)
    written, keys = 0, set[str]()
    for batch in by_day(found, city, ROWS_A_FILE):
        write_events(batch, lake=lake, directories=directories)
        keys.add(lake_key(day_of(batch[0], city), (each.event_id for each in batch)))
        written += len(batch)
    gone = [each.key for each in replaced if each.key not in keys]
    bucket.delete(gone)
    print(f"{written} events written to the lake, {len(gone)} files taken away")
    return 0


def parameters(arguments: argparse.Namespace) -> dict[str, object]:
    """A value for every parameter: what was said, else what stands for all, else last month."""
    first, last = days(arguments)
    return {
        "first": first,
        "last": last,
        "since": first - LOOKED_BACK,
        "as_of": directory.today(),
        "month": f"{first:%Y%m}",
        "now": datetime.now(UTC),
        "by": STEPS[0],
        "district": ALL,
        "agency": ALL,
        "service": ALL,
        "most": MOST,
        **dict(arguments.values),
    }


def days(arguments: argparse.Namespace) -> tuple[date, date]:
    """The first and the last city day that the arguments name, both counted.

    Raises:
        StackUnknown: a last day without a first one, or before it.
    """
    today = directory.today()
    if arguments.first is not None:
        last = arguments.last or today
        if last < arguments.first:
            raise StackUnknown(f"--to {last} is before --from {arguments.first}")
        return arguments.first, last
    if arguments.last is not None:
        raise StackUnknown("--to needs --from")
    name = arguments.month or f"{today.replace(day=1) - timedelta(days=1):%Y%m}"
    year, month = int(name[:4]), int(name[4:])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def write(answer: Answer, style: str, where: Path | None) -> None:
    """Print an answer, or write it to a file.

    Raises:
        StackUnknown: a Parquet file without a name.
    """
    if style == "parquet":
        if where is None:
            raise StackUnknown("--format parquet needs -o FILE")
        answer.write_parquet(where)
    elif where is None:
        sys.stdout.write(_shown(answer, style))
    else:
        where.write_text(_shown(answer, style), encoding="utf-8")
    if where is not None:
        print(f"{len(answer.rows)} rows in {where}")


def _shown(answer: Answer, style: str) -> str:
    if style == "json":
        return answer.json()
    return answer.csv() if style == "csv" else answer.table.text() + "\n"


def _text(arguments: argparse.Namespace) -> str:
    if arguments.sql is not None:
        try:
            return str(arguments.sql.read_text(encoding="utf-8"))
        except OSError as error:
            raise StackUnknown(f"cannot read {arguments.sql}: {error.strerror}") from None
    if arguments.question is None:
        raise StackUnknown("name a question, or give a SELECT or --sql FILE; 'hotline lake list' shows them")
    asked: str = arguments.question
    return asked if " " in asked.strip() else question(asked).text


def _register_query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", nargs="?", help='a name as "hotline lake list" shows it, or "SELECT …"')
    parser.add_argument("--sql", type=Path, metavar="FILE", help="a question in a file")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--month", type=month_name, help=":month, :first, :last (default: last month)")
    start.add_argument(
        "--from", dest="first", type=date.fromisoformat, metavar="DAY", help=":first, yyyy-mm-dd"
    )
    parser.add_argument(
        "--to", dest="last", type=date.fromisoformat, metavar="DAY", help=":last (default: today)"
    )
    parser.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        type=_value,
        metavar="NAME=VALUE",
        help="another parameter, such as district=110101 or by=week; may be given several times",
    )
    parser.add_argument("--format", choices=FORMATS, default="table", help="(default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there (default: stdout)")
    add_lake_arguments(parser)


def _register_compact(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--day", dest="first", type=date.fromisoformat, metavar="DAY", help="yyyy-mm-dd (default: yesterday)"
    )
    parser.add_argument(
        "--to", dest="last", type=date.fromisoformat, metavar="DAY", help="and every day until this one"
    )
    parser.add_argument(
        "--grace",
        type=int,
        default=int(GRACE.total_seconds() // 60),
        metavar="MINUTES",
        help="how long small files stay beside the merged one (default: %(default)s, longer than a query runs)",
    )
    add_stack_arguments(parser)


def _value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("must be NAME=VALUE, such as by=week")
    return name, value


def _add(actions: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    parser.set_defaults(run=run)
    return parser
