"""并单: several appeals by one order; each keeps its number, its notices and its survey (Art 11(3))."""

from __future__ import annotations

import pytest

from hotline.domain.actor import Actor
from hotline.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    TransitionNotAllowed,
    Unavailable,
    VersionConflict,
)
from hotline.domain.lifecycle import Status
from hotline.domain.orders import Acknowledge, OrderMessage
from hotline.ports import OPERATORS
from hotline.use_cases.count_outcomes import count_outcomes, recount
from hotline.use_cases.list_members import Members, list_members
from hotline.use_cases.survey_citizens import AnswerSurvey
from tests.unit.builders import AGENCY, CONTACT, NO, OFFICER, OPERATOR, RESOLVE, YES, Hotline, appeal
from tests.unit.builders_directory import EAST_ZHONGSHAN, tiny_parts
from tests.unit.builders_repeats import (
    decide,
    deliver_all,
    merge,
    settle,
    settle_all,
    supplement,
    track,
    unmerge,
    withdraw,
)
from tests.unit.builders_sides import assisted
from tests.unit.fakes import refuse

REPORT = {"type": "report", "text": "某单位乱收费", "confidential": True}


def joined(hotline: Hotline) -> tuple[str, str]:
    """A dispatched appeal and the one that an operator has joined to it."""
    leader, member = (
        hotline.dispatched(),
        hotline.registered(appeal(text="小区门口黑灯瞎火", contact={"phone": "13900139000"})),
    )
    merge(hotline, member, leader)
    return leader, member


def resolve(hotline: Hotline, appeal_id: str) -> None:
    for command in (Acknowledge(), CONTACT, RESOLVE):
        hotline.act(appeal_id, command)


# --- joining ---------------------------------------------------------------------------------------


def test_two_appeals_join_in_one_write_and_the_leader_counts_its_members() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    assert (hotline.case(member).status, hotline.case(member).merged_into) == (Status.MERGED, leader)
    assert hotline.case(leader).members == 1
    assert hotline.names(member)[-1] == "AppealMerged"
    assert hotline.names(leader)[-1] == "AppealJoined"
    (note,) = hotline.words.notes(member)
    assert (note.text, note.by) == ("同一路灯", "operator:op-7")


def test_a_merge_that_is_sent_again_changes_nothing() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    writes = hotline.cases.writes
    assert merge(hotline, member, leader).status is Status.MERGED
    assert (hotline.cases.writes, hotline.case(leader).members) == (writes, 1)


def test_a_lost_acknowledgement_merges_once() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.registered()
    hotline.cases.lose_acknowledgements = 1
    with pytest.raises(Unavailable):
        merge(hotline, member, leader)
    merge(hotline, member, leader)
    assert hotline.case(leader).members == 1


def test_when_the_leader_changes_meanwhile_both_are_read_again() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.registered()
    hotline.cases.before_save.append(lambda: hotline.act(leader, Acknowledge()))
    merge(hotline, member, leader)
    assert hotline.names(leader)[-2:] == ["WorkOrderAcknowledged", "AppealJoined"]


def test_a_leader_that_is_done_in_that_moment_takes_nobody_in() -> None:
    """So nobody is joined unseen between the result and the survey of all."""
    hotline = Hotline()
    leader, member = hotline.in_progress(), hotline.registered()
    hotline.cases.before_save.append(lambda: hotline.act(leader, RESOLVE))
    with pytest.raises(TransitionNotAllowed):
        merge(hotline, member, leader)
    assert hotline.case(member).status is Status.REGISTERED


def test_after_three_conflicts_the_operator_is_told() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.registered()
    hotline.cases.before_save += [refuse(VersionConflict(9))] * 3
    with pytest.raises(VersionConflict):
        merge(hotline, member, leader)


def test_an_operator_acts_on_the_version_that_was_seen() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.registered()
    with pytest.raises(VersionConflict):
        merge(hotline, member, leader, expected_version=7)
    assert merge(hotline, member, leader, expected_version=1).version == 2


def test_joining_one_that_is_joined_itself_joins_its_leader() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    third = hotline.registered()
    merge(hotline, third, member)
    assert (hotline.case(third).merged_into, hotline.case(leader).members) == (leader, 2)


