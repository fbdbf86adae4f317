"""What the city publishes as open data, as settings of the directory."""

from __future__ import annotations

from hotline.domain.model import Frozen


class OpenDataPolicy(Frozen):
    """What the city publishes (``policies.csv``); every default is ours.

    Attributes:
        smallest: k, the smallest count that may be known.
        after_days: days after the end of a month until it is published; by then most citizens have been asked.
    """

    smallest: int = 5
    after_days: int = 45
