"""What is reported where, for everybody: fives, and nothing that tells of one appeal."""

from __future__ import annotations

import pytest

from hotline.domain.errors import NotFound
from hotline.use_cases.public_appeals import PublicAppeals, public_appeals
from tests.unit.builders import RIVERSIDE, Hotline, appeal

PLACE, TOPIC = RIVERSIDE, "street.noise"


@pytest.fixture
def hotline() -> Hotline:
    return Hotline()


def reported(hotline: Hotline, count: int, **more: object) -> list[str]:
    """So many appeals about one topic in one sub-district."""
    named = {"service_code": TOPIC, "place": {"subdistrict": PLACE}, "type": "complaint"} | more
    receipts = [
        hotline.register(appeal(text=f"夜间噪声，第 {number} 次", **named), key=f"{more}{number}")
        for number in range(count)
    ]
    return [receipt.tracking_number for receipt in receipts]


def shown(hotline: Hotline, place: str = PLACE, topic: str = TOPIC) -> PublicAppeals:
    return public_appeals(
        place,
        topic,
        cases=hotline.cases,
        lists=hotline.cases,
        directories=hotline.directories,
        now=hotline.clock,
    )


@pytest.mark.parametrize(("count", "told"), [(0, []), (4, []), (5, [5]), (9, [5]), (10, [10])])
def test_counts_are_rounded_down_to_fives_and_fewer_are_not_told(
    hotline: Hotline, count: int, told: list[int]
) -> None:
    reported(hotline, count)
    assert [month.registered for month in shown(hotline).months] == told


def test_what_is_confidential_or_taken_back_is_not_counted(hotline: Hotline) -> None:
    reported(hotline, 4)
    reported(hotline, 3, confidential=True)
    assert shown(hotline).months == ()


def test_an_unknown_place_or_topic_is_not_found(hotline: Hotline) -> None:
    for place, topic in (("999999999", TOPIC), (PLACE, "no.such")):
        with pytest.raises(NotFound):
            shown(hotline, place, topic)
