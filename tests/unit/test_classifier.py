"""Services from a citizen's words."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.classifier import KEPT, KeywordClassifier
from tests.unit.builders_directory import beijing

EVERYDAY_WORDS = [
    ("小区门口的路灯坏了半个月，晚上漆黑一片", "road.lighting"),
    ("家里暖气不热，室温只有15度", "heat.supply"),
    ("楼下烧烤店油烟太大，窗户都不敢开", "env.air"),
    ("老板拖欠工资三个月了", "labour.wages"),
    ("健身房关门跑路，年卡退不了", "market.prepaid"),
    ("工地夜间施工，吵得睡不着", "build.noise"),
    ("自来水发黄有味，水质有问题", "water.quality"),
    ("楼道堆物堵塞消防通道", "order.fire"),
    ("外卖里吃出虫子", "market.food"),
    ("There has been no heat for two days, the radiator is cold", "heat.supply"),
    ("A huge pothole on the road damaged my tyre", "road.damage"),
    ("No water in the whole building since morning", "water.outage"),
]


@pytest.mark.parametrize(("text", "service_code"), EVERYDAY_WORDS)
def test_everyday_words_find_their_service(text: str, service_code: str) -> None:
    assert beijing().classifier.classify(text)[0].service_code == service_code


def test_a_candidate_shows_the_words_it_rests_on() -> None:
    best = KeywordClassifier({"lamp": ["路灯", "不亮"], "tree": ["树枝"]}).classify("路灯不亮了，路灯！")[0]

    assert best.evidence == ("路灯", "不亮")


def test_more_evidence_makes_more_confidence() -> None:
    classifier = KeywordClassifier({"lamp": ["路灯", "不亮"]})

    weak, strong = classifier.classify("路灯")[0], classifier.classify("路灯不亮")[0]

    assert weak.confidence < strong.confidence < 1


def test_evidence_for_another_service_takes_confidence_away() -> None:
    classifier = KeywordClassifier({"lamp": ["路灯"], "tree": ["树枝"]})

    alone, divided = classifier.classify("路灯")[0], classifier.classify("路灯被树枝挡住")[0]

    assert divided.confidence < alone.confidence


def test_what_is_said_first_weighs_more() -> None:
    classifier = KeywordClassifier({"lamp": ["路灯"], "tree": ["树枝"]})

    assert classifier.classify("树枝太长了" + "，请来看看" * 20 + "路灯")[0].service_code == "tree"


def test_a_text_without_a_keyword_has_no_candidate() -> None:
    assert beijing().classifier.classify("你好") == ()


def test_an_english_word_is_not_found_inside_another_but_its_plural_is() -> None:
    classifier = KeywordClassifier({"gas": ["gas"], "bus": ["bus"]})

    assert [each.service_code for each in classifier.classify("Two GAS buses")] == ["bus", "gas"]
    assert classifier.classify("a gasp in the omnibus and business") == ()


def test_a_few_candidates_are_enough() -> None:
    everything = " ".join(word for service in beijing().services.values() for word in service.keywords)

    assert len(beijing().classifier.classify(everything)) == KEPT


@pytest.mark.parametrize("pattern", ["路灯", "a", "aa bb ", "水", " ", "路" * 7 + "灯"])
def test_the_time_grows_with_the_text_and_no_faster(pattern: str) -> None:
    def seconds(length: int) -> float:
        text = (pattern * length)[:length]
        started = perf_counter()
        beijing().classifier.classify(text)
        return perf_counter() - started

    seconds(10_000)
    short = min(seconds(10_000) for _ in range(3))
    long = min(seconds(100_000) for _ in range(3))

    assert long < 40 * max(short, 0.002)


@given(st.text(max_size=400))
def test_confidences_are_shares_in_falling_order(text: str) -> None:
    confidences = [candidate.confidence for candidate in beijing().classifier.classify(text)]

    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) < 1.01
