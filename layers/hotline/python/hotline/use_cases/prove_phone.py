"""Prove a telephone number: ask for a code, have it sent, show it.

What asking and checking do, and answer, is the same for every number, whether it has appeals or not
(FAULTS S6, S44). Whether a text goes out is decided by ``send_code``, behind a queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from hotline.domain.appeal import Contact
from hotline.domain.code_limits import PhoneCodeLimits
from hotline.domain.directory import Directories
from hotline.domain.errors import TooManyRequests, Unavailable
from hotline.domain.identifiers import random_entropy, same, token
from hotline.domain.messages import MessageInDoubt, MessageRefused
from hotline.domain.origins import origin_of
from hotline.domain.phone_codes import (
    DAY,
    HOUR,
    LIFE,
    PASS_LIFE,
    TRIES,
    Allowance,
    AskForCode,
    CheckCode,
    CitizenPass,
    CodeAsked,
    CodeRefused,
    CodeRequest,
    prefix_of,
    textable,
)
from hotline.domain.phrases import CODE_ASKED, CODE_MESSAGE
from hotline.domain.tokens import Tokens
from hotline.ports import Allowances, CaseLists, CodeRequests, Effort, Message, PhoneCodes, Supplier
from hotline.ports import Clock as Now

Sent = Literal["sent", "late", "nobody", "capped", "before", "failed"]
"""What became of a request: on its way; too late; a number without appeals; a bound reached; done before;
not taken by the supplier."""

_NO_CODE = "no code"


def ask_for_code(
    command: AskForCode,
    address: str,
    *,
    codes: PhoneCodes,
    allowances: Allowances,
    requests: CodeRequests,
    effort: Effort,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> CodeAsked:
    """Ask for a code; the answer tells nothing about the number.

    A number that has asked too often today gets the same answer and no code: a refusal would tell that
    somebody has asked.

    Raises:
        InvalidInput: no number that takes text messages.
        TooManyRequests: the address or its network has asked too often.
    """
    at = now()
    limits = directories.current().policies.phone_codes
    phone = textable(command.phone)
    proven = effort(command.proof, phone, limits.work_bits, at)
    _require_modest_origin(address, limits, proven, allowances, tokens, at)
    index = tokens.citizen_index(phone)
    if all(allowances.take(each, at) for each in _of_number(index, limits, tokens)):
        request = CodeRequest(
            phone=phone, language=command.language, challenge=token(random_entropy()), until=at + LIFE
        )
        codes.begin(index, request.challenge, request.until)
        requests.put(request)
    return CodeAsked(text_zh=CODE_ASKED.zh, text_en=CODE_ASKED.en)


def send_code(
    request: CodeRequest,
    *,
    lists: CaseLists,
    codes: PhoneCodes,
    allowances: Allowances,
    suppliers: Sequence[Supplier],
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> Sent:
    """Send a code, at most once, if there is anything that it could open.

    A supplier that is out of reach is replaced by the next. What none took, or one may have taken, is not tried
    again: a code that comes late is worse than none, and whoever waits asks for another.
    """
    at = now()
    limits = directories.current().policies.phone_codes
    index = tokens.citizen_index(request.phone)
    if at >= request.until:
        return "late"
    if not lists.by_citizen(index, at - timedelta(days=limits.trust_days), at):
        return "nobody"
    if not all(allowances.take(each, at) for each in _of_texts(request.phone, limits, tokens)):
        return "capped"
    if not codes.mark_sent(index, request.challenge):
        return "before"
    phrase = CODE_MESSAGE.en if request.language == "en" else CODE_MESSAGE.zh
    message = Message(
        to=Contact(phone=request.phone),
        text=phrase.format(code=tokens.phone_code(index, request.challenge)),
        key=f"code/{request.challenge}",
        language=request.language,
    )
    return "sent" if _handed_over(message, suppliers) else "failed"


def check_code(
    command: CheckCode,
    address: str,
    *,
    codes: PhoneCodes,
    allowances: Allowances,
    directories: Directories,
    tokens: Tokens,
    now: Now,
) -> CitizenPass:
    """Exchange a code for a pass; a code works once.

    Raises:
        InvalidInput: no number that takes text messages.
        TooManyRequests: the address has tried too many codes.
        CodeRefused: the code is wrong, used or expired, or none was sent.
    """
    at = now()
    limits = directories.current().policies.phone_codes
    index = tokens.citizen_index(textable(command.phone))
    tries = Allowance(
        tokens.allowance_name("try", origin_of(address)[0]), limits.tries_per_address_hour, HOUR
    )
    _require(tries, allowances, at)
    own_tries = Allowance(tokens.allowance_name("try-number", index), limits.tries_per_phone_day, DAY)
    allowed = allowances.take(own_tries, at)
    challenge = codes.try_once(index, TRIES, at) if allowed else None
    right = same(tokens.phone_code(index, challenge.challenge_id if challenge else _NO_CODE), command.code)
    if challenge is None or not right or not challenge.sent:
        raise CodeRefused
    if not codes.spend(index, challenge.challenge_id):
        raise CodeRefused
    until = at + PASS_LIFE
    return CitizenPass(citizen_token=tokens.citizen_token(index, until), expires_at=until)


def _handed_over(message: Message, suppliers: Sequence[Supplier]) -> bool:
    for supplier in suppliers:
        try:
            supplier.messenger.send(message)
        except Unavailable:
            continue
        except (MessageRefused, MessageInDoubt):
            return False
        return True
    return False


def _require_modest_origin(
    address: str,
    limits: PhoneCodeLimits,
    proven: bool,
    allowances: Allowances,
    tokens: Tokens,
    at: datetime,
) -> None:
    """Refuse an address that has asked too often, by itself or with its neighbours."""
    one, network = origin_of(address)
    for limit, subject, most in (
        ("address", one, limits.per_address_hour),
        ("network", network, limits.per_network_hour),
    ):
        name = tokens.allowance_name(limit, subject)
        _require(Allowance(name, limits.for_asking(most, proven=proven), HOUR), allowances, at)


def _require(allowance: Allowance, allowances: Allowances, at: datetime) -> None:
    if not allowances.take(allowance, at):
        seconds = int(allowance.window.total_seconds())
        raise TooManyRequests(seconds - int(at.timestamp()) % seconds)


def _of_number(index: str, limits: PhoneCodeLimits, tokens: Tokens) -> tuple[Allowance, ...]:
    """What one number may ask for: one code a minute, so many a day."""
    return (
        Allowance(tokens.allowance_name("number-minute", index), 1, timedelta(minutes=1)),
        Allowance(tokens.allowance_name("number", index), limits.per_phone_day, DAY),
    )


def _of_texts(phone: str, limits: PhoneCodeLimits, tokens: Tokens) -> tuple[Allowance, ...]:
    """What may go out: so many texts a day to a block of numbers, and in all."""
    return (
        Allowance(tokens.allowance_name("prefix", prefix_of(phone)), limits.per_prefix_day, DAY),
        Allowance(tokens.allowance_name("city", ""), limits.per_city_day, DAY),
    )
