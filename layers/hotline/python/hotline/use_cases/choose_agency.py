"""派: what an officer of the hotline chooses, checked against the directory (条例 Art 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotline.domain.case import Assignment, Verdict
from hotline.domain.confidential import require_outside
from hotline.domain.directory import Level
from hotline.domain.errors import InvalidInput
from hotline.domain.model import Frozen
from hotline.use_cases.register_appeal import is_place

if TYPE_CHECKING:
    from hotline.domain.case import Case
    from hotline.domain.directory import Directory


class Choice(Frozen):
    """An agency, for which service and place; what is left out stays as it is known."""

    agency_id: str
    service_code: str | None = None
    district: str | None = None
    subdistrict: str | None = None


def assignment_of(
    choice: Choice, case: Case, directory: Directory, *, decided_by: str, verdict: Verdict | None = None
) -> Assignment:
    """The assignment that a choice means; ``decided_by`` stands for the rule as well.

    Raises:
        InvalidInput: the agency, the service or the place is not in the directory; or a confidential
            report would reach the agency that it is about.
    """
    code = choice.service_code or case.service_code or directory.policies.default_service
    subdistrict = choice.subdistrict or case.subdistrict
    district = choice.district or directory.district_of(subdistrict) or case.district
    known = {
        "agency_id": choice.agency_id in directory.agencies,
        "service_code": code in directory.services,
        "district": district is None or is_place(directory, district, Level.DISTRICT),
        "subdistrict": subdistrict is None or is_place(directory, subdistrict, Level.SUBDISTRICT),
    }
    errors = [
        {"field": field, "message": "目录中没有此代码", "message_en": "is not in the directory"}
        for field, is_known in known.items()
        if not is_known
    ]
    if errors:
        raise InvalidInput(errors)
    agency = directory.agencies[choice.agency_id]
    above = directory.district_of(agency.jurisdiction) if agency.level is Level.SUBDISTRICT else None
    assignment = Assignment(
        agency_id=choice.agency_id,
        copy_to=directory.seat(above) if above else None,
        service_code=code,
        tier=directory.services[code].tier,
        district=district,
        subdistrict=subdistrict,
        rule_id=decided_by,
        catalogue_version=directory.version,
        decided_by=decided_by,
        verdict=verdict,
    )
    require_outside(case, assignment, directory)
    return assignment
