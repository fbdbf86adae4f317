"""Make a report: ask the lake, work out rates and shares, put names to codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from hotline.domain.directory import Directory
from hotline.domain.scoring import Formula, Rate, score
from hotline.domain.tallies import COUNT_NAMES, Counts
from infrastructure.lake.answers import Answer, Lake
from infrastructure.lake.questions import filled, question
from infrastructure.reports.catalogue import Report, Share
from infrastructure.reports.names import Names
from infrastructure.reports.scope import Scope

Row = dict[str, Any]

RATES = (
    "response_percent",
    "resolution_percent",
    "satisfaction_percent",
    "coverage_percent",
    "composite_percent",
)

LEVELS = ("city", "district", "agency")

_NAMED = {
    "agency_id": "agency",
    "district": "district_name",
    "subdistrict": "place",
    "service_code": "service",
}
"""Columns of codes, and the columns of their names."""


class Reporter:
    """Makes reports from a lake.

    Args:
        directory: names the codes, and has the formulas.
    """

    def __init__(self, lake: Lake, directory: Directory) -> None:
        self._lake = lake
        self.directory = directory

    def ask(self, name: str, scope: Scope, **given: object) -> Answer:
        """The answer to a question as the lake gives it."""
        return self._lake.ask(filled(question(name).text, {**scope.values, **given}))

    def rows(self, name: str, scope: Scope, **given: object) -> list[Row]:
        """The same, by column name."""
        return self.ask(name, scope, **given).table.records

    def report(self, report: Report, scope: Scope, names: Names) -> Answer:
        """A whole report: the answer, what is worked out from it, and the names of its codes."""
        answer = self.ask(report.question, scope, **report.given)
        for column, share in report.shares.items():
            answer = with_share(answer, column, share)
        if report.rated:
            answer = with_rates(answer, lambda row: self._formula_of(row, scope))
        return with_names(_city_first(answer), names, str(report.given.get("by", "")))

    def _formula_of(self, row: Row, scope: Scope) -> Formula:
        """The formula of the row's month, or of the last month of what it sums up."""
        named = [month for month in (row.get("month"), row.get("bucket")) if is_month(month)]
        return self.directory.formula_for(named[0] if named else scope.month)


def is_month(text: object) -> TypeGuard[str]:
    """Whether that names a month, ``yyyymm``."""
    return isinstance(text, str) and re.fullmatch(r"[0-9]{4}(0[1-9]|1[0-2])", text) is not None


def with_column(answer: Answer, name: str, kind: str, value: Callable[[Row], Any]) -> Answer:
    """One more column, at the end."""
    rows = [(*row, value(dict(zip(answer.columns, row, strict=True)))) for row in answer.rows]
    return Answer((*answer.columns, name), (*answer.types, kind), rows)


def with_share(answer: Answer, name: str, share: Share) -> Answer:
    """One column over another, in percent."""
    part, whole = share
    return with_column(answer, name, "double", lambda row: percent(row[part], row[whole]))


def with_rates(answer: Answer, formula_of: Callable[[Row], Formula]) -> Answer:
    """The three rates of each row's counts, how many answers they rest on, and the composite, in percent."""
    rated = [_rates(row, formula_of(row)) for row in answer.table.records]
    rows = [(*row, *more) for row, more in zip(answer.rows, rated, strict=True)]
    return Answer((*answer.columns, *RATES), (*answer.types, *["double"] * len(RATES)), rows)


def with_names(answer: Answer, names: Names, by: str = "") -> Answer:
    """A name beside each code."""
    named = dict(_NAMED)
    if by in ("service", "place"):
        named["bucket"] = by
    for column, label in named.items():
        if column in answer.columns:
            answer = _with_name(answer, column, label, by if column == "bucket" else column, names)
    return answer


def _with_name(answer: Answer, column: str, label: str, kind: str, names: Names) -> Answer:
    return with_column(answer, label, "varchar", lambda row: names.of(kind, row[column]))


def counts_of(row: Mapping[str, Any]) -> Counts:
    """The counts that a row has."""
    return Counts(**{name: row[name] for name in COUNT_NAMES if row.get(name) is not None})


def percent(part: int, whole: int) -> float | None:
    """A share in percent with two digits after the point; None of nothing."""
    return as_percent(Rate(numerator=part, denominator=whole)) if whole else None


def as_percent(rate: Rate | None) -> float | None:
    """A rate in percent."""
    return None if rate is None else float(rate.percent)


def _rates(row: Row, formula: Formula) -> Sequence[float | None]:
    card = score(counts_of(row).settled(), formula)
    rates = (
        card.response_rate,
        card.resolution_rate,
        card.satisfaction_rate,
        card.survey_coverage,
        card.composite,
    )
    return [as_percent(rate) for rate in rates]


def _city_first(answer: Answer) -> Answer:
    """The city, then districts, then agencies, each as the lake has ordered them."""
    if "level" not in answer.columns:
        return answer
    place = answer.columns.index("level")
    return answer._replace(rows=sorted(answer.rows, key=lambda row: LEVELS.index(row[place])))
