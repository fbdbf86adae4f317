"""``python -m infrastructure.local``: the embedded AWS of this checkout, from the command line."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence

from infrastructure.local import background
from infrastructure.local.place import Place
from infrastructure.local.run import run
from infrastructure.local.trouble import Trouble
from infrastructure.ops import api_keys
from infrastructure.ops.stack import Stack

APP = "open311"
"""The role of an Open311 app: its token is an API key of the stack, not the identity provider's."""

APP_CALLS_PER_MINUTE = 6_000

EPILOG = """\
environment:
  HOTLINE_PORT           port of the embedded AWS (default 4566)
  HOTLINE_IDENTITY_PORT  port of the local identity provider (default 4567)
  HOTLINE_LOCAL_DIR      folder of state, logs and addresses (default .local)
  HOTLINE_STACK_NAME     name of the CloudFormation stack (default hotline)
  HOTLINE_AUTH=1         enforce the functions' IAM policies, as AWS does
  HOTLINE_MESSAGES=sns   how citizens get messages: sns (seen at /_ministack/sns/sms-messages of the
                         emulator), webhook (seen at /webhook of the identity provider) or console
With other ports and another folder, a second system runs beside the first.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what was asked; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return _do(arguments, Place.from_environment())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _do(arguments: argparse.Namespace, place: Place) -> int:
    match arguments.command:
        case "run":
            run(place)
        case "up":
            background.up(place)
        case "down":
            background.down(place)
        case "status":
            return 0 if background.status(place) else 1
        case "logs":
            background.logs(place, arguments.of, arguments.follow, arguments.lines)
        case "reset":
            background.reset(place, arguments.yes)
        case "token":
            if arguments.role == APP:
                print(api_keys.issue(_stack_of(place), "make token", APP_CALLS_PER_MINUTE))
                return 0
            return _token(place, arguments.role, arguments.agency)
    return 0


def _stack_of(place: Place) -> Stack:
    """The running stack.

    Raises:
        Trouble: none was ever brought up here.
    """
    try:
        return Stack(json.loads(place.stack_file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Trouble("Nothing runs here that a key could be for.", "Start it first: make up") from None


def _token(place: Place, role: str, agency: str | None) -> int:
    command = [sys.executable, "-m", "infrastructure.local.identity", "token", "--role", role]
    command += ["--agency", agency] if agency else []
    command += ["--state", str(place.identity)]
    return subprocess.run(command, env=place.client_environment()).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infrastructure.local",
        description="The whole system on this machine: embedded AWS, functions, directory, identities.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("run", help="start, build, deploy, and stay in the foreground until Ctrl-C")
    commands.add_parser("up", help="the same in the background; returns when it is ready")
    commands.add_parser("down", help="stop it, keeping its state")
    commands.add_parser("status", help="what runs, and where; exit code 0 if it is ready")
    logs = commands.add_parser("logs", help="show a log")
    of = ["functions", *background.LOGS]
    logs.add_argument("of", nargs="?", default="functions", choices=of, help="which one")
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    logs.add_argument("--lines", type=int, default=40, help="how many of the last lines to begin with (40)")
    reset = commands.add_parser("reset", help="delete its state")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    token = commands.add_parser("token", help="print a bearer token, or an Open311 API key")
    token.add_argument(
        "--role",
        required=True,
        help="operator, agency, adjudicator, supervisor, admin or auditor; open311 for an app",
    )
    token.add_argument("--agency", help="agency_id, for the role agency")
    return parser


if __name__ == "__main__":
    sys.exit(main())
