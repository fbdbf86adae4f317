"""接: register an appeal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from hotline.domain.actor import Actor
from hotline.domain.answers import Emergency, Receipt
from hotline.domain.appeal import Place, RegisterAppeal, Words, headline
from hotline.domain.case import Case, emergency_numbers
from hotline.domain.confidential import HEADLINE, LANGUAGE, NOT_RELEASED, TYPES, Statement, released
from hotline.domain.directory import Directories, Directory, Level
from hotline.domain.errors import IdempotencyKeyReused, InvalidInput
from hotline.domain.extra_fields import field_errors
from hotline.domain.identifiers import random_entropy, same, spoken, tracking_number
from hotline.domain.orders import Due
from hotline.domain.timekeeping import PolicyTimekeeper
from hotline.domain.tokens import Tokens, command_fingerprint, key_hash
from hotline.ports import Cases
from hotline.ports import Clock as Now

CLOCK_SKEW = timedelta(minutes=10)
"""How far a device's clock may run ahead before ``happened_at`` counts as the future."""


Settle = Callable[[Case, datetime], None]
"""Acts on a new case before it is stored, in the write that registers it."""


def register_appeal(
    command: RegisterAppeal,
    *,
    by: Actor,
    caller: str,
    idempotency_key: str | None,
    cases: Cases,
    directories: Directories,
    tokens: Tokens,
    now: Now,
    language_spoken: str | None = None,
    settle: Settle | None = None,
) -> Receipt:
    """Register an appeal, once per idempotency key, and answer with its receipt.

    The id and the secret key are derived from the key's owner and the key, so a retry whose first
    answer was lost gets the same receipt, and nothing of it had to be stored in the clear.

    Args:
        caller: whom the idempotency key belongs to: ``public``, a channel gateway, or an operator.
        language_spoken: the language or dialect in which the citizen wants to be called.
        settle: what the same write settles.

    Raises:
        InvalidInput: the place or the time cannot be, the service or one of its fields is wrong.
        IdempotencyKeyReused: the same key came with another body.
    """
    directory = directories.current()
    at = now()
    check(command, directory, at)
    entropy = tokens.appeal_entropy(caller, idempotency_key) if idempotency_key else random_entropy()
    appeal_id = tracking_number(entropy)
    secret_key = tokens.secret_key(appeal_id, entropy)
    case = _case(command, appeal_id, secret_key, by, at, directory, tokens, language_spoken)
    words = Words(
        text=command.text,
        service_code=command.service_code,
        place=command.place,
        fields=command.fields,
        happened_at=command.happened_at,
        contact=command.contact,
        media_url=command.media_url,
    )
    if settle is not None:
        settle(case, at)
    if command.confidential:
        shown = released(NOT_RELEASED, case.district, case.subdistrict)
        stored = cases.register(case, shown, Statement(words=words, language=command.language))
    else:
        stored = cases.register(case, words)
    if not same(stored.fingerprint, case.fingerprint):
        raise IdempotencyKeyReused
    return _receipt(stored, secret_key)


def check(command: RegisterAppeal, directory: Directory, at: datetime) -> None:
    """Hold the command against the directory.

    Raises:
        InvalidInput: with one error per field.
    """
    errors = [
        *_place_errors(command, directory),
        *_service_errors(command, directory),
        *_confidence_errors(command, directory),
    ]
    if command.happened_at is not None and command.happened_at > at + CLOCK_SKEW:
        errors.append(_error("happened_at", "时间不能晚于现在", "must not lie in the future"))
    if errors:
        raise InvalidInput(errors)


