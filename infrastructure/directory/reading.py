"""Read a folder of CSV files, collecting everything that is wrong with it.

Files are UTF-8, with or without a byte order mark, as spreadsheets write them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from infrastructure.directory.rows import FILES, OPTIONAL

R = TypeVar("R", bound=BaseModel)


class Problem(NamedTuple):
    """Something wrong, and where.

    Example:
        >>> print(Problem("error", "agencies.csv", 12, "parent", "no agency 'x'"))
        agencies.csv:12: parent: no agency 'x'
    """

    severity: Literal["error", "warning"]
    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class Problems(list[Problem]):
    """All that was found so far."""

    def error(self, file: str, line: int, column: str, message: str) -> None:
        """Note something that must be corrected before the folder can be imported."""
        self.append(Problem("error", file, line, column, message))

    def warn(self, file: str, line: int, column: str, message: str) -> None:
        """Note something that should be looked at."""
        self.append(Problem("warning", file, line, column, message))

    @property
    def errors(self) -> list[Problem]:
        """What must be corrected."""
        return [problem for problem in self if problem.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """What should be looked at."""
        return [problem for problem in self if problem.severity == "warning"]


class Line(NamedTuple, Generic[R]):
    """A row that could be read, with its line number in the file."""

    number: int
    row: R


class Folder(NamedTuple):
    """The texts of a folder and what was read from them."""

    texts: Mapping[str, str]
    lines: Mapping[str, list[Line[Any]]]

    def rows(self, kind: type[R]) -> list[Line[R]]:
        """The lines of the file that holds rows of a kind."""
        return self.lines[file_of(kind)]


def file_of(kind: type[BaseModel]) -> str:
    """Name of the file that holds rows of a kind."""
    return next(name for name, model in FILES.items() if model is kind)


def read_folder(folder: Path, problems: Problems) -> Folder:
    """Read every file; whatever cannot be read is a problem, and the rest is read on."""
    texts = {}
    for name in FILES:
        try:
            texts[name] = _text((folder / name).read_bytes())
        except FileNotFoundError:
            if name not in OPTIONAL:
                problems.error(name, 0, "-", f"the file is missing in {folder}")
        except UnicodeDecodeError as error:
            problems.error(name, 0, "-", f"not UTF-8 (byte {error.start}): save it as 'CSV UTF-8'")
    return Folder(texts, {name: list(_lines(name, texts.get(name, ""), problems)) for name in FILES})


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def _lines(name: str, text: str, problems: Problems) -> Iterator[Line[Any]]:
    if not text:
        return
    model = FILES[name]
    reader = csv.reader(io.StringIO(text), strict=True)
    columns = next(reader, [])
    if not _check_header(name, columns, model, problems):
        return
    end_of_last = reader.line_num
    try:
        for cells in reader:
            number, end_of_last = end_of_last + 1, reader.line_num
            if cells and any(cells) and not cells[0].startswith("#"):
                yield from _line(name, number, columns, cells, problems)
    except csv.Error as error:
        problems.error(name, reader.line_num, "-", f"cannot be read as CSV: {error}")


def _check_header(name: str, columns: list[str], model: type[BaseModel], problems: Problems) -> bool:
    wrong = False
    for column in columns:
        if column not in model.model_fields:
            problems.error(
                name, 1, column or "-", f"unknown column; known are {', '.join(model.model_fields)}"
            )
            wrong = True
        elif columns.count(column) > 1:
            problems.error(name, 1, column, "the column is there twice")
            wrong = True
    for column, field in model.model_fields.items():
        if column not in columns and field.is_required():
            problems.error(name, 1, column, "the column is missing")
            wrong = True
    return not wrong


def _line(
    name: str, number: int, columns: list[str], cells: list[str], problems: Problems
) -> Iterator[Line[Any]]:
    if len(cells) > len(columns):
        problems.error(name, number, "-", f"{len(cells)} cells, but the header has {len(columns)} columns")
        return
    filled = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if cell.strip()}
    try:
        yield Line(number, FILES[name].model_validate(filled))
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            column = str(each["loc"][0]) if each["loc"] else "-"
            problems.error(name, number, column, _message(each["type"], each["msg"], filled.get(column)))


def _message(kind: str, message: str, cell: str | None) -> str:
    if kind == "missing":
        return "is empty"
    return f"{message} (found {cell!r})" if cell else message
