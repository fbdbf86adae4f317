"""Words that cannot wait."""

from __future__ import annotations

import pytest

from tests.unit.builders_directory import beijing


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("三楼着火了，快来人", ("119",)),
        ("有人晕倒在路边，没有呼吸", ("120",)),
        ("楼下正在打架，有人持刀", ("110",)),
        ("路口发生车祸，有人昏迷", ("122", "120")),
        ("闻到煤气味，怀疑燃气泄漏", ("119",)),
        ("电梯困人了", ("119",)),
        ("The kitchen is ON FIRE and my father is unconscious", ("119", "120")),
    ],
)
def test_an_emergency_names_its_numbers_in_order(text: str, numbers: tuple[str, ...]) -> None:
    assert beijing().emergency_words.numbers(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "楼道堆满杂物，存在火灾隐患",
        "路口没有红绿灯，容易发生交通事故",
        "对交通事故认定不服",
        "建议学校加强防溺水教育",
        "申请反家暴庇护",
        "请检查社区预防煤气中毒工作",
        "The stairwell is a fire hazard",
        "路灯不亮",
        "",
    ],
)
def test_a_hazard_or_an_aftermath_is_no_emergency(text: str) -> None:
    assert beijing().emergency_words.numbers(text) == ()
