"""What a closed case says about the agency that handled it.

Made from the closing event alone, so that counting as it happens and recounting from the stored
cases cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotline.domain.directory import Directory
from hotline.domain.scoring import Outcome, month_of

CITY_WIDE = "city"
"""Where agencies are counted that belong to no district."""

CLOSED = "WorkOrderClosed"


def outcome_of(facts: Mapping[str, Any], closed_at: datetime, directory: Directory) -> Outcome:
    """The outcome of a ``WorkOrderClosed`` event.

    ``answers`` are the citizen's last word: whoever said "not resolved" and was silent when asked
    again has answered, and the answer is no.

    Example of ``facts``: ``{"agency": "110101001", "outcome": "answered", "answers": "yyn",
    "response_in_time": 1, "handled_in_time": 1, "reopened": 0}``
    """
    agency_id = facts["agency"]
    agency = directory.agencies.get(agency_id)
    district = directory.district_of(agency.jurisdiction) if agency else None
    contacted, resolved, satisfied = _answers(facts.get("answers"))
    return Outcome(
        agency_id=agency_id,
        district=district or CITY_WIDE,
        month=month_of(closed_at, directory.city.timezone),
        contacted_in_time=bool(facts["response_in_time"]),
        contacted=contacted,
        resolved=resolved,
        satisfied=satisfied,
        handled_in_time=bool(facts["handled_in_time"]),
        reopened=facts["reopened"],
        closed_by="answered" if "answers" in facts else "no_answer",
    )


def _answers(letters: str | None) -> tuple[bool | None, bool | None, bool | None]:
    if letters is None:
        return None, None, None
    contacted, resolved, satisfied = (letter == "y" for letter in letters)
    return contacted, resolved, satisfied
