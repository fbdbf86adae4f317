"""How alike two appeals are, in both languages, by figures that add up; and on real citizens' words."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.directory import Policies
from hotline.domain.similarity import WEIGHTS, Likeness, new_phrases, similarity, wording
from tests.unit.builders import NOON

MONTH = timedelta(days=30)
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "appeals_2019.jsonl"
ALIKE = Policies.model_fields["repeat_similarity"].default


def likeness(text: str = "楼前路灯不亮，晚上很黑", at: datetime = NOON, **facts: str) -> Likeness:
    return Likeness(text=text, registered_at=at, **facts)


# --- wording ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("楼前路灯不亮，晚上很黑！", "楼前路灯不亮 晚上很黑"),
        ("１２号楼前ＬＥＤ路灯不亮", "12号楼前led路灯不亮"),
        ("3月5日起停水", "3月6日起停水"),
        ("The street light is out.", "the STREET light - is out"),
    ],
)
def test_width_case_punctuation_and_numbers_do_not_count(one: str, other: str) -> None:
    assert wording(one, other) == 1


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("楼前路灯坏了，晚上很黑，请维修", "楼前的路灯坏了，晚上太黑，请尽快维修", 0.5, 0.9),
        ("楼前路灯坏了，晚上很黑，请维修", "工地夜间施工，吵得睡不着", 0.0, 0.1),
        ("The street lamp in front of building 12 is out", "Street lamp at building 12 is out", 0.6, 0.9),
        ("The street lamp in front of building 12 is out", "My employer owes us three months' pay", 0.0, 0.2),
        ("", "楼前路灯坏了", 0.0, 0.0),
        ("？！", "……", 0.0, 0.0),
    ],
)
def test_the_same_matter_reads_alike_and_another_does_not(
    one: str, other: str, least: float, most: float
) -> None:
    assert least <= wording(one, other) <= most


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_of_wording_has_no_direction_and_lies_between_0_and_1(one: str, other: str) -> None:
    assert 0 <= wording(one, other) == wording(other, one) <= 1


# --- score -----------------------------------------------------------------------------------------


def test_the_weights_make_a_whole() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def test_a_score_is_the_sum_of_the_reasons_that_are_shown() -> None:
    mine = likeness(citizen_index="c", subdistrict="s", service_code="v")
    theirs = likeness("楼前路灯不亮，请维修", NOON + timedelta(days=6), citizen_index="c", subdistrict="s")
    found = similarity(mine, theirs, MONTH)
    assert [reason.code for reason in found.reasons] == ["text", "citizen", "place", "time"]
    assert found.score == pytest.approx(sum(reason.points for reason in found.reasons))
    assert {reason.code: reason.share for reason in found.reasons}["time"] == 0.8


def test_nothing_known_is_not_the_same() -> None:
    """Two anonymous appeals without a place are not of one citizen at one place."""
    codes = [reason.code for reason in similarity(likeness("甲乙丙"), likeness("子丑寅"), MONTH).reasons]
    assert codes == ["time"]


def test_time_beyond_the_window_is_worth_nothing() -> None:
    (reason,) = similarity(likeness(), likeness(at=NOON - timedelta(days=31)), MONTH).reasons
    assert reason.code == "text"


# --- what is new -----------------------------------------------------------------------------------


def test_phrases_that_were_said_before_are_not_new() -> None:
    assert new_phrases("楼前路灯不亮，晚上很黑", "晚上很黑。楼前路灯不亮！") == ()


def test_another_number_is_a_new_fact() -> None:
    assert new_phrases("3月5日起停水，5号楼", "5号楼停水，3月9日还没有水") == ("3月9日还没有水",)


def test_new_phrases_are_few_and_short() -> None:
    later = "。".join(f"第{number}次反映此事，" + "很长" * 60 for number in range(30))
    found = new_phrases("路灯不亮", later)
    assert len(found) == 10
    assert max(map(len, found)) == 80


def test_a_long_text_is_compared_quickly() -> None:
    one, other = "路灯不亮" * 1000, "路灯。" * 1300
    assert 0 < wording(one, other) < 1
    assert new_phrases(one, other) == ()


# --- real citizens' words --------------------------------------------------------------------------


@cache
def real_appeals() -> tuple[Likeness, ...]:
    """All of a year, with the pseudonym as citizen."""
    if not REAL.exists():
        pytest.skip(f"{REAL} is not there: real appeals are not part of the project")
    rows = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    return tuple(
        Likeness(
            text=row["text"],
            registered_at=datetime.fromisoformat(row["at"]).replace(tzinfo=UTC),
            citizen_index=row["user"],
        )
        for row in rows
    )


def test_real_appeals_that_have_nothing_to_do_with_each_other_are_not_suggested() -> None:
    """Not even when all else speaks for it: same citizen, place, service and day."""
    chosen = random.Random(7).sample(real_appeals(), 600)
    scores = [
        similarity(
            one.model_copy(update={"subdistrict": "s", "service_code": "v", "citizen_index": "c"}),
            other.model_copy(
                update={
                    "subdistrict": "s",
                    "service_code": "v",
                    "citizen_index": "c",
                    "registered_at": one.registered_at,
                }
            ),
            MONTH,
        ).score
        for one, other in zip(chosen[::2], chosen[1::2], strict=True)
    ]
    assert max(scores) < ALIKE


def test_real_appeals_sent_again_with_small_changes_are_suggested() -> None:
    """The same place and service, another citizen, some words less, some more, two days later."""
    chance = random.Random(8)
    for one in chance.sample(real_appeals(), 200):
        if len(one.text) < 20:
            continue
        cut = chance.randrange(len(one.text) // 8)
        again = f"再次反映：{one.text[cut:]}请尽快处理"
        other = likeness(again, one.registered_at + timedelta(days=2), subdistrict="s", service_code="v")
        mine = one.model_copy(update={"subdistrict": "s", "service_code": "v"})
        assert similarity(mine, other, MONTH).score >= ALIKE


def test_what_real_citizens_sent_twice_is_found_and_what_they_sent_besides_is_not() -> None:
    """Of the pairs of one citizen within a month, those that share half of their wording, and no others."""
    own: dict[str | None, list[Likeness]] = {}
    for each in real_appeals():
        own.setdefault(each.citizen_index, []).append(each)
    pairs = [
        pair
        for appeals in own.values()
        if len(appeals) <= 10
        for pair in combinations(appeals, 2)
        if abs(pair[0].registered_at - pair[1].registered_at) < MONTH
    ]
    here = {"subdistrict": "s", "service_code": "v"}
    found: list[float] = []
    missed: list[float] = []
    for one, other in random.Random(9).sample(pairs, 300):
        alike = similarity(one.model_copy(update=here), other.model_copy(update=here), MONTH)
        (found if alike.score >= ALIKE else missed).append(wording(one.text, other.text))
    assert len(found) > 20
    assert min(found) > 0.3
    assert max(missed) < 0.5
