"""The reports' SQL: one file a question in ``queries/``, the same text for DuckDB and for Athena.

A parameter is written ``:name``. Each has one kind, and what is put in its place is a literal of that kind,
so no value can change what a question asks.

Example:
    >>> filled("SELECT count(*) FROM facts WHERE month = :month", {"month": "202605"})
    "SELECT count(*) FROM facts WHERE month = '202605'"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from infrastructure.ops.stack import StackUnknown

HERE = Path(__file__).parent
QUERIES = HERE / "queries"
ALL = "*"
"""What stands for every district or agency."""

_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|(?<![:\w]):([a-z_]+)\b")
_CODE = re.compile(r"\*|[A-Za-z0-9_.~/-]{1,64}")


class QuestionUnknown(StackUnknown):
    """No such question, or a parameter that it does not take; the message says what there is."""


class Question(NamedTuple):
    """A question to the lake."""

    name: str
    text: str

    @property
    def about(self) -> str:
        """What it answers: the first comment line of its file."""
        return self.text.partition("\n")[0].removeprefix("--").strip()


def questions() -> dict[str, Question]:
    """Every question of the folder, by name."""
    found = sorted(QUERIES.glob("*.sql"))
    return {path.stem: Question(path.stem, path.read_text(encoding="utf-8")) for path in found}


def question(name: str) -> Question:
    """One of them.

    Raises:
        QuestionUnknown: there is none of that name.
    """
    known = questions()
    if name not in known:
        raise QuestionUnknown(f"there is no question {name!r}; 'hotline lake list' shows: {', '.join(known)}")
    return known[name]


def facts_view() -> str:
    """The SELECT behind the view ``facts``."""
    return (HERE / "facts.sql").read_text(encoding="utf-8")


def parameters_of(text: str) -> set[str]:
    """The names that a text has parameters for."""
    return {match[1] for match in _TOKEN.finditer(text) if match[1]}


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with a literal in the place of each parameter; quotations and comments stay as they are.

    Raises:
        QuestionUnknown: a value is missing, or is none of its parameter's kind.
    """

    def put(match: re.Match[str]) -> str:
        return literal(match[1], values) if match[1] else match[0]

    return _TOKEN.sub(put, text)


def literal(name: str, values: Mapping[str, object]) -> str:
    """The SQL literal of a parameter."""
    if name not in PARAMETERS:
        raise QuestionUnknown(f"there is no parameter :{name}; there are {', '.join(sorted(PARAMETERS))}")
    if values.get(name) is None:
        raise QuestionUnknown(f"the question needs a value for :{name}")
    try:
        return PARAMETERS[name](str(values[name]))
    except ValueError as error:
        raise QuestionUnknown(f":{name} is not {error}") from None


def _day(text: str) -> str:
    try:
        return f"'{date.fromisoformat(text).isoformat()}'"
    except ValueError:
        raise ValueError("a day, yyyy-mm-dd") from None


def _month(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", text):
        raise ValueError("a month, yyyymm")
    return f"'{text}'"


def _moment(text: str) -> str:
    try:
        return f"TIMESTAMP '{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}'"
    except ValueError:
        raise ValueError("a UTC time, yyyy-mm-dd hh:mm:ss") from None


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError("a code, or * for all")
    return f"'{text}'"


def _count(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("a whole number")
    return text


def _step(text: str) -> str:
    if text not in STEPS:
        raise ValueError(f"one of {', '.join(STEPS)}")
    return f"'{text}'"


STEPS = ("month", "week", "service", "place")
"""What a report may be broken down by."""

PARAMETERS: Mapping[str, Callable[[str], str]] = {
    "first": _day,
    "last": _day,
    "since": _day,
    "as_of": _day,
    "month": _month,
    "now": _moment,
    "by": _step,
    "district": _code,
    "agency": _code,
    "service": _code,
    "most": _count,
}
"""Every parameter, with what makes its literal."""
