"""Every port of ``hotline/ports.py`` in memory, behaving as the real stores do when things go wrong.

Cases are kept as the items that DynamoDB would hold, so that versions, index entries and sizes are the
real ones. A write can be lost, refused, or overtaken on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from hotline.adapters.dynamodb import codec, keys
from hotline.domain.appeal import Note, Words
from hotline.domain.case import Case, CaseChange
from hotline.domain.errors import HotlineError, NotFound, Unavailable, VersionConflict
from hotline.domain.events import Envelope, Event
from hotline.domain.orders import OrderMessage
from hotline.domain.scoring import Outcome, Tally
from hotline.ports import Delivery, InboxRow, Message, Page

PAGE = 3
"""Ids in a page of due timers: small, so that tests turn pages."""


class FixedClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **duration: float) -> None:
        """Let time pass: ``clock.pass_(hours=2)``."""
        self.at += timedelta(**duration)


class MemoryCases:
    """``ports.Cases`` and ``ports.CaseLists`` over a dict of items; keeps what the table's stream would say.

    Attributes:
        before_save: each is called once, before a save reaches the table: another writer, or a failure.
        lose_acknowledgements: so many writes are stored, and then reported as failed.
    """

    def __init__(self) -> None:
        self.items: dict[str, codec.Item] = {}
        self.changes: list[CaseChange] = []
        self.before_save: list[Callable[[], object]] = []
        self.lose_acknowledgements = 0
        self.reads = 0
        self.writes = 0
        self._words: MemoryWords | None = None

    def with_words(self, words: MemoryWords) -> MemoryCases:
        """Store an appeal's words where ``words`` finds them, as the one transaction does."""
        self._words = words
        return self

    def register(self, case: Case, words: Words) -> Case:
        self._interfere()
        if case.appeal_id in self.items:
            return self.get(case.appeal_id)
        self._put(case, before=0)
        if self._words is not None:
            self._words.said[case.appeal_id] = words
        self._acknowledge(case)
        return case

    def get(self, appeal_id: str) -> Case:
        self.reads += 1
        if appeal_id not in self.items:
            raise NotFound("appeal")
        return codec.decode(self.items[appeal_id])

    def get_many(self, appeal_ids: Sequence[str]) -> dict[str, Case]:
        self.reads += 1
        return {each: codec.decode(self.items[each]) for each in appeal_ids if each in self.items}

    def history(self, case: Case) -> list[Event]:
        return []

    def save(self, case: Case) -> None:
        self._interfere()
        stored = int(self.items[case.appeal_id]["v"]["N"])
        if stored != case.loaded_version:
            raise VersionConflict(stored)
        self._put(case, before=stored)
        self._acknowledge(case)

    def inbox(self, agency_id: str, limit: int, after: str | None) -> Page:
        partition = keys.inbox_partition(agency_id)
        rows = sorted(
            (item["is"]["S"], item)
            for item in self.items.values()
            if item.get("ip", {}).get("S") == partition
        )
        left = [(sort, item) for sort, item in rows if after is None or sort > after]
        shown = [_row(sort, item) for sort, item in left[:limit]]
        return Page(shown, left[limit - 1][0] if len(left) > limit else None)

    def due(self, shard: int, bucket: int, now: datetime) -> Iterator[list[str]]:
        partition = keys.timer_partition(shard, bucket)
        limit = keys.timer_sort(now + timedelta(seconds=1), "", "")
        rows = sorted(
            (item["ts"]["S"], appeal_id)
            for appeal_id, item in self.items.items()
            if item.get("tp", {}).get("S") == partition and item["ts"]["S"] < limit
        )
        for start in range(0, len(rows), PAGE):
            yield [appeal_id for _, appeal_id in rows[start : start + PAGE]]

    def _put(self, case: Case, before: int) -> None:
        self.writes += 1
        self.items[case.appeal_id] = codec.encode(case)
        self.changes.append(CaseChange(codec.decode(self.items[case.appeal_id]), before))

    def _acknowledge(self, case: Case) -> None:
        if self.lose_acknowledgements:
            self.lose_acknowledgements -= 1
            raise Unavailable("dynamodb")
        case.mark_stored()

    def _interfere(self) -> None:
        if self.before_save:
            self.before_save.pop(0)()


def _row(sort: str, item: codec.Item) -> InboxRow:
    case = codec.decode(item)
    due = datetime.fromtimestamp(int(sort.partition("#")[0]), case.registered_at.tzinfo)
    return InboxRow(case.appeal_id, due, case.headline, case.service_code, case.status.value)


