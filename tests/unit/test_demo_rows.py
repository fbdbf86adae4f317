"""Appeals from files: our own form, and foreign ones by their names or by a map."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hotline.domain.appeal import RegisterAppeal
from infrastructure.demo.__main__ import SAMPLE
from infrastructure.demo.rows import TEXT_LIMIT, BadFile, parse_map, read_rows, row_of

CONTEST = {
    "id": "188006",
    "user": "A000102948",
    "title": "A3区道路积水",
    "at": "2019-02-28 11:25:05",
    "text": "一下雨就积水，车都过不去。",
    "against": 0,
    "likes": 0,
}


def file_of(folder: Path, *lines: Any) -> Path:
    path = folder / "appeals.jsonl"
    written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("".join(f"{line}\n" for line in written), encoding="utf-8")
    return path


def test_the_contest_file_is_understood_without_a_map() -> None:
    row = row_of(CONTEST, {}, 1)
    assert row.body == {
        "type": "complaint",
        "text": "A3区道路积水\n一下雨就积水，车都过不去。",
        "language": "zh-CN",
    }
    assert row.at == datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    assert row.phone is None


def test_common_foreign_names_are_found_by_themselves() -> None:
    foreign = {
        "留言主题": "咨询",
        "留言详情": "怎么办理？",
        "留言时间": "2019/1/9 8:05:00",
        "address": "东四",
    }
    row = row_of(foreign, {}, 1)
    assert row.body["text"] == "咨询\n怎么办理？"
    assert row.body["type"] == "consultation"
    assert row.body["place"] == {"address_text": "东四"}
    assert row.at == datetime(2019, 1, 9, 0, 5, tzinfo=UTC)


def test_a_map_names_fields_that_nobody_could_guess() -> None:
    mapping = parse_map("text=words,place.address_text=where,type=sort")
    row = row_of({"words": "No light", "where": "Gongti", "sort": "投诉", "text": "not this"}, mapping, 1)
    assert row.body == {
        "type": "投诉",
        "text": "No light",
        "language": "en",
        "place": {"address_text": "Gongti"},
    }


@pytest.mark.parametrize("text", ["text", "text=", "words=text", "text=a,place.street=b"])
def test_a_map_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(BadFile, match="write OURS=THEIRS"):
        parse_map(text)


def test_what_the_hotline_would_refuse_is_taken_out_of_the_text() -> None:
    row = row_of({"text": "灯\u0000坏\u202e了\r\n第二行\U0001f6a8" + "长" * TEXT_LIMIT}, {}, 1)
    assert row.body["text"].startswith("灯坏了\n第二行🚨长")
    assert len(row.body["text"]) == TEXT_LIMIT
    assert RegisterAppeal.model_validate(row.body).text == row.body["text"]


def test_a_title_that_the_text_repeats_is_not_put_before_it() -> None:
    assert row_of({"title": "路灯不亮", "text": "路灯不亮三天了"}, {}, 1).body["text"] == "路灯不亮三天了"


def test_only_so_many_rows_are_read_and_empty_lines_do_not_count(tmp_path: Path) -> None:
    path = file_of(tmp_path, {"text": "a"}, "", {"text": "b"}, "{broken")
    assert [(row.number, row.body["text"]) for row in read_rows(path, {}, 2)] == [(1, "a"), (3, "b")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{broken", "line 2: not JSON"),
        ("[1]", "line 2: must be a JSON object"),
        ('{"words": "x"}', "line 2: no 'text' in it, only words; use --map"),
        ('{"text": "x", "at": "yesterday"}', "line 2: 'yesterday' is not a time"),
    ],
)
def test_a_bad_line_is_named_with_its_fault(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_rows(file_of(tmp_path, {"text": "a"}, line), {}, None)


def test_a_file_that_is_missing_or_empty_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_rows(tmp_path / "none.jsonl", {}, None)
    with pytest.raises(BadFile, match="holds no appeals"):
        read_rows(file_of(tmp_path, ""), {}, None)


def test_every_row_of_the_bundled_sample_is_an_appeal_as_the_api_takes_it() -> None:
    rows = read_rows(SAMPLE, {}, None)
    commands = [RegisterAppeal.model_validate(row.body) for row in rows]
    english = sum(command.language == "en" for command in commands)
    assert len(commands) >= 150
    assert 0.15 < english / len(commands) < 0.4
    assert len({command.text for command in commands}) == len(commands)
    assert {command.type.value for command in commands} == {
        "consultation",
        "help",
        "complaint",
        "report",
        "suggestion",
    }
    assert all(row.at for row in rows)
