"""Open311: an app reports, and adds to what it has reported (GeoReport v2 §"POST Service Request")."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.domain.actor import Actor, Role
from hotline.domain.answers import Receipt
from hotline.domain.appeal import Note, RegisterAppeal, Words
from hotline.domain.case import Case
from hotline.domain.directory import Directories
from hotline.domain.errors import HotlineError, NotFound, TooManyRequests
from hotline.domain.identifiers import parse_tracking_number, tracking_number
from hotline.domain.open311.api_keys import LONGEST_KEY, ApiKey, KeyRefused, key_digest
from hotline.domain.open311.posting import PostUpdate
from hotline.domain.open311.requests import owner_of, public_request
from hotline.domain.phone_codes import Allowance
from hotline.domain.tokens import Tokens, command_fingerprint
from hotline.ports import Allowances, ApiKeys, Cases, Notes, PublicRequests
from hotline.ports import Clock as Now
from hotline.use_cases.change_case import change_case
from hotline.use_cases.notes import keep_note

REPEATED_WITHIN = timedelta(minutes=10)
"""The same form of the same app within so long, and up to twice that, is the same report sent again."""

MINUTE = timedelta(minutes=1)


class UpdateKnown(HotlineError):
    """The app has used this ``update_id`` for the same request before."""

    code = "update-known"
    title = "Update known"
    status = 400

    def __init__(self) -> None:
        super().__init__("该 update_id 已提交过", "This update_id was posted before")


def check_key(given: str, *, keys: ApiKeys, allowances: Allowances, now: Now) -> ApiKey:
    """Whose key this is, and count the call.

    Raises:
        KeyRefused: missing, unknown or revoked.
        TooManyRequests: it has been used too often within this minute.
    """
    key = keys.find_key(key_digest(given)) if 0 < len(given) <= LONGEST_KEY else None
    if key is None or key.revoked_at is not None:
        raise KeyRefused
    at = now()
    if not allowances.take(Allowance(f"k/{key.key_id}", key.per_minute, MINUTE), at):
        raise TooManyRequests(60 - at.second)
    keys.note_use(key, at)
    return key


def report_by_app(
    command: RegisterAppeal,
    form: str,
    key: ApiKey,
    idempotency_key: str | None,
    *,
    register: Callable[[RegisterAppeal, Actor, str, str], Receipt],
    cases: Cases,
    requests: PublicRequests,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> Receipt:
    """Register what an app reports, once however often it is sent, and show it at once.

    An app that sends no ``Idempotency-Key`` is recognised by the whole form: sent again within ten minutes
    it is the same report. The case is the app's by the actor of its first event.

    Args:
        form: the body as it was sent.
        register: registers for an actor, under a caller and an idempotency key.
    """
    caller = f"open311/{key.key_id}"
    sent_under = idempotency_key or _sent_under(form, caller, now(), cases, tokens)
    receipt = register(command, app_of(key), caller, sent_under)
    case = cases.get(receipt.tracking_number)
    said = Words(text=command.text, place=command.place, media_url=command.media_url)
    requests.keep_request(public_request(case, said, directories.current()), case.version)
    return receipt


def update_by_app(
    command: PostUpdate, key: ApiKey, *, cases: Cases, words: Notes, now: Now
) -> tuple[Case, str]:
    """Add words to a request that the same app has sent; the case, and the command's id in it.

    Raises:
        NotFound: there is no such request, or another app has sent it.
        UpdateKnown: the same ``update_id`` was posted before.
        TransitionNotAllowed: the request is closed.
    """
    loaded = cases.get(parse_tracking_number(command.service_request_id) or _NOBODY)
    if owner_of(loaded) != key.key_id:
        raise NotFound("service request")
    command_id = command_fingerprint("open311-update", key.key_id, command.update_id)
    if loaded.knows(command_id):
        raise UpdateKnown

    def act(case: Case, at: datetime) -> None:
        case.supplement(command_id, by=app_of(key), at=at, command_id=command_id)
        keep_note(case, Note(note_id=command_id, by="citizen", at=at, text=command.description), words)

    case = change_case(loaded.appeal_id, command_id, act, cases=cases, now=now, loaded=loaded)
    return case, command_id


def app_of(key: ApiKey) -> Actor:
    """The citizen behind an app: the app is known, the citizen is not."""
    return Actor(role=Role.CITIZEN, subject=key.key_id)


_NOBODY = "0" * 17


def _sent_under(form: str, caller: str, at: datetime, cases: Cases, tokens: Tokens) -> str:
    """What stands for an idempotency key: the form within a window, the one before if it is there."""
    digest = hashlib.sha256(form.encode("utf-8", "surrogatepass")).hexdigest()
    window = int(at.timestamp() // REPEATED_WITHIN.total_seconds())
    before = f"form/{window - 1}/{digest}"
    sent_before = tracking_number(tokens.appeal_entropy(caller, before))
    return before if sent_before in cases.get_many([sent_before]) else f"form/{window}/{digest}"
