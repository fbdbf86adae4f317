"""What the use cases ask of the outside world, as Protocols.

Adapters fulfil them, ``wiring.py`` joins the two, tests bring fakes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from hotline.domain.errors import HotlineError

if TYPE_CHECKING:
    from hotline.domain.appeal import Contact, Note, Words
    from hotline.domain.attachments import Attachment, ContentType, Picture
    from hotline.domain.case import Case
    from hotline.domain.confidential import Statement
    from hotline.domain.duty_proposals import Proposal
    from hotline.domain.events import Envelope, Event
    from hotline.domain.orders import OrderMessage
    from hotline.domain.scoring import Counted, Tally
    from hotline.domain.side_orders import SideOrder


# --- Dead letters -----------------------------------------------------------------------------------


class Refusal(NamedTuple):
    """Why a message was refused for good: a kebab-case reason and one sentence without its words."""

    reason: str
    detail: str


class DeadLetters(Protocol):
    """Where a worker puts the messages that no retry can help."""

    def park(self, body: str, refusal: Refusal, message_id: str) -> None:
        """Keep the original body with the reason.

        Raises:
            Unavailable: it could not be kept; the message must come back.
        """
        ...


# --- Cases and words --------------------------------------------------------------------------------


class Clock(Protocol):
    """The time. The only source of ``now``; tests bring a fixed one."""

    def __call__(self) -> datetime:
        """The present moment, aware, UTC, whole seconds."""
        ...


class Cases(Protocol):
    """The cases, each one item; every write is conditional on the version that was read."""

    def register(self, case: Case, words: Words, statement: Statement | None = None) -> Case:
        """Store a new case and its words together.

        Args:
            words: what agencies may read.
            statement: what a confidential informant said, to be sealed.

        Returns:
            The case as stored: the given one, or the one that an earlier try has left.
        """
        ...

    def get(self, appeal_id: str) -> Case:
        """Load a case.

        Raises:
            NotFound: there is none.
        """
        ...

    def get_many(self, appeal_ids: Sequence[str]) -> dict[str, Case]:
        """Load several cases in one call; unknown ids are left out."""
        ...

    def history(self, case: Case) -> list[Event]:
        """The events of a long life that no longer fit into its case, oldest first."""
        ...

    def save(self, case: Case) -> None:
        """Store the new state together with the new events, and the orders beside it that changed.

        Raises:
            VersionConflict: somebody else has saved the case since it was loaded.
        """
        ...

    def save_together(self, *changed: Case | SideOrder) -> None:
        """Store several cases, all or none of them.

        Raises:
            VersionConflict: somebody else has saved one of them since it was loaded.
        """
        ...

    def side(self, order_id: str) -> SideOrder:
        """Load an order beside a lead order.

        Raises:
            NotFound: there is none.
        """
        ...

    def sides(self, order_ids: Sequence[str]) -> list[SideOrder]:
        """Load several in one call; unknown ones are left out."""
        ...

    def save_side(self, side: SideOrder) -> None:
        """Store what an order beside the lead order has become; opening and ending go with the case.

        Raises:
            VersionConflict: somebody else has saved it since it was loaded.
        """
        ...


OPERATORS = "~operators"
"""The dispatch desk's inbox: appeals that wait for an operator's decision."""


LISTED_AT_ONCE = 50
"""How many neighbours of an appeal a list gives at most: the newest."""


class CaseLists(Protocol):
    """The indexes over cases."""

    def by_citizen(self, citizen_index: str, since: datetime, until: datetime) -> list[Neighbour]:
        """A citizen's appeals that were registered in a time, the newest first, as many as are listed."""
        ...

    def by_place(
        self, subdistrict: str, service_code: str, since: datetime, until: datetime
    ) -> list[Neighbour]:
        """The same for the appeals about one service in one sub-district."""
        ...

    def inbox(self, agency_id: str, limit: int, after: str | None) -> Page:
        """An agency's open orders by due time; ``OPERATORS`` for the dispatch desk's queue."""
        ...

    def members(self, leader: str) -> Iterator[list[str]]:
        """Ids of the appeals that are handled together with one, oldest first, by the page."""
        ...

    def due(self, shard: int, bucket: int, now: datetime) -> Iterator[list[str]]:
        """Ids of orders in one bucket of one shard whose next timer is due, oldest first, by the page.

        A lead order has the id of its appeal alone.

        A timer that fires while pages are read neither hides nor repeats another.
        """
        ...


class Neighbour(NamedTuple):
    """An appeal in the index of its citizen or of its place."""

    appeal_id: str
    registered_at: datetime


class InboxRow(NamedTuple):
    """One open order in a list; a lead order has the id of its appeal alone.

    ``kind`` is ``lead``, or what is asked beside the lead order.
    """

    order_id: str
    due_at: datetime
    headline: str
    service_code: str | None
    status: str
    kind: str


class Page(NamedTuple):
    """Some rows, and where the next ones begin."""

    rows: list[InboxRow]
    next: str | None


class Notes(Protocol):
    """What was written later."""

    def add_note(self, appeal_id: str, note: Note) -> Note:
        """Keep a note; the same ``note_id`` again changes nothing.

        Returns:
            The note as it is kept: the given one, or the one that an earlier try has left.
        """
        ...

    def notes(self, appeal_id: str) -> list[Note]:
        """Every note of an appeal, oldest first."""
        ...


class WordsStore(Notes, Protocol):
    """The citizens' words, and what was written later: what those concerned may read."""

    def words(self, appeal_id: str) -> Words:
        """The citizen's own words.

        Raises:
            NotFound: there are none.
        """
        ...

    def words_of(self, appeal_ids: Sequence[str]) -> dict[str, Words]:
        """The words of several appeals in one call."""
        ...

    def release(self, appeal_id: str, words: Words) -> None:
        """Put what an operator has written of a confidential report in the place of what was there."""
        ...


