"""What a report prints: a table for people, CSV for a spreadsheet, JSON for programs."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from hotline.domain.spreadsheet import safe_cell

STDOUT = "-"


class Table(NamedTuple):
    """Rows under column names."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows by column name, for JSON."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def text(self) -> str:
        """Aligned columns: numbers to the right, words to the left.

        Example:
            >>> print(Table(("rule", "orders"), [("city/roads", 7)]).text())
            RULE        ORDERS
            city/roads       7
        """
        cells = [
            [name.upper() for name in self.columns],
            *([_cell(value) for value in row] for row in self.rows),
        ]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        to_the_right = [
            any(isinstance(row[place], int | float) for row in self.rows) for place in range(len(widths))
        ]
        lines = (
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, to_the_right, strict=True)
            )
            for row in cells
        )
        return "\n".join(line.rstrip() for line in lines)

    def write_csv(self, where: str, *, header: bool = True) -> None:
        """Write to a file, or to stdout for ``-``."""
        if where == STDOUT:
            self.write_to(sys.stdout, header=header)
        else:
            with Path(where).open("w", encoding="utf-8", newline="") as file:
                self.write_to(file, header=header)

    def write_to(self, stream: TextIO, *, header: bool = True) -> None:
        """Write as CSV of which a spreadsheet program runs nothing."""
        writer = csv.writer(stream, lineterminator="\n")
        lines = [self.columns, *self.rows] if header else self.rows
        writer.writerows([safe_cell(value) for value in line] for line in lines)


def add_output_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """Let a report be written otherwise than for people; ``what`` names the rows of the CSV."""
    output = parser.add_mutually_exclusive_group()
    output.add_argument(
        "--csv", nargs="?", const=STDOUT, metavar="FILE", help=f"{what} as CSV (default: to stdout)"
    )
    output.add_argument("--json", action="store_true", help="everything as one JSON object on stdout")


def print_json(report: Mapping[str, Any]) -> None:
    """One JSON object, readable."""
    print(json.dumps(report, ensure_ascii=False, indent=2, default=str))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
