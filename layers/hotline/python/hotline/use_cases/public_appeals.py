"""What is reported where, for everybody: counts by month, state and outcome, and nothing of anybody's own.

The latest appeals about one service in one sub-district are counted when somebody asks, from the index by
place: one query, one batch of reads, whatever the city holds. Every figure is rounded down to a multiple of
``STEP``, the total as well, so that no difference of two tells of a single appeal; confidential reports and
what was taken back are not counted at all (decision 18).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import NotFound
from hotline.domain.lifecycle import Status, StatusType
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.ports import LISTED_AT_ONCE, CaseLists, Cases
from hotline.ports import Clock as Now

STEP = 5
"""OURS: fewer than five are not shown, as statistical offices do with small cells."""

LOOK_BACK = timedelta(days=365)


class PublicCount(Frozen):
    """The appeals of one month (yyyymm), each figure a multiple of five: 0 says "fewer than five"."""

    month: str
    registered: int
    in_hand: int
    resolved: int
    unresolved: int
    unanswered: int


class PublicAppeals(Frozen):
    """What was reported about one service in one sub-district, the newest month first.

    Attributes:
        latest_only: there were more than are looked at; the oldest month is not whole.
    """

    service: ServiceName
    place_zh: str
    place_en: str
    months: tuple[PublicCount, ...]
    latest_only: bool


def public_appeals(
    subdistrict: str,
    service_code: str,
    *,
    cases: Cases,
    lists: CaseLists,
    directories: Directories,
    now: Now,
) -> PublicAppeals:
    """Count what was reported, for everybody.

    Raises:
        NotFound: there is no such sub-district or service.
    """
    directory, at = directories.current(), now()
    place, service = directory.jurisdictions.get(subdistrict), directory.services.get(service_code)
    if place is None or service is None:
        raise NotFound("service")
    found = lists.by_place(subdistrict, service_code, at - LOOK_BACK, at)
    seen = cases.get_many([each.appeal_id for each in found]).values()
    zone = ZoneInfo(directory.city.timezone)
    return PublicAppeals(
        service=ServiceName(
            service_code=service.service_code, name_zh=service.name_zh, name_en=service.name_en
        ),
        place_zh=place.name_zh,
        place_en=place.name_en,
        months=_months((case for case in seen if _is_public(case)), zone),
        latest_only=len(found) == LISTED_AT_ONCE,
    )


def outcome_in_public(case: Case) -> str:
    """What became of an appeal, in one of four words.

    Example:
        ``in_hand`` until it has ended; then what its citizen said, ``unanswered`` without a word.
    """
    if case.status.type is not StatusType.ENDED:
        return "in_hand"
    if case.last_answers is None:
        return "unanswered"
    return "resolved" if case.last_answers[1] == "y" else "unresolved"


def _months(cases: Iterable[Case], zone: ZoneInfo) -> tuple[PublicCount, ...]:
    counts: dict[str, Counter[str]] = {}
    for case in cases:
        month = f"{case.registered_at.astimezone(zone):%Y%m}"
        counts.setdefault(month, Counter())[outcome_in_public(case)] += 1
    rows = (
        PublicCount(
            month=month,
            registered=_in_steps(count.total()),
            in_hand=_in_steps(count["in_hand"]),
            resolved=_in_steps(count["resolved"]),
            unresolved=_in_steps(count["unresolved"]),
            unanswered=_in_steps(count["unanswered"]),
        )
        for month, count in sorted(counts.items(), reverse=True)
    )
    return tuple(row for row in rows if row.registered)


def _in_steps(count: int) -> int:
    return count - count % STEP


def _is_public(case: Case) -> bool:
    return not case.confidential and case.status is not Status.WITHDRAWN
