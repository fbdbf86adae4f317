"""Open311: which requests there are and how far they are, for everybody, and for apps what they have sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hotline.domain.case import Case
from hotline.domain.directory import Directory
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.identifiers import parse_tracking_number
from hotline.domain.open311.api_keys import ApiKey
from hotline.domain.open311.catalogue import named
from hotline.domain.open311.queries import MOST_ROWS, Span, Wanted
from hotline.domain.open311.requests import (
    UPDATES,
    PublicRequest,
    PublicUpdate,
    expected_at,
    is_public,
    owner_of,
    public_events,
    updated_at,
)
from hotline.domain.open311.status import NOTES, public_status
from hotline.domain.open311.wire import w3c
from hotline.domain.phrases import Phrase
from hotline.ports import Cases, PublicRequests

AT_ONCE = 100
"""Cases that are read in one call."""

EXAMINED = 5_000
"""So many requests are looked at for one answer; a question that needs more is refused, not half answered."""

Entry = dict[str, Any]


class Reader(NamedTuple):
    """Who reads, and how it is told.

    Attributes:
        key: the app's, if it has shown one: it sees all that it has sent.
        extended: whether what the specification does not know is wanted too.
    """

    directory: Directory
    language: str
    key: ApiKey | None = None
    extended: bool = False

    def may_see(self, case: Case) -> bool:
        """Whether this reader may know of an appeal."""
        own = self.key is not None and owner_of(case) == self.key.key_id
        return own or is_public(case, self.directory)

    def say(self, phrase: Phrase) -> str:
        """A sentence in the language that was asked for."""
        return phrase.en if self.language == "en" else phrase.zh

    def at(self, moment: datetime) -> str:
        """A moment in the city's time."""
        return w3c(moment.astimezone(ZoneInfo(self.directory.city.timezone)))


class _Kept(NamedTuple):
    """A request as it may come into question, with what is kept of it if that has been read."""

    appeal_id: str
    request: PublicRequest | None = None


class _Found(NamedTuple):
    case: Case
    request: PublicRequest


def show_request(number: str, reader: Reader, *, cases: Cases, requests: PublicRequests) -> Entry:
    """One request.

    Raises:
        NotFound: there is none, or it is not for this reader; the two are never told apart.
    """
    ids = [appeal_id] if (appeal_id := parse_tracking_number(number)) else []
    for found in _joined((_Kept(each) for each in ids), reader, cases, requests):
        return _entry(found, reader)
    raise NotFound("service request")


def show_token(number: str, *, reader: Reader, cases: Cases, requests: PublicRequests) -> Entry:
    """The request of a token. Every service here is ``realtime``: the id is its own token."""
    entry = show_request(number, reader, cases=cases, requests=requests)
    return {"service_request_id": entry["service_request_id"], "token": entry["service_request_id"]}


def list_requests(
    asked: Wanted, reader: Reader, *, cases: Cases, requests: PublicRequests, now: datetime
) -> list[Entry]:
    """The requests that are asked for, the newest first.

    Raises:
        InvalidInput: too many requests would have to be looked at.
    """
    if asked.ids is not None:
        parsed = (parse_tracking_number(each) for each in asked.ids)
        candidates: Iterator[_Kept] = (_Kept(each) for each in dict.fromkeys(filter(None, parsed)))
        found = _joined(candidates, reader, cases, requests)
    else:
        candidates = _candidates(asked, requests, now)
        joined = _joined(candidates, reader, cases, requests, bounded=True)
        found = (each for each in joined if _fits(each, asked))
    page = islice(found, asked.skip, asked.skip + asked.take)
    return [_entry(each, reader) for each in page]


def list_updates(span: Span, reader: Reader, *, cases: Cases, requests: PublicRequests) -> list[Entry]:
    """Updates of a time, the oldest first, at most a thousand: ask again from the last one's time on."""
    entries: list[Entry] = []
    updates = requests.updates(span.start, span.end, newest_first=False)
    while len(entries) < MOST_ROWS and (batch := list(islice(updates, AT_ONCE))):
        known = cases.get_many([each.appeal_id for each in batch])
        for update in batch:
            case = known.get(update.appeal_id)
            if case is not None and reader.may_see(case):
                entries.append(_update_entry(update, reader))
    return entries[:MOST_ROWS]


def _candidates(asked: Wanted, requests: PublicRequests, now: datetime) -> Iterator[_Kept]:
    """What may fit, by the shortest way: the log of updates for what has changed or closed lately."""
    if asked.updated is not None:
        told = requests.updates(asked.updated.start, asked.updated.end, newest_first=True)
        begun = _of_span(asked, asked.updated, requests)
        return _each_once(chain((_Kept(each.appeal_id) for each in told), begun))
    if asked.statuses == {"closed"}:
        told = requests.updates(asked.span.start, now, newest_first=True)
        return _each_once(_Kept(each.appeal_id) for each in told if each.status == "closed")
    return _of_span(asked, asked.span, requests)


def _of_span(asked: Wanted, span: Span, requests: PublicRequests) -> Iterator[_Kept]:
    for each in requests.newest(span.start, span.end, sorted(asked.service_codes)):
        yield _Kept(each.appeal_id, each)


def _each_once(candidates: Iterable[_Kept]) -> Iterator[_Kept]:
    seen: set[str] = set()
    for each in candidates:
        if each.appeal_id not in seen:
            seen.add(each.appeal_id)
            yield each


