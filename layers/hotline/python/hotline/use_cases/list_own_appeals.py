"""Show the appeals of a number to whoever has proven it.

Only what was registered within ``PhoneCodeLimits.trust_days`` is shown: what is older may be of somebody
who had the number before (FAULTS S43), and needs its key. Confidential and anonymous appeals are in no
citizen's index, so they cannot appear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from hotline.domain.answers import SurveyLink
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import InvalidInput
from hotline.domain.identifiers import parse_tracking_number, spoken
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.phone_codes import PassExpired
from hotline.domain.tokens import ProvenContact, Tokens
from hotline.ports import LISTED_AT_ONCE, CaseLists, Cases, Neighbour
from hotline.ports import Clock as Now
from hotline.use_cases.follow_appeal import status_phrase, survey_link

PAGE = 20

_POSITION = re.compile(r"([0-9]{10})\.([0-9A-Z]{17})")


class OwnAppealsQuery(Frozen):
    """Which page of a list; ``cursor`` is the ``next`` of the page before."""

    cursor: Annotated[str, StringConstraints(max_length=40)] | None = None


class OwnAppeal(Frozen):
    """One appeal in its citizen's own list.

    Attributes:
        key: does what the appeal's own key does for reading and adding, until the pass expires; shown where
            the own key is (``X-Tracking-Key``).
        survey: the survey that waits for an answer.
    """

    tracking_number: str
    tracking_number_spoken: str
    type: str
    service: ServiceName | None = None
    status: str
    status_type: str
    status_zh: str
    status_en: str
    registered_at: datetime
    key: str = Field(repr=False)
    survey: SurveyLink | None = None


class OwnAppeals(Frozen):
    """A page of a citizen's own appeals, the newest first.

    Attributes:
        since: what was registered before is not shown.
        expires_at: when the pass, and the keys in the list, stop working.
    """

    appeals: tuple[OwnAppeal, ...]
    since: datetime
    expires_at: datetime
    next: str | None = None


def list_own_appeals(
    citizen_token: str,
    query: OwnAppealsQuery,
    *,
    lists: CaseLists,
    cases: Cases,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> OwnAppeals:
    """A page of the appeals of whoever holds the pass.

    Raises:
        PassExpired: it is not one of ours, or its time is over.
        InvalidInput: the cursor is not one of ours.
    """
    at = now()
    proven = tokens.read_citizen_token(citizen_token, at)
    if proven is None:
        raise PassExpired
    directory = directories.current()
    since = at - timedelta(days=directory.policies.phone_codes.trust_days)
    until, after = _position(query.cursor, at)
    found = lists.by_citizen(proven.citizen_index, since, until)
    left = [each for each in _newest_first(found) if after is None or _place(each) < after]
    page = left[:PAGE]
    known = cases.get_many([each.appeal_id for each in page])
    shown = (known[each.appeal_id] for each in page if each.appeal_id in known)
    more = len(left) > PAGE or (bool(page) and len(found) == LISTED_AT_ONCE)
    return OwnAppeals(
        appeals=tuple(_shown(case, proven, directory, tokens) for case in shown if _is_own(case, proven)),
        since=since,
        expires_at=proven.until,
        next=_cursor(page[-1]) if more else None,
    )


def _is_own(case: Case, proven: ProvenContact) -> bool:
    """Held a second time by the case itself: an index may lag behind its table."""
    return case.citizen_index == proven.citizen_index and not case.confidential


def _shown(case: Case, proven: ProvenContact, directory: Directory, tokens: Tokens) -> OwnAppeal:
    phrase = status_phrase(case)
    return OwnAppeal(
        tracking_number=case.appeal_id,
        tracking_number_spoken=spoken(case.appeal_id),
        type=case.appeal_type.value,
        service=ServiceName.of(case, directory),
        status=case.status.value,
        status_type=case.status.type.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
        registered_at=case.registered_at,
        key=tokens.lent_key(case.appeal_id, proven.until),
        survey=survey_link(case, tokens),
    )


def _newest_first(found: Sequence[Neighbour]) -> list[Neighbour]:
    return sorted(found, key=_place, reverse=True)


def _place(neighbour: Neighbour) -> tuple[int, str]:
    return int(neighbour.registered_at.timestamp()), neighbour.appeal_id


def _cursor(last: Neighbour) -> str:
    """Where a page ends. It steps through the list of the pass that it is shown with, and no other."""
    return "{}.{}".format(*_place(last))


def _position(cursor: str | None, at: datetime) -> tuple[datetime, tuple[int, str] | None]:
    """Up to when to look, and after which appeal to begin."""
    if cursor is None:
        return at, None
    position = _POSITION.fullmatch(cursor)
    if position is None or parse_tracking_number(position[2]) is None:
        raise InvalidInput.field(
            "cursor", "翻页标记无效，请从第一页重新查询", "is not valid; start again from the first page"
        )
    seconds = int(position[1])
    return datetime.fromtimestamp(seconds, UTC), (seconds, position[2])
