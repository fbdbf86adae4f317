"""``make demo``: replay appeals through the running stack, with simulated citizens, operators and agencies."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
from rich.console import Console

from infrastructure.demo.habits import SHARES, Habits
from infrastructure.demo.hotline import StackSilent
from infrastructure.demo.journal import Journal
from infrastructure.demo.report import Bar, show, show_account
from infrastructure.demo.rows import BadFile, Row, parse_map, read_rows
from infrastructure.demo.run import Run, Settings
from infrastructure.ops.stack import LOCAL_STACK, Stack, StackUnknown, stack_from

SAMPLE = Path(__file__).with_name("sample.jsonl")

FINE, WRONG, CANNOT, INTERRUPTED = 0, 1, 2, 130

EPILOG = """\
exit code: 0 every appeal is accounted for; 1 one is lost, duplicated, stuck, undelivered or refused, or a
message died (they are listed); 2 the demo could not run; 130 interrupted.
A run that was interrupted or killed goes on when the same command is given again.
"""


class CannotRun(Exception):
    """Said in one sentence; exit code 2."""


class Task(NamedTuple):
    """A run with everything that it needs."""

    stack: Stack
    journal: Journal
    rows: list[Row]
    settings: Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Replay as asked; returns the exit code."""
    arguments = _parser().parse_args(argv)
    console = Console()
    try:
        task = _task(arguments, console)
        return _replay(task, console)
    except (BadFile, CannotRun, StackUnknown) as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return CANNOT


def _replay(task: Task, console: Console) -> int:
    try:
        run = Run(task.stack, task.journal, task.rows, task.settings)
        with Bar(console) as progress:
            outcome = run.replay(progress)
    except StackSilent as trouble:
        raise CannotRun(f"{trouble}; start the stack again and repeat the command, the run goes on") from None
    except KeyboardInterrupt:
        console.print(
            f"\nInterrupted. The same command goes on with run {task.journal.run}; so does --resume."
        )
        return INTERRUPTED
    task.journal.note(finished=True)
    show(console, outcome, task.settings.habits, run.hotline.timings.by_name(), task.journal.receipts)
    if run.hotline.timings.repeated:
        console.print(
            f"{run.hotline.timings.repeated} calls were repeated because the stack was busy or away."
        )
    if repeats := task.journal.repeats():
        console.print(f"{repeats} messages came more than once to an agency and were answered once.")
    show_account(console, outcome)
    return WRONG if outcome.problems or outcome.dead else FINE


def _task(arguments: argparse.Namespace, console: Console) -> Task:
    stack = _stack(arguments.stack)
    folder = arguments.stack.parent
    habits = _habits(arguments)
    if stack["messages"] != "sns":  # only text messages are counted
        habits = habits._replace(phone=0)
    settings = Settings(seed=arguments.seed, habits=habits, speed=arguments.speed)
    rows = read_rows(arguments.file, parse_map(arguments.map), arguments.limit)
    journal = _journal(folder / "demo", _fingerprint(arguments, settings, stack), arguments, console)
    return Task(stack, journal, rows, settings)


def _habits(arguments: argparse.Namespace) -> Habits:
    """The shares as asked for.

    Raises:
        CannotRun: some add up to more than all.
    """
    habits = Habits(**{name: getattr(arguments, name) for name in Habits._fields})
    try:
        habits.check()
    except ValueError as error:
        raise CannotRun(str(error)) from None
    return habits


def _stack(path: Path) -> Stack:
    """The embedded AWS only: the demo's phones and agencies are not real, and its tokens are local.

    Raises:
        CannotRun: there is none, it is another kind of stack, or it is not up.
    """
    if not path.exists():
        raise CannotRun(f"{path} is not there: run `make up` first")
    stack = stack_from(argparse.Namespace(stack=path, from_cloudformation=None))
    try:
        urllib3.request("GET", f"{stack['endpoint_url']}/_ministack/health", timeout=5, retries=False)
    except urllib3.exceptions.HTTPError:
        raise CannotRun(f"nothing answers at {stack['endpoint_url']}: run `make up` first") from None
    return stack


def _journal(folder: Path, fingerprint: str, arguments: argparse.Namespace, console: Console) -> Journal:
    """The journal to go on with: the one named, the newest unfinished one of the same command, or a new one."""
    if arguments.resume:
        path = folder / f"{arguments.resume}.sqlite"
        if not path.exists():
            raise CannotRun(f"there is no run {arguments.resume!r} in {folder}")
        journal = Journal(path)
        if journal.fact("fingerprint") != fingerprint:
            raise CannotRun(f"run {arguments.resume} was started with other arguments or on another stack")
        return journal
    for path in () if arguments.new else sorted(folder.glob("*.sqlite"), reverse=True):
        journal = Journal(path)
        if journal.fact("fingerprint") == fingerprint and not journal.fact("finished"):
            console.print(f"Going on with run {journal.run} (--new starts another).")
            return journal
        journal.close()
    journal = Journal(folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.sqlite")
    journal.note(fingerprint=fingerprint)
    return journal


def _fingerprint(arguments: argparse.Namespace, settings: Settings, stack: Stack) -> str:
    """What must be the same for a run to go on. A stack that was reset has another secret."""
    file = hashlib.sha256(arguments.file.read_bytes()).hexdigest()
    parts = (file, arguments.limit, arguments.map, settings._replace(speed=None), stack["signing_secret_arn"])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infrastructure.demo",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--file",
        type=Path,
        default=SAMPLE,
        help="appeals, one JSON object a line (default: the bundled sample)",
    )
    add("--limit", type=_positive, help="only so many of them")
    add(
        "--map",
        default="",
        metavar="OURS=THEIRS,…",
        help="the file's names of fields, where not found by themselves",
    )
    add("--speed", type=_factor, help="replay the times of arrival, so many times faster (default: at once)")
    add("--stack", type=Path, default=LOCAL_STACK, help="addresses of the stack (default: %(default)s)")
    add("--seed", type=int, default=1, help="for the lots that decide who does what (default: %(default)s)")
    add("--resume", metavar="RUN", help="go on with this run")
    add("--new", action="store_true", help="do not go on with an unfinished run")
    add(
        "--plain",
        action=_Plain,
        help="every order goes straight through, but for shares that are given after it",
    )
    shares = parser.add_argument_group("shares, from 0 to 1")
    for name, what in SHARES.items():
        default = Habits._field_defaults[name]
        shares.add_argument(f"--{name}", type=_share, default=default, help=f"{what} (default: {default:g})")
    return parser


class _Plain(argparse.Action):
    """Sets the shares of everything that keeps an order from going straight through to none."""

    def __init__(self, option_strings: Sequence[str], dest: str, **facts: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **facts)

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, *_: object) -> None:
        for name, share in Habits().plain()._asdict().items():
            if share != getattr(Habits(), name):
                setattr(namespace, name, share)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _factor(text: str) -> float:
    factor = float(text)
    if factor <= 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return factor


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
