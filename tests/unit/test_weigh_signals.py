"""From an event to a finding and to a reviewer: once, in few calls, and never by itself more than that."""

from __future__ import annotations

import json

import pytest

from hotline.adapters.dynamodb import codec
from hotline.domain.actor import Actor, Role
from hotline.domain.errors import NotFound, Unavailable, VersionConflict
from hotline.domain.lifecycle import Status
from hotline.use_cases.read_findings import read_month, read_order
from tests.unit.builders import AGENCY, JUDGE, appeal
from tests.unit.builders_desk import CITY_SUPERVISOR, EAST_SUPERVISOR, WEST_SUPERVISOR
from tests.unit.builders_signals import EMPTY, HONEST, Supervised, beijing_signals
from tests.unit.fakes import refuse

MONTH = "202603"
WEIGHTS = {rule.code: rule.weight for rule in beijing_signals().rules}


def worth(*codes: str) -> int:
    """The score of these signals."""
    return min(100, sum(weight for code, weight in WEIGHTS.items() if code in codes))


@pytest.fixture
def hotline() -> Supervised:
    return Supervised()


def test_honest_work_leaves_no_finding(hotline: Supervised) -> None:
    assert hotline.weighed(hotline.done()) is None
    assert hotline.findings.kept == {}


def test_a_doubtful_result_is_put_before_a_reviewer_and_nothing_else_happens_to_it(
    hotline: Supervised,
) -> None:
    appeal_id = hotline.done(EMPTY, minutes=1)
    before = hotline.case(appeal_id)
    finding = hotline.weighed(appeal_id)
    assert finding is not None
    assert finding.codes == ["contact_at_resolve", "boilerplate_reply", "thin_reply"]
    assert finding.score == worth(*finding.codes) >= 50
    case = hotline.case(appeal_id)
    assert hotline.reviews(appeal_id) == [
        {"about": "suspicion", "score": finding.score, "signals": list(finding.codes)}
    ]
    assert (case.status, case.clocks, case.excluded) == (before.status, before.clocks, None)
    assert [event.name for event in case.events[before.version :]] == ["SideOrderOpened"]


def test_a_repeated_event_asks_and_keeps_once(hotline: Supervised) -> None:
    appeal_id = hotline.done(EMPTY, minutes=1)
    event = hotline.event(appeal_id, "WorkOrderResolved")
    assert hotline.weigh(event, event) == hotline.weigh(event) == {}
    assert len(hotline.reviews(appeal_id)) == len(hotline.findings.kept) == 1


def test_below_the_policys_score_a_finding_is_kept_and_nobody_is_asked(hotline: Supervised) -> None:
    appeal_id = hotline.done(minutes=1)
    finding = hotline.weighed(appeal_id)
    assert finding is not None
    assert (finding.score, hotline.reviews(appeal_id)) == (worth("contact_at_resolve"), [])


def test_the_citizens_word_adds_to_what_was_found(hotline: Supervised) -> None:
    appeal_id = hotline.done(minutes=1)
    hotline.weighed(appeal_id)
    hotline.answered(appeal_id, contacted=False, resolved=False)
    assert hotline.case(appeal_id).status is Status.IN_PROGRESS
    finding = hotline.weighed(appeal_id, "WorkOrderReopened")
    assert finding is not None
    assert finding.codes == ["contact_at_resolve", "contact_denied", "result_denied"]
    assert [review["score"] for review in hotline.reviews(appeal_id)] == [worth(*finding.codes)]


def test_while_a_review_is_open_nobody_is_asked_again(hotline: Supervised) -> None:
    appeal_id = hotline.done(EMPTY, minutes=1)
    hotline.weighed(appeal_id)
    hotline.answered(appeal_id, contacted=False, resolved=True)
    finding = hotline.weighed(appeal_id, "WorkOrderClosed")
    assert finding is not None
    assert "contact_denied" in finding.codes, "the finding shows what is known now"
    assert len(hotline.reviews(appeal_id)) == 1


