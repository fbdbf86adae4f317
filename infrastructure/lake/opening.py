"""Which lake a command asks: a deployed stack's, here or with Athena, or a folder of files."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.lake.answers import Lake
from infrastructure.lake.athena import Athena
from infrastructure.lake.files import LakeBucket
from infrastructure.lake.local import LocalLake
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import add_stack_arguments, stack_from


def add_lake_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be pointed at a lake."""
    engine = parser.add_mutually_exclusive_group()
    engine.add_argument("--athena", action="store_true", help="ask with Athena; else the files are read here")
    engine.add_argument(
        "--folder", type=Path, help="files in a folder laid out like the bucket; needs no stack"
    )
    add_stack_arguments(parser)


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Lake]:
    """The lake that the arguments name.

    Raises:
        StackUnknown: there is no such stack, or it has no lake or no Athena.
    """
    if arguments.folder is None and arguments.athena:
        yield Athena.of(stack_from(arguments))
        return
    folder = arguments.folder or LakeBucket(stack_from(arguments)).fetch(ProgressBar("lake"))
    with LocalLake(folder) as lake:
        yield lake
