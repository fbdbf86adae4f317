"""重复诉求: which appeals may be on the same matter, for the operator who takes one in or dispatches it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.appeal import Code, Contact, Place, Text
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.dispatching import AppealFacts, Dispatch, decide
from hotline.domain.lifecycle import Status
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.phrases import LIKENESS, STATUS
from hotline.domain.similarity import Likeness, Reason, similarity
from hotline.domain.tokens import Tokens
from hotline.ports import CaseLists, Cases, WordsStore
from hotline.ports import Clock as Now

_SHOWN = 10


class DraftAppeal(Frozen):
    """What a caller has said so far; nothing of it is stored."""

    text: Text
    service_code: Code | None = None
    place: Place | None = None
    contact: Contact | None = None


class ReasonView(Frozen):
    """One part of a score in words: how alike (0 to 1), and the points that it brought."""

    code: str
    share: float
    points: float
    text_zh: str
    text_en: str


class SimilarAppeal(Frozen):
    """An appeal that may be on the same matter: the first words only, with the reasons for the score.

    ``merged_into`` is the appeal that it is handled together with; ``members`` counts those that joined it.
    """

    appeal_id: str
    status: str
    status_zh: str
    status_en: str
    registered_at: datetime
    headline: str
    service: ServiceName | None = None
    agency_id: str | None = None
    agency_zh: str | None = None
    agency_en: str | None = None
    merged_into: str | None = None
    members: int
    score: float
    reasons: tuple[ReasonView, ...]


class SimilarAppeals(Frozen):
    """The likeliest first; empty when none comes near enough."""

    appeals: tuple[SimilarAppeal, ...]


class _Search(NamedTuple):
    """What is looked for, and over which time."""

    likeness: Likeness
    since: datetime
    until: datetime
    except_for: str | None = None


def similar_to_appeal(
    appeal_id: str,
    *,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> SimilarAppeals:
    """Appeals like a registered one, of the same citizen or about the same service in the same place.

    Nothing is compared with a confidential report, and none is ever found.
    """
    case = cases.get(appeal_id)
    if case.confidential:
        return SimilarAppeals(appeals=())
    directory = directories.current()
    search = _Search(
        likeness_of(case, words.words(appeal_id).text),
        since=case.registered_at - _window(directory),
        until=now(),
        except_for=appeal_id,
    )
    return _find(search, cases=cases, lists=lists, words=words, directory=directory)


def similar_to_draft(
    draft: DraftAppeal,
    *,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> SimilarAppeals:
    """Appeals like what a caller is saying, before it is registered; the rules guess what is not given."""
    directory, at = directories.current(), now()
    place = draft.place or Place()
    facts = AppealFacts(
        text=draft.text,
        on=at.astimezone(ZoneInfo(directory.city.timezone)).date(),
        service_code=draft.service_code if draft.service_code in directory.services else None,
        district=place.district,
        subdistrict=place.subdistrict,
        address_text=place.address_text,
    )
    decision = decide(directory, facts)
    found = decision if isinstance(decision, Dispatch) else facts
    identity = draft.contact.identity if draft.contact else None
    likeness = Likeness(
        text=draft.text,
        registered_at=at,
        citizen_index=tokens.citizen_index(identity) if identity else None,
        subdistrict=found.subdistrict,
        service_code=found.service_code,
    )
    search = _Search(likeness, since=at - _window(directory), until=at)
    return _find(search, cases=cases, lists=lists, words=words, directory=directory)


def likeness_of(case: Case, text: str) -> Likeness:
    """What is compared of a stored appeal."""
    return Likeness(
        text=text,
        registered_at=case.registered_at,
        citizen_index=case.citizen_index,
        subdistrict=case.subdistrict,
        service_code=case.service_code,
    )


def reasons_in_words(reasons: Iterable[Reason]) -> tuple[ReasonView, ...]:
    """The parts of a score as operators read them."""
    return tuple(
        ReasonView(
            **reason.model_dump(),
            text_zh=LIKENESS[reason.code].zh.format(percent=round(100 * reason.share)),
            text_en=LIKENESS[reason.code].en.format(percent=round(100 * reason.share)),
        )
        for reason in reasons
    )


def _find(
    search: _Search, *, cases: Cases, lists: CaseLists, words: WordsStore, directory: Directory
) -> SimilarAppeals:
    """Two queries, two batches of reads."""
    found = {
        appeal_id: case
        for appeal_id, case in cases.get_many(_neighbours(search, lists)).items()
        if not case.confidential and case.status is not Status.WITHDRAWN
    }
    said = words.words_of(list(found))
    alike = [
        (similarity(search.likeness, likeness_of(case, said[appeal_id].text), _window(directory)), case)
        for appeal_id, case in found.items()
        if appeal_id in said
    ]
    likely = [each for each in alike if each[0].score >= directory.policies.repeat_similarity]
    likely.sort(key=lambda each: (-each[0].score, each[1].registered_at, each[1].appeal_id))
    return SimilarAppeals(
        appeals=tuple(_shown(case, how.score, how.reasons, directory) for how, case in likely[:_SHOWN])
    )


def _neighbours(search: _Search, lists: CaseLists) -> list[str]:
    likeness, found = search.likeness, []
    if likeness.citizen_index:
        found += lists.by_citizen(likeness.citizen_index, search.since, search.until)
    if likeness.subdistrict and likeness.service_code:
        found += lists.by_place(likeness.subdistrict, likeness.service_code, search.since, search.until)
    ids = dict.fromkeys(each.appeal_id for each in found)
    return [appeal_id for appeal_id in ids if appeal_id != search.except_for]


def _shown(case: Case, score: float, reasons: Iterable[Reason], directory: Directory) -> SimilarAppeal:
    agency = directory.agencies.get(case.agency_id) if case.agency_id else None
    phrase = STATUS[case.status]
    return SimilarAppeal(
        appeal_id=case.appeal_id,
        status=case.status.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
        registered_at=case.registered_at,
        headline=case.headline,
        service=ServiceName.of(case, directory),
        agency_id=case.agency_id,
        agency_zh=agency.name_zh if agency else None,
        agency_en=agency.name_en if agency else None,
        merged_into=case.merged_into,
        members=case.members,
        score=score,
        reasons=reasons_in_words(reasons),
    )


def _window(directory: Directory) -> timedelta:
    return timedelta(days=directory.policies.repeat_window_days)
