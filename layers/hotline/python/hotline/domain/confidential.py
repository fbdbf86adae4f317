"""保密举报: reports whose informant no agency gets to know (条例 Art 8; 潍坊条例 Art 11).

What the informant said lies *sealed* in a store of its own, with the contact and everything added
later. The case holds codes only, and agencies read *released* words: a placeholder at first, then
what an operator writes when dispatching. Whoever works for agencies has no way to the sealed store,
so there is nothing that a forgotten filter could let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.domain.appeal import AppealType, Language, Place, Words
from hotline.domain.errors import InvalidInput
from hotline.domain.model import Frozen

if TYPE_CHECKING:
    from hotline.domain.case import Assignment, Case
    from hotline.domain.directory import Directory

TYPES = frozenset({AppealType.REPORT, AppealType.COMPLAINT})
"""What may be said in confidence."""

HEADLINE = "保密举报"
"""Stands in inboxes where other appeals show their first words."""

NOT_RELEASED = "（内容保密，由热线工作人员阅后转述）"
"""The released words until an operator has written some."""

LANGUAGE: Language = "zh-CN"
"""The city's own: the informant's would narrow down who it is."""


class Statement(Frozen):
    """What an informant said and left at registration; read only by the hotline itself."""

    words: Words
    language: Language


def released(text: str, district: str | None, subdistrict: str | None) -> Words:
    """What agencies may read: an operator's words and the codes of the place.

    Example:
        >>> released("某工地夜间施工", "110101", None).place
        Place(district='110101', subdistrict=None, address_text=None, lat=None, long=None)
    """
    place = Place(district=district, subdistrict=subdistrict) if district or subdistrict else None
    return Words(text=text, place=place)


def answers_to(agency_id: str, about: str, directory: Directory) -> bool:
    """Whether an agency is the one reported on, reports to it, or lies in the area that it governs.

    Example:
        >>> answers_to("110101001", "110101", directory)  # doctest: +SKIP
        True
    """
    above = agency_id
    while above:
        if above == about:
            return True
        agency = directory.agencies.get(above)
        if agency is None:
            return False
        if any(directory.seat(place.code) == about for place in directory.within(agency.jurisdiction)):
            return True
        above = agency.parent or ""
    return False


def may_be_told(case: Case, agency_id: str, directory: Directory) -> bool:
    """Whether an agency may get anything of a case: not when the report is on it or on its superior."""
    return case.about_agency is None or not answers_to(agency_id, case.about_agency, directory)


def require_outside(case: Case, assignment: Assignment, directory: Directory) -> None:
    """Refuse to give a report to the agency reported on, to one under it, or to it as a copy.

    Raises:
        InvalidInput: on ``agency_id``.
    """
    addressed = {assignment.agency_id, assignment.copy_to} - {None}
    if not all(may_be_told(case, agency_id, directory) for agency_id in addressed if agency_id):
        raise InvalidInput.field(
            "agency_id",
            "不能派给被举报单位、其下属单位或由其督办的单位",
            "is the agency reported on, under it, or supervised by it",
        )


def require_released(case: Case, text: str | None) -> None:
    """A confidential report is dispatched with released words, and nothing else is.

    Raises:
        InvalidInput: on ``released_text``.
    """
    if case.confidential and text is None:
        raise InvalidInput.field(
            "released_text",
            "保密举报须由热线工作人员转述后派单",
            "is needed to dispatch a confidential report",
        )
    if text is not None and not case.confidential:
        raise InvalidInput.field("released_text", "仅用于保密举报", "is for confidential reports only")