def _joined(
    candidates: Iterator[_Kept],
    reader: Reader,
    cases: Cases,
    requests: PublicRequests,
    *,
    bounded: bool = False,
) -> Iterator[_Found]:
    """Those that there are and that this reader may see, with their cases as they stand now.

    Raises:
        InvalidInput: ``bounded``, and there are more to look at than are looked at.
    """
    examined = 0
    while batch := list(islice(candidates, AT_ONCE)):
        if bounded and examined >= EXAMINED:
            raise InvalidInput.field(
                "start_date",
                "范围内的诉求过多，请缩短时间范围或限定 service_code",
                "too many requests lie in that range; shorten it, or name a service_code",
            )
        examined += len(batch)
        known = {
            appeal_id: case
            for appeal_id, case in cases.get_many([each.appeal_id for each in batch]).items()
            if reader.may_see(case)
        }
        unread = [known[each.appeal_id] for each in batch if each.request is None and each.appeal_id in known]
        kept = requests.find([(case.appeal_id, case.registered_at) for case in unread])
        for each in batch:
            request = each.request or kept.get(each.appeal_id)
            if request is not None and each.appeal_id in known:
                yield _Found(known[each.appeal_id], request)


def _fits(found: _Found, asked: Wanted) -> bool:
    case, request = found
    return (
        public_status(case.status) in asked.statuses
        and (not asked.service_codes or case.service_code in asked.service_codes)
        and asked.span.holds(case.registered_at)
        and (asked.updated is None or asked.updated.holds(updated_at(case)))
        and (asked.box is None or asked.box.holds(request.lat, request.long))
    )


BULK_COLUMNS = (
    "service_request_id",
    "requested_datetime",
    "updated_datetime",
    "closed_date",
    "status_description",
    "status_notes",
    "source",
    "service_name",
    "service_subtype",
    "description",
    "agency_responsible",
    "address",
    "lat",
    "long",
)
"""The columns of the bulk format (GeoReport bulk §"Fields"), in its order."""


def bulk_row(case: Case, request: PublicRequest, reader: Reader) -> Entry:
    """A request as a line of the bulk format: what everybody may read of it, and no more.

    ``service_subtype`` is the service; ``service_name`` the shelf of the catalogue that it lies on.
    """
    entry = _entry(_Found(case, request), reader)
    service = reader.directory.services.get(case.service_code or "")
    group = reader.directory.groups.get(service.group) if service else None
    told = {
        **entry,
        "closed_date": entry["updated_datetime"] if entry["status"] == "closed" else None,
        "status_description": entry["status"],
        "source": case.channel,
        "service_name": named(group, reader.language) if group else None,
        "service_subtype": entry["service_name"],
    }
    return {column: told[column] for column in BULK_COLUMNS}


def _entry(found: _Found, reader: Reader) -> Entry:
    """A request as GeoReport v2 tells it (§"GET Service Requests")."""
    case, request = found
    directory = reader.directory
    service = directory.services.get(case.service_code or "")
    agency = directory.agencies.get(case.agency_id) if case.agency_id else None
    place = case.subdistrict or case.district
    expected = expected_at(case)
    return {
        "service_request_id": case.appeal_id,
        "status": public_status(case.status),
        "status_notes": reader.say(NOTES[case.status]),
        "service_name": named(service, reader.language) if service else None,
        "service_code": case.service_code,
        "description": request.text,
        "agency_responsible": named(agency, reader.language) if agency else None,
        "requested_datetime": reader.at(case.registered_at),
        "updated_datetime": reader.at(updated_at(case)),
        "expected_datetime": reader.at(expected) if expected else None,
        "address": request.address or _place_name(place, reader),
        "address_id": place,
        "lat": request.lat,
        "long": request.long,
        "media_url": request.media_url,
        **(_extensions(case, reader) if reader.extended else {}),
    }


def _place_name(code: str | None, reader: Reader) -> str | None:
    """District and sub-district in words."""
    around = list(reversed(reader.directory.within(code)))[1:]
    names = [named(each, reader.language) for each in around]
    return (", ".join(reversed(names)) if reader.language == "en" else "".join(names)) or None


def _extensions(case: Case, reader: Reader) -> Entry:
    """What is ours beyond the specification (``extensions=true``)."""
    service = reader.directory.services.get(case.service_code or "")
    agency = reader.directory.agencies.get(case.agency_id or "")
    told = {
        "status": case.status.value,
        "status_type": case.status.type.value,
        "channel": case.channel,
        "appeal_type": case.appeal_type.value,
        "district": case.district,
        "subdistrict": case.subdistrict,
        "agency_id": case.agency_id,
        "service_name_zh": service.name_zh if service else None,
        "service_name_en": service.name_en if service else None,
        "agency_name_zh": agency.name_zh if agency else None,
        "agency_name_en": agency.name_en if agency else None,
    }
    notes = [
        {"datetime": reader.at(event.at), "description": reader.say(UPDATES[event.name]), "type": event.name}
        for event in public_events(case)
    ]
    return {"extended_attributes": told, "notes": notes}


def _update_entry(update: PublicUpdate, reader: Reader) -> Entry:
    return {
        "update_id": update.update_id,
        "service_request_id": update.appeal_id,
        "status": update.status,
        "updated_datetime": reader.at(update.at),
        "description": update.text or reader.say(UPDATES[update.event]),
    }
