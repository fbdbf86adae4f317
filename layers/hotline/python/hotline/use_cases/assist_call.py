"""接: what the rules make of a caller's words while they are being typed; nothing of it is stored."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hotline.domain.answers import Emergency
from hotline.domain.appeal import Code, Place, Text
from hotline.domain.directory import Directories, Directory
from hotline.domain.dispatching import AppealFacts, Dispatch, decide
from hotline.domain.model import Frozen
from hotline.ports import Clock as Now


class WordsSoFar(Frozen):
    """What a caller has said so far, and what the operator has chosen."""

    text: Text
    service_code: Code | None = None
    place: Place | None = None


class SuggestedService(Frozen):
    """A service that the words may be about, and the words that say so."""

    service_code: str
    name_zh: str
    name_en: str
    confidence: float
    evidence: tuple[str, ...] = ()


class SuggestedPlace(Frozen):
    """A place that the words name: a district's code of 6 digits, or a sub-district's of 9."""

    code: str
    name_zh: str
    name_en: str


class CallHints(Frozen):
    """What an operator sees beside the form.

    Attributes:
        emergency: the lines to transfer the caller to at once (条例 Art 11(1)); stands before all else.
        agency_zh, agency_en: whom the rules would give it to as it stands; None: an operator decides.
    """

    emergency: Emergency | None = None
    services: tuple[SuggestedService, ...] = ()
    places: tuple[SuggestedPlace, ...] = ()
    agency_id: str | None = None
    agency_zh: str | None = None
    agency_en: str | None = None
    rule_id: str | None = None


def assist_call(words: WordsSoFar, *, directories: Directories, now: Now) -> CallHints:
    """Say which emergency lines, services and places the words call for, and who would get it."""
    directory = directories.current()
    place = words.place or Place()
    facts = AppealFacts(
        text=words.text,
        on=now().astimezone(ZoneInfo(directory.city.timezone)).date(),
        service_code=words.service_code if words.service_code in directory.services else None,
        district=place.district,
        subdistrict=place.subdistrict,
        address_text=place.address_text,
    )
    decision = decide(directory, facts)
    agency = directory.agencies.get(decision.agency_id) if isinstance(decision, Dispatch) else None
    return CallHints(
        emergency=Emergency.of(list(directory.emergency_words.numbers(words.text))),
        services=_services(words.text, directory),
        places=_places(place.address_text, words.text, directory),
        agency_id=agency.agency_id if agency else None,
        agency_zh=agency.name_zh if agency else None,
        agency_en=agency.name_en if agency else None,
        rule_id=decision.rule_id if isinstance(decision, Dispatch) else None,
    )


def _services(text: str, directory: Directory) -> tuple[SuggestedService, ...]:
    return tuple(
        SuggestedService(
            service_code=each.service_code,
            name_zh=directory.services[each.service_code].name_zh,
            name_en=directory.services[each.service_code].name_en,
            confidence=each.confidence,
            evidence=each.evidence,
        )
        for each in directory.classifier.classify(text)
        if each.service_code in directory.services
    )


def _places(address: str | None, text: str, directory: Directory) -> tuple[SuggestedPlace, ...]:
    """What the address names or, if it names nothing, what the words do."""
    for words in filter(None, (address, text)):
        if codes := directory.gazetteer.locate(words).codes:
            return tuple(_place(code, directory) for code in codes if code in directory.jurisdictions)
    return ()


def _place(code: str, directory: Directory) -> SuggestedPlace:
    place = directory.jurisdictions[code]
    district = directory.jurisdictions[code[:6]] if len(code) > 6 else None
    return SuggestedPlace(
        code=code,
        name_zh=f"{district.name_zh} {place.name_zh}" if district else place.name_zh,
        name_en=f"{place.name_en}, {district.name_en}" if district else place.name_en,
    )