def test_an_event_that_comes_late_changes_nothing_of_what_is_known_now(hotline: Supervised) -> None:
    appeal_id = hotline.done(minutes=1)
    hotline.answered(appeal_id, contacted=False, resolved=True)
    closed, resolved = (hotline.event(appeal_id, f"WorkOrder{name}") for name in ("Closed", "Resolved"))
    hotline.weigh(closed)
    known = dict(hotline.findings.kept)
    hotline.weigh(resolved)
    assert {key: finding for key, (_, finding) in hotline.findings.kept.items()} == {
        key: finding for key, (_, finding) in known.items()
    }


def test_the_same_reply_on_many_orders_is_found_on_each_of_them_from_then_on(hotline: Supervised) -> None:
    orders = [hotline.done(HONEST) for _ in range(4)]
    found = [hotline.weighed(order) for order in orders]
    assert found[:3] == [None, None, None]
    assert found[3] is not None
    assert found[3].codes == ["near_text", "same_text"]
    hotline.answered(orders[0], contacted=True, resolved=True)
    first = hotline.weighed(orders[0], "WorkOrderClosed")
    assert first is not None
    assert first.codes == ["near_text", "same_text"]


def test_neither_findings_nor_copies_hold_words(hotline: Supervised) -> None:
    for _ in range(4):
        hotline.weighed(hotline.done(EMPTY, minutes=1))
    kept = json.dumps(
        [finding.model_dump(mode="json") for _, finding in hotline.findings.kept.values()]
        + [sorted(entries) for entries in hotline.copies.kept.values()],
        ensure_ascii=False,
    )
    assert kept.isascii()
    assert "13800138000" not in kept


def test_a_confidential_reports_words_stay_sealed_and_only_the_reply_is_looked_at(
    hotline: Supervised,
) -> None:
    appeal_id = hotline.done(minutes=1)
    case = hotline.case(appeal_id).model_copy(update={"confidential": True})
    hotline.cases.items[appeal_id] = codec.encode(case)
    finding = hotline.weighed(appeal_id)
    assert finding is not None
    (relation,) = [each for each in finding.signals if each.code == "unrelated_reply"]
    assert relation.value is None
    assert hotline.sealed.reads == 0


def test_pictures_that_were_named_and_never_sent_are_missing() -> None:
    hotline = Supervised(wants_pictures=True)
    appeal_id = hotline.done(pictures=("a01-made-up", "a02-made-up"))
    finding = hotline.weighed(appeal_id)
    assert finding is not None
    assert finding.codes == ["no_photo"]
    shown = hotline.done(pictures=("a01-shown",))
    hotline.evidence.there.add((shown, "a01-shown"))
    assert hotline.weighed(shown) is None


def test_where_no_pictures_are_demanded_nobody_looks_for_any(hotline: Supervised) -> None:
    hotline.weighed(hotline.done(pictures=("a01-made-up",)))
    assert hotline.evidence.asked == []


def test_a_batch_is_weighed_in_three_reads(hotline: Supervised) -> None:
    events = [hotline.event(hotline.done(), "WorkOrderResolved") for _ in range(3)]
    cases, words = hotline.cases.reads, hotline.words.reads
    assert hotline.weigh(*events) == {}
    assert (hotline.cases.reads - cases, hotline.words.reads - words) == (1, 2)


def test_what_fails_comes_back_alone(hotline: Supervised) -> None:
    doubtful, other = hotline.done(EMPTY, minutes=1), hotline.done(EMPTY, minutes=1)
    events = [hotline.event(each, "WorkOrderResolved") for each in (doubtful, other)]
    hotline.cases.before_save.append(refuse(Unavailable("dynamodb")))
    failed = hotline.weigh(*events)
    assert list(failed) == [events[0].event_id]
    assert failed[events[0].event_id].retryable
    assert hotline.weigh(*events) == {}
    assert [len(hotline.reviews(each)) for each in (doubtful, other)] == [1, 1]


def test_a_case_that_others_keep_saving_comes_back(hotline: Supervised) -> None:
    appeal_id = hotline.done(EMPTY, minutes=1)
    hotline.cases.before_save += [refuse(VersionConflict(9))] * 3
    (error,) = hotline.weigh(hotline.event(appeal_id, "WorkOrderResolved")).values()
    assert error.retryable


def test_an_event_of_no_case_is_parked(hotline: Supervised) -> None:
    event = hotline.event(hotline.done(), "WorkOrderResolved")
    strange = event.model_copy(update={"event_id": "0041061050R3GG28A:7"})
    (error,) = hotline.weigh(strange).values()
    assert isinstance(error, NotFound)


