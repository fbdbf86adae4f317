"""Agencies whose own system speaks Open311: what is sent there, and what is known of it there.

GeoReport v2 has no idempotency key. So every request carries a reference that is found again in the far
end's list, the mark "about to be sent" is written first, and a request whose answer was lost is looked for
before anything is sent again. Where the far end's list cannot be relied on, a person decides.

Example:
    >>> reference("000G40R40M30E209B.1", "000G40R40M30E209B:2")
    'hotline-drrjpzkvdtsbfjdg'
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field

from hotline.domain.errors import HotlineError, Unavailable
from hotline.domain.identifiers import parse_order_number
from hotline.domain.model import Frozen
from hotline.domain.orders import OrderMessage

ANY_SERVICE = "*"
DESCRIPTION_LIMIT = 4000
"""GeoReport v2 §"POST Service Request"."""

AT_WORK = timedelta(minutes=2)
"""How long a worker may be at sending one request; after that it has died, and nobody knows how far it got."""

SETTLED = timedelta(minutes=10)
"""How long a request whose answer was lost may take to appear in the far end's list."""

AROUND = timedelta(minutes=30)
"""How far the far end's clock may be off when a request is looked for by its time."""

LATE = timedelta(hours=1)
"""From then on a request that has not arrived is stuck."""

ID_LATE = timedelta(days=1)
"""From then on a token that has not become a number is stuck."""

TWINS_FOR = timedelta(days=1)
"""So long after a second sending the first may still turn up in the far end's list."""

SEEN_KEPT = 60

_LETTERS = "bcdfghjkmpqrstvz"
"""Letters alone: servers mask long numbers in what they publish."""


class FarEnd(Frozen):
    """An agency's Open311 endpoint, as the directory has it; its API key is elsewhere.

    Attributes:
        endpoint: what stands before ``/requests.json``.
        services: their service code by ours; ``*`` for whatever has none of its own.
        list_limit: so many requests, at most, it shows in one list; None: its list cannot be relied on.
        updates: whether it offers ``servicerequestupdates``.
        contact: whether it is told who the citizen is, where the service needs that.
        reference_field: the code of an attribute that takes our reference; None without one.
    """

    agency_id: str
    endpoint: str
    format: Literal["json", "xml"] = "json"
    jurisdiction_id: str | None = None
    services: Mapping[str, str]
    poll_minutes: int = 15
    list_limit: int | None = None
    updates: bool = False
    contact: bool = False
    reference_field: str | None = None

    def service_for(self, service_code: str | None) -> str | None:
        """Their code for a service of ours; None when they are not to be asked for it."""
        return self.services.get(service_code or "") or self.services.get(ANY_SERVICE)


class FarState(StrEnum):
    """How far a request has got to the far end; apart from the state of the case."""

    UNSENT = "unsent"
    """It is not there; it is tried again."""
    SENDING = "sending"
    """About to be sent, or sent: whoever wrote this knows more."""
    DOUBTFUL = "doubtful"
    """It may be there: no answer came."""
    REFUSED = "refused"
    """It is not there, and will not be unless somebody changes something."""
    ACCEPTED = "accepted"
    """It is there under a token, and has no number yet."""
    OPEN = "open"
    CLOSED = "closed"


THERE = frozenset({FarState.ACCEPTED, FarState.OPEN})
ARRIVED = THERE | {FarState.CLOSED}


class FarRequest(Frozen):
    """One request at a far end, for one order, and what has been made of it here.

    Attributes:
        message_id: the message of ours that it was made from; an order that is sent back makes a new one.
        side: what kind of order beside a lead order it is; None for a lead order.
        attempted_at: when it was last about to be sent.
        resent: it was sent again after a doubt, so it is looked for twins.
        seen: keys of what was taken over from there, the latest last.
        flags: what a person should look at.
    """

    agency_id: str
    work_order_id: str
    message_id: str
    side: str | None = None
    state: FarState = FarState.UNSENT
    version: int = 0
    begun_at: datetime
    attempted_at: datetime | None = None
    attempts: int = 0
    service_code: str
    request_id: str | None = None
    token: str | None = None
    reason: str | None = None
    resent: bool = False
    seen: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """By what it is found again."""
        return reference(self.work_order_id, self.message_id)

    @property
    def watched(self) -> bool:
        """Whether anybody still has to look at it: the poll, or a person."""
        return self.state is not FarState.CLOSED or self.resent or bool(self.flags)

    @property
    def leads(self) -> bool:
        """Whether its order is a lead order."""
        order = parse_order_number(self.work_order_id)
        return order is not None and order.leads

    def sending(self, now: datetime) -> Self:
        """Marked before it is sent."""
        return self._changed(
            state=FarState.SENDING, attempted_at=now, attempts=self.attempts + 1, reason=None
        )

    def sending_again(self, now: datetime) -> Self:
        """Marked before it is sent once more although the first may have arrived."""
        return self.sending(now).model_copy(update={"resent": True})

    def failed(self, state: FarState, reason: str) -> Self:
        """What became of a try that brought no number."""
        return self._changed(state=state, reason=reason)

    def accepted(self, accepted: Accepted) -> Self:
        """The far end has it."""
        state = FarState.OPEN if accepted.request_id else FarState.ACCEPTED
        return self._changed(state=state, request_id=accepted.request_id, token=accepted.token, reason=None)

    def taken_over(self, keys: tuple[str, ...], *, closed: bool = False) -> Self:
        """What was seen there has become commands here."""
        state = FarState.CLOSED if closed else self.state
        return self._changed(seen=(*self.seen, *keys)[-SEEN_KEPT:], state=state)

    def flagged(self, flag: str) -> Self:
        """A person should look at it."""
        return self if flag in self.flags else self._changed(flags=(*self.flags, flag))

    def looked_for_twins(self, there: int, now: datetime) -> Self:
        """So many are there after it was sent a second time; a person is told of two."""
        if there > 1:
            return self.flagged("there-twice")._changed(resent=False)
        late = now > (self.attempted_at or self.begun_at) + TWINS_FOR
        return self._changed(resent=False) if late else self

    def looked_at(self) -> Self:
        """Somebody has."""
        return self._changed(flags=())

    def trouble(self, now: datetime) -> str | None:
        """Why it is stuck; None when it is not."""
        if self.flags:
            return ", ".join(self.flags)
        if self.state is FarState.REFUSED or (
            self.state is FarState.DOUBTFUL and self.reason == InDoubt.code
        ):
            return self.reason or self.state.value
        late = self.begun_at + (ID_LATE if self.state is FarState.ACCEPTED else LATE) < now
        if self.state not in (FarState.OPEN, FarState.CLOSED) and late:
            return self.reason or self.state.value
        return None

    def _changed(self, **what: Any) -> Self:
        return self.model_copy(update=what)