@pytest.mark.parametrize("number", ["010GC42GR73HR204P", "not a number", ""])
def test_a_number_that_is_no_appeals_is_refused(number: str) -> None:
    hotline = Hotline()
    with pytest.raises(InvalidInput):
        merge(hotline, hotline.registered(), number)


def test_agencies_do_not_join_appeals() -> None:
    hotline = Hotline()
    leader, member = hotline.dispatched(), hotline.dispatched()
    with pytest.raises(Forbidden):
        merge(hotline, member, leader, by=OFFICER)


def test_a_confidential_report_is_joined_with_nothing() -> None:
    hotline = Hotline()
    secret, other = hotline.registered(appeal(**REPORT)), hotline.registered()
    for member, leader in ((secret, other), (other, secret)):
        with pytest.raises(TransitionNotAllowed):
            merge(hotline, member, leader)
    assert {hotline.case(each).version for each in (secret, other)} == {1}


def test_what_was_asked_of_others_about_a_member_is_cancelled_in_the_same_write() -> None:
    hotline = Hotline()
    member, side = assisted(hotline)
    merge(hotline, member, hotline.dispatched())
    case = hotline.case(member)
    assert (case.status, case.open_sides) == (Status.MERGED, {})
    assert hotline.cases.side(side).status.ended


# --- apart again -----------------------------------------------------------------------------------


def test_apart_again_it_waits_for_an_operator_with_a_limit_of_its_own() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    hotline.clock.pass_(hours=3)
    case = unmerge(hotline, member)
    assert (case.status, case.merged_into, case.agency_id) == (Status.REGISTERED, None, None)
    assert case.clocks["dispatch"].due_at > hotline.clock()
    assert [row.order_id for row in hotline.cases.inbox(OPERATORS, 9, None).rows] == [member]
    assert hotline.case(leader).members == 0
    assert unmerge(hotline, member).version == case.version, "again is no news"
    assert merge(hotline, member, leader, command_id="anew").status is Status.MERGED


def test_what_was_never_joined_cannot_be_taken_apart() -> None:
    hotline = Hotline()
    with pytest.raises(TransitionNotAllowed):
        unmerge(hotline, hotline.dispatched())


# --- what the citizen sees -------------------------------------------------------------------------


def test_a_member_sees_the_own_number_the_leaders_agency_and_limits_and_nobodys_words() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    hotline.clock.pass_(minutes=5)
    supplement(hotline, leader, "我家老人摔伤了")
    hotline.act(leader, Acknowledge())
    shown = track(hotline, member)
    assert (shown.tracking_number, shown.status) == (member, "merged")
    assert shown.status_zh == "已并入同类诉求一并办理"
    assert shown.agency_zh == "河边街道"
    assert {due.clock for due in shown.due} == {"dispatch", "response", "handling"}
    assert shown.due == track(hotline, leader).due
    told = [entry.event for entry in shown.timeline]
    assert told == ["AppealRegistered", "AppealMerged", "WorkOrderDispatched", "WorkOrderAcknowledged"]
    assert "老人" not in shown.model_dump_json()
    assert "同一路灯" not in shown.model_dump_json(), "the operator's reason stays inside"
    assert leader not in shown.model_dump_json()


def test_whom_others_have_joined_reads_nothing_of_them() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    shown = track(hotline, leader).model_dump_json()
    assert "AppealJoined" not in shown
    assert member not in shown


# --- when the leader ends --------------------------------------------------------------------------


def test_when_the_order_is_done_every_member_is_asked_once() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    resolve(hotline, leader)
    hotline.clock.pass_(minutes=5)
    for _ in range(3):
        assert settle_all(hotline) == {}
    case = hotline.case(member)
    assert (case.status, case.agency_id) == (Status.SURVEYING, AGENCY)
    assert case.survey is not None
    assert (case.survey.number, case.survey.trigger) == (1, "joint")
    shown = track(hotline, member)
    assert shown.survey is not None
    assert shown.timeline[-1].event == "SurveyOpened"


