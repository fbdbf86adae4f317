"""``hotline directory``: check, import and export the city's data."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.adapters.dynamodb.directory import DirectoryStore
from hotline.domain.errors import DirectoryMissing
from infrastructure.directory.loading import Loaded, load
from infrastructure.directory.reading import Problems
from infrastructure.ops import agency_queues
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.stack import Stack, add_stack_arguments, stack_from

BEIJING = Path(__file__).resolve().parents[1] / "directory" / "beijing"


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "directory",
        help="agencies, services, duties, time limits: check, import, export",
        description="The city as data: a folder of CSV files (see infrastructure/directory/README.md).",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "check", check, "say what is wrong with a folder, and where", folder=True, stack=False)
    _add(actions, "import", import_, "check a folder, store it, create queues, put it in force", folder=True)
    _add(actions, "versions", versions, "list what was imported")
    export_parser = _add(actions, "export", export, "write the files of a stored version to a folder")
    export_parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    export_parser.add_argument("--version", help="which version (default: the one in force)")
    activate_parser = _add(
        actions, "activate", activate, "put a stored version in force, for example an older one"
    )
    activate_parser.add_argument("version", help="as 'hotline directory versions' shows it")


def _add(
    actions: Any,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    *,
    folder: bool = False,
    stack: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=summary.capitalize() + "."
    )
    if folder:
        parser.add_argument(
            "folder", type=Path, nargs="?", default=BEIJING, help="folder of CSV files (default: Beijing)"
        )
    if stack:
        add_stack_arguments(parser)
    parser.set_defaults(run=run)
    return parser


def check(arguments: argparse.Namespace) -> int:
    """Report every problem of a folder; 1 when one of them is an error."""
    loaded = load(arguments.folder, today())
    _report(loaded.problems)
    if loaded.problems.errors:
        return 1
    print(f"{arguments.folder}: in order; {_summary(loaded)}")
    return 0


def import_(arguments: argparse.Namespace) -> int:
    """Check a folder and put it in force; a folder with an error changes nothing."""
    loaded = load(arguments.folder, today())
    _report(loaded.problems)
    if loaded.problems.errors:
        print("nothing was imported", file=sys.stderr)
        return 1
    stack = stack_from(arguments)
    store = _store(stack)
    version = _save(store, loaded)
    _provide_queues(stack, [row["agency_id"] for row in loaded.parts["agencies"]])
    if store.current() == version:
        print(f"directory {version} is in force already; nothing written")
    else:
        store.activate(version)
        print(f"directory {version} is in force: {_summary(loaded)}")
    return 0


def versions(arguments: argparse.Namespace) -> int:
    """List the stored versions."""
    store = _store(stack_from(arguments))
    current = store.current()
    for version, facts in store.versions().items():
        mark = "*" if version == current else " "
        counts = ", ".join(f"{number} {what}" for what, number in facts["counts"].items())
        warned = f"; {len(facts['warnings'])} warning(s)" if facts["warnings"] else ""
        print(f"{mark} {version}  imported {facts['imported_at']}  {counts}{warned}")
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write a stored version's files."""
    store = _store(stack_from(arguments))
    version = arguments.version or store.current()
    if version is None:
        raise DirectoryMissing
    files = store.part(version, "source")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (arguments.folder / name).write_text(text, encoding="utf-8", newline="")
    print(f"{len(files)} files of {version} written to {arguments.folder}")
    return 0


def activate(arguments: argparse.Namespace) -> int:
    """Put a stored version in force."""
    stack = stack_from(arguments)
    store = _store(stack)
    if arguments.version not in store.versions():
        print(f"there is no version {arguments.version!r}; see: hotline directory versions", file=sys.stderr)
        return 1
    _provide_queues(stack, list(store.open(arguments.version).agencies))
    store.activate(arguments.version)
    print(f"directory {arguments.version} is in force")
    return 0


def today() -> date:
    """The local date: holidays, and the horizon up to which they must be known, are China's."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def _store(stack: Stack) -> DirectoryStore:
    return DirectoryStore(stack.client("dynamodb"), stack["directory_table"])


def _save(store: DirectoryStore, loaded: Loaded) -> str:
    """Store the version unless one of the same content is there; return its id."""
    for version, facts in store.versions().items():
        if facts["fingerprint"] == loaded.fingerprint:
            return version
    facts = {
        "fingerprint": loaded.fingerprint,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "counts": loaded.counts,
        "warnings": [str(problem) for problem in loaded.problems.warnings],
    }
    store.save(loaded.version, loaded.parts, facts)
    return loaded.version


def _provide_queues(stack: Stack, agency_ids: list[str]) -> None:
    client = stack.client("sqs", connections=agency_queues.PARALLEL_CALLS)
    prefix = stack["agency_queue_prefix"]
    created = agency_queues.create_missing(client, prefix, agency_ids, ProgressBar("queues of agencies"))
    if created:
        print(f"queues created for {len(created)} agencies")
    for agency_id in agency_queues.orphans(client, prefix, agency_ids):
        print(f"note: {agency_id} is no longer in the directory; its queue is kept", file=sys.stderr)


def _report(problems: Problems) -> None:
    for problem in problems:
        print(f"{problem.severity}: {problem}", file=sys.stderr)
    if problems:
        print(f"{len(problems.errors)} error(s), {len(problems.warnings)} warning(s)", file=sys.stderr)


def _summary(loaded: Loaded) -> str:
    return ", ".join(f"{number} {what}" for what, number in loaded.counts.items())
