"""Agencies' Open311 endpoints over HTTP: GeoReport v2 from the client's side.

Only the directory says where to; https only, except to this machine where the stack allows it; no redirect is
followed, no compression accepted, and an answer is cut off by size and by time (FAULTS S16, S17, S46). The
key goes in the body of a POST and nowhere else. Whatever the answer holds is text until it is checked here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import urllib3

from hotline.adapters.georeport_answers import read_answer
from hotline.adapters.outbound import is_safe, is_this_machine, never_stood
from hotline.domain.far_ends import (
    Accepted,
    FarAnswerLost,
    FarEnd,
    FarEndRefused,
    FarEndUnavailable,
    FarReport,
    FarRequest,
    FarUpdate,
)

LONGEST_ANSWER = 2_000_000
"""Bytes: a thousand requests with long descriptions, and no more."""

LONGEST_WAIT_S = 20.0
"""Seconds for one answer from its first byte to its last, however slowly it drips."""

_TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
_BUSY = frozenset({429})
_LONGEST_ID = 100
_LONGEST_TEXT = 10_000
_CLOSED = frozenset(
    {"closed", "fixed", "no further action", "not responsible", "duplicate", "internal referral"}
)
"""Of a request only ``closed``; updates of FixMyStreet know more words for it."""


class GeoReportEndpoints:
    """Implements ``ports.FarEnds``.

    Args:
        key_of: gives an agency's API key; None when there is none.
        here: whether endpoints on this machine are allowed, by plain http: for the embedded AWS.
    """

    def __init__(self, key_of: Callable[[str], str | None], *, here: bool = False) -> None:
        self._key_of = key_of
        self._here = here
        self._http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def create(self, far_end: FarEnd, form: Mapping[str, str]) -> Accepted:
        """Post a request (GeoReport v2 §"POST Service Request")."""
        answer = _first(self._post(far_end, "requests", form))
        request_id, token = _id(answer.get("service_request_id")), _id(answer.get("token"))
        if request_id is None and token is None:
            raise FarAnswerLost("the answer has neither service_request_id nor token")
        return Accepted(request_id, None if request_id else token)

    def find(self, far_end: FarEnd, service_code: str, since: datetime, until: datetime) -> list[FarReport]:
        """The requests of a service that were made in a time (GeoReport v2 §"GET Service Requests")."""
        asked = {"service_code": service_code, "start_date": _w3c(since), "end_date": _w3c(until)}
        return _reports(self._get(far_end, "requests", asked))

    def reports(self, far_end: FarEnd, request_ids: Sequence[str]) -> list[FarReport]:
        """How requests stand; those that the list leaves out are asked for one by one."""
        found = _reports(self._get(far_end, "requests", {"service_request_id": ",".join(request_ids)}))
        wanted = set(request_ids)
        found = [each for each in found if each.request_id in wanted]
        for missing in sorted(wanted - {each.request_id for each in found}) if len(request_ids) > 1 else ():
            try:
                one = self._get(far_end, f"requests/{quote(missing, safe='')}", {})
            except FarEndRefused:
                continue
            found += (each for each in _reports(one) if each.request_id == missing)
        return found

    def number_of(self, far_end: FarEnd, token: str) -> str | None:
        """The number that a token has become (GeoReport v2 §"GET service_request_id from a token")."""
        try:
            answer = _first(self._get(far_end, f"tokens/{quote(token, safe='')}", {}))
        except FarEndRefused:
            return None  # many servers answer 404 until there is one
        return _id(answer.get("service_request_id"))

    def updates(self, far_end: FarEnd, since: datetime, until: datetime) -> list[FarUpdate]:
        """What was published about requests (the extension ``servicerequestupdates``), oldest first."""
        answer = self._get(
            far_end, "servicerequestupdates", {"start_date": _w3c(since), "end_date": _w3c(until)}
        )
        found = []
        for row in _rows(answer):
            update_id, request_id = _id(row.get("update_id")), _id(row.get("service_request_id"))
            if update_id and request_id:
                found.append(
                    (
                        _text(row.get("updated_datetime")),
                        FarUpdate(update_id, request_id, _closed(row), _text(row.get("description"))),
                    )
                )
        return [update for _, update in sorted(found)]

    def post_update(
        self, far_end: FarEnd, request: FarRequest, update_id: str, text: str, at: datetime
    ) -> None:
        """Tell it something about a request (the extension ``servicerequestupdates``)."""
        form = {
            "update_id": update_id,
            "service_request_id": request.request_id or "",
            "status": "OPEN",
            "updated_datetime": _w3c(at),
            "description": text,
        }
        if far_end.jurisdiction_id:
            form["jurisdiction_id"] = far_end.jurisdiction_id
        self._post(far_end, "servicerequestupdates", form)

    # --- HTTP ----------------------------------------------------------------------------------------

    def _post(self, far_end: FarEnd, resource: str, form: Mapping[str, str]) -> Any:
        key = self._key_of(far_end.agency_id)
        if key is None:
            raise FarEndRefused("no API key is kept for it; run: hotline open311 key")
        return self._call(
            far_end, "POST", f"{resource}.{far_end.format}", urlencode({**form, "api_key": key})
        )

    def _get(self, far_end: FarEnd, resource: str, asked: Mapping[str, str]) -> Any:
        if far_end.jurisdiction_id:
            asked = {**asked, "jurisdiction_id": far_end.jurisdiction_id}
        query = f"?{urlencode(asked)}" if asked else ""
        return self._call(far_end, "GET", f"{resource}.{far_end.format}{query}", None)

    def _call(self, far_end: FarEnd, method: str, rest: str, body: str | None) -> Any:
        url = f"{far_end.endpoint.rstrip('/')}/{rest}"
        if not is_safe(far_end.endpoint, here=self._here):
            raise FarEndRefused("its endpoint is neither https nor allowed on this machine")
        headers = {"User-Agent": "hotline", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        try:
            answer = self._http.request(
                method,
                _here(url, headers),
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            trouble = FarEndUnavailable if never_stood(error) else FarAnswerLost
            raise trouble(f"no answer ({type(error).__name__})") from error
        try:
            text = _whole(answer)
        except urllib3.exceptions.HTTPError as error:
            raise FarAnswerLost(f"half an answer ({type(error).__name__})") from error
        finally:
            answer.close()
        return _judged(answer.status, text, far_end)


def _here(url: str, headers: dict[str, str]) -> str:
    """The URL to connect to: a name of this machine needs no look-up, which not every system can do."""
    parts = urlsplit(url)
    if not is_this_machine(parts.hostname) or parts.hostname == "::1":
        return url
    headers["Host"] = parts.netloc
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl()


def _whole(answer: Any) -> str:
    ends_at = time.monotonic() + LONGEST_WAIT_S
    content = b""
    for piece in answer.stream(16_384):
        content += piece
        if len(content) > LONGEST_ANSWER:
            raise FarAnswerLost("the answer is too long")
        if time.monotonic() > ends_at:
            raise FarAnswerLost("the answer takes too long")
    return content.decode("utf-8", "replace")


def _judged(status: int, text: str, far_end: FarEnd) -> Any:
    """What an answer means. A 5xx after a POST says nothing about whether the request was kept."""
    if status in _BUSY:
        raise FarEndUnavailable(f"HTTP {status}")
    if 300 <= status < 400:
        raise FarEndRefused(f"it redirects (HTTP {status}); correct the endpoint in the directory")
    if 400 <= status < 500 and status != 408:
        raise FarEndRefused(f"HTTP {status}")
    if not 200 <= status < 300:
        raise FarAnswerLost(f"HTTP {status}")
    try:
        return read_answer(text, far_end.format)
    except ValueError as error:
        raise FarAnswerLost(f"HTTP {status} without a GeoReport text") from error


def _w3c(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- answers -----------------------------------------------------------------------------------------


def _rows(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list; one object stands for a list of one, as some servers have it."""
    for each in answer if isinstance(answer, list) else [answer]:
        if isinstance(each, dict):
            yield each


def _first(answer: Any) -> Mapping[str, Any]:
    return next(_rows(answer), {})


def _reports(answer: Any) -> list[FarReport]:
    found = []
    for row in _rows(answer):
        if request_id := _id(row.get("service_request_id")):
            found.append(
                FarReport(
                    request_id=request_id,
                    closed=_text(row.get("status")).lower() == "closed",
                    notes=_text(row.get("status_notes")),
                    description=_text(row.get("description")),
                    updated=_text(row.get("updated_datetime")),
                )
            )
    return found


def _closed(row: Mapping[str, Any]) -> bool:
    return _text(row.get("status")).lower().replace("_", " ") in _CLOSED


def _id(value: Any) -> str | None:
    """An id as text; servers send numbers too (GeoReport v2: ids are strings)."""
    text = _text(value).strip()
    return text if text and len(text) <= _LONGEST_ID and text.isprintable() else None


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)[:_LONGEST_TEXT]