def test_a_members_yes_closes_it_and_is_not_scored_a_second_time() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    resolve(hotline, leader)
    hotline.open_surveys(hotline.event(leader, "WorkOrderResolved"))
    settle_all(hotline)
    for appeal_id in (leader, member):
        hotline.answer(track(hotline, appeal_id).survey.token, AnswerSurvey(**YES.model_dump()))
        assert hotline.case(appeal_id).status is Status.CLOSED
    closings = [each for each in hotline.events() if each.name == "WorkOrderClosed"]
    count_outcomes(closings, tallies=hotline.tallies, directories=hotline.directories)
    (tally,) = hotline.tallies.tallies.values()
    assert (tally.closed, tally.satisfied) == (1, 1)
    histories = [(each, hotline.case(each).events) for each in (leader, member)]
    assert recount(histories, hotline.directories.current()) == hotline.tallies.tallies


def test_a_members_no_makes_an_order_of_its_own_at_the_same_agency_that_counts() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    resolve(hotline, leader)
    settle_all(hotline)
    hotline.answer(track(hotline, member).survey.token, AnswerSurvey(**NO.model_dump()))
    case = hotline.case(member)
    assert (case.status, case.agency_id, case.merged_into) == (Status.IN_PROGRESS, AGENCY, None)
    assert hotline.case(leader).status is Status.RESOLVED
    deliver_all(hotline)
    assert hotline.queues.of(AGENCY)[-1].work_order_id == f"{member}.1"
    hotline.resolve_again(member)
    hotline.answer(track(hotline, member).survey.token, AnswerSurvey(**YES.model_dump()))
    count_outcomes(
        [hotline.event(member, "WorkOrderClosed")], tallies=hotline.tallies, directories=hotline.directories
    )
    (tally,) = hotline.tallies.tallies.values()
    assert (tally.closed, tally.reopened) == (1, 1)


def test_when_the_leader_closes_by_the_limit_alone_the_members_are_asked_too() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    hotline.clock.pass_(days=8)
    hotline.sweep()
    breach = [
        each for each in hotline.events() if each.name == "ClockBreached" and each.data["clock"] == "handling"
    ]
    hotline.open_surveys(*breach)
    assert hotline.case(member).status is Status.MERGED, "nobody has said that it is done"
    hotline.answer(track(hotline, leader).survey.token, AnswerSurvey(**YES.model_dump()))
    settle_all(hotline)
    assert hotline.case(member).status is Status.SURVEYING


def test_when_the_leaders_citizen_was_faster_with_a_no_the_members_wait_for_the_next_result() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    resolve(hotline, leader)
    hotline.open_surveys(hotline.event(leader, "WorkOrderResolved"))
    hotline.answer(track(hotline, leader).survey.token, AnswerSurvey(**NO.model_dump()))
    assert settle_all(hotline) == {}
    assert hotline.case(member).status is Status.MERGED
    hotline.act(leader, RESOLVE)
    settle_all(hotline)
    assert hotline.case(member).status is Status.SURVEYING


def test_when_the_leader_is_taken_back_its_members_go_back_to_the_operators() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    withdraw(hotline, leader)
    for _ in range(2):
        assert settle_all(hotline) == {}
    case = hotline.case(member)
    assert (case.status, case.merged_into, case.version) == (Status.REGISTERED, None, 3)
    assert case.awaits_operator


def test_a_member_that_is_taken_back_leaves_its_leader_once() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    withdraw(hotline, member)
    for _ in range(2):
        assert settle_all(hotline) == {}
    assert (hotline.case(leader).members, hotline.names(leader)[-1]) == (0, "AppealLeft")
    assert hotline.case(leader).status is Status.DISPATCHED


def test_who_has_left_is_not_asked() -> None:
    hotline = Hotline()
    leader, member = joined(hotline)
    unmerge(hotline, member)
    resolve(hotline, leader)
    settle(hotline, hotline.event(leader, "WorkOrderResolved"))
    assert hotline.case(member).status is Status.REGISTERED


def test_a_member_that_changes_just_then_comes_back_and_the_others_are_asked() -> None:
    hotline = Hotline()
    leaders = [joined(hotline)[0] for _ in range(2)]
    for leader in leaders:
        resolve(hotline, leader)
    events = [hotline.event(leader, "WorkOrderResolved") for leader in leaders]
    hotline.cases.before_save.append(refuse(VersionConflict(9)))
    failed = settle(hotline, *events)
    assert list(failed) == [events[0].event_id]
    assert failed[events[0].event_id].retryable
    assert settle(hotline, *events) == {}


# --- what agencies are told ------------------------------------------------------------------------


