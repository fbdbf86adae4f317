"""What the use cases ask of the outside world, as Protocols.

Adapters fulfil them, ``wiring.py`` joins the two, tests bring fakes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from hotline.domain.errors import HotlineError

if TYPE_CHECKING:
    from hotline.domain.appeal import Contact, Note, Words
    from hotline.domain.attachments import Attachment, ContentType, Picture
    from hotline.domain.case import Case
    from hotline.domain.confidential import Statement
    from hotline.domain.duty_proposals import Proposal
    from hotline.domain.events import Envelope, Event
    from hotline.domain.far_ends import Accepted, FarEnd, FarEndHealth, FarReport, FarRequest, FarUpdate
    from hotline.domain.lake import MergedDay, Row
    from hotline.domain.notices import Notice
    from hotline.domain.open311.api_keys import ApiKey
    from hotline.domain.open311.requests import PublicRequest, PublicUpdate
    from hotline.domain.open_data import OpenCase
    from hotline.domain.orders import OrderMessage
    from hotline.domain.phone_codes import Allowance, Challenge, CodeRequest
    from hotline.domain.publication import Publication
    from hotline.domain.sessions import Granted, PendingSignIn, Session
    from hotline.domain.side_orders import SideOrder
    from hotline.domain.signals import Finding
    from hotline.domain.stock import Happened, Snapshot
    from hotline.domain.tallies import Counted, Counts, Tally, Where
    from hotline.domain.text_copies import Shelves


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


class DueOrders(NamedTuple):
    """What of an inbox is due by a moment: the limits of its orders, without ``held`` ones on hold."""

    limits: list[datetime]
    held: int
    units: float


class LaterOrders(NamedTuple):
    """How much of an inbox is due later than a moment; ``held`` are on hold, and not in ``orders``."""

    orders: int
    held: int
    units: float


class InboxCounts(Protocol):
    """How much lies in the inboxes; each answer says what it cost in read units."""

    def due_by(self, inbox: str, until: datetime) -> DueOrders:
        """What is due before a moment."""
        ...

    def due_after(self, inbox: str, since: datetime) -> LaterOrders:
        """How many are due at a moment or later."""
        ...


class Snapshots(Protocol):
    """The dashboard's figures as they were counted last."""

    def latest(self) -> Snapshot | None:
        """The last ones; None before the first count."""
        ...

    def keep(self, snapshot: Snapshot) -> None:
        """Put them in the place of earlier ones; later ones stay."""
        ...


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


class Look(NamedTuple):
    """Somebody of the hotline saw what a caller had said before.

    Attributes:
        by: the signature of whoever looked.
        shown: how many appeals.
    """

    look_id: str
    at: datetime
    by: str
    shown: int


class RepliedWords(Protocol):
    """What was said and what was replied, of several appeals at once."""

    def words_of(self, appeal_ids: Sequence[str]) -> dict[str, Words]:
        """The words of several appeals in one call."""
        ...

    def notes_of(self, cited: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Note]:
        """Several notes in one call, by appeal and note; those whose words were erased are left out."""
        ...


class Looks(Protocol):
    """Who of the hotline looked up which caller; the caller by an HMAC, never by the number."""

    def keep_look(self, citizen_index: str, look: Look) -> None:
        """Keep a look, before anything is shown."""
        ...

    def looks(self, citizen_index: str, limit: int) -> list[Look]:
        """The looks at one caller, the latest first."""
        ...


class Evidence(Protocol):
    """The pictures that agencies name when they say something; whoever names one has not shown it yet."""

    def arrived(self, named: Sequence[tuple[str, str]], now: datetime) -> set[tuple[str, str]]:
        """Of the (appeal, attachment) pairs, the agencies' own that are verified or still on their way, in one call."""
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


class OpenCases(Protocol):
    """What open data counts."""

    def registered_in(self, month: str, first: date, last: date) -> list[OpenCase]:
        """The appeals of a month as they stood at the end of ``last``; those in confidence are left out."""
        ...


class OpenDataShelf(Protocol):
    """The published months."""

    def published(self) -> list[str]:
        """The months that are published (yyyymm), oldest first."""
        ...

    def publish(self, month: str, files: Mapping[str, bytes]) -> bool:
        """Publish a month's files; False when it is published already, and stays as it is."""
        ...


