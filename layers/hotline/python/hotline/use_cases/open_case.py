"""Number and key open a case to whoever shows them."""

from __future__ import annotations

from collections.abc import Callable

from hotline.domain.case import Case
from hotline.domain.errors import NotFound
from hotline.domain.identifiers import parse_tracking_number, same
from hotline.domain.tokens import key_hash
from hotline.ports import Cases

_NOBODY = "0" * 17
"""Looked up for numbers that cannot be, so that a wrong number takes as long as a wrong key."""

Lent = Callable[[str, str], bool]
"""Whether a key was lent for an appeal to whoever has proven the number that it was sent with."""


def open_case(number: str, secret_key: str, cases: Cases, lent: Lent | None = None) -> Case:
    """The case of a number, for whoever shows its key.

    An unknown number and a wrong key give the same answer after the same work.

    Args:
        lent: where a lent key will do; never for a confidential report, whose sender nobody may trace.

    Raises:
        NotFound: either of them.
    """
    given = key_hash(secret_key)
    try:
        case = cases.get(parse_tracking_number(number) or _NOBODY)
    except NotFound:
        same(given, bytes(16))
        raise
    own = same(given, case.key_hash)
    if not own and (lent is None or case.confidential or not lent(secret_key, case.appeal_id)):
        raise NotFound("appeal")
    return case
