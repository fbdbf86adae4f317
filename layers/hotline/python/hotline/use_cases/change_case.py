"""Load one case, let it act, save it: the shape of every command."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from hotline.domain.case import Case
from hotline.domain.errors import VersionConflict
from hotline.ports import Cases

_TRIES = 3


def change_case(
    appeal_id: str,
    command_id: str,
    act: Callable[[Case], None],
    *,
    cases: Cases,
    expected_version: int | None = None,
    loaded: Case | None = None,
) -> Case:
    """Carry a command out once, however often it is sent.

    When somebody else saved the case in between, it is loaded again and the lifecycle decides anew;
    a caller who named the version that it acts on is told of the conflict instead.

    Args:
        command_id: fingerprint of the command; a case that knows it is returned as it is.
        act: changes the case or refuses; may be called again on a fresh copy.
        expected_version: the version that the caller has seen (``If-Match``).
        loaded: the case, if the caller has just read it.

    Raises:
        NotFound: there is no such case.
        VersionConflict: the case is not at ``expected_version``, or is too busy.
    """
    case = loaded or cases.get(appeal_id)
    for attempt in count(1):
        if case.knows(command_id):
            break
        if expected_version is not None and case.version != expected_version:
            raise VersionConflict(case.version)
        act(case)
        try:
            cases.save(case)
            break
        except VersionConflict:
            if attempt == _TRIES:
                raise
        case = cases.get(appeal_id)
    return case