class FarRequests(Protocol):
    """What is known of the requests at agencies' Open311 endpoints."""

    def of_order(self, work_order_id: str) -> list[FarRequest]:
        """All requests for an order, the oldest first; consistently."""
        ...

    def put(self, request: FarRequest) -> FarRequest:
        """Keep what has become of a request, and give it back with its new version.

        Raises:
            NotYet: somebody else has changed it since it was read.
        """
        ...

    def watched(self, agency_id: str) -> list[FarRequest]:
        """The requests at a far end that are not done with."""
        ...

    def take_turn(self, agency_id: str, now: datetime, every: timedelta) -> bool:
        """Whether a far end is to be asked now; nobody else asks it until ``every`` has passed."""
        ...

    def answered(self, agency_id: str, now: datetime) -> None:
        """The far end has answered as it should."""
        ...

    def health(self, agency_id: str) -> FarEndHealth:
        """When it was last asked, and when it last answered."""
        ...


class FarEnds(Protocol):
    """Agencies' Open311 endpoints (GeoReport v2).

    Every call may raise ``FarEndUnavailable`` (not reached, or busy), ``FarAnswerLost`` (no answer that could be
    understood) and ``FarEndRefused``.
    """

    def create(self, far_end: FarEnd, form: Mapping[str, str]) -> Accepted:
        """Post a request; the API key is added."""
        ...

    def find(self, far_end: FarEnd, service_code: str, since: datetime, until: datetime) -> list[FarReport]:
        """The requests of a service that were made in a time."""
        ...

    def reports(self, far_end: FarEnd, request_ids: Sequence[str]) -> list[FarReport]:
        """How requests stand; unknown ones are left out."""
        ...

    def number_of(self, far_end: FarEnd, token: str) -> str | None:
        """The number that a token has become; None as long as it has not."""
        ...

    def updates(self, far_end: FarEnd, since: datetime, until: datetime) -> list[FarUpdate]:
        """What it has published about requests in a time, oldest first."""
        ...

    def post_update(
        self, far_end: FarEnd, request: FarRequest, update_id: str, text: str, at: datetime
    ) -> None:
        """Tell it something about a request; the same id again is the same update."""
        ...


class Watermark(Protocol):
    """How far the sweep has got: the oldest bucket that may still hold a due timer."""

    def get(self, now: datetime) -> int:
        """The bucket to begin with; the present one for a new stack."""
        ...

    def advance(self, bucket: int) -> None:
        """Everything before this bucket has been fired."""
        ...


class CountedMonths(Protocol):
    """What was counted per agency and month."""

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        """The tallies of a month (yyyymm) in a district (``city`` for city-wide agencies)."""
        ...


class Tallies(CountedMonths, Protocol):
    """Counts per agency and month."""

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        """Count everything that each event says exactly once by its id, however often it comes."""
        ...

    def put_recounted(
        self, where: Where, recounted: Counts, events: Collection[str], counted: Counts
    ) -> bool:
        """Put recounted sums in the place of the counted ones, unless those have changed meanwhile.

        Args:
            events: ids of the events that the recount rests on; none of them will be counted again.
            counted: the sums as they were before the recount began.

        Returns:
            Whether nothing was counted in the meantime; otherwise nothing is replaced.
        """
        ...


class Publications(Protocol):
    """Published months; a revision is written once and never changed."""

    def publish(self, publication: Publication) -> bool:
        """Write a revision; False when that revision is there already and says something else."""
        ...

    def published(self, month: str) -> Publication | None:
        """The latest revision of a month (yyyymm); None when it is not published."""
        ...

    def revisions_of(self, month: str) -> list[Publication]:
        """Every revision of a month, oldest first."""
        ...

    def revision_of(self, month: str, revision: int) -> Publication | None:
        """One revision of a month."""
        ...


class PublicationCopies(Protocol):
    """Copies of published months where nobody can change them."""

    def keep_copy(self, publication: Publication) -> None:
        """Write the copy of a revision, unless it is there."""
        ...


class Lake(Protocol):
    """Every event as a row, for reports."""

    def keep_rows(self, day: date, rows: Sequence[Row]) -> None:
        """Keep rows of one day together; the same rows again change nothing."""
        ...


