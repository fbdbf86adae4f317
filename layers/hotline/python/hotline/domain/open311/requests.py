"""The public face of an appeal: what GeoReport v2 tells everybody about it, and what it never tells.

Listed is only what belongs to a service that the city shows in public (``services.csv``) and is not
confidential. Words, exact place and picture are shown of appeals that came by a channel whose people know
that they publish (``public_words_channels`` in ``policies.csv``; Open311 apps by default), with numbers and
addresses of e-mail masked; of every other appeal the service, the sub-district and how far it is. Never a
name, a telephone number or an address of e-mail (GeoReport v2 R4, PIPL Art 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from hotline.domain.lifecycle import Status
from hotline.domain.model import Frozen
from hotline.domain.open311.status import PublicStatus
from hotline.domain.phrases import Phrase

if TYPE_CHECKING:
    from hotline.domain.appeal import Words
    from hotline.domain.case import Case
    from hotline.domain.directory import Directory
    from hotline.domain.events import Event

UPDATES: Mapping[str, Phrase] = {
    "WorkOrderResolved": Phrase(
        "承办单位已答复，待回访", "The agency says it is done; the citizen will be asked"
    ),
    "AppealConcluded": Phrase("热线已答复，待回访", "The hotline has answered; the citizen will be asked"),
    "WorkOrderReopened": Phrase(
        "市民认为没有解决，已退回继续办理", "Not resolved, says the citizen; sent back"
    ),
    "ConclusionContested": Phrase("市民对答复有异议，热线重新处理", "The citizen disagrees; looked at again"),
    "WorkOrderClosed": Phrase("已办结", "Closed"),
    "AppealWithdrawn": Phrase("市民已撤回", "Withdrawn by the citizen"),
    "AppealSupplemented": Phrase("市民补充了内容", "The citizen added information"),
}
"""The events that everybody is told of, as updates of the request."""

CLOSING = frozenset({"WorkOrderClosed", "AppealWithdrawn"})

SHOWN_FROM = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
"""An appeal is shown when somebody has decided what it is about; what an app has sent at once."""

CHANNEL = "open311"

_MASKED = re.compile(r"[^\s@<>()，。；：、]+@[^\s@<>()，。；：、]+|\+?\d(?:[\s().·－-]?\d){5,}")


class PublicRequest(Frozen):
    """What does not change about a request, as it is kept for lists; the rest is read from its case.

    Attributes:
        text, address, lat, long, media_url: None where they are not for everybody.
        owner: the API key whose app has sent it.
    """

    appeal_id: str
    service_code: str
    registered_at: datetime
    subdistrict: str | None = None
    text: str | None = None
    address: str | None = None
    lat: float | None = None
    long: float | None = None
    media_url: str | None = None
    owner: str | None = None


class PublicUpdate(Frozen):
    """One update of a request.

    Attributes:
        number: of the event in its case.
        status: what the request was from then on.
        text: what the app has added, masked; None for what the hotline says in its own words.
    """

    appeal_id: str
    number: int
    at: datetime
    event: str
    status: PublicStatus
    text: str | None = None

    @property
    def update_id(self) -> str:
        """Unique in the city, the same for ever."""
        return f"{self.appeal_id}-{self.number}"


def is_public(case: Case, directory: Directory) -> bool:
    """Whether everybody may know of an appeal."""
    service = directory.services.get(case.service_code or "")
    return service is not None and service.public and not case.confidential


def owner_of(case: Case) -> str | None:
    """The API key whose app has sent an appeal; None for every other channel."""
    if case.channel != CHANNEL or not case.events:
        return None
    role, _, key_id = case.events[0].actor.partition(":")
    return key_id or None if role == "citizen" and case.events[0].number == 1 else None


def public_request(case: Case, words: Words, directory: Directory) -> PublicRequest:
    """What is kept for lists."""
    place = words.place
    shows_words = case.channel in directory.policies.public_words_channels
    return PublicRequest(
        appeal_id=case.appeal_id,
        service_code=case.service_code or "",
        registered_at=case.registered_at,
        subdistrict=case.subdistrict or case.district,
        text=masked(words.text) if shows_words else None,
        address=masked(place.address_text) if shows_words and place and place.address_text else None,
        lat=place.lat if shows_words and place else None,
        long=place.long if shows_words and place else None,
        media_url=words.media_url if shows_words else None,
        owner=owner_of(case),
    )


def public_update(event: Event, appeal_id: str, text: str | None = None) -> PublicUpdate:
    """What an event tells everybody; ``text`` is what an app has added with it."""
    return PublicUpdate(
        appeal_id=appeal_id,
        number=event.number,
        at=event.at,
        event=event.name,
        status="closed" if event.name in CLOSING else "open",
        text=masked(text) if text else None,
    )


def public_events(case: Case) -> Iterator[Event]:
    """The events of a case that everybody is told of; a citizen's own additions only when an app sent them."""
    owner = owner_of(case)
    for event in case.events:
        added = event.name == "AppealSupplemented"
        if event.name in UPDATES and (not added or (owner and event.actor == f"citizen:{owner}")):
            yield event


def update_id_of(case: Case, command_id: str) -> str:
    """The id of the update that a command of an app has become."""
    number = next(event.number for event in case.events if event.command_id == command_id)
    return f"{case.appeal_id}-{number}"


def updated_at(case: Case) -> datetime:
    """When everybody was last told something: of a closed request, when it was closed (GeoReport v2 R2)."""
    told = case.registered_at
    for event in case.events:
        if event.name in SHOWN_FROM or event.name in UPDATES:
            told = event.at
        if event.name in CLOSING and case.status.ended:
            return event.at
    return told


def expected_at(case: Case) -> datetime | None:
    """Until when it is to be done: the handling limit (条例 Art 13); None before it is dispatched."""
    handling = case.clocks.get("handling")
    return handling.due_at if handling and case.status is not Status.REGISTERED else None


def masked(text: str) -> str:
    """The text with every long number and every address of e-mail replaced.

    Example:
        >>> masked("路灯坏了，联系 138 0013 8000 或 li@example.com")
        '路灯坏了，联系 *** 或 ***'
    """
    return _MASKED.sub("***", text)
