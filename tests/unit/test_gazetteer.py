"""Places from the words of an address: found when they are named, never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.gazetteer import BoundingBox, Gazetteer, Location, Rank, entry
from hotline.domain.lexicon import normalise
from tests.unit.builders_directory import beijing

HAND_MADE_ADDRESSES = [
    ("北京市朝阳区望京西园三区312号楼2单元", "望京街道", "朝阳区"),
    ("海淀区八里庄街道北洼路48号院", "八里庄街道", "海淀区"),
    ("东城区菊儿胡同41号", "交道口街道", "东城区"),
    ("昌平区回龙观龙跃苑四区5号楼", "龙泽园街道", "昌平区"),
    ("通州区梨园镇云景里小区", "梨园镇", "通州区"),
    ("石景山区 八角北路 特钢社区", "八角街道", "石景山区"),
    ("怀柔区渤海镇慕田峪村12号", "渤海镇", "怀柔区"),
    ("顺义区后沙峪镇裕祥花园", "后沙峪地区", "顺义区"),
    ("西城区牛街东里一区", "牛街街道", "西城区"),
    ("大兴区亦庄荣华街道万科金域东郡", "荣华街道", "大兴区"),
]


@pytest.mark.parametrize(("address", "subdistrict", "district"), HAND_MADE_ADDRESSES)
def test_a_hand_made_address_is_placed(address: str, subdistrict: str, district: str) -> None:
    code = beijing().gazetteer.locate(address).code

    assert [place.name_zh for place in beijing().within(code)] == [subdistrict, district, "北京市"]


def test_a_name_that_two_sub_districts_bear_yields_both() -> None:
    location = beijing().gazetteer.locate("八里庄街道")

    assert location.codes == ("110105015", "110108005")
    assert location.code is None
    assert location.district is None


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("朝阳区八里庄街道", "110105015"),
        ("海淀八里庄街道", "110108005"),
        ("八里庄街道八里庄北里", "110108005"),
        ("Balizhuang Subdistrict, Chaoyang District", "110105015"),
    ],
)
def test_another_name_in_the_text_settles_which_one_is_meant(address: str, code: str) -> None:
    assert beijing().gazetteer.locate(address).codes == (code,)


def test_two_places_in_one_text_are_two_candidates() -> None:
    location = beijing().gazetteer.locate("从望京街道到劲松街道的公交车")

    assert location.codes == ("110105017", "110105026")
    assert location.district == "110105"


def test_a_sub_district_outside_the_district_named_is_shown_as_a_contradiction() -> None:
    location = beijing().gazetteer.locate("家住天通苑北街道，在朝阳区上班")

    assert location.codes == ("110105", "110114008")


def test_a_district_alone_is_known_as_a_district() -> None:
    assert beijing().gazetteer.locate("朝阳区建国路88号") == Location(codes=("110105",), names=("朝阳区",))


@pytest.mark.parametrize("text", ["", "区", "大兴土木，劳民伤财", "向往光明和幸福", "hello", "😀" * 50])
def test_words_that_name_no_place_place_nothing(text: str) -> None:
    assert beijing().gazetteer.locate(text).codes == ()


def test_an_everyday_word_is_a_place_only_directly_behind_a_better_name() -> None:
    gazetteer = Gazetteer({"西区": entry(Rank.DISTRICT, ["990102"]), "光明": entry(Rank.WEAK, ["990102001"])})

    assert gazetteer.locate("光明路").codes == ()
    assert gazetteer.locate("西区的人都爱光明").codes == ("990102",)
    assert gazetteer.locate("西区光明路").codes == ("990102001",)


def test_full_width_and_spaces_make_no_difference() -> None:
    assert beijing().gazetteer.locate("朝 阳 区　望 京 街 道").codes == ("110105026",)


@given(st.text(max_size=300))
def test_whatever_is_written_only_known_codes_come_out(text: str) -> None:
    assert set(beijing().gazetteer.locate(text).codes) <= beijing().jurisdictions.keys()


def test_every_sub_district_is_found_by_its_district_and_full_name() -> None:
    directory = beijing()
    missed = [
        place.name_zh
        for place in directory.jurisdictions.values()
        if place.level == "subdistrict"
        and directory.gazetteer.locate(directory.within(place.code)[1].name_zh + place.name_zh).code
        != place.code
    ]

    assert missed == []


def test_a_point_is_only_held_against_the_city_box() -> None:
    box = BoundingBox(south=39.43, west=115.41, north=41.07, east=117.52)

    assert box.contains(39.9087, 116.3975)
    assert not box.contains(31.2304, 121.4737)


def test_an_invisible_character_inside_a_name_hides_nothing() -> None:
    assert beijing().gazetteer.locate("朝\u200b阳区望\ufeff京街\u2060道").code == "110105026"


def test_normalising_folds_width_case_and_the_spaces_between_han() -> None:
    assert normalise("  ＡＢｃ　路 灯\n坏 了 Street  Light ") == "abc路灯坏了street light"
