"""The extra answers of an appeal against the questions of its service."""

from __future__ import annotations

import pytest

from hotline.domain.directory import FieldSpec, FieldValue
from hotline.domain.extra_fields import Given, field_errors


def spec(datatype: str, *, required: bool = False, values: tuple[str, ...] = ()) -> FieldSpec:
    choices = tuple(FieldValue(key=key, name_zh=key, name_en=key) for key in values)
    return FieldSpec(
        code="q", name_zh="问", name_en="q", datatype=datatype, required=required, order=1, values=choices
    )


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        ("string", "一句话"),
        ("text", "两\n行"),
        ("number", "3"),
        ("number", "-3.5"),
        ("datetime", "2026-05-01T08:30:00+08:00"),
        ("datetime", "2026-05-01T08:30:00Z"),
        ("singlevaluelist", "red"),
        ("multivaluelist", ["red", "blue"]),
        ("multivaluelist", "red"),
    ],
)
def test_an_answer_of_the_right_kind_is_taken(datatype: str, value: Given) -> None:
    assert list(field_errors([spec(datatype, values=("red", "blue"))], {"q": value})) == []


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        ("string", ["a", "b"]),
        ("number", "three"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "9" * 31),
        ("datetime", "2026-05-01"),
        ("datetime", "2026-05-01T08:30:00"),
        ("datetime", "yesterday"),
        ("singlevaluelist", "green"),
        ("singlevaluelist", ["red"]),
        ("multivaluelist", ["red", "green"]),
    ],
)
def test_an_answer_of_another_kind_is_refused(datatype: str, value: Given) -> None:
    errors = list(field_errors([spec(datatype, values=("red", "blue"))], {"q": value}))
    assert [error.code for error in errors] == ["q"]


@pytest.mark.parametrize("given", [{}, {"q": ""}, {"q": []}])
def test_a_required_answer_must_be_there(given: dict[str, Given]) -> None:
    assert [error.code for error in field_errors([spec("string", required=True)], given)] == ["q"]
    assert list(field_errors([spec("string")], given)) == []


def test_an_answer_to_no_question_is_refused() -> None:
    assert [error.code for error in field_errors([spec("string")], {"p": "1"})] == ["p"]
