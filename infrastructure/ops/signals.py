"""``hotline signals``: how well doubtful results are found.

Reads files only; nothing of the stack.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from hotline.domain.signal_rules import SignalPolicy
from infrastructure.directory.loading import load
from infrastructure.ops import directory
from infrastructure.ops.progress import ProgressBar
from infrastructure.ops.tables import Table, add_output_arguments, print_json
from infrastructure.signals.labelled import NoSet, halves, plant, read
from infrastructure.signals.measuring import Figures, Shown, at_threshold, figures, score, shown, shuffled

_ROOT = Path(__file__).resolve().parents[2]
FILE = _ROOT.parent / "shared" / "data" / "replied_appeals.jsonl"
FOLDER = _ROOT / "infrastructure" / "directory" / "beijing"
SEED, SHARE, K = 12345, 0.1, 50


def register(subparsers: Any) -> None:
    """Add the command and its action."""
    parser = subparsers.add_parser(
        "signals",
        help="how well doubtful results are found",
        description="What makes an agency's results doubtful: measured on a labelled set.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    action = actions.add_parser(
        "evaluate",
        help="precision and recall on real appeals and replies with planted cheats",
        description="Make orders of real appeals and replies (JSONL: id, title, at, text, reply, replied_at), "
        "plant five kinds of cheats, weigh them all by a folder's signals.csv, and say how many of the highest "
        "scores are cheats. Only the half with odd ids is measured: on the other one the phrases and thresholds "
        "of the shipped folder were chosen.",
    )
    action.add_argument("--file", type=Path, default=FILE, help="appeals with replies")
    action.add_argument("--directory", type=Path, default=FOLDER, metavar="FOLDER", help="whose signals.csv")
    action.add_argument("--k", type=_count, default=K, help=f"how many of the highest scores (default: {K})")
    action.add_argument("--share", type=_share, default=SHARE, help=f"of planted cheats (default: {SHARE})")
    action.add_argument("--seed", type=int, default=SEED, help=f"of everything invented (default: {SEED})")
    add_output_arguments(action, "the table")
    action.set_defaults(run=evaluate)


def evaluate(arguments: argparse.Namespace) -> int:
    """Print the table."""
    loaded = load(arguments.directory, directory.today())
    if loaded.problems.errors:
        print(f"hotline: {arguments.directory}: {loaded.problems.errors[0]}", file=sys.stderr)
        return 1
    try:
        other_half, measured = halves(read(arguments.file))
    except NoSet as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    policy: SignalPolicy = loaded.directory().signals
    orders = plant(measured, other_half, arguments.share, arguments.seed)
    scored = score(orders, policy, ProgressBar("orders"))
    rows = [
        *figures(scored, arguments.k, arguments.seed),
        at_threshold(scored, policy.review_score),
        figures(shuffled(scored, arguments.seed), arguments.k, arguments.seed)[-1]._replace(
            what="shuffled labels"
        ),
    ]
    _print(rows, shown(scored), len(orders), arguments)
    return 0


def _print(rows: list[Figures], signs: list[Shown], orders: int, arguments: argparse.Namespace) -> None:
    columns = ("cheat", "planted", "k", "precision %", "recall %", "by chance %")
    table = Table(columns, [(*row[:3], *(round(100 * share, 1) for share in row[3:])) for row in rows])
    shows = Table(
        ("cheat", "signals meant for it", "shown by cheats %", "by honest work %"),
        [(*sign[:2], *(round(100 * share, 1) for share in sign[2:])) for sign in signs],
    )
    if arguments.json:
        given = {"orders": orders, "share": arguments.share, "seed": arguments.seed}
        print_json({**given, "rows": table.records, "signals": shows.records})
    elif arguments.csv:
        table.write_csv(arguments.csv)
    else:
        print(table.text(), shows.text(), sep="\n\n")
        print(f"\n{orders} orders, {arguments.share:.0%} of them planted, seed {arguments.seed}")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1")
    return share
