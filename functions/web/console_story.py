"""An order's life for staff: everything in time order, with who did it and the words that were written then."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from hotline.domain.phrases import CONCLUDED, EVENT, RETURN_GROUNDS, SIDE_CLOSED, SIDE_OPENED, Phrase

if TYPE_CHECKING:
    from hotline.domain.answers import EventView, OrderView
    from hotline.domain.directory import Directory

_ACTORS = {
    "citizen": Phrase("诉求人", "Citizen"),
    "system": Phrase("系统", "System"),
    "operator": Phrase("话务员", "Operator"),
    "adjudicator": Phrase("裁定员", "Adjudicator"),
    "supervisor": Phrase("督办员", "Supervisor"),
    "admin": Phrase("管理员", "Administrator"),
}
_FOR_STAFF = {
    "AppealSupplemented": Phrase("诉求人补充", "The citizen added"),
    "AppealWithdrawn": Phrase("诉求人撤回", "The citizen withdrew it"),
    "EmergencyHandedOff": Phrase("系统提示紧急电话", "Emergency lines were named"),
    "WorkOrderReturned": Phrase("承办单位退单", "Returned by the agency"),
    "CitizenContacted": Phrase("已联系诉求人", "The citizen was contacted"),
    "SurveyOpened": Phrase("开始回访", "The citizen is asked"),
    "ConclusionContested": Phrase("诉求人不认可热线答复", "The citizen contests the hotline's answer"),
    "SurveyAnswerChanged": Phrase("诉求人更改评价", "The citizen changed the answer"),
    "CallAttempted": Phrase("回访未获答复", "A call without answers"),
}


class Entry(NamedTuple):
    """One thing that happened."""

    at: datetime
    what: Phrase
    who: Phrase
    detail: Phrase | None
    text: str | None


def story_of(order: OrderView, directory: Directory) -> list[Entry]:
    """What happened, the latest first."""
    texts = {note.note_id: note.text for note in order.notes}
    entries = [
        Entry(
            at=event.at,
            what=_what(event),
            who=_who(event.actor, directory),
            detail=_detail(event, directory),
            text=texts.get(str(event.facts.get("note", ""))),
        )
        for event in order.events
    ]
    return entries[::-1]


def agency_name(agency_id: str, directory: Directory) -> Phrase:
    """An agency's name; of the hotline's own desks, and of what is not in the directory any more, the code."""
    agency = directory.agencies.get(agency_id)
    return Phrase(agency.name_zh, agency.name_en) if agency else Phrase(agency_id, agency_id)


def _what(event: EventView) -> Phrase:
    facts = event.facts
    match event.name:
        case "AppealConcluded":
            return CONCLUDED[facts["outcome"]]
        case "SideOrderOpened" if facts["kind"] in SIDE_OPENED:
            return SIDE_OPENED[facts["kind"]]
        case "SideOrderClosed" if facts["kind"] in SIDE_CLOSED and facts.get("outcome") == "reported":
            return SIDE_CLOSED[facts["kind"]]
    unnamed = Phrase(event.name, event.name)
    return _FOR_STAFF.get(event.name) or EVENT.get(event.name, unnamed)


def _who(actor: str, directory: Directory) -> Phrase:
    role, _, rest = actor.partition(":")
    agency_id, _, person = rest.partition("/")
    if role == "agency":
        name = agency_name(agency_id, directory)
        return Phrase(f"{name.zh} {person}".strip(), f"{name.en} {person}".strip())
    named = _ACTORS.get(role, Phrase(role, role))
    return Phrase(f"{named.zh} {rest}".strip(), f"{named.en} {rest}".strip())


def _detail(event: EventView, directory: Directory) -> Phrase | None:
    """The fact that a reader looks for first: to whom, on which ground, which lines."""
    facts = event.facts
    if facts.get("reason") in RETURN_GROUNDS:
        return RETURN_GROUNDS[facts["reason"]]
    if facts.get("agency") and not str(facts["agency"]).startswith("~"):
        return agency_name(str(facts["agency"]), directory)
    if "numbers" in facts:
        listed = "、".join(facts["numbers"])
        return Phrase(listed, listed)
    for name in ("into", "member"):
        if name in facts:
            return Phrase(str(facts[name]), str(facts[name]))
    return None