class DayEvents(Protocol):
    """What the lake says of a day."""

    def of_day(self, day: date) -> list[Happened]:
        """How often what happened where on one of the city's days; an event that lies there twice is one."""
        ...


class LakeMerger(Protocol):
    """Makes one file of the many of a day."""

    def merge_day(self, day: date, now: datetime, grace: timedelta) -> MergedDay:
        """Merge a day's files, and delete what a merged file has held for longer than ``grace``."""
        ...


class TextCopies(Protocol):
    """Which appeals share a key: never a text, only what is left of it when it cannot be read any more."""

    def enter(self, shelves: Shelves, entry: str, now: datetime) -> set[str]:
        """Put an entry on its own shelf, as long as there are fewer than ``KEPT``; the same again is one.

        Returns:
            Every entry on any of the shelves, the own one included.
        """
        ...

    def look(self, shelves: Shelves) -> set[str]:
        """Every entry on any of the shelves."""
        ...


class Findings(Protocol):
    """What was found about agencies' "done" by month; nobody's words are in it."""

    def keep_finding(self, month: str, finding: Finding, version: int) -> None:
        """Keep a finding in the place of an earlier one about the same "done".

        Args:
            version: of the case from which it was made; one from an earlier version changes nothing.
        """
        ...

    def findings_of_month(self, month: str, agency_id: str) -> list[Finding]:
        """Every finding about an agency in a month (yyyymm)."""
        ...

    def findings_about(self, done: Sequence[tuple[str, str, str, int]]) -> list[Finding]:
        """Those about several "done", by month, agency, appeal and number of the event, in one call."""
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

    def offer(self, attachment: Attachment, then: str | None = None) -> UploadForm:
        """Allow the upload that ``attachment`` describes, and no other; lead the browser to ``then``."""
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


class Supplier(NamedTuple):
    """A messenger by the name under which receipts come back and notices remember it."""

    name: str
    messenger: Messenger


class Notices(Protocol):
    """What citizens are told, each with its one delivery key."""

    def begin_notice(self, notice: Notice) -> Literal["mine", "busy", "done"]:
        """Keep a notice that is being sent: ``mine`` to go on, ``busy`` while another is at it, else ``done``."""
        ...

    def queue_notice(self, notice: Notice) -> None:
        """Keep a notice that waits; one that is known already changes nothing."""
        ...

    def change_notice(self, notice: Notice) -> bool:
        """Store what a notice has become; False when somebody else has changed it since it was loaded."""
        ...

    def find_notices(self, keys: Sequence[str]) -> dict[str, Notice]:
        """Notices by their keys; unknown ones are left out."""
        ...

    def notices_of(self, appeal_id: str) -> list[Notice]:
        """Every notice about an appeal, oldest first."""
        ...

    def waiting(self, shard: int, now: datetime) -> Iterator[tuple[datetime, str]]:
        """When and which: the notices of a shard whose time has come, oldest first, as they are asked for."""
        ...

    def parked(self, shard: int) -> Iterator[str]:
        """The keys of a shard's notices that wait for a person, oldest first."""
        ...


class OptOuts(Protocol):
    """Contacts that want no text messages, by keyed index."""

    def opt_out(self, index: str, now: datetime) -> None:
        """Remember it."""
        ...

    def opt_in(self, index: str) -> None:
        """Forget it."""
        ...

    def has_opted_out(self, index: str) -> bool:
        """Whether this contact wants none."""
        ...


class Proofs(Protocol):
    """Signatures that were taken in before: each works once."""

    def was_used(self, proof: str) -> bool:
        """Whether it was used before."""
        ...

    def mark_used(self, proof: str, until: datetime) -> None:
        """Remember it for as long as its timestamp is believed."""
        ...


# --- Codes by text message --------------------------------------------------------------------------


class Allowances(Protocol):
    """Counts uses, so that there cannot be more than allowed however many ask at once."""

    def take(self, allowance: Allowance, now: datetime) -> bool:
        """Count one use in the present window; False, and nothing counted, when none is left."""
        ...


