"""Hold the extra answers of an appeal against the questions of its service (GeoReport v2 attributes)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from hotline.domain.directory import FieldSpec

Given = str | list[str]


class FieldError(NamedTuple):
    """One wrong answer."""

    code: str
    message: str
    message_en: str


def field_errors(specs: Sequence[FieldSpec], given: Mapping[str, Given]) -> Iterator[FieldError]:
    """What is missing, unknown or of the wrong kind.

    Example:
        >>> list(field_errors((), {"floor": "3"}))
        [FieldError(code='floor', message='该事项没有此项', message_en='is not a field of this service')]
    """
    known = {spec.code: spec for spec in specs}
    for code in given:
        if code not in known:
            yield FieldError(code, "该事项没有此项", "is not a field of this service")
    for spec in specs:
        value = given.get(spec.code)
        if not value:
            if spec.required:
                yield FieldError(spec.code, f"请填写“{spec.name_zh}”", "is required for this service")
        elif (fault := _fault(spec, value)) is not None:
            yield FieldError(spec.code, *fault)


def _fault(spec: FieldSpec, value: Given) -> tuple[str, str] | None:
    if isinstance(value, list) and spec.datatype != "multivaluelist":
        return "只能填写一个值", "takes one value"
    values = value if isinstance(value, list) else [value]
    if spec.datatype in ("singlevaluelist", "multivaluelist"):
        keys = {choice.key for choice in spec.values}
        if not keys.issuperset(values):
            return "请从选项中选择", f"must be one of {', '.join(sorted(keys))}"
    elif spec.datatype == "number" and not _is_number(values[0]):
        return "请填写数字", "must be a number"
    elif spec.datatype == "datetime" and not _is_zoned_time(values[0]):
        return "请填写带时区的时间", "must be a date and time with a zone"
    return None


def _is_number(text: str) -> bool:
    try:
        return len(text) <= 30 and abs(float(text)) < 1e15
    except ValueError:
        return False


def _is_zoned_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
