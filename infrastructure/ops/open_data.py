"""``hotline open-data``: build a month's open data here, and look at it before it is published."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.adapters.lake_files import LakeFiles
from hotline.adapters.open_cases import FolderOpenCases, LakeOpenCases
from hotline.adapters.open_data_shelf import S3OpenDataShelf
from hotline.adapters.parquet import parquet_file
from hotline.domain.directory import Directory
from hotline.domain.open_data import dictionary, month_tables
from hotline.use_cases.publish_open_data import as_of, files_of
from infrastructure.ops.directory import BEIJING
from infrastructure.ops.stack import add_stack_arguments, stack_from
from infrastructure.ops.what_if import compiled

DEFAULT_FOLDER = Path(".local/open-data")


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "open-data",
        help="anonymised counts for everybody: build a month here, list what is published",
        description="Counts by month, place and service, without anybody being found in them.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    build = actions.add_parser(
        "build",
        help="write a month's files to a folder; publishes nothing",
        description="Write the files of a month to a folder, as they would be published. Not for handing out: a month "
        "that is built twice could be subtracted from itself.",
    )
    build.add_argument("month", type=_month, metavar="MONTH", help="yyyymm")
    build.add_argument(
        "--folder", type=Path, default=DEFAULT_FOLDER, help=f"where to (default: {DEFAULT_FOLDER})"
    )
    build.add_argument(
        "--lake", type=Path, metavar="FOLDER", help="a lake in a folder; without it, the stack's"
    )
    build.add_argument("--directory", type=Path, default=BEIJING, metavar="FOLDER", help="names and settings")
    add_stack_arguments(build)
    build.set_defaults(run=build_)
    listed = actions.add_parser(
        "list", help="list the months that are published", description="List the months."
    )
    add_stack_arguments(listed)
    listed.set_defaults(run=list_)
    words = actions.add_parser(
        "dictionary",
        help="print the data dictionary",
        description="Print the data dictionary, in both languages.",
    )
    words.add_argument("--directory", type=Path, default=BEIJING, metavar="FOLDER", help="settings")
    words.set_defaults(run=dictionary_)


def build_(arguments: argparse.Namespace) -> int:
    """Write a month's files; 1 when the directory's folder has errors."""
    directory = compiled(arguments.directory)
    if directory is None:
        return 1
    first: date = arguments.month
    month = f"{first:%Y%m}"
    counted = _cases(arguments).registered_in(month, first, min(as_of(first, directory), _today(directory)))
    tables = month_tables(month, counted, directory, directory.open_data)
    folder = arguments.folder / month
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files_of(tables, directory, parquet_file).items():
        (folder / name).write_bytes(content)
    rows = ", ".join(f"{name} {len(table)}" for name, table in tables.items())
    print(f"{len(counted)} appeals of {month}; rows: {rows}; in {folder}")
    return 0


def list_(arguments: argparse.Namespace) -> int:
    """List the published months."""
    stack = stack_from(arguments)
    for month in S3OpenDataShelf(stack.client("s3"), stack["open_data_bucket"]).published():
        print(month)
    return 0


def dictionary_(arguments: argparse.Namespace) -> int:
    """Print the data dictionary; 1 when the directory's folder has errors."""
    directory = compiled(arguments.directory)
    if directory is None:
        return 1
    print(dictionary(directory.open_data), end="")
    return 0


def _cases(arguments: argparse.Namespace) -> FolderOpenCases | LakeOpenCases:
    if arguments.lake is not None:
        return FolderOpenCases(arguments.lake)
    stack = stack_from(arguments)
    return LakeOpenCases(LakeFiles(stack.client("s3"), stack["lake_bucket"]))


def _today(directory: Directory) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(directory.city.timezone)).date()


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write it as 202605") from None
