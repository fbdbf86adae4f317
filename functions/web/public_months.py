"""Months as pages write and read them."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.phrases import Phrase

_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def chosen_month(text: str) -> str | None:
    """A month as yyyymm; None when it is none.

    Example:
        >>> chosen_month("202611"), chosen_month("202613"), chosen_month("../etc")
        ('202611', None, None)
    """
    whole = len(text) == len("yyyymm") and text.isascii() and text.isdecimal()
    return text if whole and 1 <= int(text[4:]) <= len(_NAMES) else None


def month_before(month: str | datetime) -> str:
    """The month before a month, or before the month of a local time.

    Example:
        >>> month_before("202601"), month_before(datetime(2026, 3, 31))
        ('202512', '202602')
    """
    year, number = (
        (month.year, month.month) if isinstance(month, datetime) else (int(month[:4]), int(month[4:]))
    )
    return f"{year - 1}12" if number == 1 else f"{year}{number - 1:02d}"


def shown_month(month: str) -> Phrase:
    """A month in words.

    Example:
        >>> shown_month("202603")
        Phrase(zh='2026年3月', en='March 2026')
    """
    number = int(month[4:])
    return Phrase(f"{month[:4]}年{number}月", f"{_NAMES[number - 1]} {month[:4]}")