class PhoneCodes(Protocol):
    """The code that a contact waits for; at most one, the latest."""

    def begin(self, citizen_index: str, challenge_id: str, until: datetime) -> None:
        """A code may come; an earlier one no longer works."""
        ...

    def mark_sent(self, citizen_index: str, challenge_id: str) -> bool:
        """The code goes out now; False when it is out already, or a later one has taken its place."""
        ...

    def try_once(self, citizen_index: str, most: int, now: datetime) -> Challenge | None:
        """Count a try; None when there is no code, it has expired, or ``most`` tries have been made."""
        ...

    def spend(self, citizen_index: str, challenge_id: str) -> bool:
        """Use the code up; False when somebody else was faster."""
        ...


class CodeRequests(Protocol):
    """The queue between asking for a code and sending it."""

    def put(self, request: CodeRequest) -> None:
        """Put a request on the queue.

        Raises:
            Unavailable: try again later.
        """
        ...


class Effort(Protocol):
    """Whether whoever asks has shown that they are not a program asking ten thousand times.

    Proof of work by default. A captcha of a third party is another adapter.
    """

    def __call__(self, proof: str | None, phone: str, bits: int, now: datetime) -> bool:
        """Whether ``proof`` is one for this number (E.164) and this moment."""
        ...


# --- Staff who sign in with a browser ---------------------------------------------------------------


class Sessions(Protocol):
    """Who is signed in, by a hash of what the browser holds."""

    def find_session(self, key: str) -> Session | None:
        """The session as it is now."""
        ...

    def keep_session(self, session: Session, *, seen_version: int | None) -> bool:
        """Keep a session if it is still in that version; with None, if it is new. Whether it was."""
        ...

    def end_session(self, key: str) -> None:
        """Forget a session; without complaint when there is none."""
        ...


class Issuer(Protocol):
    """The city's OIDC provider, found by discovery."""

    def authorization_url(self, pending: PendingSignIn) -> str:
        """Where the browser goes to sign in."""
        ...

    def end_session_url(self, return_to: str) -> str:
        """Where the browser goes to sign out there too; empty when the provider has no such page."""
        ...

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Granted:
        """Tokens for a code.

        Raises:
            GrantRefused: the provider does not believe it.
            Unavailable: it does not answer, or not as one.
        """
        ...

    def refresh(self, refresh_token: str) -> Granted:
        """New tokens for a person who may still come in; raises as ``exchange`` does."""
        ...


class Seal(Protocol):
    """Keeps something secret where others keep it for us: encrypted, and bound to what it is about."""

    def sealed(self, content: bytes, about: str) -> bytes:
        """Encrypt."""
        ...

    def opened(self, sealed: bytes, about: str) -> bytes | None:
        """Decrypt; None when it was changed, or sealed about something else."""
        ...


# --- Workers ----------------------------------------------------------------------------------------

EventConsumer = Callable[[Sequence["Envelope"]], Mapping[str, HotlineError]]
"""Takes a batch of events and tells what failed, by event id."""


# --- Open311 ----------------------------------------------------------------------------------------


class PublicRequests(Protocol):
    """What everybody may read about requests."""

    def keep_request(self, request: PublicRequest, version: int) -> None:
        """Keep what does not change about a request, unless a later version of its case is kept."""
        ...

    def keep_updates(self, updates: Sequence[PublicUpdate]) -> None:
        """Keep updates; the same again changes nothing."""
        ...

    def find(self, wanted: Sequence[tuple[str, datetime]]) -> dict[str, PublicRequest]:
        """Requests by appeal and time of registration, in one call; unknown ones are left out."""
        ...

    def newest(
        self, start: datetime, end: datetime, service_codes: Sequence[str] = ()
    ) -> Iterator[PublicRequest]:
        """Those registered in a time, the newest first; of some services only, where any are named."""
        ...

    def updates(self, start: datetime, end: datetime, *, newest_first: bool) -> Iterator[PublicUpdate]:
        """Updates of a time, in its order or the other way round."""
        ...


class ApiKeys(Protocol):
    """The keys of apps."""

    def find_key(self, digest: str) -> ApiKey | None:
        """The key of a hash."""
        ...

    def note_use(self, key: ApiKey, at: datetime) -> None:
        """Keep the hour in which a key was used."""
        ...
