"""Decide which agency handles an appeal (条例 Art 11, 12).

The decision is a pure function of one directory version and the facts, and it says which rule
made it. What it cannot know it does not guess: it asks an operator and hands over what it has.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from hotline.domain.case import Assignment
from hotline.domain.classifier import Candidate, Classifier
from hotline.domain.directory import DISTRICT_SEAT, SUBDISTRICT_SEAT, Directory, Level, Service
from hotline.domain.gazetteer import Location
from hotline.domain.model import Frozen

FALLBACK_DISTRICT = "fallback/district"
GIVEN = "given"

Reason = Literal[
    "service-unknown",
    "service-unclear",
    "place-unknown",
    "place-ambiguous",
    "no-duty-rule",
    "no-agency",
    "confidential",
    "quota",
]


class AppealFacts(Frozen):
    """What a dispatch decision may rest on.

    Attributes:
        text: the citizen's own words.
        on: today in the city: rules of duty have a first day.
        service_code: the service that the citizen or an operator chose, if any.
        district, subdistrict: codes of the place, if they were given.
        address_text: the place in words.
    """

    text: str
    on: date
    service_code: str | None = None
    district: str | None = None
    subdistrict: str | None = None
    address_text: str | None = None


class Dispatch(Assignment):
    """An assignment with the words that led to it."""

    evidence: tuple[str, ...] = ()


class Referral(Frozen):
    """Nobody can be named: an operator decides, with these candidates."""

    reasons: tuple[Reason, ...]
    services: tuple[Candidate, ...] = ()
    places: tuple[str, ...] = ()
    catalogue_version: str

    @property
    def candidates(self) -> tuple[str, ...]:
        """Codes only, services first: short enough for an event."""
        return (*(candidate.service_code for candidate in self.services), *self.places)


class _Matter(NamedTuple):
    """The service as far as it is known; ``service`` is None when it is not."""

    service: Service | None
    decided_by: str
    candidates: tuple[Candidate, ...] = ()

    @property
    def confidence(self) -> float | None:
        return self.candidates[0].confidence if self.candidates else None

    @property
    def evidence(self) -> tuple[str, ...]:
        return self.candidates[0].evidence if self.candidates else ()


def decide(
    directory: Directory, facts: AppealFacts, classifier: Classifier | None = None
) -> Dispatch | Referral:
    """Name the lead agency, or say why nobody can be named.

    1. The service is the one given, or the classifier's first guess if it is sure enough.
    2. The place is the codes given, or what the address, or else the text, names without doubt.
    3. The most specific rule of the duty catalogue names the agency (Art 12(1)); a rule for "the
       sub-district" or "the district" means whoever governs the place.
    4. Where the duty stays unclear and the district is known, the district coordinates (Art 12(2)).
    5. Otherwise an operator decides.

    Args:
        classifier: finds the service; the directory's own keywords when left out.
    """
    matter = _matter(directory, facts, classifier or directory.classifier)
    place = _place(directory, facts)
    reasons: list[Reason] = []
    if matter.service is None:
        reasons.append("service-unclear" if matter.candidates else "service-unknown")
    else:
        decision = _by_duty(directory, facts.on, matter, matter.service, place)
        if isinstance(decision, Dispatch):
            return decision
        reasons.append(decision)
    return _to_district(directory, matter, place) or _refer(directory, reasons, matter, place)


def _matter(directory: Directory, facts: AppealFacts, classifier: Classifier) -> _Matter:
    given = directory.services.get(facts.service_code) if facts.service_code else None
    if given and given.service_code != directory.policies.default_service:
        return _Matter(given, GIVEN)
    candidates = classifier.classify(facts.text)
    sure = _is_sure(directory, candidates)
    service = directory.services.get(candidates[0].service_code) if sure else None
    return _Matter(service, classifier.name, candidates)


def _is_sure(directory: Directory, candidates: tuple[Candidate, ...]) -> bool:
    if not candidates:
        return False
    first, second = candidates[0].confidence, candidates[1].confidence if len(candidates) > 1 else 0.0
    policies = directory.policies
    return first >= policies.classifier_threshold and first - second >= policies.classifier_margin


def _place(directory: Directory, facts: AppealFacts) -> Location:
    """The codes given, made narrower by the words where they leave something open."""
    if facts.subdistrict and facts.subdistrict in directory.jurisdictions:
        return Location(codes=(facts.subdistrict,))
    district = directory.district_of(facts.district)
    if district is None:
        return _in_words(directory, facts)
    found = _in_words(directory, facts, directory.jurisdictions[district].name_zh)
    inside = tuple(code for code in found.codes if directory.district_of(code) == district)
    return Location(codes=inside or (district,), names=found.names if inside else ())


def _in_words(directory: Directory, facts: AppealFacts, district_name: str = "") -> Location:
    """What the address names or, if it names nothing, what the text does."""
    for words in (facts.address_text, facts.text):
        location = directory.gazetteer.locate(district_name + words) if words else Location()
        if location.codes:
            return location
    return Location()


def _by_duty(
    directory: Directory, on: date, matter: _Matter, service: Service, place: Location
) -> Dispatch | Reason:
    """Apply the duty catalogue, or say what it lacks."""
    around = directory.within(place.code or place.district)
    rule = directory.duty.rule_for(
        service, (each.code for each in around if each.level is not Level.CITY), on
    )
    if rule is None:
        return "no-duty-rule"
    agency_id: str | None = rule.agency
    if rule.agency in (SUBDISTRICT_SEAT, DISTRICT_SEAT):
        level = Level.SUBDISTRICT if rule.agency == SUBDISTRICT_SEAT else Level.DISTRICT
        seat = next((each.code for each in around if each.level is level), None)
        if seat is None:
            return "place-ambiguous" if place.codes else "place-unknown"
        agency_id = directory.seat(seat)
    if agency_id is None:
        return "no-agency"
    return _dispatch(directory, matter, place, agency_id, rule.rule_id)


def _to_district(directory: Directory, matter: _Matter, place: Location) -> Dispatch | None:
    """Art 12(2): the unit is unclear, the district is known."""
    agency_id = directory.seat(place.district) if place.district else None
    return _dispatch(directory, matter, place, agency_id, FALLBACK_DISTRICT) if agency_id else None


def _dispatch(
    directory: Directory, matter: _Matter, place: Location, agency_id: str, rule_id: str
) -> Dispatch:
    service = matter.service or directory.services[directory.policies.default_service]
    known = {each.level: each.code for each in directory.within(place.code or place.district)}
    district, subdistrict = known.get(Level.DISTRICT), known.get(Level.SUBDISTRICT)
    return Dispatch(
        agency_id=agency_id,
        copy_to=_copy_to(directory, agency_id, subdistrict, district),
        service_code=service.service_code,
        tier=service.tier,
        district=district,
        subdistrict=subdistrict,
        rule_id=rule_id,
        catalogue_version=directory.version,
        decided_by=matter.decided_by,
        confidence=matter.confidence,
        evidence=(*matter.evidence, *place.names),
    )


def _copy_to(
    directory: Directory, agency_id: str, subdistrict: str | None, district: str | None
) -> str | None:
    """Art 12(1): what goes to a sub-district goes to its district as well, to supervise."""
    if subdistrict and district and directory.seat(subdistrict) == agency_id:
        return directory.seat(district)
    return None


def _refer(directory: Directory, reasons: list[Reason], matter: _Matter, place: Location) -> Referral:
    if not any(reason.startswith("place") for reason in reasons) and place.district is None:
        reasons.append("place-ambiguous" if place.codes else "place-unknown")
    return Referral(
        reasons=tuple(reasons),
        services=() if matter.decided_by == GIVEN else matter.candidates,
        places=place.codes,
        catalogue_version=directory.version,
    )
