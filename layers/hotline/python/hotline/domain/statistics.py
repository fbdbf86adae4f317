"""How sure a figure from few cases is, and where the bulk of many values lies."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

Z95 = 1.959963984540054
"""Standard deviations around a mean that hold 95 % of a normal distribution."""


def wilson(successes: float, trials: float, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval of a share: between which bounds the true one lies, in 95 % of such counts.

    It stays within 0 and 1 and is honest about few trials, where "3 of 3" means little. Of no trials
    nothing is known.

    Args:
        successes, trials: whole numbers, or parts of them where several counts speak of one case.

    Raises:
        ValueError: more successes than trials, or a negative number.

    Example:
        >>> [round(bound, 3) for bound in wilson(3, 3)]
        [0.439, 1.0]
        >>> wilson(0, 0)
        (0.0, 1.0)
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    if trials == 0:
        return 0.0, 1.0
    share, square = successes / trials, z * z
    centre = share + square / (2 * trials)
    spread = z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    whole = 1 + square / trials
    low = 0.0 if successes == 0 else max(0.0, (centre - spread) / whole)
    high = 1.0 if successes == trials else min(1.0, (centre + spread) / whole)
    return low, high


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least ``percent`` of them do not exceed (nearest rank).

    Args:
        ordered: at least one value, ascending.
        percent: 1 to 100.

    Example:
        >>> percentile([1.0, 2.0, 3.0, 40.0], 50), percentile([1.0, 2.0, 3.0, 40.0], 90)
        (2.0, 40.0)
    """
    return ordered[ceil(len(ordered) * percent / 100) - 1]
