"""Every port of ``hotline/ports.py`` in memory, behaving as the real stores do when things go wrong.

Cases are kept as the items that DynamoDB would hold, so that versions, index entries and sizes are the
real ones. A write can be lost, refused, or overtaken on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from hotline.adapters.dynamodb import codec, keys, side_codec
from hotline.domain.appeal import Note, Words
from hotline.domain.case import Case, Change
from hotline.domain.confidential import Statement
from hotline.domain.duty_proposals import Proposal
from hotline.domain.errors import HotlineError, NotFound, Unavailable, VersionConflict
from hotline.domain.events import Envelope, Event
from hotline.domain.notices import Notice, NoticeState
from hotline.domain.orders import OrderMessage
from hotline.domain.publication import Publication
from hotline.domain.side_orders import LEAD, SideOrder
from hotline.domain.signal_rules import KEPT
from hotline.domain.signals import Finding
from hotline.domain.tallies import Counted, Counts, Tally, Where, add_up
from hotline.domain.text_copies import Shelves
from hotline.domain.timers import shard_of
from hotline.ports import LISTED_AT_ONCE, Delivery, InboxRow, Message, Neighbour, Page

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
        self.changes: list[Change] = []
        self.before_save: list[Callable[[], object]] = []
        self.lose_acknowledgements = 0
        self.reads = 0
        self.queries = 0
        self.writes = 0
        self._words: MemoryWords | None = None
        self._sealed: MemorySealed | None = None

    def with_words(self, words: MemoryWords, sealed: MemorySealed | None = None) -> MemoryCases:
        """Store an appeal's words where ``words`` and ``sealed`` find them, as the one transaction does."""
        self._words, self._sealed = words, sealed
        return self

    def register(self, case: Case, words: Words, statement: Statement | None = None) -> Case:
        self._interfere()
        if case.appeal_id in self.items:
            return self.get(case.appeal_id)
        case.begin_with(statement.words if statement else words)
        self._put(case, before=0)
        if self._words is not None:
            self._words.said[case.appeal_id] = words
        if self._sealed is not None and statement is not None:
            self._sealed.statements[case.appeal_id] = statement
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
        self.save_together(case, *case.changed_sides)

    def save_side(self, side: SideOrder) -> None:
        self.save_together(side)

    def save_together(self, *changed: Case | SideOrder) -> None:
        self._interfere()
        versions = [self._version(each) for each in changed]
        for each, stored in zip(changed, versions, strict=True):
            if stored != each.loaded_version:
                raise VersionConflict(stored)
        for each, stored in zip(changed, versions, strict=True):
            self._put(each, before=stored)
        self._acknowledge(*changed)

    def side(self, order_id: str) -> SideOrder:
        self.reads += 1
        if "." not in order_id or order_id not in self.items:
            raise NotFound("work order")
        return side_codec.decode(self.items[order_id])

    def sides(self, order_ids: Sequence[str]) -> list[SideOrder]:
        self.reads += 1
        return [side_codec.decode(self.items[each]) for each in order_ids if each in self.items]

    def members(self, leader: str) -> Iterator[list[str]]:
        partition = keys.members_partition(leader)
        rows = sorted(
            (item["is"]["S"], order_id)
            for order_id, item in self.items.items()
            if item.get("ip", {}).get("S") == partition
        )
        for start in range(0, len(rows), PAGE):
            yield [appeal_id for _, appeal_id in rows[start : start + PAGE]]

    def by_citizen(self, citizen_index: str, since: datetime, until: datetime) -> list[Neighbour]:
        return self._neighbours("cp", keys.citizen_partition(citizen_index), since, until)

    def by_place(
        self, subdistrict: str, service_code: str, since: datetime, until: datetime
    ) -> list[Neighbour]:
        return self._neighbours("pp", keys.place_partition(subdistrict, service_code), since, until)

    def _neighbours(
        self, attribute: str, partition: str, since: datetime, until: datetime
    ) -> list[Neighbour]:
        self.queries += 1
        ages = keys.age_sort(since), keys.age_sort(until)
        found = [
            (item["at"]["S"], appeal_id)
            for appeal_id, item in self.items.items()
            if item.get(attribute, {}).get("S") == partition and ages[0] <= item["at"]["S"] <= ages[1]
        ]
        newest = sorted(found, reverse=True)[:LISTED_AT_ONCE]
        return [Neighbour(appeal_id, datetime.fromtimestamp(int(at), UTC)) for at, appeal_id in newest]

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

    def _version(self, changed: Case | SideOrder) -> int:
        stored = self.items.get(_id_of(changed))
        return int(stored["v"]["N"]) if stored else 0

    def _put(self, changed: Case | SideOrder, before: int) -> None:
        self.writes += 1
        codec_of = codec if isinstance(changed, Case) else side_codec
        item = self.items[_id_of(changed)] = codec_of.encode(changed)  # type: ignore[arg-type]
        self.changes.append(Change(codec_of.decode(item), before))

    def _acknowledge(self, *changed: Case | SideOrder) -> None:
        if self.lose_acknowledgements:
            self.lose_acknowledgements -= 1
            raise Unavailable("dynamodb")
        for each in changed:
            each.mark_stored()

    def _interfere(self) -> None:
        if self.before_save:
            self.before_save.pop(0)()


