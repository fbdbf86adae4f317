"""督: flag what looks like a concerted complaint against one agency (FAULTS S28).

Many appeals of one contact, or in like words, against one agency in a short time: each is put before a
reviewer, who alone can exclude it (剔除). Nothing is dropped and nothing is handled otherwise meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hotline.domain.appeal import Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, NotFound
from hotline.domain.events import Envelope
from hotline.domain.orders import ExclusionReason
from hotline.domain.signal_rules import SignalCode
from hotline.domain.signals import weigh
from hotline.domain.text_copies import Entry, alike, shelves_of, signature
from hotline.domain.tokens import command_fingerprint
from hotline.ports import CaseLists, Cases, RepliedWords, TextCopies
from hotline.ports import Clock as Now
from hotline.use_cases.weigh_signals import ask_reviewer

GIVEN = frozenset({"WorkOrderDispatched", "WorkOrderRedispatched"})
"""How an agency comes by an appeal."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def flag_mass_complaints(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    lists: CaseLists,
    words: RepliedWords,
    copies: TextCopies,
    directories: Directories,
    now: Now,
) -> dict[str, HotlineError]:
    """Count what each agency was given, and put before a reviewer what comes in masses.

    Of a confidential report neither the contact nor the words are known here: it is never counted.

    Returns:
        What failed, by event id.
    """
    given = {each.appeal_id: each for each in envelopes if each.name in GIVEN}
    directory = directories.current()
    if not given or not directory.signals.rules:
        return {}
    loaded = cases.get_many(list(given))
    said = words.words_of([each.appeal_id for each in loaded.values() if not each.confidential])
    flagging = _Flagging(cases, lists, copies, directory, now)
    failed: dict[str, HotlineError] = {}
    for appeal_id, envelope in given.items():
        try:
            if appeal_id not in loaded:
                raise NotFound("appeal")
            if agency_id := envelope.data.get("agency"):
                flagging.look_at(loaded[appeal_id], agency_id, said.get(appeal_id))
        except HotlineError as error:
            failed[envelope.event_id] = error
    return failed


def _window(at: datetime, hours: int) -> tuple[datetime, datetime]:
    """The stretch of so many hours, counted from 1970, in which a moment lies; its last second included."""
    length = timedelta(hours=hours)
    since = at - (at - _EPOCH) % length
    return since, since + length - timedelta(seconds=1)


class _Flagging:
    """Counts one appeal after another against its agency."""

    def __init__(
        self, cases: Cases, lists: CaseLists, copies: TextCopies, directory: Directory, now: Now
    ) -> None:
        self._cases = cases
        self._lists = lists
        self._copies = copies
        self._directory = directory
        self._policy = directory.signals
        self._now = now

    def look_at(self, case: Case, agency_id: str, words: Words | None) -> None:
        """Count an appeal, and flag it with those like it where they are too many."""
        since, until = _window(case.registered_at, self._policy.mass_hours)
        where = f"M/{agency_id}/{int(since.timestamp())}"
        together: dict[SignalCode, set[str]] = {
            "mass_contact": self._of_contact(case, agency_id, since, until),
            "mass_text": self._in_like_words(case, where, words),
        }
        values: dict[SignalCode, float | None] = {code: len(ids) for code, ids in together.items()}
        score, signals = weigh(values, self._policy)
        found = [signal.code for signal in signals if signal.found]
        if score >= self._policy.review_score:
            involved = {appeal_id for code in found for appeal_id in together[code]}
            for each in self._cases.get_many(sorted(involved)).values():
                self._flag(each, where, score, found)

    def _of_contact(self, case: Case, agency_id: str, since: datetime, until: datetime) -> set[str]:
        if case.citizen_index is None:
            return set()
        listed = self._lists.by_citizen(case.citizen_index, since, until)
        others = {each.appeal_id for each in listed} - {case.appeal_id}
        held = self._cases.get_many(sorted(others)).values() if others else ()
        return {case.appeal_id} | {each.appeal_id for each in held if each.agency_id == agency_id}

    def _in_like_words(self, case: Case, where: str, words: Words | None) -> set[str]:
        mine = Entry(case.appeal_id, signature(words.text) if words else "")
        shelves = shelves_of(mine.signed, where)
        if shelves is None:
            return set()
        entries = map(Entry.read, self._copies.enter(shelves, mine.text, self._now()))
        least = self._policy.copy_similarity
        return {each.appeal_id for each in entries if alike(mine.signed, each.signed) >= least}

    def _flag(self, case: Case, where: str, score: int, codes: Sequence[SignalCode]) -> None:
        """Ask a reviewer about one of them; the same mass asks once."""
        terms = {
            "reason": ExclusionReason.MASS_COMPLAINT.value,
            "score": score,
            "signals": list(codes),
        }
        command_id = command_fingerprint("mass complaint", where)
        ask_reviewer(
            case,
            "exclusion",
            terms,
            command_id,
            cases=self._cases,
            directory=self._directory,
            now=self._now,
        )
