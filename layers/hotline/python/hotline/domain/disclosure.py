"""Keep small counts from being read, or worked out, from a published table (k-anonymity of counts).

A table is cells, and totals that are the sums of cells. A count below *k* is never shown. That alone is not
enough: what is missing can be a total less what is shown. So more is withheld (complementary suppression) until
an attacker who knows every shown number, every sum and this very rule cannot bound any withheld count
between 1 and k - 1.

Example:
    >>> cells = {"city": 30, "east": 27, "west": 3}
    >>> sorted(shown_cells(cells, [Sum("city", ("east", "west"))], k=5))
    ['city']
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

_UNBOUNDED = 1 << 60


class Sum(NamedTuple):
    """A total, and the cells that it is the sum of: all that there could be, the empty ones too.

    Attributes:
        bands_from: the total is only shown as a band of a factor of ten, the first beginning here; 0: as it is.
    """

    total: Hashable
    parts: tuple[Hashable, ...]
    bands_from: int = 0

    def range_of(self, value: int) -> tuple[int, int]:
        """The least and the greatest that a shown total may stand for."""
        return band(value, self.bands_from) if self.bands_from else (value, value)


def band(value: int, first: int) -> tuple[int, int]:
    """The band that a count lies in, both ends counted.

    Example:
        >>> band(7, 5), band(50, 5), band(4999, 5)
        ((5, 49), (50, 499), (500, 4999))
    """
    least = first
    while value >= 10 * least:
        least *= 10
    return least, 10 * least - 1


def shown_cells(cells: Mapping[Hashable, int], sums: Sequence[Sum], k: int) -> set[Hashable]:
    """The cells that may be shown, by their keys.

    Args:
        cells: every count, the zeros too; a total's count is the sum of its parts.
        k: the smallest count that may be known.
    """
    shown = {key for key, count in cells.items() if count >= k}
    parents: dict[Hashable, list[Sum]] = {}
    for each in sums:
        for key in (each.total, *each.parts):
            parents.setdefault(key, []).append(each)
    while True:
        withheld = _by_subtraction(cells, sums, shown, k)
        if not withheld:
            betrayed = exposed(cells, sums, shown, k)
            withheld = {_smallest(cells, parents[key], shown) for key in betrayed}
        if not withheld:
            return shown
        shown -= withheld


def exposed(
    cells: Mapping[Hashable, int], sums: Sequence[Sum], shown: set[Hashable], k: int
) -> set[Hashable]:
    """The withheld cells that an attacker can place between 1 and k - 1, from everything that is shown.

    The bounds of every cell are tightened by every sum it is in, again and again, until nothing changes.
    """
    low = {key: count if key in shown else 0 for key, count in cells.items()}
    high = {key: count if key in shown else _UNBOUNDED for key, count in cells.items()}
    for each in sums:
        if each.total in shown:
            low[each.total], high[each.total] = each.range_of(cells[each.total])
    changed = True
    while changed:
        changed = sum(_tighten(each, low, high) for each in sums) > 0
    return {key for key in cells if key not in shown and low[key] >= 1 and high[key] < k}


def _tighten(each: Sum, low: dict[Hashable, int], high: dict[Hashable, int]) -> bool:
    """Whether one sum has made any bound tighter."""
    changed = False
    lows = sum(low[part] for part in each.parts)
    endless = sum(high[part] >= _UNBOUNDED for part in each.parts)
    highs = sum(high[part] for part in each.parts if high[part] < _UNBOUNDED)
    if lows > low[each.total]:
        low[each.total], changed = lows, True
    if not endless and highs < high[each.total]:
        high[each.total], changed = highs, True
    if high[each.total] >= _UNBOUNDED and low[each.total] <= 0:
        return changed
    least, most = low[each.total], high[each.total]
    for part in each.parts:
        if low[part] == high[part]:
            continue
        limit = most - (lows - low[part]) if most < _UNBOUNDED else _UNBOUNDED
        if limit < high[part]:
            if high[part] >= _UNBOUNDED:
                endless, highs = endless - 1, highs + limit
            else:
                highs += limit - high[part]
            high[part], changed = limit, True
        others = endless - (high[part] >= _UNBOUNDED)
        if not others:
            own = high[part] if high[part] < _UNBOUNDED else 0
            need = least - (highs - own)
            if need > low[part]:
                lows += need - low[part]
                low[part], changed = need, True
    return changed


def _by_subtraction(
    cells: Mapping[Hashable, int], sums: Iterable[Sum], shown: set[Hashable], k: int
) -> set[Hashable]:
    """What has to be withheld so that no total less its shown parts is a small count."""
    withheld: set[Hashable] = set()
    for each in sums:
        if each.total not in shown or each.bands_from:
            continue
        rest = cells[each.total] - sum(cells[part] for part in each.parts if part in shown)
        if 0 < rest < k:
            withheld.add(_smallest(cells, [each], shown))
    return withheld


def _smallest(cells: Mapping[Hashable, int], sums: Iterable[Sum], shown: set[Hashable]) -> Hashable:
    """The least loss: the smallest shown part of these sums; else a total; else whatever is smallest at all."""
    near = list(sums)
    parts = {part for each in near for part in each.parts if part in shown}
    totals = {each.total for each in near if each.total in shown}
    return min(parts or totals or shown, key=lambda key: (cells[key], repr(key)))