def members_shown(hotline: Hotline, leader: str, by: Actor) -> Members:
    return list_members(
        leader,
        by=by,
        cases=hotline.cases,
        lists=hotline.cases,
        words=hotline.words,
        directories=hotline.directories,
    )


def about(hotline: Hotline, kind: str) -> list[OrderMessage]:
    return [message for message in hotline.queues.sent if message.kind == kind]


def test_the_leaders_agency_gets_the_members_words_and_the_former_agency_is_told() -> None:
    hotline = Hotline()
    leader = hotline.dispatched()
    member = hotline.dispatched(appeal(text="中山街道路灯不亮", place={"subdistrict": EAST_ZHONGSHAN}))
    merge(hotline, member, leader)
    assert deliver_all(hotline) == deliver_all(hotline) == {}
    (told,) = about(hotline, "joined")
    assert (told.agency_id, told.work_order_id, told.member_id, told.members) == (
        AGENCY,
        f"{leader}.1",
        member,
        1,
    )
    assert (told.text, told.contact) == ("中山街道路灯不亮", None)
    assert told.place is not None
    assert told.place.subdistrict == EAST_ZHONGSHAN
    (former,) = about(hotline, "merged")
    assert (former.agency_id, former.work_order_id, former.allowed) == (EAST_ZHONGSHAN, f"{member}.1", ())
    assert former.notes == ("同一路灯",)


def test_a_members_contact_is_sent_where_the_service_needs_it() -> None:
    parts = tiny_parts()
    for service in parts["core"]["services"]:
        service["needs_contact"] = True
    hotline = Hotline(parts)
    leader, member = joined(hotline)
    deliver_all(hotline)
    (told,) = about(hotline, "joined")
    assert told.contact is not None
    assert told.contact.phone == "13900139000"
    (shown,) = members_shown(hotline, leader, OFFICER).appeals
    assert (shown.appeal_id, shown.text, shown.contact) == (member, "小区门口黑灯瞎火", told.contact)


def test_who_was_joined_at_the_desk_is_told_with_the_dispatch() -> None:
    hotline = Hotline()
    vague = {"text": "我有一件事想反映", "service_code": None, "place": None}
    leader, member = hotline.registered(appeal(**vague)), hotline.registered()
    hotline.dispatch(hotline.event(leader, "AppealRegistered"))
    merge(hotline, member, leader)
    deliver_all(hotline)
    assert about(hotline, "joined") == [], "no agency has the order yet"
    decide(hotline, leader)
    hotline.queues.broken.add(AGENCY)
    assert len(deliver_all(hotline)) == 1
    hotline.queues.broken.clear()
    deliver_all(hotline)
    assert [(message.kind, message.member_id) for message in hotline.queues.of(AGENCY)] == [
        ("dispatched", None),
        ("joined", member),
    ]


def test_what_a_member_adds_reaches_the_leaders_agency_and_nobody_else() -> None:
    hotline = Hotline()
    leader = hotline.dispatched()
    member = hotline.dispatched(appeal(place={"subdistrict": EAST_ZHONGSHAN}))
    merge(hotline, member, leader)
    supplement(hotline, member, "灯杆也歪了")
    deliver_all(hotline)
    (told,) = about(hotline, "supplemented")
    assert (told.agency_id, told.work_order_id, told.member_id) == (AGENCY, f"{leader}.1", member)
    assert told.notes == ("灯杆也歪了",)


def test_a_member_that_leaves_is_news_for_the_leaders_agency_alone() -> None:
    hotline = Hotline()
    leader = hotline.dispatched()
    member = hotline.dispatched(appeal(place={"subdistrict": EAST_ZHONGSHAN}))
    merge(hotline, member, leader)
    withdraw(hotline, member)
    settle_all(hotline)
    deliver_all(hotline)
    (told,) = about(hotline, "left")
    assert (told.agency_id, told.member_id, told.text, told.members) == (AGENCY, member, None, 0)
    assert about(hotline, "withdrawn") == []


def test_another_agency_does_not_see_the_members() -> None:
    hotline = Hotline()
    leader, _ = joined(hotline)
    assert members_shown(hotline, leader, OPERATOR).members == 1
    with pytest.raises(NotFound):
        members_shown(hotline, leader, OFFICER.model_copy(update={"agency_id": EAST_ZHONGSHAN}))