def _id_of(changed: Case | SideOrder) -> str:
    return changed.appeal_id if isinstance(changed, Case) else changed.work_order_id


def _row(sort: str, item: codec.Item) -> InboxRow:
    due = datetime.fromtimestamp(int(sort.partition("#")[0]), UTC)
    order_id = keys.order_id_of(item["pk"]["S"], item["sk"]["S"])
    service_code = item["sv"]["S"] if "sv" in item else None
    kind = item["kd"]["S"] if "kd" in item else LEAD
    return InboxRow(order_id, due, item["t"]["S"], service_code, item["s"]["S"], kind)


def refuse(error: HotlineError) -> Callable[[], object]:
    """Something to put into ``before_save``: the write does not even reach the table."""

    def interfere() -> object:
        raise error

    return interfere


class MemoryNotes:
    """``ports.Notes``; ``failures`` of the next notes are reported without keeping them."""

    def __init__(self) -> None:
        self.noted: dict[tuple[str, str], Note] = {}
        self.failures = 0
        self.reads = 0

    def add_note(self, appeal_id: str, note: Note) -> Note:
        if self.failures:
            self.failures -= 1
            raise Unavailable("dynamodb")
        return self.noted.setdefault((appeal_id, note.note_id), note)

    def notes(self, appeal_id: str) -> list[Note]:
        self.reads += 1
        found = [note for (owner, _), note in self.noted.items() if owner == appeal_id]
        return sorted(found, key=lambda note: note.at)


class MemoryWords(MemoryNotes):
    """``ports.WordsStore``."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, Words] = {}

    def words(self, appeal_id: str) -> Words:
        self.reads += 1
        if appeal_id not in self.said:
            raise NotFound("appeal")
        return self.said[appeal_id]

    def words_of(self, appeal_ids: Sequence[str]) -> dict[str, Words]:
        self.reads += 1
        return {each: self.said[each] for each in appeal_ids if each in self.said}

    def notes_of(self, cited: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Note]:
        self.reads += 1
        return {each: self.noted[each] for each in cited if each in self.noted}

    def release(self, appeal_id: str, words: Words) -> None:
        self.said[appeal_id] = words


class MemorySealed(MemoryNotes):
    """``ports.SealedWords``."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: dict[str, Statement] = {}

    def statement(self, appeal_id: str) -> Statement:
        self.reads += 1
        if appeal_id not in self.statements:
            raise NotFound("appeal")
        return self.statements[appeal_id]


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
        self.tallies: dict[Where, Counts] = {}
        self._counted: set[str] = set()

    def count(self, outcomes: Mapping[str, Sequence[Counted]]) -> None:
        for event_id in outcomes.keys() - self._counted:
            for where, added in add_up(outcomes[event_id]).items():
                self.tallies[where] = self.tallies.get(where, Counts()).plus(added)
            self._counted.add(event_id)

    def of_month(self, month: str, district: str) -> dict[str, Tally]:
        return {
            who: counts.settled()
            for (when, where, who), counts in self.tallies.items()
            if (when, where) == (month, district)
        }

    def put_recounted(
        self, where: Where, recounted: Counts, events: Collection[str], counted: Counts
    ) -> bool:
        if self.tallies.get(where, Counts()) != counted:
            return False
        self._counted |= set(events)
        self.tallies[where] = recounted
        return True


class MemoryPublications:
    """``ports.Publications`` and ``ports.PublicationCopies``.

    Attributes:
        before_publish: called once before a revision is written: somebody else who publishes.
    """

    def __init__(self) -> None:
        self.revisions: dict[str, list[Publication]] = {}
        self.copies: dict[tuple[str, int], Publication] = {}
        self.before_publish: Callable[[], object] | None = None

    def publish(self, publication: Publication) -> bool:
        if self.before_publish is not None:
            overtake, self.before_publish = self.before_publish, None
            overtake()
        known = self.revisions.setdefault(publication.month, [])
        if len(known) >= publication.revision:
            return known[publication.revision - 1] == publication
        known.append(publication)
        return True

    def published(self, month: str) -> Publication | None:
        return self.revisions[month][-1] if self.revisions.get(month) else None

    def revisions_of(self, month: str) -> list[Publication]:
        return list(self.revisions.get(month, ()))

    def revision_of(self, month: str, revision: int) -> Publication | None:
        known = self.revisions.get(month, [])
        return known[revision - 1] if len(known) >= revision else None

    def keep_copy(self, publication: Publication) -> None:
        self.copies.setdefault((publication.month, publication.revision), publication)


