"""What pydantic found wrong, in sentences that a citizen can act on.

Example:
    >>> from hotline.domain.model import Frozen
    >>> class Place(Frozen):
    ...     street: str
    >>> try:
    ...     Place.model_validate({})
    ... except ValidationError as error:
    ...     invalid_input(error).facts["errors"]
    [{'field': 'street', 'message': '必填', 'message_en': 'is required'}]
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from hotline.domain.errors import InvalidInput

MOST_ERRORS = 20
"""More errors than this are counted, not listed."""

_LENGTH = 120

SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missing": ("必填", "is required"),
        "extra_forbidden": ("不认识的字段", "is not a known field"),
        "enum": ("只能是 {expected}", "must be {expected}"),
        "literal_error": ("只能是 {expected}", "must be {expected}"),
        "string_type": ("应为文字", "must be text"),
        "string_unicode": ("含有无效字符", "contains invalid characters"),
        "string_too_short": ("至少 {min_length} 个字", "must have at least {min_length} characters"),
        "string_too_long": ("最多 {max_length} 个字", "must have at most {max_length} characters"),
        "string_pattern_mismatch": ("格式不正确", "has the wrong format"),
        "too_short": ("至少 {min_length} 项", "must have at least {min_length} items"),
        "too_long": ("最多 {max_length} 项", "must have at most {max_length} items"),
        "int_type": ("应为整数", "must be a whole number"),
        "int_parsing": ("应为整数", "must be a whole number"),
        "int_from_float": ("应为整数", "must be a whole number"),
        "float_type": ("应为数值", "must be a number"),
        "float_parsing": ("应为数值", "must be a number"),
        "finite_number": ("应为有限数值", "must be a finite number"),
        "bool_type": ("应为 true 或 false", "must be true or false"),
        "bool_parsing": ("应为 true 或 false", "must be true or false"),
        "greater_than": ("应大于 {gt}", "must be greater than {gt}"),
        "greater_than_equal": ("不小于 {ge}", "must be at least {ge}"),
        "less_than": ("应小于 {lt}", "must be less than {lt}"),
        "less_than_equal": ("不大于 {le}", "must be at most {le}"),
        "list_type": ("应为数组", "must be an array"),
        "tuple_type": ("应为数组", "must be an array"),
        "set_type": ("应为数组", "must be an array"),
        "dict_type": ("应为对象", "must be an object"),
        "model_type": ("应为对象", "must be an object"),
        "model_attributes_type": ("应为对象", "must be an object"),
        "date_type": ("应为日期，如 2026-01-31", "must be a date such as 2026-01-31"),
        "date_parsing": ("应为日期，如 2026-01-31", "must be a date such as 2026-01-31"),
        "date_from_datetime_parsing": ("应为日期，如 2026-01-31", "must be a date such as 2026-01-31"),
        "datetime_type": (
            "应为带时区的时间，如 2026-01-31T08:00:00+08:00",
            "must be a time with its zone such as 2026-01-31T08:00:00+08:00",
        ),
        "datetime_parsing": (
            "应为带时区的时间，如 2026-01-31T08:00:00+08:00",
            "must be a time with its zone such as 2026-01-31T08:00:00+08:00",
        ),
        "datetime_from_date_parsing": (
            "应为带时区的时间，如 2026-01-31T08:00:00+08:00",
            "must be a time with its zone such as 2026-01-31T08:00:00+08:00",
        ),
        "timezone_aware": ("时间须带时区", "must say its time zone"),
        "datetime_past": ("应为过去的时间", "must lie in the past"),
        "datetime_future": ("应为将来的时间", "must lie in the future"),
        "union_tag_not_found": ("缺少 {discriminator}", "needs {discriminator}"),
        "union_tag_invalid": ("只能是 {expected_tags}", "must be {expected_tags}"),
    }
)

_OTHERWISE = ("格式不正确", "is not valid")


def invalid_input(error: ValidationError) -> InvalidInput:
    """Turn pydantic's errors into a refusal that names each field, without repeating its content.

    A validator of ours says both languages with ``raise ValueError("经纬度须同时提供", "lat and long
    go together")``; pydantic keeps the exception and we read its two arguments.
    """
    faults = error.errors(include_url=False, include_input=False)
    errors = [_sentence(dict(fault)) for fault in faults[:MOST_ERRORS]]
    if len(faults) > MOST_ERRORS:
        rest = len(faults) - MOST_ERRORS
        errors.append(
            {"field": "body", "message": f"另有 {rest} 处错误", "message_en": f"{rest} more errors"}
        )
    return InvalidInput(errors)


def _sentence(fault: Mapping[str, Any]) -> dict[str, str]:
    message, message_en = _messages(fault["type"], fault.get("ctx", {}))
    field = ".".join(str(part) for part in fault["loc"]) or "body"
    return {"field": field[:_LENGTH], "message": message, "message_en": message_en}


def _messages(kind: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    if kind == "value_error":
        return _own_words(facts["error"])
    message, message_en = SENTENCES.get(kind, _OTHERWISE)
    return message.format(**facts).replace(" or ", " 或 "), message_en.format(**facts)


def _own_words(error: Exception) -> tuple[str, str]:
    if len(error.args) == 2:
        message, message_en = error.args
        return str(message), str(message_en)
    return _OTHERWISE[0], str(error)[:_LENGTH] or _OTHERWISE[1]