class Accepted(NamedTuple):
    """What the far end says to a new request: its number, or a token for it."""

    request_id: str | None
    token: str | None = None


class FarReport(NamedTuple):
    """How a request stands at the far end."""

    request_id: str
    closed: bool
    notes: str = ""
    description: str = ""
    updated: str = ""


class FarUpdate(NamedTuple):
    """One update that the far end has published about a request (servicerequestupdates)."""

    update_id: str
    request_id: str
    closed: bool
    text: str = ""


def reference(work_order_id: str, message_id: str) -> str:
    """What a request at a far end is known by; tells nobody the order's number."""
    digest = hashlib.sha256(f"{work_order_id} {message_id}".encode()).digest()
    return "hotline-" + "".join(_LETTERS[byte % 16] for byte in digest[:16])


def form_of(message: OrderMessage, far_end: FarEnd, request: FarRequest, place: str) -> dict[str, str]:
    """The fields of a POST: what the agency needs to go and do it, and no more.

    Args:
        place: the names of the sub-district and its district, for where there is no address.
    """
    form = {
        "service_code": request.service_code,
        "description": _description(message, request),
        "address_string": _line(message.place.address_text if message.place else None) or place,
    }
    if message.place and message.place.lat is not None and message.place.long is not None:
        form |= {"lat": str(message.place.lat), "long": str(message.place.long)}
    if far_end.jurisdiction_id:
        form["jurisdiction_id"] = far_end.jurisdiction_id
    if far_end.reference_field:
        form[f"attribute[{far_end.reference_field}]"] = request.reference
    if far_end.contact and message.contact is not None:
        known = {
            "first_name": message.contact.name,
            "phone": message.contact.phone,
            "email": message.contact.email,
        }
        form |= {name: value for name, value in known.items() if value}
    return form


def _description(message: OrderMessage, request: FarRequest) -> str:
    """What was said, cut to what GeoReport allows, and the reference in a line of its own."""
    said = "\n\n".join(text for text in (*message.notes, message.text) if text)
    tail = f"\n\n[{request.reference}]"
    return said[: DESCRIPTION_LIMIT - len(tail)] + tail


def _line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


def key_of(kind: str, text: str) -> str:
    """A short key of something seen at the far end, to know it again."""
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


# --- what can go wrong -------------------------------------------------------------------------------


class FarEndUnavailable(Unavailable):
    """The far end was not reached, or said that it is busy: the request is not there."""

    def __init__(self, why: str) -> None:
        super().__init__("open311")
        self.why = why


class FarAnswerLost(Unavailable):
    """The request went out, and no answer came that could be understood: it may be there."""

    def __init__(self, why: str) -> None:
        super().__init__("open311")
        self.why = why


class FarEndRefused(HotlineError):
    """The far end says no: a wrong key, an unknown service, a field that is missing."""

    code = "far-end-refused"
    title = "Refused by the agency's system"
    status = 422

    def __init__(self, why: str) -> None:
        super().__init__(
            "承办单位系统拒收", f"The agency's Open311 endpoint refused it: {why}; see hotline open311 stuck"
        )
        self.why = why


class NotForOpen311(HotlineError):
    """The order cannot go to this agency's endpoint; it has to be handed over some other way."""

    code = "not-for-open311"
    title = "Cannot be sent there"
    status = 422

    def __init__(self, why: str) -> None:
        super().__init__("该工单不能通过 Open311 派送", f"The order cannot be sent by Open311: {why}")
        self.why = why


class InDoubt(HotlineError):
    """The request may be there, and the far end's list cannot tell: a person looks, and decides."""

    code = "in-doubt"
    title = "In doubt"
    status = 504

    def __init__(self) -> None:
        super().__init__(
            "无法确认工单是否已送达承办单位系统",
            "The agency's endpoint may have the request and its list cannot tell; look there, then "
            "hotline open311 settle",
        )


class NotYet(HotlineError):
    """It has to wait: somebody else is at it, or the far end's list may not show it yet."""

    code = "not-yet"
    status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__("稍后重试", "It waits for its turn; tried again")


class FarEndHealth(Frozen):
    """When a far end was last asked, and when it last answered as it should."""

    agency_id: str
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    failures: int = Field(default=0)
