"""Telephone numbers as people write them and as networks want them.

A table of three shapes instead of a library of all countries: the callers of a city's hotline live in
the mainland's numbering plan; everybody else writes ``+`` and the country code.
"""

from __future__ import annotations

import re
import unicodedata

_PUNCTUATION = re.compile(r"[\s()./-]", re.ASCII)
_COUNTRY = r"(?:\+86|0086|86)"
_MOBILE = re.compile(rf"{_COUNTRY}?0?(1[3-9]\d{{9}})", re.ASCII)
_LANDLINE = re.compile(rf"(?:{_COUNTRY}0?|0)((?:10|2\d)\d{{8}}|[3-9]\d{{2}}\d{{7,8}})", re.ASCII)
_ABROAD = re.compile(r"\+(?!86)[1-9]\d{6,14}", re.ASCII)
_TEXTED = re.compile(r"\+861[3-9]\d{9}|\+(?!86)\d+", re.ASCII)


def e164(text: str) -> str | None:
    """A number in the form of ITU-T E.164; None when it is not one that can be called.

    Mainland mobiles and landlines with their area code get ``+86``, whether they were written with ``0``,
    ``86``, ``+86`` or ``0086``, in full-width digits, with blanks or hyphens. Service numbers of three to
    five digits and numbers without an area code are not known outside their network or city: None.

    Example:
        >>> e164("138 0013 8000"), e164("010-12345678"), e164("+852 2123 4567"), e164("12345")
        ('+8613800138000', '+861012345678', '+85221234567', None)
    """
    number = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text[:40]))
    if mainland := _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return f"+86{mainland[1]}"
    return number if _ABROAD.fullmatch(number) else None


def takes_texts(number: str) -> bool:
    """Whether a text message can reach an E.164 number: not a mainland landline.

    Example:
        >>> takes_texts("+8613800138000"), takes_texts("+861012345678")
        (True, False)
    """
    return _TEXTED.fullmatch(number) is not None


def masked(recipient: str) -> str:
    """A phone number or e-mail address for logs and lists: who knows it recognises it.

    Example:
        >>> masked("+8613800138000"), masked("zhang.san@example.com"), masked("12345")
        ('+86138****8000', 'z***@example.com', '****')
    """
    name, at, domain = recipient.partition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{recipient[:-8]}****{recipient[-4:]}" if len(recipient) >= 11 else "****"
