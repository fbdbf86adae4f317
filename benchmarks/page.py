"""The page ``benchmarks/README.md``: what was measured last, and how to measure again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.figures import Figure, LeftOut, missed, show

_HEAD = """\
<!-- Written by `make bench`; edit benchmarks/page.py. -->
# Benchmarks

Measured on {measured_on}: Python {python}, {machine}. **{kept} of {budgeted} budgets are kept.**

```
make bench                          # everything, about a quarter of an hour
make bench ARGS="--only units"      # one family: {families}
make bench ARGS="--quick"           # a smoke; writes nothing
make bench ARGS="--check"           # exit code 1 when a budget is missed
```

Seconds on a shared machine say little, so most figures are counts or ratios taken in one run: instructions
(valgrind), calls of the SDK, request units, the stack against a plain insert. What a machine lacks (valgrind;
Java 17 and npm for Amazon's DynamoDB Local; PostgreSQL) is left out or computed, and the page says so. What
is fetched for measuring stays in `.local/bench`. `results.json` has every figure with how it was found.

To add a figure, yield a `Figure` from a family's `measure` (one module each); to add a family, name its
module in `__main__.py`.
"""

FAMILIES = ("imports", "handler", "calls", "units", "reads", "counting", "cost", "patience", "throughput")


def render(figures: Sequence[Figure], left_out: Iterable[LeftOut], about: Mapping[str, str]) -> str:
    """The whole page."""
    budgeted = [figure for figure in figures if figure.budget is not None]
    kept = len(budgeted) - len(missed(budgeted))
    head = _HEAD.format(kept=kept, budgeted=len(budgeted), families=", ".join(FAMILIES), **about)
    parts = [head, "## Against the budgets\n", *_table(budgeted)]
    parts += ["\n## What explains them\n", *_table([each for each in figures if each.budget is None])]
    if gaps := [f"- {each.what}: {each.why}" for each in left_out]:
        parts += ["\n## Left out in this run\n", *gaps]
    return "\n".join(parts) + "\n"


def budget_text(figure: Figure) -> str:
    """Example: ``≤ 36``"""
    if figure.budget is None:
        return ""
    return f"{'≥' if figure.at_least else '≤'} {show(figure.budget)}"


def _table(figures: Sequence[Figure]) -> Iterator[str]:
    yield "| | figure | value | budget | how |"
    yield "|---|---|---|---|---|"
    for figure in figures:
        mark = "" if figure.budget is None else "✓" if figure.met else "✗"
        yield (
            f"| {mark} | `{figure.name}` | {show(figure.value)} {figure.unit} "
            f"| {budget_text(figure)} | {figure.how} |"
        )
