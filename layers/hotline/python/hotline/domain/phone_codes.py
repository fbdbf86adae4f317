"""Codes by text message: how a citizen who has lost the key of an appeal proves a telephone number.

Every bound here is ours and data (``policies.csv``), except what makes guessing hopeless: six digits,
five tries, ten minutes. Nobody outside can tell whether a number has appeals: asking and checking do the
same for every number, and whether a text goes out is decided later, by another function.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StringConstraints

from hotline.domain.appeal import Language
from hotline.domain.errors import HotlineError, InvalidInput
from hotline.domain.model import Frozen
from hotline.domain.phones import e164, takes_texts

LIFE = timedelta(minutes=10)
"""How long a code works."""

TRIES = 5
"""How often one code may be tried; the sixth try is refused even if it is right."""

PASS_LIFE = timedelta(minutes=30)
"""How long the pass of a proven number works, and the keys that are lent with it."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_BLANK = re.compile(r"[\s-]")
_LAST_DIGITS = 4


def _digits(value: object) -> object:
    """Codes as people type them: full-width digits, a blank in the middle."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", value[:40])) if isinstance(value, str) else value


Phone = Annotated[str, StringConstraints(min_length=1, max_length=40)]
SixDigits = Annotated[str, BeforeValidator(_digits), StringConstraints(pattern=r"^[0-9]{6}$")]


class AskForCode(Frozen):
    """Ask for a code by text message.

    ``proof`` is optional proof of work, ``<epoch seconds>.<anything>``: with it an address may ask for more
    (``PhoneCodeLimits.work_bits`` says how much work).

    Example:
        >>> AskForCode(phone="138 0013 8000").language
        'zh-CN'
    """

    phone: Phone
    language: Language = "zh-CN"
    proof: Annotated[str, StringConstraints(pattern=r"^[0-9]{10}\.[A-Za-z0-9_-]{1,40}$")] | None = None


class CheckCode(Frozen):
    """The code as it came by text message."""

    phone: Phone
    code: SixDigits


class CodeAsked(Frozen):
    """The one answer to everybody who asks, whatever is known of the number."""

    valid_seconds: int = int(LIFE.total_seconds())
    text_zh: str
    text_en: str


class CitizenPass(Frozen):
    """What whoever has proven a number shows to see their own appeals."""

    citizen_token: str
    expires_at: datetime


class CodeRequest(Frozen):
    """A code that may have to be sent: what waits in the queue between asking and sending.

    Example: ``events/notify/send_codes.json``
    """

    schema_: Literal["hotline.phone-code/1"] = Field(default="hotline.phone-code/1", alias="schema")
    phone: str = Field(repr=False)
    language: Language
    challenge: str
    until: datetime


class Challenge(NamedTuple):
    """The code that a number waits for; the code itself is derived from the id and stored nowhere.

    ``sent`` says whether it was ever handed to the messenger.
    """

    challenge_id: str
    sent: bool


class Allowance(NamedTuple):
    """So many uses in a window of time; ``name`` tells neither a number nor an address."""

    name: str
    most: int
    window: timedelta


class CodeRefused(HotlineError):
    """The code is wrong, used, expired or was never sent: the four are never told apart (FAULTS S6)."""

    code = "code-refused"
    title = "Code refused"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "验证码不正确或已失效，请核对后重试，或重新获取",
            "The code is not right or no longer valid; check it, or ask for a new one",
        )


class PassExpired(HotlineError):
    """The pass of a proven number is not one of ours, or its time is over."""

    code = "pass-expired"
    title = "Prove the number again"
    status = 403

    def __init__(self) -> None:
        super().__init__("验证已过期，请重新验证手机号", "Your proof has expired; prove your number again")


def textable(text: str) -> str:
    """The E.164 form of a number that can take the code.

    Raises:
        InvalidInput: on ``phone``; says nothing about appeals.

    Example:
        >>> textable("138 0013 8000")
        '+8613800138000'
    """
    number = e164(text)
    if number is None or not takes_texts(number):
        raise InvalidInput.field(
            "phone",
            "请填写能收短信的手机号，如 138 0013 8000",
            "must be a number that takes text messages, such as 138 0013 8000",
        )
    return number


def prefix_of(number: str) -> str:
    """The block of 10,000 numbers that an E.164 number lies in.

    Example:
        >>> prefix_of("+8613800138000")
        '+861380013'
    """
    return number[:-_LAST_DIGITS]
