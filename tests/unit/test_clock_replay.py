"""Other time limits run the same past again: nothing moves without a change, and what moves is counted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.actor import Actor, Role
from hotline.domain.calendar import WorkCalendar
from hotline.domain.case import Case
from hotline.domain.clock import ClockMisused
from hotline.domain.errors import HotlineError
from hotline.domain.side_orders import SideKind
from hotline.domain.sla import SlaPolicy
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.ops.clock_replay import Moved, NotComputable, clock_of_side, clocks_of, compare
from tests.unit.builders import HELPER, NO, NOON, OPERATOR, Life, assignment, in_progress
from tests.unit.builders_sla import ROUND_THE_CLOCK, SIDE_LIMITS, beijing, office, policy, rule, tier

HOUR = timedelta(hours=1)


def timekeeper(*, calendars: dict[str, WorkCalendar] | None = None, **changes: Any) -> PolicyTimekeeper:
    """The everyday policy with some rules of its tier changed."""
    changed: SlaPolicy = policy(tier().model_copy(update=changes))
    return PolicyTimekeeper(changed, calendars or {"24x7": ROUND_THE_CLOCK, "statutory": office()})


SAME = timekeeper()
SHORT = timekeeper(handling=rule("5 days"))


def moved(life: Life, under: PolicyTimekeeper = SHORT) -> dict[str, Moved]:
    return {each.clock: each for each in clocks_of(life.case, life.case.events, under)}


def hours(life: Life, under: PolicyTimekeeper = SHORT, clock: str = "handling") -> float:
    """By how much a due time moves."""
    found = moved(life, under)[clock]
    return (found.after.due_at - found.before.due_at) / HOUR


# --- nothing changes -------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Life], Any]] = {
    "dispatch": Life.dispatched,
    "redispatch": lambda life: life.dispatched(assignment(rule_id="operator"), by=OPERATOR),
    "acknowledge": Life.acknowledged,
    "return": Life.returned,
    "uphold": Life.upheld,
    "contact": Life.contacted,
    "extend": lambda life: life.asked(SideKind.EXTENSION, "~supervisors/city", amount=2, unit="days"),
    "hold": lambda life: life.asked(
        SideKind.HOLD, "~supervisors/city", until=int((life.now + timedelta(days=9)).timestamp())
    ),
    "decide": Life.decided,
    "resolve": Life.resolved,
    "survey": Life.surveying,
    "not resolved": lambda life: life.answered(NO, number=life.case.survey.number if life.case.survey else 0),
    "conclude": Life.concluded,
    "withdraw": Life.withdrawn,
    "sweep": Life.swept,
    "wait": lambda life: life.passing(hours=13),
    "wait long": lambda life: life.passing(days=5),
}


def lived(steps: list[str]) -> Life:
    """A life of those steps that were possible."""
    life = Life().dispatched()
    for step in steps:
        tried = copy.deepcopy(life)
        try:
            STEPS[step](tried)
        except (HotlineError, ClockMisused, StopIteration):
            continue
        life = tried
    return life


WORKED_ON = ("acknowledge", "contact")
BEGINNINGS: tuple[tuple[str, ...], ...] = (
    (),
    ("acknowledge", "return"),
    WORKED_ON,
    (*WORKED_ON, "extend", "decide"),
    (*WORKED_ON, "hold", "decide"),
    (*WORKED_ON, "resolve", "survey", "not resolved"),
)
ON_THE_WAY = sorted(STEPS.keys() - {"withdraw"})


@given(
    st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from(ON_THE_WAY), max_size=14),
    st.sampled_from(["sweep", "withdraw"]),
)
def test_under_the_same_policy_no_clock_moves(began: tuple[str, ...], steps: list[str], ended: str) -> None:
    life = lived([*began, *steps, ended])
    found = moved(life, SAME)
    assert set(found) == set(life.case.clocks)
    for each in found.values():
        still = {"warned_at", "breached_at"}
        assert each.before.model_dump(exclude=still) == each.after.model_dump(exclude=still)


# --- what another policy moves ---------------------------------------------------------------------


def test_a_shorter_limit_moves_the_due_time_and_only_its_own_clock() -> None:
    life = in_progress()
    assert (hours(life), hours(life, clock="response"), hours(life, clock="dispatch")) == (-48, 0, 0)


def test_an_extension_and_a_hold_are_granted_again() -> None:
    until = int((NOON + timedelta(days=4)).timestamp())
    life = in_progress().asked(SideKind.EXTENSION, "~supervisors/city", amount=3, unit="days").decided()
    life.asked(SideKind.HOLD, "~supervisors/city", until=until).decided().until(
        NOON + timedelta(days=4)
    ).swept()
    assert life.case.status.value == "in_progress"
    assert hours(life) == -48
    assert (life.case.clocks["handling"].due_at - NOON) > timedelta(days=13)


def test_after_a_dispute_the_remaining_time_runs_on() -> None:
    assert hours(Life().dispatched().passing(hours=5).returned().passing(hours=30).upheld()) == -48


def test_a_reopened_order_falls_under_the_rule_for_reopened_ones() -> None:
    life = in_progress().resolved().surveying().answered(NO)
    assert hours(life) == -48
    assert hours(life, timekeeper(handling=rule("5 days"), reopen=rule("1 days"))) == -144


def test_another_calendar_moves_what_runs_on_it() -> None:
    friday_evening = Life(at=beijing("2026-03-06 20:00"))
    on_working_days = timekeeper(dispatch=rule("24 hours", office()))
    found = moved(friday_evening, on_working_days)["dispatch"]
    assert (found.before.due_at, found.after.due_at) == (
        beijing("2026-03-07 20:00"),
        beijing("2026-03-11 18:00"),
    )


def test_a_tier_that_the_policy_lacks_cannot_be_computed() -> None:
    with pytest.raises(NotComputable, match="policy sla-1 has no tier 'general'"):
        moved(in_progress(), PolicyTimekeeper(policy(tier("urgent")), {"24x7": ROUND_THE_CLOCK}))


def test_a_year_without_holidays_cannot_be_computed() -> None:
    calendars = {"24x7": ROUND_THE_CLOCK, "statutory": office(2024, 2025)}
    with pytest.raises(NotComputable, match=r"Calendar statutory .*2026"):
        moved(in_progress(), timekeeper(handling=rule("5 days", office()), calendars=calendars))


def test_what_a_member_has_from_its_leader_is_not_counted_twice() -> None:
    leader, member = in_progress(), Life(appeal_id="64923CGAMWRWRTHNZ").passing(hours=1).dispatched()
    leader.passing(hours=2)
    stamp: dict[str, Any] = {"at": leader.now, "command_id": "merge"}
    member.case.merge_into(leader.case, by=Actor(role=Role.OPERATOR, subject="op"), **stamp)
    leader.resolved()
    member.case.open_joint_survey(leader.case, timekeeper=SAME, at=leader.now, command_id="survey")
    assert set(member.case.clocks) == {"dispatch", "response", "handling"}
    assert set(moved(member)) == {"dispatch"}


# --- orders beside the lead order ------------------------------------------------------------------


@pytest.mark.parametrize("kind", [SideKind.ASSIST, SideKind.SUPERVISION, SideKind.OPINION])
def test_an_order_beside_the_lead_order_moves_with_its_own_limit(kind: SideKind) -> None:
    operator = Actor(role=Role.SUPERVISOR, subject="su") if kind is SideKind.SUPERVISION else None
    life = Life() if kind is SideKind.OPINION else in_progress()
    by = Actor(role=Role.OPERATOR, subject="op") if kind is SideKind.OPINION else operator
    life.asked(kind, HELPER, **({"by": by} if by else {})).passing(hours=3).reported_by()
    under = policy()
    days = {name: rule(text) for name, text in SIDE_LIMITS.items()} | {kind.value: rule("10 days")}
    longer = PolicyTimekeeper(under.model_copy(update={"side_rules": days}), {"24x7": ROUND_THE_CLOCK})
    same, other = (clock_of_side(life.sides[2], each) for each in (SAME, longer))
    assert same.before.due_at == same.after.due_at
    assert same.before.stopped_at == same.after.stopped_at
    assert other.after.due_at == other.before.started_at + timedelta(days=10)
    assert (other.order_id, other.tier, other.clock) == (f"{life.case.appeal_id}.2", "any", kind.value)


def test_a_policy_without_that_limit_cannot_compute_it() -> None:
    life = in_progress().asked(SideKind.ASSIST)
    none = PolicyTimekeeper(policy().model_copy(update={"side_rules": {}}), {"24x7": ROUND_THE_CLOCK})
    with pytest.raises(NotComputable, match="policy sla-1 has no limit for 'assist'"):
        clock_of_side(life.sides[2], none)


# --- summing up ------------------------------------------------------------------------------------


def resolved_after(days: int, appeal_id: str = "X") -> Life:
    return in_progress(appeal_id=appeal_id).until(NOON + timedelta(days=days)).resolved()


def test_orders_are_counted_by_tier_and_clock_and_those_that_flip_are_listed() -> None:
    lives = [
        resolved_after(1, "A"),
        resolved_after(6, "B"),
        resolved_after(8, "C"),
        in_progress(appeal_id="D"),
    ]
    found = [each for life in lives for each in clocks_of(life.case, life.case.events, SHORT)]
    lines, flips = compare(found, NOON + timedelta(hours=2))
    by_clock = {line.clock: line for line in lines}
    assert list(by_clock) == ["dispatch", "handling", "response"]
    handling = by_clock["handling"]
    assert (handling.tier, handling.orders) == ("general", 4)
    assert (handling.in_time_before, handling.late_before, handling.running_before) == (2, 1, 1)
    assert (handling.in_time_after, handling.late_after, handling.running_after) == (1, 2, 1)
    assert (handling.moved_p10, handling.moved_median, handling.moved_p90) == (-48, -48, -48)
    assert by_clock["dispatch"].moved_median == 0
    assert [(flip.order_id, flip.before, flip.after) for flip in flips] == [("B.1", "in time", "late")]


@pytest.mark.parametrize(("at", "after"), [(6, "late"), (5, "running")])
def test_an_open_order_is_late_once_its_limit_has_passed(at: int, after: str) -> None:
    life = in_progress()
    case: Case = life.case
    now: datetime = NOON + timedelta(days=at)
    _, flips = compare(clocks_of(case, case.events, SHORT), now)
    assert [flip.after for flip in flips if flip.clock == "handling"] == (["late"] if after == "late" else [])
