"""What a benchmark finds: a figure, its budget, and how it was found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        budget: what it is held against; None for a number that only explains others.
        at_least: the budget is a floor (more is better), not a ceiling.
        how: one sentence for somebody who doubts the number.

    Example:
        >>> Figure("calls_register", 1, "calls", 1, "counted").met
        True
    """

    name: str
    value: float
    unit: str
    budget: float | None
    how: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the budget is kept; a figure without one always is."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget


@dataclass(frozen=True)
class LeftOut:
    """Something that could not be measured here, and why."""

    what: str
    why: str


Finding = Figure | LeftOut


def missed(figures: Iterable[Figure]) -> list[Figure]:
    """The figures beyond their budgets."""
    return [figure for figure in figures if not figure.met]


def write_results(
    path: Path,
    figures: Iterable[Figure],
    left_out: Iterable[LeftOut],
    about: Mapping[str, Any],
    *,
    keep: bool,
) -> None:
    """Write ``results.json``.

    Args:
        keep: whether what this run did not measure is kept from the last one.

    Example of an entry: ``"calls_register": {"value": 1, "unit": "calls", "budget": 1, "at_least": false,
    "how": "…"}``
    """
    kept = read_results(path) if keep else []
    merged = {figure.name: figure for figure in (*kept, *figures)}
    document = {
        "about": dict(about),
        "left_out": {each.what: each.why for each in left_out},
        "figures": {name: _entry(merged[name]) for name in sorted(merged)},
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_results(path: Path) -> list[Figure]:
    """The figures of an earlier run; none when there was none."""
    if not path.exists():
        return []
    stored: Mapping[str, Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return [Figure(name=name, **entry) for name, entry in stored.items()]


def show(number: float) -> str:
    """A number with as many digits as say something.

    Example:
        >>> show(0.8312), show(27.25), show(16384.0)
        ('0.831', '27.2', '16,384')
    """
    if number == int(number) or abs(number) >= 1000:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def _entry(figure: Figure) -> dict[str, Any]:
    entry = asdict(figure)
    del entry["name"]
    entry["value"] = round(figure.value, 4)
    return entry
