"""The report form in three short steps: what, where, who. One form, one address, no script needed.

Every step is a page that shows its own inputs and carries all others hidden, so the whole form travels
with every button and nothing is kept on the server before it is sent. "What" has two pages: the words, and
then the topics that these words suggest. A button says what to do by ``do``: ``next``, ``back``, ``send``;
or, without checking anything, ``show`` (the other language), ``look`` (find topics by other words), ``all``
(every topic) and ``area`` (the sub-districts of a district).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hotline.domain.directory import Directory, Jurisdiction, Level, Service
from hotline.domain.phrases import Phrase
from hotline.edges.forms import Form
from web.report_form import AREA, CONTACT

STEPS = ("what", "topic", "where", "who")
NUMBERS = {"what": 1, "topic": 1, "where": 2, "who": 3}
"""What the citizen counts: three."""

_STEP_OF = {
    "type": "what",
    "confidential": "what",
    "text": "what",
    "service_code": "topic",
    AREA: "where",
    "place.address_text": "where",
    **dict.fromkeys(CONTACT, "who"),
}

_SUGGESTED = 5
_NAME_LENGTH = 30
"""Longer words are a story and no name of a topic."""

_WHOLE = 9
"""Digits of a sub-district's code."""


class AreaShelf(NamedTuple):
    """Places under one heading of the list."""

    name: Phrase
    places: Sequence[Jurisdiction]


def step_of(form: Form) -> str:
    """The step whose button was pressed; a form that names none is complete and is sent from the last."""
    step = form.text("step")
    return step if step in STEPS else STEPS[0]


def step_of_input(name: str) -> str:
    """The step at which an input stands; a topic's own questions stand with the topic."""
    return "topic" if name.startswith("fields.") else _STEP_OF.get(name, "who")


def before(step: str) -> str:
    """The step before."""
    return STEPS[max(0, STEPS.index(step) - 1)]


def after(step: str) -> str:
    """The step after."""
    return STEPS[min(len(STEPS) - 1, STEPS.index(step) + 1)]


def first_with(faults: Iterable[str]) -> str:
    """The first step that has something to correct."""
    return min((step_of_input(name) for name in faults), key=STEPS.index, default=STEPS[-1])


def suggested_services(form: Form, directory: Directory) -> list[Service]:
    """The topics that everyday words suggest: those looked for, else the citizen's own; the chosen one first."""
    looked_for = form.text("look_for").strip()
    found = _services_for(looked_for or form.text("text"), directory)
    chosen = directory.services.get(form.text("service_code"))
    if chosen and chosen not in found:
        found.insert(0, chosen)
    return found


def _services_for(words: str, directory: Directory) -> list[Service]:
    codes = [each.service_code for each in directory.classifier.classify(words)]
    if len(words) <= _NAME_LENGTH:
        wanted = words.casefold()
        codes += [
            code
            for code, service in directory.services.items()
            if wanted and (wanted in service.name_zh.casefold() or wanted in service.name_en.casefold())
        ]
    known = (directory.services.get(code) for code in dict.fromkeys(codes))
    listed = [service for service in known if service and service.service_code != _other(directory)]
    return listed[:_SUGGESTED]


def _other(directory: Directory) -> str:
    return directory.policies.default_service


def suggested_places(form: Form, directory: Directory) -> list[Jurisdiction]:
    """The sub-districts that address or words name, within the district that was chosen."""
    district = directory.district_of(form.text(AREA)[:6])
    name = directory.jurisdictions[district].name_zh if district else ""
    for words in (form.text("place.address_text"), form.text("text")):
        codes = directory.gazetteer.locate(name + words).codes if words.strip() else ()
        places = [directory.jurisdictions[code] for code in codes if code in directory.jurisdictions]
        narrow = [place for place in places if place.level is Level.SUBDISTRICT]
        if narrow:
            return narrow[:_SUGGESTED]
    return []


def area_shelves(form: Form, directory: Directory) -> list[AreaShelf]:
    """What can be chosen as the place: what the words name, then the chosen district's own, then districts."""
    district = directory.district_of(form.text(AREA)[:6])
    districts = [place for place in directory.jurisdictions.values() if place.level is Level.DISTRICT]
    shelves = [AreaShelf(Phrase("可能是这里", "It may be here"), suggested_places(form, directory))]
    if district:
        inside = [place for place in directory.jurisdictions.values() if place.parent == district]
        chosen = directory.jurisdictions[district]
        shelves.append(AreaShelf(Phrase(chosen.name_zh, chosen.name_en), inside))
    shelves.append(AreaShelf(Phrase("各区", "Districts"), districts))
    return _each_once(shelves)


def _each_once(shelves: Iterable[AreaShelf]) -> list[AreaShelf]:
    """A place stands on the first of its shelves only: a list with the same choice twice confuses."""
    seen: set[str] = set()
    once = []
    for shelf in shelves:
        places = [place for place in shelf.places if place.code not in seen]
        seen |= {place.code for place in places}
        if places:
            once.append(AreaShelf(shelf.name, places))
    return once


def place_asked(form: Form, directory: Directory) -> str:
    """What the list offers for what was typed so far: asked once, it is not asked again."""
    return "-".join([form.text(AREA)[:_WHOLE], *(place.code for place in suggested_places(form, directory))])


def must_ask_where(form: Form, directory: Directory) -> bool:
    """Whether the sub-district is still open, could be told, and has not been asked for yet."""
    area, asked = form.text(AREA), place_asked(form, directory)
    return len(area) < _WHOLE and asked not in ("", form.text("area_asked"))


def communities(form: Form, directory: Directory) -> tuple[str, ...]:
    """The communities of the sub-district that was chosen, to complete the address from."""
    area = form.text(AREA)
    return directory.gazetteer.communities(area) if len(area) == _WHOLE else ()
