"""What operators are shown beside an appeal, and what they are not."""

from __future__ import annotations

import pytest

from hotline.domain.conclusions import Conclude
from hotline.domain.errors import InvalidInput, NotFound
from hotline.domain.lifecycle import Status
from hotline.domain.orders import ReportProgress
from hotline.ports import LISTED_AT_ONCE
from hotline.use_cases.compare_appeals import ComparisonOutdated
from hotline.use_cases.conclude_appeal import conclude_appeal
from tests.unit.builders import OPERATOR, Hotline, appeal
from tests.unit.builders_directory import EAST_ZHONGSHAN, RIVERSIDE
from tests.unit.builders_repeats import compare, decide, merge, similar, similar_draft, supplement, withdraw

LAMP = "楼前路灯不亮，晚上很黑"
AGAIN = {"text": "再次反映：楼前路灯还是不亮，晚上很黑", "contact": {"phone": "13900139000"}}
NOISE = {"text": "工地夜间施工，吵得睡不着"}
REPORT = {"type": "report", "confidential": True}


# --- suggestions -----------------------------------------------------------------------------------


def test_an_appeal_on_the_same_matter_is_suggested_with_the_reasons() -> None:
    hotline = Hotline()
    first = hotline.dispatched()
    hotline.registered(appeal(**NOISE))
    hotline.clock.pass_(days=3)
    second = hotline.registered(appeal(**AGAIN))
    (found,) = similar(hotline, second)
    assert (found.appeal_id, found.status, found.agency_zh) == (first, "dispatched", "河边街道")
    assert [reason.code for reason in found.reasons] == ["text", "place", "service", "time"]
    assert found.reasons[1].text_zh == "同一街道（乡镇）"
    assert "13800138000" not in found.model_dump_json()
    assert [each.appeal_id for each in similar(hotline, first)] == [second], "it works both ways"


def test_the_same_citizen_is_found_in_another_place() -> None:
    hotline = Hotline()
    first = hotline.dispatched()
    moved = hotline.registered(appeal(place={"subdistrict": EAST_ZHONGSHAN}))
    (found,) = similar(hotline, moved)
    assert (found.appeal_id, [reason.code for reason in found.reasons]) == (
        first,
        ["text", "citizen", "service", "time"],
    )


def test_what_lies_beyond_the_window_or_was_taken_back_is_not_suggested() -> None:
    hotline = Hotline()
    hotline.dispatched()
    hotline.clock.pass_(days=31)
    taken_back = hotline.registered()
    withdraw(hotline, taken_back)
    assert similar(hotline, hotline.registered()) == ()


def test_a_confidential_report_is_never_found_and_finds_nothing() -> None:
    hotline = Hotline()
    hotline.registered()
    secret = hotline.registered(appeal(**REPORT))
    decide(hotline, secret, released_text=LAMP)
    assert similar(hotline, secret) == ()
    assert secret not in [each.appeal_id for each in similar(hotline, hotline.registered())]
    with pytest.raises(NotFound):
        compare(hotline, secret, hotline.registered())


def test_a_joined_appeal_is_shown_with_its_leader() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.registered()
    merge(hotline, member, leader)
    found = {each.appeal_id: each for each in similar(hotline, hotline.registered())}
    assert found[member].merged_into == leader
    assert found[leader].members == 1


def test_a_search_costs_two_queries_and_two_batches_whatever_there_is() -> None:
    hotline = Hotline()
    for _ in range(LISTED_AT_ONCE + 10):
        hotline.registered()
    here = {"service_code": "street.noise", "place": {"subdistrict": RIVERSIDE}}
    assert len(similar_draft(hotline, text=LAMP, contact={"phone": "13800138000"}, **here)) == 10
    assert (hotline.cases.queries, hotline.cases.reads, hotline.words.reads) == (2, 1, 1)


# --- while a caller is speaking --------------------------------------------------------------------


def test_a_caller_is_found_by_the_phone_and_nothing_is_stored() -> None:
    hotline = Hotline()
    first = hotline.dispatched()
    writes = hotline.cases.writes
    (found,) = similar_draft(hotline, text=LAMP, contact={"phone": "0086 138-0013-8000"})
    assert found.appeal_id == first
    assert hotline.cases.writes == writes


