"""Signals as data: what is wrong with a city's list is said line by line, before it is imported."""

from __future__ import annotations

import pytest

from infrastructure.directory.checks import _check_signals
from infrastructure.directory.reading import Folder, Problems, _lines
from tests.unit.builders_directory import BEIJING_FOLDER, beijing_loaded
from tests.unit.builders_signals import beijing_signals

NAMES = ("signals.csv", "stock_phrases.csv")


def complaints(name: str = "signals.csv", old: str = "", new: str = "") -> list[str]:
    """What is said about the two files after one change."""
    problems = Problems()
    texts = {each: (BEIJING_FOLDER / each).read_text(encoding="utf-8") for each in NAMES}
    assert old in texts[name]
    texts[name] = texts[name].replace(old, new, 1)
    lines = {each: list(_lines(each, text, problems)) for each, text in texts.items()}
    _check_signals(Folder(texts, lines), problems)
    return [str(problem) for problem in problems]


def test_the_shipped_signals_are_sound_and_reach_the_directory() -> None:
    assert complaints() == []
    assert beijing_loaded().directory().signals == beijing_signals()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("signals.csv", "no_photo,15", "no_picture,15", "code: 'no_photo' is missing"),
        ("signals.csv", "no_photo,15", "no_photo,150", "weight: Input should be less than or equal to 100"),
        ("signals.csv", "unrelated_reply,45,0.03", "unrelated_reply,45,3", "threshold: is a share"),
        ("signals.csv", "near_text,40,3", "near_text,40,30", "threshold: is never reached: counted up to 23"),
        ("signals.csv", "{value} 件", "{count} 件", "why_zh: only {value} and {threshold} are filled in"),
        ("stock_phrases.csv", "\n收悉,", "\n。！,", "phrase: holds neither letter nor digit"),
    ],
)
def test_a_mistake_is_found_in_its_line(name: str, old: str, new: str, said: str) -> None:
    assert any(said in complaint for complaint in complaints(name, old, new))
