"""``hotline``: the command line of those who run the hotline.

Each subcommand is a module of this folder with ``register(subparsers)``; it sets ``run``, a function
of the parsed arguments that returns the exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from hotline.domain.errors import HotlineError
from infrastructure.ops import (
    api_keys,
    audit,
    board,
    bulletin,
    directory,
    dispatch,
    lake,
    notices,
    open311,
    open_data,
    outbox,
    queues,
    replies,
    report,
    restore,
    scorecards,
    signals,
    simulate,
    sla,
)
from infrastructure.ops.stack import StackUnknown

SUBCOMMANDS = (
    directory,
    dispatch,
    sla,
    queues,
    notices,
    replies,
    api_keys,
    open311,
    scorecards,
    lake,
    report,
    bulletin,
    board,
    open_data,
    outbox,
    restore,
    audit,
    signals,
    simulate,
)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(prog="hotline", description="Run the city hotline.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for subcommand in SUBCOMMANDS:
        subcommand.register(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; trouble that a person can mend is one sentence on stderr."""
    given = build_parser().parse_args(arguments)
    try:
        code: int = given.run(given)
    except (StackUnknown, HotlineError) as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