def test_service_and_place_of_a_draft_are_found_in_its_words() -> None:
    hotline = Hotline()
    first = hotline.dispatched(
        appeal(text="河边街道的路灯坏了，晚上很黑", service_code=None, place=None, contact=None)
    )
    (found,) = similar_draft(hotline, text="河边街道路灯坏了，晚上很黑，请修")
    assert found.appeal_id == first


def test_a_draft_of_which_nothing_is_known_finds_nothing() -> None:
    hotline = Hotline()
    hotline.dispatched()
    assert similar_draft(hotline, text="我有一件事想反映", service_code="no.such.service") == ()


# --- comparison ------------------------------------------------------------------------------------


def test_two_appeals_stand_side_by_side_with_what_is_new_and_how_far_the_earlier_is() -> None:
    hotline = Hotline()
    earlier = hotline.in_progress()
    hotline.act(earlier, ReportProgress(text="灯泡已采购"))
    later = hotline.registered(appeal(text="楼前路灯不亮，昨晚有人摔伤"))
    supplement(hotline, later, "已经送医院")
    shown = compare(hotline, later, earlier)
    assert (shown.earlier.text, shown.later.supplements) == (LAMP, ("已经送医院",))
    assert shown.new_phrases == ("昨晚有人摔伤", "已经送医院")
    assert [entry.text for entry in shown.progress if entry.text] == ["灯泡已采购"]
    assert "13800138000" not in shown.model_dump_json()


def test_the_progress_of_a_joined_appeal_is_that_of_its_leader() -> None:
    hotline = Hotline()
    leader, earlier = hotline.dispatched(), hotline.registered()
    merge(hotline, earlier, leader)
    shown = compare(hotline, hotline.registered(), earlier)
    assert {entry.event for entry in shown.progress} >= {"AppealMerged", "WorkOrderDispatched"}


def test_only_an_earlier_appeal_is_compared_with() -> None:
    hotline = Hotline()
    earlier = hotline.registered()
    hotline.clock.pass_(minutes=1)
    later = hotline.registered()
    for one, other in ((earlier, later), (later, later)):
        with pytest.raises(InvalidInput):
            compare(hotline, one, other)
    for unknown in ("010GC42GR73HR204P", "no number"):
        with pytest.raises(NotFound):
            compare(hotline, later, unknown)


# --- "no new facts" --------------------------------------------------------------------------------


def conclude(hotline: Hotline, later: str, earlier: str, comparison_id: str) -> Status:
    outcome = {
        "outcome": "no_new_facts",
        "same_as": earlier,
        "comparison_id": comparison_id,
        "text": "正在办理",
    }
    return conclude_appeal(
        later,
        Conclude.model_validate(outcome),
        by=OPERATOR,
        command_id="conclude",
        expected_version=None,
        cases=hotline.cases,
        words=hotline.words,
        sealed=hotline.sealed,
        directories=hotline.directories,
        tokens=hotline.tokens,
        now=hotline.clock,
    ).status


def test_no_new_facts_is_said_by_whoever_has_seen_both() -> None:
    hotline = Hotline()
    earlier, later = hotline.in_progress(), hotline.registered()
    shown = compare(hotline, later, earlier)
    assert conclude(hotline, later, earlier, shown.comparison_id) is Status.RESOLVED
    assert hotline.case(later).events[-1].facts["same_as"] == earlier


def test_a_comparison_is_void_when_either_appeal_has_changed_since() -> None:
    for which in (0, 1):
        hotline = Hotline()
        pair = hotline.in_progress(), hotline.registered()
        shown = compare(hotline, pair[1], pair[0])
        supplement(hotline, pair[which], "还有")
        with pytest.raises(ComparisonOutdated):
            conclude(hotline, pair[1], pair[0], shown.comparison_id)


def test_a_comparison_proves_nothing_about_others_and_cannot_be_made_up() -> None:
    hotline = Hotline()
    earlier, later, third = hotline.in_progress(), hotline.registered(), hotline.registered()
    shown = compare(hotline, later, earlier)
    for one, other, proof in (
        (third, earlier, shown.comparison_id),
        (later, third, shown.comparison_id),
        (later, earlier, "made-up"),
    ):
        with pytest.raises(ComparisonOutdated):
            conclude(hotline, one, other, proof)
    with pytest.raises(InvalidInput):
        conclude(hotline, later, "010GC42GR73HR204P", shown.comparison_id)
    assert hotline.case(later).status is Status.REGISTERED
