"""``hotline bulletin``: a month's figures as one page, to be read, printed and published."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hotline.domain.appeal import Language
from infrastructure.lake.opening import add_lake_arguments
from infrastructure.ops.periods import month_name
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.report import add_directory_argument, publication_from, reporter_from, scope_of_month
from infrastructure.ops.stack import StackUnknown
from infrastructure.ops.tables import STDOUT
from infrastructure.reports.bulletin import gather
from infrastructure.reports.page import BOTH, page

_LANGUAGES: Mapping[str, Sequence[Language]] = {"both": BOTH, "zh-CN": ("zh-CN",), "en": ("en",)}


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "bulletin",
        help="a month's figures as one page to publish",
        description="The bulletin of a month: one HTML file that needs nothing but itself.",
    )
    parser.add_argument("month", type=month_name, metavar="MONTH", help="yyyymm, in the city's time")
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="where to write (default: bulletin-MONTH.html)"
    )
    parser.add_argument(
        "--language", choices=tuple(_LANGUAGES), default="both", help="(default: %(default)s)"
    )
    add_directory_argument(parser)
    add_lake_arguments(parser)
    parser.set_defaults(run=bulletin_)


def bulletin_(arguments: argparse.Namespace) -> int:
    """Write the page."""
    with reporter_from(arguments) as reporter:
        scope = scope_of_month(arguments.month, reporter.directory)
        published = publication_from(arguments, arguments.month)
        bulletin = gather(reporter, scope, published, ProgressBar("bulletin"))
        html = page(bulletin, reporter.directory, _LANGUAGES[arguments.language])
    if not bulletin.is_published:
        print(f"{arguments.month} is not published: rates and bands are live counts", file=sys.stderr)
    if arguments.output == STDOUT:
        print(html)
        return 0
    path = Path(arguments.output or f"bulletin-{arguments.month}.html")
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise StackUnknown(f"cannot write {path}: {error.strerror}") from None
    print(path)
    return 0
