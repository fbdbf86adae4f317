"""Read JSON from strangers: everything that parsers disagree on, or that hurts them, is refused.

Refused before anything is built: nesting beyond ``DEPTH``, more than ``VALUES`` values. Refused while
reading: repeated keys, NaN and Infinity (also as ``1e999``), whole numbers beyond 64 bits, NUL and
unpaired surrogates. Emoji, rare Han and every other character pass untouched.

Example:
    >>> loads('{"words": "路灯不亮 💡"}')
    {'words': '路灯不亮 💡'}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from hotline.domain.errors import InvalidInput

DEPTH = 32
"""Arrays and objects inside each other; our deepest body has five."""

VALUES = 2_000
"""Values in one body; our longest has about a hundred. Each costs time even when it is refused."""

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NO_BRACKET = re.compile(r"[^\[\]{}]+")
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|\x00")


def loads(text: str) -> Any:
    """Parse ``text``, in time proportional to its length.

    Raises:
        InvalidInput: with one error on ``body`` (or on the field that holds broken text), which never
            repeats the input.
    """
    _require_modest_shape(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_members,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_small,
        )
    except json.JSONDecodeError as error:
        raise _refusal(
            f"不是有效的 JSON（第 {error.lineno} 行第 {error.colno} 列）",
            f"not JSON (line {error.lineno}, column {error.colno})",
        ) from None
    if _SUSPECT.search(text):
        _require_sound_text(value)
    return value


def _require_modest_shape(text: str) -> None:
    """Look at commas and brackets only; those inside strings do not count."""
    skeleton = _STRING.sub("", text)
    if skeleton.count(",") + skeleton.count("[") + skeleton.count("{") > VALUES:
        raise _refusal(f"内容超过 {VALUES} 项", f"has more than {VALUES} values")
    depth = 0
    for bracket in _NO_BRACKET.sub("", skeleton):
        depth += 1 if bracket in "[{" else -1
        if depth > DEPTH:
            raise _refusal(f"嵌套超过 {DEPTH} 层", f"nested more than {DEPTH} levels deep")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _refusal("同一字段出现了两次", "a field appears twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise _refusal(f"{name} 不是 JSON 数值", f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _refusal("数值过大", "a number is too large")
    return number


def _small(digits: str) -> int:
    # The length first: turning a long run of digits into a number is what takes the time.
    if len(digits) > 20 or abs(int(digits)) >= 1 << 63:
        raise _refusal("整数过大", "a whole number is too large")
    return int(digits)


def _require_sound_text(value: Any) -> None:
    for path, text in _texts(value, ""):
        if "\x00" in text:
            raise InvalidInput.field(path, "含有不允许的空字符（NUL）", "contains a NUL character")
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InvalidInput.field(
                path, "含有不完整的字符（单个代理码位）", "contains half a character (an unpaired surrogate)"
            )


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every string in ``value``, keys included, with the path of the field that holds it."""
    if isinstance(value, str):
        yield path or "body", value
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, f"{path}.{place}".lstrip("."))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield path or "body", name
            yield from _texts(item, f"{path}.{name}".lstrip("."))


def _refusal(message: str, message_en: str) -> InvalidInput:
    return InvalidInput.field("body", message, message_en)