def refuse(error: HotlineError) -> Callable[[], object]:
    """Something to put into ``before_save``: the write does not even reach the table."""

    def interfere() -> object:
        raise error

    return interfere


class MemoryWords:
    """``ports.WordsStore``; ``failures`` of the next notes are reported without keeping them."""

    def __init__(self) -> None:
        self.said: dict[str, Words] = {}
        self.noted: dict[tuple[str, str], Note] = {}
        self.failures = 0
        self.reads = 0

    def words(self, appeal_id: str) -> Words:
        self.reads += 1
        if appeal_id not in self.said:
            raise NotFound("appeal")
        return self.said[appeal_id]

    def words_of(self, appeal_ids: Sequence[str]) -> dict[str, Words]:
        self.reads += 1
        return {each: self.said[each] for each in appeal_ids if each in self.said}

    def add_note(self, appeal_id: str, note: Note) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("dynamodb")
        self.noted.setdefault((appeal_id, note.note_id), note)

    def notes(self, appeal_id: str) -> list[Note]:
        self.reads += 1
        found = [note for (owner, _), note in self.noted.items() if owner == appeal_id]
        return sorted(found, key=lambda note: note.at)


class MemoryDeliveries:
    """``ports.Deliveries``."""

    def __init__(self) -> None:
        self.recorded: dict[tuple[str, str], Delivery] = {}

    def done(self, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        return {key for key in keys if key in self.recorded and self.recorded[key].state == "delivered"}

    def record(self, deliveries: Sequence[Delivery]) -> None:
        self.recorded |= {(each.event_id, each.agency_id): each for each in deliveries}

    def of_case(self, appeal_id: str) -> list[Delivery]:
        return [each for each in self.recorded.values() if each.event_id.startswith(f"{appeal_id}:")]


class MemoryQueues:
    """``ports.AgencyQueues``; queues in ``broken`` take nothing."""

    def __init__(self) -> None:
        self.sent: list[OrderMessage] = []
        self.broken: set[str] = set()

    def send(self, agency_id: str, message: OrderMessage) -> None:
        if agency_id in self.broken:
            raise Unavailable("sqs")
        assert message.agency_id == agency_id
        self.sent.append(message)

    def of(self, agency_id: str) -> list[OrderMessage]:
        """What an agency has got, in order."""
        return [message for message in self.sent if message.agency_id == agency_id]


class MemoryOnceOnly:
    """``ports.OnceOnly`` with a lease of two minutes; ``forgetful`` cannot note that something is done."""

    def __init__(self) -> None:
        self.leases: dict[str, datetime | None] = {}
        self.forgetful = False

    def begin(self, key: str, now: datetime) -> Literal["mine", "busy", "done"]:
        until = self.leases.get(key, now - timedelta(seconds=1))
        if until is None:
            return "done"
        if until >= now:
            return "busy"
        self.leases[key] = now + timedelta(minutes=2)
        return "mine"

    def finish(self, key: str, now: datetime) -> None:
        if self.forgetful:
            raise Unavailable("dynamodb")
        self.leases[key] = None


class MemoryWatermark:
    """``ports.Watermark``."""

    def __init__(self, bucket: int) -> None:
        self.bucket = bucket

    def get(self, now: datetime) -> int:
        return self.bucket

    def advance(self, bucket: int) -> None:
        self.bucket = max(self.bucket, bucket)


class MemoryTallies:
    """``ports.Tallies``; remembers which events it has counted."""

    def __init__(self) -> None:
        self.tallies: dict[tuple[str, str, str], Tally] = {}
        self._counted: set[str] = set()

    def count(self, outcomes: Mapping[str, Outcome]) -> None:
        for event_id, outcome in outcomes.items():
            if event_id not in self._counted:
                where = (outcome.month, outcome.district, outcome.agency_id)
                self.tallies[where] = self.tallies.get(where, Tally()).add(outcome)
                self._counted.add(event_id)

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        return {
            who: tally
            for (when, where, who), tally in self.tallies.items()
            if (when, where) == (month, district)
        }

    def replace_month(self, month: str, tallies: Mapping[tuple[str, str], Tally]) -> None:
        self.tallies |= {(month, *where): tally for where, tally in tallies.items()}


class MemoryBus:
    """``ports.Bus``."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        self.published += envelopes


class MemoryMessenger:
    """``ports.Messenger``; raises the ``failures`` first, one a message."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failures: list[HotlineError] = []

    def send(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
