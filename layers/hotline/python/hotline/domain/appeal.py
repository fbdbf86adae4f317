"""What a citizen says: the command that registers an appeal, and the words kept from it.

The words never enter the case item, an event or a log: they live as an item of their own, so that a
status change does not rewrite kilobytes and an erasure touches one place.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from hotline.domain.model import Frozen
from hotline.domain.phones import e164

TEXT_LIMIT = 4_000
"""Code points; the limit of Open311 GeoReport v2 as well."""


class AppealType(StrEnum):
    """The five types of 条例 Art 2."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"

    @property
    def name_zh(self) -> str:
        """The law's word."""
        return _TYPE_NAMES[self]


_TYPE_NAMES = {
    AppealType.CONSULTATION: "咨询",
    AppealType.HELP: "求助",
    AppealType.COMPLAINT: "投诉",
    AppealType.REPORT: "举报",
    AppealType.SUGGESTION: "建议",
}
_TYPE_OF_NAME = {name: value for value, name in _TYPE_NAMES.items()}


def _type_of(value: Any) -> Any:
    return _TYPE_OF_NAME.get(value, value) if isinstance(value, str) else value


def clean_text(text: str) -> str:
    """Keep what a person meant, refuse what only a program sends.

    Line ends become ``\\n``; the text is NFC; emoji, rare Han and joiners stay. Control characters,
    bidirectional overrides and unpaired surrogates are refused: they change what a reader sees.

    Raises:
        ValueError: such a character is present.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs" or (category == "Cc" and character not in "\n\t"):
            raise ValueError("control characters are not allowed")
        if character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            raise ValueError("text direction overrides are not allowed")
    return unicodedata.normalize("NFC", text).strip()


def _clean_line(text: str) -> str:
    text = clean_text(text)
    if "\t" in text or len(text.splitlines()) > 1:
        raise ValueError("must be one line")
    return text


Text = Annotated[
    str, StringConstraints(max_length=TEXT_LIMIT), AfterValidator(clean_text), Field(min_length=1)
]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_clean_line), Field(min_length=1)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]

_PHONE = re.compile(r"^\+?[0-9][0-9 ()-]{4,22}$")
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,24}$")


class Contact(Frozen):
    """How the citizen can be reached; leave it out to stay anonymous.

    Stored apart from the appeal, shown to an agency only where the service needs it.
    """

    name: Line | None = None
    phone: str | None = Field(default=None, max_length=24)
    email: Annotated[str, StringConstraints(max_length=254), AfterValidator(_clean_line)] | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.phone is None and self.email is None:
            raise ValueError("give a phone number or an e-mail address, or leave the contact out")
        if self.phone is not None and not _PHONE.match(self.phone):
            raise ValueError("the phone number is not valid")
        if self.email is not None and not _EMAIL.match(self.email):
            raise ValueError("the e-mail address is not valid")
        return self

    @property
    def identity(self) -> str | None:
        """What the citizen index is keyed by (as an HMAC): one form of the phone, else the e-mail.

        Example:
            >>> Contact(phone="0086 138-0013-8000").identity == Contact(phone="13800138000").identity
            True
        """
        if self.phone:
            return e164(self.phone) or "".join(filter(str.isdigit, self.phone))
        return self.email.lower() if self.email else None


class Place(Frozen):
    """Where it is: codes, words, a point, or any of them together.

    ``lat`` and ``long`` are WGS 84 degrees and come as a pair.
    """

    district: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    subdistrict: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = None
    address_text: Line | None = None
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    long: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.lat is None) != (self.long is None):
            raise ValueError("lat and long must be given together")
        if self.district and self.subdistrict and not self.subdistrict.startswith(self.district):
            raise ValueError("the sub-district does not lie in the district")
        return self


Channel = Literal["web", "miniprogram", "phone", "wechat", "mail", "open311", "app"]
Language = Literal["zh-CN", "en"]
FieldValue = Annotated[str, StringConstraints(max_length=1000), AfterValidator(clean_text)]
MediaUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[!-~]+$")]
"""A picture that lies elsewhere: kept as a link for people, never fetched by us (FAULTS S16)."""

FieldValues = Annotated[list[FieldValue], Field(max_length=30)]


class RegisterAppeal(Frozen):
    """Register an appeal (条例 Art 10: complete, accurate, in order).

    Give a ``service_code`` from the catalogue where the citizen chose one; free text is enough.
    A ``confidential`` report or complaint hides from every agency who sent it and in which words;
    ``about_agency`` is the agency that it is about, which then never gets it.

    Example:
        >>> RegisterAppeal(type="投诉", text="楼下工地半夜施工").type
        <AppealType.COMPLAINT: 'complaint'>
    """

    type: Annotated[AppealType, BeforeValidator(_type_of)]
    text: Text
    service_code: Code | None = None
    place: Place | None = None
    contact: Contact | None = None
    channel: Channel = "web"
    language: Language = "zh-CN"
    fields: dict[Code, FieldValue | FieldValues] = Field(default_factory=dict, max_length=30)
    happened_at: datetime | None = None
    confidential: bool = False
    about_agency: Code | None = None
    media_url: MediaUrl | None = None

    @model_validator(mode="after")
    def _zoned(self) -> Self:
        if self.happened_at is not None and self.happened_at.tzinfo is None:
            raise ValueError("happened_at needs a time zone, for example 2026-05-01T08:30:00+08:00")
        return self


class Words(Frozen):
    """What is stored of the citizen's own words, apart from the case.

    ``service_code`` is the service that the citizen chose; the case's own may change with every dispatch.
    """

    text: str
    service_code: str | None = None
    place: Place | None = None
    fields: dict[str, str | list[str]] = Field(default_factory=dict)
    happened_at: datetime | None = None
    contact: Contact | None = None
    media_url: str | None = None


class Note(Frozen):
    """Words added later: a supplement, a reply, evidence, a survey comment.

    Written before the command that cites it by ``note_id``.
    """

    note_id: str
    by: str
    at: datetime
    text: str
    attachments: tuple[str, ...] = ()


_LONG_NUMBER = re.compile(r"\d[\d\s().·－-]{5,}\d")


def headline(text: str, length: int = 24) -> str:
    """The first words of an appeal for an inbox row, with every long number masked.

    Example:
        >>> headline("请联系我 13800138000，路灯坏了")
        '请联系我 ***，路灯坏了'
    """
    line = _LONG_NUMBER.sub("***", text.replace("\n", " "))
    return line if len(line) <= length else line[: length - 1] + "…"
