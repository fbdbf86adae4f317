"""督: weigh what makes an agency's "done" doubtful, and ask a reviewer where it adds up (FAULTS S29).

A finding punishes nobody: it changes no status and no rate, and only a reviewer can say what it means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from hotline.domain.actor import SYSTEM
from hotline.domain.appeal import Note, Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import HotlineError, NotFound, TransitionNotAllowed, VersionConflict
from hotline.domain.events import Envelope
from hotline.domain.side_orders import ReviewSubject
from hotline.domain.signals import Done, Finding, Said, StockPhrases, measure, times_done, weigh
from hotline.domain.tallies import month_of
from hotline.domain.text_copies import Copies, Entry, copies_of, shelves_of, signature
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import command_fingerprint
from hotline.ports import Cases, Evidence, Findings, RepliedWords, TextCopies
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case

WEIGHED = frozenset({"WorkOrderResolved", "WorkOrderReopened", "WorkOrderClosed", "SurveyAnswerChanged"})
"""What an agency says, and what the citizen says about it."""


class ReviewOvertaken(HotlineError):
    """The case kept changing while a review of it was being asked for; the message comes back."""

    code = "review-overtaken"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again later")


class _Looked(NamedTuple):
    """One "done" that a batch is about, with the event that asks for it."""

    envelope: Envelope
    case: Case
    done: Done

    @property
    def new(self) -> bool:
        """Whether it has just been said, and is not yet among the replies that others are compared with."""
        return self.envelope.name == "WorkOrderResolved"


def weigh_signals(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    words: RepliedWords,
    evidence: Evidence,
    copies: TextCopies,
    findings: Findings,
    directories: Directories,
    now: Now,
) -> dict[str, HotlineError]:
    """Weigh every "done" that a batch of events is about, from the case as it stands.

    What was found is kept in the place of what was found before about the same "done"; from the
    policy's score on a review is asked for, one at a time, and anew only when other signals were found.

    Returns:
        What failed, by event id.
    """
    wanted = [each for each in envelopes if each.name in WEIGHED]
    directory = directories.current()
    if not wanted or not directory.signals.rules:
        return {}
    loaded = cases.get_many([each.appeal_id for each in wanted])
    looked = list(_looked(wanted, loaded))
    failed: dict[str, HotlineError] = {
        each.event_id: NotFound("appeal") for each in wanted if each.appeal_id not in loaded
    }
    if not looked:
        return failed
    said = words.words_of([each.case.appeal_id for each in looked if not each.case.confidential])
    replies = words.notes_of([(each.case.appeal_id, each.done.note_id) for each in looked])
    named = [
        (each.case.appeal_id, picture)
        for each in looked
        if _wants_pictures(each.case, directory)
        and (reply := replies.get((each.case.appeal_id, each.done.note_id)))
        for picture in reply.attachments
    ]
    arrived = evidence.arrived(named, now()) if named else set()
    weighing = _Weighing(cases, arrived, copies, findings, directory, now)
    for each in looked:
        key = (each.case.appeal_id, each.done.note_id)
        try:
            weighing.weigh(each, said.get(each.case.appeal_id), replies.get(key))
        except HotlineError as error:
            failed[each.envelope.event_id] = error
    return failed


def _looked(envelopes: Iterable[Envelope], loaded: Mapping[str, Case]) -> Iterator[_Looked]:
    """The latest "done" not after each event, each once, and new if the batch has the word itself."""
    seen: set[tuple[str, int]] = set()
    for number, envelope in ((_number(each), each) for each in sorted(envelopes, key=_number)):
        case = loaded.get(envelope.appeal_id)
        before = [] if case is None else [done for done in times_done(case) if done.number <= number]
        if case is not None and before and (case.appeal_id, before[-1].number) not in seen:
            seen.add((case.appeal_id, before[-1].number))
            yield _Looked(envelope, case, before[-1])


def _number(envelope: Envelope) -> int:
    return int(envelope.event_id.partition(":")[2])


class _Weighing:
    """Weighs one "done" after another by the directory in force."""

    def __init__(
        self,
        cases: Cases,
        arrived: set[tuple[str, str]],
        copies: TextCopies,
        findings: Findings,
        directory: Directory,
        now: Now,
    ) -> None:
        self._cases = cases
        self._arrived = arrived
        self._copies = copies
        self._findings = findings
        self._directory = directory
        self._policy = directory.signals
        self._phrases = StockPhrases(directory.signals.phrases)
        self._now = now

    def weigh(self, looked: _Looked, words: Words | None, reply: Note | None) -> None:
        """Keep what is found, and ask for a review where it adds up."""
        _, case, done = looked
        month = month_of(done.at, self._directory.city.timezone)
        said = self._said(looked, month, words, reply)
        score, signals = weigh(measure(done, said, self._phrases), self._policy)
        if not score:
            return
        finding = Finding(
            appeal_id=case.appeal_id,
            number=done.number,
            agency_id=done.agency_id,
            service_code=case.service_code,
            resolved_at=done.at,
            catalogue=self._directory.version,
            score=score,
            signals=signals,
        )
        self._findings.keep_finding(month, finding, case.version)
        if score >= self._policy.review_score:
            terms = {"score": score, "signals": finding.codes}
            ask_reviewer(
                case,
                "suspicion",
                terms,
                command_fingerprint("suspicion", str(done.number), *finding.codes),
                cases=self._cases,
                directory=self._directory,
                now=self._now,
            )

    def _said(self, looked: _Looked, month: str, words: Words | None, reply: Note | None) -> Said:
        if reply is None:
            return Said()
        pictures = sum((looked.case.appeal_id, each) in self._arrived for each in reply.attachments)
        return Said(
            appeal=words.text if words else None,
            reply=reply.text,
            pictures=pictures if _wants_pictures(looked.case, self._directory) else None,
            copies=self._copies_of(looked, month, reply.text),
        )

    def _copies_of(self, looked: _Looked, month: str, text: str) -> Copies | None:
        entry = Entry(looked.case.appeal_id, signature(text))
        shelves = shelves_of(entry.signed, f"R/{looked.done.agency_id}/{month}")
        if shelves is None:
            return None
        copies = self._copies
        texts = copies.enter(shelves, entry.text, self._now()) if looked.new else copies.look(shelves)
        return copies_of(entry, map(Entry.read, texts), self._policy.copy_similarity)


def _wants_pictures(case: Case, directory: Directory) -> bool:
    service = directory.services.get(case.service_code or "")
    return service is not None and service.evidence_required


def ask_reviewer(
    case: Case,
    about: ReviewSubject,
    terms: Mapping[str, object],
    command_id: str,
    *,
    cases: Cases,
    directory: Directory,
    now: Now,
) -> None:
    """Let the system ask for a review, once a command; not while one of that subject is open.

    A case that nobody can judge (any more) is passed over.

    Raises:
        ReviewOvertaken: others keep saving the case.
    """

    if case.knows(command_id) or case.under_review(about):
        return

    def act(case: Case, at: datetime) -> None:
        timekeeper = PolicyTimekeeper.of(directory)
        case.ask_review(
            about, by=SYSTEM, at=at, command_id=command_id, timekeeper=timekeeper, terms=dict(terms)
        )

    try:
        # Not on the loaded case: what a failed write has left of it says nothing about the stored one.
        change_case(case.appeal_id, command_id, act, cases=cases, now=now)
    except TransitionNotAllowed:
        return
    except VersionConflict as error:
        raise ReviewOvertaken from error
