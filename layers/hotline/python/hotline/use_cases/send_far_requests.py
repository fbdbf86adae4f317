"""办: hand orders over to agencies whose own system speaks Open311, each once."""

from __future__ import annotations

from hotline.domain.directory import Directories, Directory
from hotline.domain.far_ends import (
    AROUND,
    ARRIVED,
    AT_WORK,
    SETTLED,
    Accepted,
    FarAnswerLost,
    FarEnd,
    FarEndRefused,
    FarEndUnavailable,
    FarReport,
    FarRequest,
    FarState,
    InDoubt,
    NotForOpen311,
    NotYet,
    form_of,
)
from hotline.domain.orders import OrderMessage
from hotline.ports import Clock as Now
from hotline.ports import FarEnds, FarRequests

BEGINS = frozenset({"dispatched", "reopened", "assist", "opinion", "summons", "supervision", "escalation"})
"""What makes a request there. GeoReport cannot reopen one, so what is sent back is a new one."""

TOLD = frozenset({"supplemented", "urged", "withdrawn", "merged", "joined", "left", "side_cancelled"})
"""What the agency should know about a request that it has; GeoReport has a way only by updates."""


class SendFarRequests:
    """Takes the messages for agencies with an Open311 endpoint, one by one.

    At most one request there for one message: before every try it is marked, and after a try whose answer
    was lost it is looked for in the far end's list before another. What the list cannot tell is left to a
    person (``InDoubt``, which goes to the dead letters).
    """

    def __init__(
        self, *, requests: FarRequests, far_ends: FarEnds, directories: Directories, now: Now
    ) -> None:
        self._requests = requests
        self._far_ends = far_ends
        self._directories = directories
        self._now = now

    def __call__(self, message: OrderMessage, *, again: bool = False) -> None:
        """Do what a message asks for.

        Args:
            again: the message has been tried before.

        Raises:
            FarEndUnavailable, FarAnswerLost, NotYet: to be tried again later.
            FarEndRefused, NotForOpen311, InDoubt: for a person.
        """
        directory = self._directories.current()
        far_end = directory.far_ends.get(message.agency_id)
        if far_end is None:
            raise NotForOpen311(f"agency {message.agency_id} has no endpoint in the directory any more")
        known = self._requests.of_order(message.work_order_id)
        theirs = [each for each in known if each.agency_id == message.agency_id]
        if message.kind in BEGINS:
            self._begin(message, far_end, theirs, directory)
        elif message.kind in TOLD:
            self._tell(message, far_end, theirs, again)
        elif message.kind == "reply_refused" and message.refused and theirs:
            self._requests.put(theirs[-1].flagged(f"refused-here:{message.refused.problem}"))

    # --- a new request -------------------------------------------------------------------------------

    def _begin(
        self, message: OrderMessage, far_end: FarEnd, theirs: list[FarRequest], directory: Directory
    ) -> None:
        request = next((each for each in theirs if each.message_id == message.message_id), None)
        if request is None:
            if any(each.state is not FarState.CLOSED for each in theirs):
                return  # it is still open there: nothing begins anew
            request = self._new(message, far_end)
        if request.state in ARRIVED:
            return
        if request.state in (FarState.SENDING, FarState.DOUBTFUL) and self._is_found(request, far_end):
            return
        form = form_of(message, far_end, request, _place(message, directory))
        self._send(request, far_end, form)

    def _new(self, message: OrderMessage, far_end: FarEnd) -> FarRequest:
        if message.confidential:
            raise NotForOpen311("a confidential report is not for a system that publishes")
        service = far_end.service_for(message.service.service_code if message.service else None)
        if service is None:
            raise NotForOpen311("the service has no code at the far end (open311_agencies.csv)")
        return FarRequest(
            agency_id=message.agency_id,
            work_order_id=message.work_order_id,
            message_id=message.message_id,
            side=message.side.value if message.side else None,
            begun_at=self._now(),
            service_code=service,
            seen=("acknowledge",) if message.kind == "reopened" else (),
        )

    def _send(self, request: FarRequest, far_end: FarEnd, form: dict[str, str]) -> None:
        in_doubt = request.state in (FarState.SENDING, FarState.DOUBTFUL)
        now = self._now()
        marked = self._requests.put(request.sending_again(now) if in_doubt else request.sending(now))
        try:
            accepted = self._far_ends.create(far_end, form)
        except FarEndUnavailable as error:
            # What may have arrived before this try stays doubtful, though this one has not.
            state = FarState.DOUBTFUL if in_doubt else FarState.UNSENT
            self._requests.put(marked.failed(state, error.why))
            raise
        except FarEndRefused as error:
            self._requests.put(marked.failed(FarState.REFUSED, error.why))
            raise
        except FarAnswerLost as error:
            self._requests.put(marked.failed(FarState.DOUBTFUL, error.why))
            raise
        self._requests.put(marked.accepted(accepted))

    # --- after a doubt -------------------------------------------------------------------------------

    def _is_found(self, request: FarRequest, far_end: FarEnd) -> bool:
        """Whether the earlier try is in the far end's list, and then taken over from there.

        Raises:
            NotYet: another worker may be at it, or the list may not show it yet.
            InDoubt: the list cannot tell whether it is there.
        """
        attempted, now = request.attempted_at or request.begun_at, self._now()
        if request.state is FarState.SENDING and now < attempted + AT_WORK:
            raise NotYet
        listed = self._far_ends.find(far_end, request.service_code, request.begun_at - AROUND, now + AROUND)
        if found := found_in(listed, request):
            adopted = request.accepted(Accepted(found[0].request_id))
            self._requests.put(adopted.flagged("there-twice") if len(found) > 1 else adopted)
            return True
        if now < attempted + SETTLED:
            raise NotYet
        if far_end.list_limit is None or len(listed) >= far_end.list_limit:
            self._requests.put(request.failed(FarState.DOUBTFUL, InDoubt.code))
            raise InDoubt
        return False

    # --- news about one ------------------------------------------------------------------------------

    def _tell(self, message: OrderMessage, far_end: FarEnd, theirs: list[FarRequest], again: bool) -> None:
        request = theirs[-1] if theirs else None
        if request is None or request.state in (FarState.REFUSED, FarState.CLOSED):
            return
        if not far_end.updates:
            self._requests.put(request.flagged(f"untold:{message.kind}"))
            return
        if request.state is not FarState.OPEN:
            raise NotYet
        text = "\n\n".join(each for each in (*message.notes, message.text) if each) or message.kind
        try:
            self._far_ends.post_update(far_end, request, message.message_id, text, message.occurred_at)
        except FarEndRefused:
            if not again:  # after a lost answer a refusal may mean that the update is known already
                raise


def found_in(listed: list[FarReport], request: FarRequest) -> list[FarReport]:
    """The requests of a far end's list that carry our reference, the oldest first."""
    return sorted(each for each in listed if request.reference in each.description)


def _place(message: OrderMessage, directory: Directory) -> str:
    """The names of the place, from the widest in."""
    place = message.place
    within = directory.within((place.subdistrict or place.district) if place else None)
    return "".join(each.name_zh for each in reversed(within)) or directory.city.name_zh
