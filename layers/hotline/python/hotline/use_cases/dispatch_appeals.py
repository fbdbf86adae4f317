"""派: find the agency for what has been registered, or ask an operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from hotline.domain.actor import SYSTEM, Actor
from hotline.domain.appeal import Words
from hotline.domain.case import Assignment, Case
from hotline.domain.directory import Directories, Directory, Level
from hotline.domain.dispatching import AppealFacts, Dispatch, Referral, decide
from hotline.domain.errors import HotlineError, InvalidInput, NotFound, VersionConflict
from hotline.domain.events import Envelope
from hotline.domain.lifecycle import Status
from hotline.domain.model import Frozen
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import command_fingerprint
from hotline.ports import Cases, WordsStore
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case
from hotline.use_cases.register_appeal import is_place


def dispatch_appeals(
    envelopes: Sequence[Envelope],
    *,
    cases: Cases,
    words: WordsStore,
    directories: Directories,
    now: Now,
) -> dict[str, HotlineError]:
    """Decide for a batch of registered appeals: two reads for all, one write each.

    Returns:
        What failed, by event id; everything else is dispatched, referred, or was so before.
    """
    directory = directories.current()
    ids = [envelope.appeal_id for envelope in envelopes]
    loaded, said = cases.get_many(ids), words.words_of(ids)
    failed: dict[str, HotlineError] = {}
    for envelope in envelopes:
        try:
            _dispatch_one(envelope, loaded, said, cases=cases, directory=directory, now=now)
        except HotlineError as error:
            failed[envelope.event_id] = error
    return failed


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
    envelope: Envelope,
    loaded: Mapping[str, Case],
    said: Mapping[str, Words],
    *,
    cases: Cases,
    directory: Directory,
    now: Now,
) -> None:
    case, words = loaded.get(envelope.appeal_id), said.get(envelope.appeal_id)
    if case is None or words is None:
        raise NotFound("appeal")
    command_id = command_fingerprint("dispatch", envelope.event_id)
    if case.status is not Status.REGISTERED or case.knows(command_id):
        return
    decision = decide(directory, facts_of(case, words, directory, now))
    if isinstance(decision, Referral):
        case.refer(decision.reasons, decision.candidates, at=now(), command_id=command_id)
    else:
        case.dispatch(
            _without_evidence(decision),
            by=SYSTEM,
            at=now(),
            command_id=command_id,
            timekeeper=PolicyTimekeeper(directory.sla, directory.calendars),
        )
    try:
        cases.save(case)
    except VersionConflict as error:
        raise Overtaken from error


class Overtaken(HotlineError):
    """The citizen changed the case while it was being dispatched; the message comes back."""

    code = "overtaken"
    status = 409
    retryable = True

    def __init__(self) -> None:
        super().__init__("该件刚被更新，稍后重试", "The case has just changed; tried again later")


class DispatchByOperator(Frozen):
    """An operator's decision about an appeal in the queue, or about a returned order."""

    agency_id: str
    service_code: str | None = None
    district: str | None = None
    subdistrict: str | None = None


def dispatch_by_operator(
    appeal_id: str,
    command: DispatchByOperator,
    *,
    by: Actor,
    command_id: str,
    expected_version: int | None,
    cases: Cases,
    directories: Directories,
    now: Now,
) -> Case:
    """Dispatch or redispatch by hand.

    Raises:
        InvalidInput: the agency, the service or the place is not in the directory.
    """
    directory = directories.current()

    def act(case: Case) -> None:
        case.dispatch(
            _assignment(command, case, directory),
            by=by,
            at=now(),
            command_id=command_id,
            timekeeper=PolicyTimekeeper(directory.sla, directory.calendars),
        )

    return change_case(appeal_id, command_id, act, cases=cases, expected_version=expected_version)


def candidates_for(
    appeal_id: str, *, cases: Cases, words: WordsStore, directories: Directories, now: Now
) -> Dispatch | Referral:
    """What the rules make of an appeal now: for the operator who decides."""
    directory = directories.current()
    case = cases.get(appeal_id)
    return decide(directory, facts_of(case, words.words(appeal_id), directory, now))


def _assignment(command: DispatchByOperator, case: Case, directory: Directory) -> Assignment:
    code = command.service_code or case.service_code or directory.policies.default_service
    subdistrict = command.subdistrict or case.subdistrict
    district = command.district or directory.district_of(subdistrict) or case.district
    known = {
        "agency_id": command.agency_id in directory.agencies,
        "service_code": code in directory.services,
        "district": district is None or is_place(directory, district, Level.DISTRICT),
        "subdistrict": subdistrict is None or is_place(directory, subdistrict, Level.SUBDISTRICT),
    }
    errors = [
        {"field": field, "message": "目录中没有此代码", "message_en": "is not in the directory"}
        for field, is_known in known.items()
        if not is_known
    ]
    if errors:
        raise InvalidInput(errors)
    agency = directory.agencies[command.agency_id]
    above = directory.district_of(agency.jurisdiction) if agency.level is Level.SUBDISTRICT else None
    return Assignment(
        agency_id=command.agency_id,
        copy_to=directory.seat(above) if above else None,
        service_code=code,
        tier=directory.services[code].tier,
        district=district,
        subdistrict=subdistrict,
        rule_id="operator",
        catalogue_version=directory.version,
        decided_by="operator",
    )


def _without_evidence(decision: Dispatch) -> Assignment:
    return Assignment(**decision.model_dump(exclude={"evidence"}))
