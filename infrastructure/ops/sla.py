"""``hotline sla``: why a due time is what it is, and what other time limits would do."""

from __future__ import annotations

from typing import Any

from infrastructure.ops import sla_explain, sla_simulate


def register(subparsers: Any) -> None:
    """Add the command and its actions."""
    parser = subparsers.add_parser(
        "sla",
        help="why a due time is what it is; what other limits would do",
        description="Time limits of orders (条例 Art 13).",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    sla_explain.register(actions)
    sla_simulate.register(actions)
