"""Reply templates: what is wrong with a list is said line by line; filled in, a blank is left to write by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import pytest

from hotline.domain.directory import Directory
from hotline.domain.reply_templates import PLACEHOLDERS, ReplyCommand, blanks_in, fill_in
from infrastructure.directory.checks import _check_ids
from infrastructure.directory.reading import Folder, Problems, _lines, read_folder
from infrastructure.directory.replies import check_replies, compile_replies
from infrastructure.directory.rows import FILES
from infrastructure.ops import replies
from infrastructure.ops.cli import main
from tests.unit.builders_directory import BEIJING_FOLDER, beijing_loaded
from web.desk_forms import COMMANDS

NAME = "reply_templates.csv"
FACTS = dict.fromkeys(PLACEHOLDERS, "路灯")


def complaints(old: str = "", new: str = "") -> list[str]:
    """What is said about the file after one change."""
    problems = Problems()
    text = (BEIJING_FOLDER / NAME).read_text(encoding="utf-8")
    assert old in text
    texts = {NAME: text.replace(old, new, 1)}
    empty: dict[str, str] = dict.fromkeys(FILES, "")
    lines = {name: list(_lines(name, text, problems)) for name, text in {**empty, **texts}.items()}
    folder = Folder(texts, lines)
    _check_ids(folder, problems)
    check_replies(folder, problems)
    return [str(problem) for problem in problems]


def test_the_shipped_templates_are_sound_reach_the_directory_and_leave_something_to_write() -> None:
    assert complaints() == []
    templates = beijing_loaded().directory().reply_templates
    assert {"resolve", "report_progress", "return"} <= {each.command for each in templates}
    for each in templates:
        for text in (each.text_zh, each.text_en):
            filled = fill_in(text, FACTS)
            assert "{" not in filled
            assert blanks_in(filled)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{place}{service}问题，{agency}已",
            "{place}{phone}问题，{agency}已",
            ":3: text_zh: nothing fills in {phone}",
        ),
        ("{service}问题", "{service.name}问题", ":3: text_zh: only a name may stand between braces"),
        (
            "inspected,report_progress,",
            "inspected,record_contact,",
            ":3: command: Input should be 'report_progress'",
        ),
        ("progress-waiting,", "progress-inspected,", ":4: code: is there already in line 3"),
        ("Not our duty,", ",", ":12: name_en: is empty"),
        ("\nreturn-duty,", "\nshort,return,短,Short,【请写明】,,\nreturn-duty,", ":12: text_en: is empty"),
        ("【请写明等待什么】，预计【请写明日期】", "材料，预计近日", ":4: text_zh: has no blank 【请…】"),
        ("【请写明等待什么】", "【等待什么】", ":4: text_zh: a blank begins with 请 or Please"),
        (
            "您反映的{place}{service}问题正",
            "您反映的{number}正",
            ":4: text_zh: {number} is the first appeal's",
        ),
    ],
)
def test_a_mistake_is_found_in_its_line(old: str, new: str, said: str) -> None:
    found = complaints(old, new)
    assert any(f"{NAME}{said}" in complaint for complaint in found), found


def test_a_folder_without_the_file_and_a_version_of_before_have_none(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(BEIJING_FOLDER, folder)
    (folder / NAME).unlink()
    problems = Problems()
    read = read_folder(folder, problems)
    assert problems == []
    assert compile_replies(read) == []
    assert Directory("2026-01-01-00000000", lambda part: {}).reply_templates == ()


def test_every_command_with_a_text_may_have_templates() -> None:
    assert set(get_args(ReplyCommand)) == {name for name, spec in COMMANDS.items() if "text" in spec.fields}


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert fill_in("{service}", {"service": "{agency}"}) == "{agency}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("已更换灯泡", 0),
        ("【12345热线】已更换灯泡", 0),
        ("于【请写明日期】完成：【 请写明】", 2),
        ("【Please say what】, 【please give the date】", 2),
        ("【pleased】", 0),
    ],
)
def test_blanks_are_told_from_other_brackets(text: str, left: int) -> None:
    assert len(blanks_in(text)) == left


def test_a_preview_fills_in_every_template_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compiled(folder: object) -> Directory:
        return beijing_loaded().directory()

    monkeypatch.setattr(replies, "compiled", compiled)
    assert main(["replies", "preview"]) == 0
    shown = capsys.readouterr().out
    assert "{" not in shown
    assert "resolve-repaired zh-CN, for resolve: 已修复、已整改" in shown
    assert "Street lighting" in shown
    assert main(["replies", "preview", "return-duty", "--language", "en"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["replies", "preview", "apology"]) == 1
    assert "known are assist-asked, extension-works" in capsys.readouterr().err