def _case(
    command: RegisterAppeal,
    appeal_id: str,
    secret_key: str,
    by: Actor,
    at: datetime,
    directory: Directory,
    tokens: Tokens,
    language_spoken: str | None,
) -> Case:
    numbers = directory.emergency_words.numbers(command.text)
    service = directory.services[command.service_code or directory.policies.default_service]
    hidden = command.confidential
    identity = command.contact.identity if command.contact and not hidden else None
    place = command.place
    return Case.register(
        appeal_id=appeal_id,
        appeal_type=command.type,
        channel=command.channel,
        language=LANGUAGE if hidden else command.language,
        headline=HEADLINE if hidden else headline(command.text),
        key_hash=key_hash(secret_key),
        fingerprint=tokens.body_fingerprint(_body(command)),
        citizen_index=tokens.citizen_index(identity) if identity else None,
        confidential=hidden,
        about_agency=command.about_agency,
        tier=service.tier,
        service_code=command.service_code,
        district=_district(place.district or place.subdistrict) if place else None,
        subdistrict=place.subdistrict if place else None,
        emergency_numbers=numbers,
        command_id=command_fingerprint("register", appeal_id),
        by=by,
        at=at,
        timekeeper=PolicyTimekeeper.of(directory),
        spoken=None if hidden else language_spoken,
    )


def _receipt(case: Case, secret_key: str) -> Receipt:
    dispatch = case.clocks["dispatch"]
    return Receipt(
        tracking_number=case.appeal_id,
        tracking_number_spoken=spoken(case.appeal_id),
        secret_key=secret_key,
        registered_at=case.registered_at,
        due=(Due(clock="dispatch", due_at=dispatch.due_at, rule_id=dispatch.rule_id),),
        emergency=Emergency.of(emergency_numbers(case.events)),
    )


def _body(command: RegisterAppeal) -> str:
    """Without fields left at their defaults: one that is added later must not make a retry look new."""
    return command.model_dump_json(exclude_defaults=True)


def _district(code: str | None) -> str | None:
    return code[:6] if code else None


def _place_errors(command: RegisterAppeal, directory: Directory) -> list[dict[str, str]]:
    place = command.place
    if place is None:
        return []
    errors = [
        _error(f"place.{name}", "该地区不在本市范围内", "is not a place of this city")
        for name, code, level in (
            ("district", place.district, Level.DISTRICT),
            ("subdistrict", place.subdistrict, Level.SUBDISTRICT),
        )
        if code is not None and not is_place(directory, code, level)
    ]
    if _is_elsewhere(place, directory):
        errors.append(_error("place.lat", "该位置不在本市范围内", "the point lies outside the city"))
    return errors


def is_place(directory: Directory, code: str, level: Level) -> bool:
    """Whether the city has such a place on that level."""
    place = directory.jurisdictions.get(code)
    return place is not None and place.level is level


def _is_elsewhere(place: Place, directory: Directory) -> bool:
    if place.lat is None or place.long is None:
        return False
    return not directory.city.bounds.contains(place.lat, place.long)


def _service_errors(command: RegisterAppeal, directory: Directory) -> list[dict[str, str]]:
    if command.service_code is None:
        return [
            _error(f"fields.{code}", "未选择事项时不能填写附加信息", "needs a service_code")
            for code in command.fields
        ]
    service = directory.services.get(command.service_code)
    if service is None:
        return [_error("service_code", "没有这个事项", "is not in the service catalogue")]
    errors = [
        _error(f"fields.{code}", message, message_en)
        for code, message, message_en in field_errors(service.fields, command.fields)
    ]
    if command.type not in service.types:
        errors.append(_error("type", "该事项不受理这类诉求", "is not a type that this service takes"))
    return errors


def _confidence_errors(command: RegisterAppeal, directory: Directory) -> list[dict[str, str]]:
    if not command.confidential:
        if command.about_agency is None:
            return []
        return [_error("about_agency", "仅用于保密举报、投诉", "is for confidential reports and complaints")]
    errors = []
    if command.type not in TYPES:
        errors.append(_error("confidential", "只有举报、投诉可以保密", "is for reports and complaints only"))
    if command.about_agency is not None and command.about_agency not in directory.agencies:
        errors.append(_error("about_agency", "目录中没有此单位", "is not in the directory"))
    return errors


def _error(field: str, message: str, message_en: str) -> dict[str, str]:
    return {"field": field, "message": message, "message_en": message_en}
