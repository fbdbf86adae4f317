"""Everything that has happened to a case."""

from __future__ import annotations

from hotline.domain.case import Case
from hotline.domain.events import Event
from hotline.ports import Cases


def whole_story(case: Case, cases: Cases) -> list[Event]:
    """Every event of a case; a long life has its oldest ones in history items."""
    return [*cases.history(case), *case.events] if case.first_event > 1 else case.events