# ---- reading ------------------------------------------------------------------------------------


def test_a_month_is_shown_by_score_with_every_signal_and_why(hotline: Supervised) -> None:
    orders = [hotline.done(minutes=1), hotline.done(EMPTY, minutes=1)]
    for order in orders:
        hotline.weighed(order)
    stores = {"findings": hotline.findings, "directories": hotline.directories}
    month = read_month(MONTH, AGENCY, 1, by=JUDGE, **stores)
    assert (month.total, [each.appeal_id for each in month.findings]) == (2, [orders[1]])
    shown = {signal.code: signal for signal in month.findings[0].signals}
    assert shown["contact_at_resolve"].why_zh == "首次联系记录距办结仅 1 分钟（低于 5 分钟）"
    assert shown["just_before_limit"].why_zh is None
    assert shown["just_before_limit"].value is not None, "measured values are shown, found or not"


def test_a_districts_supervisor_sees_the_agencies_and_orders_of_the_district(hotline: Supervised) -> None:
    appeal_id = hotline.done(EMPTY, minutes=1)
    hotline.weighed(appeal_id)
    stores = {"findings": hotline.findings, "directories": hotline.directories}
    auditor = Actor(role=Role.AUDITOR, subject="au-1")
    for by in (EAST_SUPERVISOR, CITY_SUPERVISOR, auditor):
        assert read_month(MONTH, AGENCY, 9, by=by, **stores).total == 1
        assert len(read_order(appeal_id, by=by, cases=hotline.cases, **stores).findings) == 1
    with pytest.raises(NotFound):
        read_month(MONTH, AGENCY, 9, by=WEST_SUPERVISOR, **stores)
    with pytest.raises(NotFound):
        read_order(appeal_id, by=WEST_SUPERVISOR, cases=hotline.cases, **stores)
    with pytest.raises(NotFound):
        read_month(MONTH, "nobody", 9, by=JUDGE, **stores)


# ---- S28 ----------------------------------------------------------------------------------------


def test_many_complaints_of_one_contact_are_flagged_together_and_none_is_dropped(
    hotline: Supervised,
) -> None:
    orders = []
    for _ in range(5):
        orders.append(hotline.given())
        assert hotline.weigh(hotline.event(orders[-1], "WorkOrderDispatched")) == {}
    assert not any(hotline.reviews(order) for order in orders)
    orders.append(hotline.given())
    last = hotline.event(orders[5], "WorkOrderDispatched")
    assert hotline.weigh(last) == hotline.weigh(last) == {}
    for order in orders:
        (review,) = hotline.reviews(order)
        assert (review["about"], review["reason"]) == ("exclusion", "mass_complaint")
        case = hotline.case(order)
        assert (case.status, case.excluded) == (Status.DISPATCHED, None), "only a reviewer excludes"


def test_complaints_of_many_contacts_in_their_own_words_are_no_mass(hotline: Supervised) -> None:
    told = (
        "半夜施工噪声扰民",
        "楼下烧烤摊油烟",
        "小区大门口违停挡路",
        "广场舞音响太大",
        "垃圾三天没清",
        "井盖松动",
    )
    for place, text in enumerate(told):
        contact = {"name": "某", "phone": f"1380013800{place}"}
        order = hotline.dispatched(appeal(text=text, contact=contact))
        assert hotline.weigh(hotline.event(order, "WorkOrderDispatched")) == {}
        assert hotline.reviews(order) == []


def test_like_words_of_many_contacts_are_flagged_from_the_threshold_on(hotline: Supervised) -> None:
    text = "河边街道办事处乱收费，办证大厅工作人员态度恶劣，要求严肃处理并公开道歉，今年第{}次"
    orders = []
    for place in range(12):
        contact = {"name": "某", "phone": f"138001380{place:02d}"}
        orders.append(hotline.dispatched(appeal(text=text.format(place), contact=contact)))
        assert hotline.weigh(hotline.event(orders[-1], "WorkOrderDispatched")) == {}
        assert [len(hotline.reviews(each)) for each in orders] == [int(place == 11)] * (place + 1)
