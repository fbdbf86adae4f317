"""Write a report: for people, for spreadsheets, for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from infrastructure.lake.answers import Answer
from infrastructure.ops.stack import StackUnknown
from infrastructure.ops.tables import STDOUT

BOM = "\ufeff"
"""Without it spreadsheet programs take Chinese in a CSV file for something else."""


def write(answer: Answer, form: str, where: str) -> None:
    """Write to a file, or to stdout for ``-``.

    Raises:
        StackUnknown: the file cannot be written, or a Parquet file has no name.
    """
    try:
        if form == "parquet":
            _parquet(answer, where)
        elif where == STDOUT:
            _TEXTS[form](answer, sys.stdout)
        else:
            with Path(where).open("w", encoding="utf-8", newline="") as file:
                _TEXTS[form](answer, file)
    except BrokenPipeError:  # whoever read has seen enough; what is left goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise StackUnknown(f"cannot write {where}: {error.strerror}") from None


def _parquet(answer: Answer, where: str) -> None:
    if where == STDOUT:
        raise StackUnknown("a Parquet file needs a name: -o FILE")
    if not Path(where).resolve().parent.is_dir():
        raise StackUnknown(f"cannot write {where}: there is no such folder")
    answer.write_parquet(Path(where))


def _table(answer: Answer, file: TextIO) -> None:
    if answer.rows:
        print(answer.table.text(), file=file)
    else:
        print("nothing happened in that time", file=file)


def _csv(answer: Answer, file: TextIO) -> None:
    file.write(BOM + answer.csv())


def _json(answer: Answer, file: TextIO) -> None:
    file.write(answer.json())


_TEXTS: Mapping[str, Callable[[Answer, TextIO], None]] = {"table": _table, "csv": _csv, "json": _json}
FORMATS = (*_TEXTS, "parquet")
