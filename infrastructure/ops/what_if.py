"""What the what-if commands have in common: a folder that is compiled and never imported."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hotline.adapters.dynamodb.directory import DynamoDBDirectories
from hotline.domain.directory import Directory
from hotline.domain.notices import LANGUAGES
from infrastructure.directory.loading import load
from infrastructure.ops import directory
from infrastructure.ops.stack import Stack


def add_folder_argument(parser: argparse.ArgumentParser) -> None:
    """Let a command be given the changed folder."""
    parser.add_argument(
        "--directory",
        type=Path,
        required=True,
        metavar="FOLDER",
        dest="folder",
        help="folder of CSV files with the change; it is compiled, not imported",
    )


def add_preview_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which language and which folder a preview of the directory's texts shows."""
    parser.add_argument("--language", choices=LANGUAGES, help="one language; without it, both")
    parser.add_argument(
        "--directory",
        type=Path,
        default=directory.BEIJING,
        metavar="FOLDER",
        dest="folder",
        help="folder of CSV files (default: Beijing's)",
    )


def compiled(folder: Path) -> Directory | None:
    """The directory that importing a folder would put in force; None, with the errors told, if none would."""
    loaded = load(folder, directory.today())
    for problem in loaded.problems.errors:
        print(f"{problem.severity}: {problem}", file=sys.stderr)
    if loaded.problems.errors:
        print(f"{folder}: {len(loaded.problems.errors)} error(s); nothing was simulated", file=sys.stderr)
        return None
    return loaded.directory()


def directory_in_force(stack: Stack) -> Directory:
    """The directory that the stack works with.

    Raises:
        DirectoryMissing: nothing has been imported yet.
    """
    return DynamoDBDirectories(stack.client("dynamodb"), stack["directory_table"]).current()
