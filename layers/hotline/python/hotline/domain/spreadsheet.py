"""Text that a spreadsheet program opens as text (FAULTS S20).

Such programs run a cell that begins with ``=``, ``+``, ``-`` or ``@``, some the full-width twins of these too,
whatever the quotation marks around it say. An apostrophe in front makes it text. Some split a line at semicolons
or tabs instead of commas, so what would begin a cell then gets one as well.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

Cell = str | int | float | Decimal
"""What a cell of a CSV file is: a number stays one, everything else is text."""

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
"""Tabs, line ends and the like: they would end a cell or a line somewhere."""
_STARTS_A_FORMULA = re.compile(r"(^|[;,|])([\s\u200b-\u200f\u2060\ufeff\"']*)(?=[=+\-@＝＋－＠﹢﹣﹦﹫−])")


def safe_cell(value: object) -> Cell:
    """A value as a cell that nothing runs; nothing, and what is no number, are empty.

    Example:
        >>> safe_cell("=HYPERLINK(1)"), safe_cell(-3), safe_cell("-3"), safe_cell(None)
        ("'=HYPERLINK(1)", -3, "'-3", '')
    """
    if value is None or (isinstance(value, float | Decimal) and not isfinite(value)):
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return _STARTS_A_FORMULA.sub(r"\1'\2", _NOT_SHOWN.sub(" ", str(value)))
