"""Spam and second tries: what says the same word for word is one order, and nothing is dropped (S27)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from hotline.domain.appeal import RegisterAppeal
from hotline.domain.errors import Unavailable, VersionConflict
from hotline.domain.lifecycle import Status
from hotline.domain.orders import Acknowledge
from hotline.ports import OPERATORS
from hotline.use_cases.fold_repeats import EarlierBusy
from tests.unit.builders import AGENCY, CONTACT, RESOLVE, Hotline, appeal
from tests.unit.builders_repeats import deliver, merge, track, withdraw
from tests.unit.fakes import refuse

BATCH = 10
ANONYMOUS = {"contact": None}
NOWHERE = {"service_code": None, "place": None}


def send(hotline: Hotline, times: int = 1, **changes: Any) -> list[str]:
    """The same body again and again, a second apart."""
    body = appeal(**changes)
    sent = []
    for _ in range(times):
        sent.append(hotline.registered(body))
        hotline.clock.pass_(seconds=1)
    return sent


def work(hotline: Hotline, ids: Sequence[str]) -> list[str]:
    """Let the dispatcher take the registrations in batches; the ids of those that come back."""
    registered = {each.appeal_id: each for each in hotline.events() if each.name == "AppealRegistered"}
    failed: dict[str, Any] = {}
    for start in range(0, len(ids), BATCH):
        failed |= hotline.dispatch(*(registered[each] for each in ids[start : start + BATCH]))
    assert all(error.retryable for error in failed.values())
    return [event_id.partition(":")[0] for event_id in failed]


def statuses(hotline: Hotline, ids: Sequence[str]) -> list[Status]:
    return [hotline.case(each).status for each in ids]


# --- folding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {},
        ANONYMOUS,
        ANONYMOUS | NOWHERE | {"text": "河边街道的路灯坏了，晚上很黑"},
        NOWHERE | {"text": "我有一件事想反映"},
    ],
    ids=["same citizen", "same place", "place found by the rules", "nobody knows where"],
)
def test_the_same_body_again_joins_the_first_whoever_decides_about_that(changes: dict[str, Any]) -> None:
    hotline = Hotline()
    first, *others = send(hotline, 4, **changes)
    for appeal_id in (first, *others):
        assert work(hotline, [appeal_id]) == []
    assert statuses(hotline, others) == [Status.MERGED] * 3
    assert hotline.case(first).members == 3
    assert {hotline.case(each).events[-1].actor for each in others} == {"system"}


def test_a_whole_batch_joins_in_one_write() -> None:
    hotline = Hotline()
    ids = send(hotline, BATCH)
    writes = hotline.cases.writes
    assert work(hotline, ids) == []
    assert hotline.cases.reads == 2, "the batch, and once more what is joined"
    assert hotline.cases.queries == BATCH
    assert hotline.cases.writes - writes == 1 + BATCH, "the dispatch; nine members and their leader"
    assert statuses(hotline, ids) == [Status.DISPATCHED, *[Status.MERGED] * 9]


def test_a_batch_that_comes_again_joins_nobody_twice() -> None:
    hotline = Hotline()
    ids = send(hotline, 5)
    for _ in range(3):
        assert work(hotline, ids) == []
    assert [hotline.case(each).version for each in ids] == [6, 2, 2, 2, 2]


def test_the_first_is_the_earliest_in_whatever_order_they_come() -> None:
    hotline = Hotline()
    ids = send(hotline, 5)
    assert work(hotline, ids[::-1]) == []
    assert statuses(hotline, ids) == [Status.DISPATCHED, *[Status.MERGED] * 4]


def test_a_later_one_waits_until_the_first_is_decided() -> None:
    hotline = Hotline()
    first, second = send(hotline, 2)
    assert work(hotline, [second]) == [second]
    assert hotline.case(second).version == 1
    assert work(hotline, [first]) == work(hotline, [second]) == []
    assert hotline.case(second).merged_into == first


def test_a_first_that_nobody_decides_about_is_not_waited_for_for_ever() -> None:
    hotline = Hotline()
    first, second = send(hotline, 2)
    hotline.clock.pass_(minutes=5)
    assert work(hotline, [second]) == []
    assert hotline.case(second).merged_into == first
    assert work(hotline, [first]) == []
    assert hotline.case(first).status is Status.DISPATCHED


def test_in_a_flood_only_one_order_goes_out_however_far_apart_the_workers_are() -> None:
    """The newest neighbours hide the first one from those in the middle: they wait for it."""
    hotline = Hotline()
    ids = send(hotline, 120)
    left = work(hotline, ids[60:])
    left += work(hotline, ids[:60])
    assert left
    assert work(hotline, left) == []
    assert statuses(hotline, ids).count(Status.DISPATCHED) == 1
    assert hotline.case(ids[0]).members == 119


def test_what_comes_in_one_second_is_one_order_though_nobody_sees_all_of_it() -> None:
    hotline = Hotline()
    ids = [hotline.registered(appeal()) for _ in range(130)]
    hotline.clock.pass_(seconds=1)
    ids += [hotline.registered(appeal()) for _ in range(70)]
    left = ids
    for _ in range(4):
        left = work(hotline, left)
    assert left == []
    assert statuses(hotline, ids).count(Status.DISPATCHED) == 1
    assert statuses(hotline, ids).count(Status.MERGED) == 199


def test_whom_others_joined_before_anybody_had_decided_is_dispatched_itself() -> None:
    """After a long outage the workers take the messages in any order."""
    hotline = Hotline()
    first, second, third = send(hotline, 3)
    hotline.clock.pass_(minutes=10)
    merge(hotline, third, second)
    assert work(hotline, [first]) == work(hotline, [second]) == work(hotline, [third]) == []
    assert statuses(hotline, [first, second, third]) == [Status.DISPATCHED, Status.DISPATCHED, Status.MERGED]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "楼前路灯不亮，晚上很黑。"},
        {"place": {"subdistrict": "990101002"}},
        {"contact": {"phone": "13900139000"}},
        ANONYMOUS,
    ],
    ids=["other words", "other place", "another citizen", "nobody"],
)
def test_what_differs_in_anything_is_an_order_of_its_own(changes: dict[str, Any]) -> None:
    """Near-duplicates are suggested to an operator, who sees both (tests/unit/test_find_repeats.py)."""
    hotline = Hotline()
    ids = [*send(hotline), *send(hotline, **changes)]
    assert work(hotline, ids) == []
    assert statuses(hotline, ids) == [Status.DISPATCHED] * 2


def test_the_same_words_a_day_later_are_told_anew() -> None:
    hotline = Hotline()
    first = send(hotline)
    work(hotline, first)
    hotline.clock.pass_(hours=24)
    second = send(hotline)
    assert work(hotline, second) == []
    assert statuses(hotline, second) == [Status.DISPATCHED]


def test_what_is_done_takes_nobody_in_any_more() -> None:
    hotline = Hotline()
    first = send(hotline)
    work(hotline, first)
    for command in (Acknowledge(), CONTACT, RESOLVE):
        hotline.act(first[0], command)
    second = send(hotline)
    assert work(hotline, second) == []
    assert statuses(hotline, second) == [Status.DISPATCHED]
    third = send(hotline)
    work(hotline, third)
    assert hotline.case(third[0]).merged_into == second[0]


def test_confidential_reports_with_the_same_words_are_handled_alone() -> None:
    hotline = Hotline()
    ids = send(hotline, 3, type="report", confidential=True)
    assert work(hotline, ids) == []
    assert statuses(hotline, ids) == [Status.REGISTERED] * 3
    assert hotline.cases.queries == 0


def test_a_leader_that_changes_meanwhile_is_read_again() -> None:
    hotline = Hotline()
    first, second = send(hotline, 2)
    work(hotline, [first])
    hotline.cases.before_save.append(lambda: hotline.act(first, Acknowledge()))
    assert work(hotline, [second]) == []
    assert hotline.names(first)[-2:] == ["WorkOrderAcknowledged", "AppealJoined"]


@pytest.mark.parametrize("trouble", [[VersionConflict(3)] * 10, [Unavailable("dynamodb")]])
def test_when_it_cannot_be_saved_the_members_come_back_and_the_rest_is_done(trouble: list[Any]) -> None:
    hotline = Hotline()
    first, second = send(hotline, 2)
    work(hotline, [first])
    (other,) = send(hotline, text="工地夜间施工")
    hotline.cases.before_save += [lambda: None, *map(refuse, trouble)]
    assert work(hotline, [second, other]) == [second]
    assert statuses(hotline, [second, other]) == [Status.REGISTERED, Status.DISPATCHED]
    assert work(hotline, [second]) == []


def test_a_leader_that_is_done_just_then_is_not_joined_and_the_member_is_dispatched_next_time() -> None:
    hotline = Hotline()
    first, second = send(hotline, 2)
    work(hotline, [first])
    for command in (Acknowledge(), CONTACT):
        hotline.act(first, command)
    hotline.cases.before_save.append(lambda: hotline.act(first, RESOLVE))
    assert work(hotline, [second]) == [second]
    assert work(hotline, [second]) == []
    assert statuses(hotline, [second]) == [Status.DISPATCHED]


def test_a_member_that_is_taken_back_just_then_does_not_join() -> None:
    hotline = Hotline()
    first, second, third = send(hotline, 3)
    work(hotline, [first])
    hotline.cases.before_save.append(lambda: withdraw(hotline, second))
    assert work(hotline, [second, third]) == []
    assert statuses(hotline, [second, third]) == [Status.WITHDRAWN, Status.MERGED]
    assert hotline.case(first).members == 1


def test_what_was_joined_by_hand_is_found_by_its_leader() -> None:
    hotline = Hotline()
    leader = hotline.dispatched()
    (first,) = send(hotline)
    work(hotline, [first])
    merge(hotline, first, leader)
    (second,) = send(hotline)
    assert work(hotline, [second]) == []
    assert hotline.case(second).merged_into == leader


# --- quota -----------------------------------------------------------------------------------------


def bodies(times: int, **changes: Any) -> list[RegisterAppeal]:
    return [appeal(text=f"第 {number} 件事：路灯不亮", **changes) for number in range(times)]


def test_what_one_contact_sends_beyond_the_quota_goes_to_an_operator() -> None:
    hotline = Hotline()
    ids = [hotline.registered(body) for body in bodies(20)]
    hotline.clock.pass_(minutes=1)
    ids += [hotline.registered(appeal(text=f"再说第 {number} 件事")) for number in range(3)]
    assert work(hotline, ids) == []
    assert statuses(hotline, ids) == [Status.DISPATCHED] * 20 + [Status.REGISTERED] * 3
    reasons = [hotline.case(each).events[-1].facts["reasons"] for each in ids[20:]]
    assert reasons == [["quota"]] * 3
    assert {row.order_id for row in hotline.cases.inbox(OPERATORS, 9, None).rows} == set(ids[20:])


def test_the_quota_begins_anew_at_midnight_of_the_city_and_spares_those_without_a_contact() -> None:
    hotline = Hotline()
    hotline.clock.at += timedelta(hours=11, minutes=50)  # 23:50 in Beijing
    ids = [hotline.registered(body) for body in bodies(20)]
    ids += [hotline.registered(body) for body in bodies(25, **ANONYMOUS)]
    hotline.clock.pass_(minutes=20)
    ids += [hotline.registered(appeal(text="新的一天"))]
    assert work(hotline, ids) == []
    assert set(statuses(hotline, ids)) == {Status.DISPATCHED}


# --- S27 -------------------------------------------------------------------------------------------


def test_hundreds_of_equal_appeals_are_one_order_and_each_can_be_followed() -> None:
    """A thousand go through every function in tests/journeys/test_repeats.py."""
    hotline = Hotline()
    ids = send(hotline, 300)
    assert work(hotline, ids) == []
    assert hotline.cases.reads <= 4 * (300 / BATCH), "four reads for a batch of ten"
    assert statuses(hotline, ids) == [Status.DISPATCHED, *[Status.MERGED] * 299]
    assert hotline.case(ids[0]).members == 299
    for each in (ids[1], ids[150], ids[-1]):
        shown = track(hotline, each)
        assert (shown.tracking_number, shown.status, shown.agency_zh) == (each, "merged", "河边街道")
    deliver(hotline, *(hotline.event(ids[0], name) for name in ("WorkOrderDispatched", "AppealJoined")))
    (order,) = hotline.queues.of(AGENCY)
    assert (order.kind, order.members) == ("dispatched", 299)


def test_waiting_for_an_earlier_one_is_said_in_both_languages() -> None:
    assert "稍后" in EarlierBusy().detail
    assert "later" in EarlierBusy().detail_en
