"""Track, supplement and withdraw: what a citizen does with number and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from hotline.domain.actor import CITIZEN
from hotline.domain.answers import (
    AppealStatus,
    Emergency,
    SurveyLink,
    conclusion_told,
    joint_timeline,
    timeline_of,
)
from hotline.domain.appeal import Note
from hotline.domain.case import Case, emergency_numbers
from hotline.domain.directory import Directories, Directory
from hotline.domain.events import Event
from hotline.domain.identifiers import spoken
from hotline.domain.lifecycle import Status
from hotline.domain.orders import ServiceName, limits_of
from hotline.domain.phrases import CONCLUDED_STATUS, STATUS, Phrase
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import SurveyRef, Tokens, command_fingerprint
from hotline.ports import Cases, Notes, SealedWords, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note
from hotline.use_cases.open_case import Lent, open_case
from hotline.use_cases.whole_story import whole_story


def track_appeal(
    number: str,
    secret_key: str,
    *,
    cases: Cases,
    words: WordsStore,
    sealed: SealedWords,
    directories: Directories,
    tokens: Tokens,
    now: Now,
    lent: Lent | None = None,
) -> AppealStatus:
    """Tell how far an appeal is (条例 Art 8: the right to know)."""
    case = open_case(number, secret_key, cases, lent)
    events = whole_story(case, cases)
    cites_notes = any("note" in event.facts for event in events)
    kept: tuple[Notes, ...] = (words, sealed) if case.confidential else (words,)
    notes = (note for store in kept for note in store.notes(case.appeal_id)) if cites_notes else ()
    texts = {note.note_id: note.text for note in notes}
    leader = cases.get(case.merged_into) if case.merged_into else None
    return _status_of(case, leader, events, texts, directories.current(), tokens, now())


def supplement_appeal(
    number: str,
    secret_key: str,
    text: str,
    command_key: str,
    *,
    cases: Cases,
    words: WordsStore,
    sealed: SealedWords,
    now: Now,
    lent: Lent | None = None,
) -> Case:
    """Add the citizen's further words to an open appeal."""
    loaded = open_case(number, secret_key, cases, lent)
    command_id = command_fingerprint("supplement", command_key)

    def act(case: Case, at: datetime) -> None:
        case.supplement(command_id, by=CITIZEN, at=at, command_id=command_id)
        note = Note(note_id=command_id, by="citizen", at=at, text=text)
        keep_note(case, note, sealed if case.confidential else words)

    return change_case(loaded.appeal_id, command_id, act, cases=cases, now=now, loaded=loaded)


def withdraw_appeal(number: str, secret_key: str, command_key: str, *, cases: Cases, now: Now) -> Case:
    """Take an open appeal back."""
    loaded = open_case(number, secret_key, cases)
    command_id = command_fingerprint("withdraw", command_key)
    return change_case(
        loaded.appeal_id,
        command_id,
        lambda case, at: case.withdraw(by=CITIZEN, at=at, command_id=command_id),
        cases=cases,
        now=now,
        loaded=loaded,
    )


def _status_of(
    case: Case,
    leader: Case | None,
    events: Sequence[Event],
    texts: Mapping[str, str],
    directory: Directory,
    tokens: Tokens,
    at: datetime,
) -> AppealStatus:
    """How far it is: by the other order, while it is handled together with another appeal."""
    handled = leader if leader and case.status is Status.MERGED else case
    agency = directory.agencies.get(handled.agency_id) if handled.agency_id else None
    timeline, answered = timeline_of(events, texts), events
    if leader:
        asked_at = case.survey.opened_at if case.survey and handled is case else None
        timeline, answered = joint_timeline(timeline, leader, until=asked_at), leader.events
    phrase = status_phrase(case)
    return AppealStatus(
        tracking_number=case.appeal_id,
        tracking_number_spoken=spoken(case.appeal_id),
        version=case.version,
        type=case.appeal_type.value,
        confidential=case.confidential,
        service=ServiceName.of(case, directory),
        status=case.status.value,
        status_type=case.status.type.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
        agency_zh=agency.name_zh if agency else None,
        agency_en=agency.name_en if agency else None,
        registered_at=case.registered_at,
        due=limits_of(handled),
        resumes_at=handled.resumes_at,
        timeline=timeline,
        conclusion=conclusion_told(answered, texts) if case.conclusion else None,
        emergency=Emergency.of(emergency_numbers(events)),
        survey=survey_link(case, tokens) or _answer_to_change(case, directory, tokens, at),
    )


def status_phrase(case: Case) -> Phrase:
    """The status in the citizen's words."""
    said_by_hotline = CONCLUDED_STATUS.get(case.status) if case.conclusion else None
    return said_by_hotline or STATUS[case.status]


def survey_link(case: Case, tokens: Tokens) -> SurveyLink | None:
    """The survey that waits for the citizen; None while there is none."""
    if case.status is not Status.SURVEYING or case.survey is None:
        return None
    token = tokens.survey_token(SurveyRef(case.appeal_id, case.survey.number))
    return SurveyLink(token=token, expires_at=case.survey.expires_at)


def _answer_to_change(case: Case, directory: Directory, tokens: Tokens, at: datetime) -> SurveyLink | None:
    """The survey that was answered, as long as it can be answered otherwise."""
    if case.survey is None or not case.survey.answered:
        return None
    until = case.answer_changes_until(PolicyTimekeeper.of(directory))
    if until is None or at >= until:
        return None
    token = tokens.survey_token(SurveyRef(case.appeal_id, case.survey.number))
    return SurveyLink(token=token, expires_at=until, answered=True)