class MemoryDutyProposals:
    """``ports.DutyProposals``."""

    def __init__(self) -> None:
        self._made_by: dict[tuple[str, Proposal], set[str]] = {}

    def support(self, month: str, proposal: Proposal, event_ids: Collection[str]) -> None:
        self._made_by.setdefault((month, proposal), set()).update(event_ids)

    def of_month(self, month: str) -> dict[Proposal, int]:
        return {proposal: len(events) for (when, proposal), events in self._made_by.items() if when == month}


class MemoryEvidence:
    """``ports.Evidence``; an agency has uploaded what is put here."""

    def __init__(self, *there: tuple[str, str]) -> None:
        self.there = set(there)
        self.asked: list[tuple[str, str]] = []

    def arrived(self, named: Sequence[tuple[str, str]], now: datetime) -> set[tuple[str, str]]:
        self.asked += named
        return self.there.intersection(named)


class MemoryTextCopies:
    """``ports.TextCopies``."""

    def __init__(self) -> None:
        self.kept: dict[str, set[str]] = {}

    def enter(self, shelves: Shelves, entry: str, now: datetime) -> set[str]:
        entries = self.kept.setdefault(shelves.own, set())
        if len(entries) < KEPT:
            entries.add(entry)
        return {entry} | self.look(shelves)

    def look(self, shelves: Shelves) -> set[str]:
        return set().union(*(self.kept.get(name, set()) for name in shelves.all))


class MemoryFindings:
    """``ports.Findings``."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str, int], tuple[int, Finding]] = {}

    def keep_finding(self, month: str, finding: Finding, version: int) -> None:
        key = (month, finding.agency_id, finding.appeal_id, finding.number)
        if self.kept.get(key, (0, None))[0] <= version:
            self.kept[key] = version, finding

    def findings_of_month(self, month: str, agency_id: str) -> list[Finding]:
        return [finding for key, (_, finding) in self.kept.items() if key[:2] == (month, agency_id)]

    def findings_about(self, done: Sequence[tuple[str, str, str, int]]) -> list[Finding]:
        return [self.kept[each][1] for each in done if each in self.kept]


class MemoryBus:
    """``ports.Bus``."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        self.published += envelopes


class MemoryNotices:
    """``ports.Notices``; ``forgetful`` cannot store what became of a notice."""

    def __init__(self) -> None:
        self.kept: dict[str, Notice] = {}
        self.forgetful = False
        self._indexed: set[str] = set()

    def begin_notice(self, notice: Notice) -> Literal["mine", "busy", "done"]:
        found = self.kept.get(notice.key)
        if found is not None and found.state is not NoticeState.SENDING:
            return "done"
        if found is not None and found.next_at is not None and found.next_at >= notice.at:
            return "busy"
        self.kept[notice.key] = notice
        return "mine"

    def queue_notice(self, notice: Notice) -> None:
        self._indexed.add(self.kept.setdefault(notice.key, notice).key)

    def change_notice(self, notice: Notice) -> bool:
        if self.forgetful:
            raise Unavailable("dynamodb")
        if self.kept[notice.key].version != notice.version - 1:
            return False
        self.kept[notice.key] = notice
        self._indexed.add(notice.key)
        return True

    def find_notices(self, keys: Sequence[str]) -> dict[str, Notice]:
        return {key: self.kept[key] for key in keys if key in self.kept}

    def notices_of(self, appeal_id: str) -> list[Notice]:
        found = [notice for notice in self.kept.values() if notice.appeal_id == appeal_id]
        return sorted(found, key=lambda notice: notice.created_at)

    def waiting(self, shard: int, now: datetime) -> Iterator[tuple[datetime, str]]:
        due = [
            (notice.next_at, key)
            for key, notice in self.kept.items()
            if notice.next_at is not None and notice.next_at <= now and key in self._indexed
        ]
        return iter(sorted(each for each in due if shard_of(each[1].split("/")[1]) == shard))

    def parked(self, shard: int) -> Iterator[str]:
        parked = (notice for notice in self.kept.values() if notice.state is NoticeState.PARKED)
        return iter(sorted(each.key for each in parked if shard_of(each.appeal_id) == shard))


class MemoryOptOuts:
    """``ports.OptOuts``."""

    def __init__(self) -> None:
        self.out: set[str] = set()

    def opt_out(self, index: str, now: datetime) -> None:
        self.out.add(index)

    def opt_in(self, index: str) -> None:
        self.out.discard(index)

    def has_opted_out(self, index: str) -> bool:
        return index in self.out


class MemoryProofs:
    """``ports.Proofs``."""

    def __init__(self) -> None:
        self.used: dict[str, datetime] = {}

    def was_used(self, proof: str) -> bool:
        return proof in self.used

    def mark_used(self, proof: str, until: datetime) -> None:
        self.used[proof] = until


class MemoryMessenger:
    """``ports.Messenger``; raises the ``failures`` first, one a message."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.failures: list[HotlineError] = []

    def send(self, message: Message) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