class SealedWords(Notes, Protocol):
    """What confidential informants said and added; nobody who works for agencies gets this store."""

    def statement(self, appeal_id: str) -> Statement:
        """What the informant said at registration.

        Raises:
            NotFound: there is nothing.
        """
        ...


# --- Effects ----------------------------------------------------------------------------------------


class Delivery(NamedTuple):
    """What became of one message to an agency; apart from the state of the case."""

    event_id: str
    agency_id: str
    state: Literal["delivered", "failed"]
    at: datetime


class Deliveries(Protocol):
    """Which messages have reached their agency's queue."""

    def done(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Of the (event id, agency id) pairs, those delivered before."""
        ...

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """Note what became of all messages about some events."""
        ...

    def of_case(self, appeal_id: str) -> list[Delivery]:
        """All deliveries of a case."""
        ...


class AgencyQueues(Protocol):
    """The agencies' own queues."""

    def send(self, agency_id: str, message: OrderMessage) -> None:
        """Put a message on an agency's queue.

        Raises:
            Unavailable: try again later.
            NotFound: the agency has no queue; import the directory.
        """
        ...


class OnceOnly(Protocol):
    """A lease on an effect that must not happen twice (a text message)."""

    def begin(self, key: str, now: datetime) -> Literal["mine", "busy", "done"]:
        """Take the lease: ``mine`` to go on, ``busy`` while another holds it, ``done`` for ever."""
        ...

    def finish(self, key: str, now: datetime) -> None:
        """It is done, for ever."""
        ...


class Watermark(Protocol):
    """How far the sweep has got: the oldest bucket that may still hold a due timer."""

    def get(self, now: datetime) -> int:
        """The bucket to begin with; the present one for a new stack."""
        ...

    def advance(self, bucket: int) -> None:
        """Everything before this bucket has been fired."""
        ...


class Tallies(Protocol):
    """Counts per agency and month."""

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        """Count everything that each event says exactly once by its id, however often it comes."""
        ...

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        """The tallies of a month (yyyymm) in a district (``city`` for city-wide agencies)."""
        ...

    def replace_month(self, month: str, tallies: Mapping[tuple[str, str], Tally]) -> None:
        """Put recounted tallies, keyed by (district, agency), in the place of the counted ones."""
        ...


class DutyProposals(Protocol):
    """What redirected orders propose for the duty catalogue (条例 Art 11), by month."""

    def support(self, month: str, proposal: Proposal, event_ids: Collection[str]) -> None:
        """Note that these events make a proposal; one that is known already changes nothing."""
        ...

    def of_month(self, month: str) -> dict[Proposal, int]:
        """The proposals of a month (yyyymm), each with how many events make it."""
        ...


class Bus(Protocol):
    """The event bus."""

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Put the events on the bus; resends only those that the bus refused.

        Raises:
            Unavailable: some could not be published.
        """
        ...


# --- Attachments ------------------------------------------------------------------------------------


class Attachments(Protocol):
    """What is known about the pictures of an appeal; the pictures themselves are in ``PictureStore``."""

    def of_appeal(self, appeal_id: str) -> list[Attachment]:
        """All of them, by place."""
        ...

    def get(self, appeal_id: str, attachment_id: str) -> Attachment | None:
        """One of them; None when its place has gone to another."""
        ...

    def claim(self, attachment: Attachment) -> bool:
        """Take its place; False when somebody else was faster."""
        ...

    def settle(self, attachment: Attachment) -> None:
        """Store what became of an offered one; a settled one stays as it is."""
        ...


class UploadForm(NamedTuple):
    """A form that a browser may send once, to one key, with one size and one type."""

    url: str
    fields: dict[str, str]


class PictureStore(Protocol):
    """The quarantine that strangers write to, and the store that people read from."""

    def offer(self, attachment: Attachment) -> UploadForm:
        """Allow the upload that ``attachment`` describes, and no other."""
        ...

    def fetch(self, attachment: Attachment) -> bytes | None:
        """The file as it arrived; None when it is gone.

        Raises:
            PictureRefused: it is larger than what was offered; nothing was read.
        """
        ...

    def keep(self, attachment: Attachment, picture: Picture) -> None:
        """Put a redrawn picture where people can read it."""
        ...

    def discard(self, appeal_id: str, attachment_id: str) -> None:
        """Delete the file as it arrived."""
        ...

    def link(self, attachment: Attachment) -> str:
        """A link to a verified picture that works for ``LINK_WINDOW``."""
        ...


class Redraw(Protocol):
    """Turns a stranger's file into a picture that can be shown."""

    def __call__(self, content: bytes, content_type: ContentType) -> Picture:
        """Draw the pixels anew and drop everything else.

        Raises:
            PictureRefused: too many pixels, or not readable.
        """
        ...


# --- Messages ---------------------------------------------------------------------------------------


class Message(NamedTuple):
    """A text to a citizen.

    ``key`` is the same for every try at the same message; suppliers that can will recognise it.
    """

    to: Contact
    text: str
    key: str
    language: str


class Messenger(Protocol):
    """A supplier that carries messages to citizens."""

    def send(self, message: Message) -> None:
        """Hand the message to the supplier.

        Raises:
            Unavailable: it was not taken; try again later with the same key.
            MessageInDoubt: nobody knows whether it was taken, and the supplier cannot recognise a repeat.
            MessageRefused: it can never be sent.
        """
        ...


# --- Workers ----------------------------------------------------------------------------------------

EventConsumer = Callable[[Sequence["Envelope"]], Mapping[str, HotlineError]]
"""Takes a batch of events and tells what failed, by event id."""
