"""JSON from strangers: what hurts is refused quickly, what people write comes through untouched."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.errors import InvalidInput
from hotline.edges.strict_json import DEPTH, VALUES, loads

LIMIT = 256 * 1024

SOUND_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SOUND_TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(SOUND_TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(JSON_VALUES, st.booleans())
def test_honest_json_is_read_as_it_is(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    "words",
    ["路灯不亮 💡👨‍👩‍👧", "𠮷野家𰻝", "\u202e翻转", "全角ＡＢＣ", "[[[{{{,,,]" * 500, '引号"和反斜杠\\' * 50],
    ids=["emoji", "rare Han", "bidi", "full width", "brackets", "quotes"],
)
def test_every_kind_of_writing_is_kept(words: str) -> None:
    assert loads(json.dumps({"words": words})) == {"words": words}


HOSTILE = {
    "endless nesting": "[" * LIMIT,
    "endless objects": '{"a":' * (LIMIT // 5),
    "just too deep": "[" * (DEPTH + 1) + "]" * (DEPTH + 1),
    "many values": "[" + "1," * VALUES + "1]",
    "many empty arrays": "[" + "[]," * (LIMIT // 3 - 1) + "[]]",
    "huge integer": "9" * LIMIT,
    "integer beyond 64 bits": '{"n": 99999999999999999999}',
    "number that overflows": '{"n": 1e999}',
    "many long integers": "[" + ",".join(["9" * 4000] * 60) + "]",
    "NaN": '{"n": NaN}',
    "Infinity": '{"n": -Infinity}',
    "repeated key": '{"status": "registered", "status": "closed"}',
    "repeated key written differently": '{"a": 1, "\\u0061": 2}',
    "NUL": '{"words": "a\\u0000b"}',
    "NUL in a name": '{"a\\u0000b": 1}',
    "lone high surrogate": '{"words": "\\ud83d"}',
    "lone low surrogate": '{"words": "\\uDCA1"}',
    "swapped surrogates": '{"words": "\\udca1\\ud83d"}',
    "raw control character": '{"words": "a\nb"}',
    "quotes without end": '"' + '\\"' * (LIMIT // 2 - 1),
    "backslashes without end": '"' + "\\" * (LIMIT - 1),
    "quotes only": '"' * LIMIT,
    "empty": "",
    "two documents": "{} {}",
    "comment": "{} // done",
    "byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused_in_fifty_milliseconds(text: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidInput) as refusal:
        loads(text)
    assert time.process_time() - started < 0.05
    (error,) = refusal.value.facts["errors"]
    assert set(error) == {"field", "message", "message_en"}


def test_the_largest_honest_body_is_read_in_fifty_milliseconds() -> None:
    text = json.dumps({"words": '"\\' * (LIMIT // 5)})
    started = time.process_time()
    loads(text)
    assert time.process_time() - started < 0.05


def test_broken_text_is_reported_on_its_own_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        loads('{"place": {"names": ["ok", "\\ud83d"]}}')
    assert refusal.value.facts["errors"][0]["field"] == "place.names.1"


def test_an_escaped_backslash_before_u0000_is_only_text() -> None:
    assert loads('{"words": "\\\\u0000"}') == {"words": "\\u0000"}
