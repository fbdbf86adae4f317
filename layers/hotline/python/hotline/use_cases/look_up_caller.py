"""接: what a caller said before: for the operator on the telephone, and on record (PIPL Art 45, 51).

Only what was registered within ``PhoneCodeLimits.trust_days`` is shown: what is older may be of somebody who
had the number before (FAULTS S43). Confidential reports are in no citizen's index, so they cannot appear.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from hotline.domain.actor import Actor
from hotline.domain.appeal import Contact
from hotline.domain.case import Case
from hotline.domain.directory import Directories, Directory
from hotline.domain.errors import InvalidInput
from hotline.domain.identifiers import spoken, token
from hotline.domain.model import Frozen
from hotline.domain.orders import ServiceName
from hotline.domain.phones import e164, masked
from hotline.domain.tokens import Tokens
from hotline.ports import CaseLists, Cases, Look, Looks
from hotline.ports import Clock as Now
from hotline.use_cases.follow_appeal import status_phrase

SHOWN = 10
_LOOKS = 100


class Caller(Frozen):
    """Who is calling.

    Example:
        >>> Caller(phone="138 0013 8000").phone
        '138 0013 8000'
    """

    phone: str = Field(min_length=1, max_length=24, repr=False)


class EarlierAppeal(Frozen):
    """An appeal of the caller: its first words with every long number masked, and how far it is."""

    appeal_id: str
    tracking_number_spoken: str
    type: str
    service: ServiceName | None = None
    headline: str
    status: str
    status_type: str
    status_zh: str
    status_en: str
    agency_zh: str | None = None
    agency_en: str | None = None
    merged_into: str | None = None
    registered_at: datetime


class EarlierAppeals(Frozen):
    """What a caller said before, the newest first.

    Attributes:
        caller: the number, masked.
        since: what was registered before is not shown.
        more: there is more than is shown.
    """

    caller: str
    appeals: tuple[EarlierAppeal, ...]
    since: datetime
    more: bool = False


class LookView(Frozen):
    """Somebody of the hotline looked the caller up and was shown so many appeals."""

    at: datetime
    by: str
    shown: int


class LooksAtCaller(Frozen):
    """Who looked one caller up, the latest first."""

    caller: str
    looks: tuple[LookView, ...]


def look_up_caller(
    caller: Caller,
    *,
    by: Actor,
    entropy: bytes,
    cases: Cases,
    lists: CaseLists,
    looks: Looks,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> EarlierAppeals:
    """Record the look, then show what the caller said before: never the other way round.

    Args:
        entropy: 16 bytes or more, new for each call: every call is a look of its own.

    Raises:
        InvalidInput: it is no telephone number.
    """
    at, number = now(), _number(caller)
    index = _index(number, tokens)
    directory = directories.current()
    since = at - timedelta(days=directory.policies.phone_codes.trust_days)
    found = lists.by_citizen(index, since, at)
    newest = sorted(found, key=lambda each: (each.registered_at, each.appeal_id), reverse=True)
    known = cases.get_many([each.appeal_id for each in newest[:SHOWN]]) if newest else {}
    # Held a second time by the case itself: an index may lag behind its table.
    own = [
        known[each.appeal_id]
        for each in newest[:SHOWN]
        if each.appeal_id in known and known[each.appeal_id].citizen_index == index
    ]
    looks.keep_look(index, Look(look_id=token(entropy), at=at, by=by.signature, shown=len(own)))
    return EarlierAppeals(
        caller=masked(number),
        appeals=tuple(_shown(case, directory) for case in own if not case.confidential),
        since=since,
        more=len(newest) > SHOWN,
    )


def list_looks(caller: Caller, *, looks: Looks, tokens: Tokens) -> LooksAtCaller:
    """Who looked a number up: for whoever audits, and for the person's own right to know (PIPL Art 45).

    Raises:
        InvalidInput: it is no telephone number.
    """
    number = _number(caller)
    found = looks.looks(_index(number, tokens), _LOOKS)
    return LooksAtCaller(
        caller=masked(number),
        looks=tuple(LookView(at=each.at, by=each.by, shown=each.shown) for each in found),
    )


def _number(caller: Caller) -> str:
    number = e164(caller.phone)
    if number is None:
        raise InvalidInput.field("phone", "不是有效的电话号码", "is not a telephone number")
    return number


def _index(number: str, tokens: Tokens) -> str:
    return tokens.citizen_index(Contact(phone=number).identity or number)


def _shown(case: Case, directory: Directory) -> EarlierAppeal:
    agency = directory.agencies.get(case.agency_id) if case.agency_id else None
    phrase = status_phrase(case)
    return EarlierAppeal(
        appeal_id=case.appeal_id,
        tracking_number_spoken=spoken(case.appeal_id),
        type=case.appeal_type.value,
        service=ServiceName.of(case, directory),
        headline=case.headline,
        status=case.status.value,
        status_type=case.status.type.value,
        status_zh=phrase.zh,
        status_en=phrase.en,
        agency_zh=agency.name_zh if agency else None,
        agency_en=agency.name_en if agency else None,
        merged_into=case.merged_into,
        registered_at=case.registered_at,
    )
