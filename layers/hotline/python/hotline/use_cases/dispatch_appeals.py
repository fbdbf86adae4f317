"""派: find the agency for what has been registered, or ask an operator."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hotline.domain.actor import SYSTEM
from hotline.domain.appeal import Words
from hotline.domain.case import Assignment, Case
from hotline.domain.confidential import may_be_told
from hotline.domain.directory import Directories, Directory
from hotline.domain.dispatching import AppealFacts, Dispatch, Referral, decide
from hotline.domain.errors import HotlineError, NotFound, VersionConflict
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import command_fingerprint
from hotline.ports import CaseLists, Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import save_case
from hotline.use_cases.fold_repeats import Repeats


def dispatch_appeals(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    lists: CaseLists,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> dict[str, HotlineError]:
    """Decide for a batch of registered appeals, in the order of their registration.

    Two reads for all; a query for repeats and one write for each.

    Returns:
        What failed, by event id; everything else is dispatched, referred, joined to an earlier appeal
        with the same words, or was so before.
    """
    directory = directories.current()
    ids = [envelope.appeal_id for envelope in envelopes]
    loaded, said = cases.get_many(ids), words.words_of(ids)
    repeats = Repeats(loaded, cases=cases, lists=lists, directory=directory, now=now)
    failed: dict[str, HotlineError] = {}
    for envelope in sorted(envelopes, key=lambda envelope: (envelope.occurred_at, envelope.appeal_id)):
        try:
            case, text = loaded.get(envelope.appeal_id), said.get(envelope.appeal_id)
            if case is None or text is None:
                raise NotFound("appeal")
            command_id = command_fingerprint("dispatch", envelope.event_id)
            _dispatch_one(case, text, command_id, repeats, cases=cases, directory=directory, now=now)
        except HotlineError as error:
            failed[envelope.event_id] = error
            # What a failed write has left of a case in memory says nothing about the stored one.
            loaded.pop(envelope.appeal_id, None)
    unjoined = repeats.save()
    return failed | {
        envelope.event_id: unjoined[envelope.appeal_id]
        for envelope in envelopes
        if envelope.appeal_id in unjoined
    }


def facts_of(case: Case, words: Words, directory: Directory, now: Now) -> AppealFacts:
    """What a decision about a case may rest on."""
    return AppealFacts(
        text=words.text,
        on=now().astimezone(ZoneInfo(directory.city.timezone)).date(),
        service_code=case.service_code,
        district=case.district,
        subdistrict=case.subdistrict,
        address_text=words.place.address_text if words.place else None,
    )


def _dispatch_one(
    case: Case,
    words: Words,
    command_id: str,
    repeats: Repeats,
    *,
    cases: Cases,
    directory: Directory,
    now: Now,
) -> None:
    if case.status is not Status.REGISTERED or case.consulted or case.knows(command_id):
        return
    decision = _decision(case, words, directory, now)
    if not case.confidential:
        neighbours = repeats.neighbours(case, _place(case, decision))
        if leader := repeats.leader_of(case, neighbours):
            repeats.join(case, leader, command_id)
            return
        if repeats.over_quota(case, neighbours):
            decision = Referral(reasons=("quota",), catalogue_version=directory.version)
    if isinstance(decision, Referral):
        case.refer(decision.reasons, decision.candidates, at=now(), command_id=command_id)
    else:
        case.dispatch(
            _without_evidence(decision),
            by=SYSTEM,
            at=now(),
            command_id=command_id,
            timekeeper=PolicyTimekeeper.of(directory),
        )
    try:
        save_case(case, cases)
    except VersionConflict as error:
        raise Overtaken from error


def _place(case: Case, decision: Dispatch | Referral) -> tuple[str, str] | None:
    """Sub-district and service, as they were given or as the rules have found them."""
    found = decision if isinstance(decision, Dispatch) else case
    if found.subdistrict is None or found.service_code is None:
        return None
    return found.subdistrict, found.service_code


def _decision(case: Case, words: Words, directory: Directory, now: Now) -> Dispatch | Referral:
    """What the rules say; of a confidential report they know too little and would tell too much."""
    if case.confidential:
        return Referral(reasons=("confidential",), catalogue_version=directory.version)
    return decide(directory, facts_of(case, words, directory, now))


class Overtaken(HotlineError):
    """The citizen changed the case while it was being dispatched; the message comes back."""

    code = "overtaken"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again later")


def candidates_for(
    appeal_id: str, *, cases: Cases, words: WordsStore, directories: Directories, now: Now
) -> Dispatch | Referral:
    """What the rules make of an appeal now: for the operator who decides.

    Of a confidential report by its codes and released words; never the agency that it is about.
    """
    directory = directories.current()
    case = cases.get(appeal_id)
    decision = decide(directory, facts_of(case, words.words(appeal_id), directory, now))
    if isinstance(decision, Dispatch) and not may_be_told(case, decision.agency_id, directory):
        return Referral(reasons=("confidential",), catalogue_version=directory.version)
    return decision


def _without_evidence(decision: Dispatch) -> Assignment:
    return Assignment(**decision.model_dump(exclude={"evidence"}))
