"""Why a due time is what it is: clocks run again from events, told in segments, held against the order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.domain.actor import Actor, Role
from hotline.domain.case import Case
from hotline.domain.clock import ClockMisused
from hotline.domain.directory import Directory
from hotline.domain.errors import HotlineError
from hotline.domain.side_orders import SideKind
from hotline.domain.timekeeping import PolicyTimekeeper
from infrastructure.directory.public_holidays import holiday_name
from infrastructure.ops.clock_lives import ClockLife, lives_of_case, lives_of_side
from infrastructure.ops.clock_segments import Segment, segments_of
from infrastructure.ops.clock_telling import Teller, record
from tests.unit.builders import APPEAL, NO, NOON, OPERATOR, Life, assignment
from tests.unit.builders_directory import beijing as beijing_directory
from tests.unit.builders_sla import beijing

BEIJING = beijing_directory()
KEEPER = PolicyTimekeeper.of(BEIJING)
STREET = "110105015"
OFFICER = Actor(role=Role.AGENCY, subject="zhang", agency_id=STREET)
GIVEN = assignment(STREET, catalogue_version=BEIJING.version)


def in_force(moment: datetime, policy: str | None, version: str | None) -> Directory:
    assert policy in (None, "sla-1")
    return BEIJING


def day_name(version: str, calendar_id: str, day: date) -> str | None:
    return holiday_name(day, "en")


def life_of(at: str, tier: str = "general") -> Life:
    """An order that a sub-district got at that moment of Beijing time."""
    given = GIVEN.model_copy(update={"tier": tier})
    return Life(at=beijing(at), timekeeper=KEEPER, tier=tier).dispatched(given)


def worked_on(at: str, tier: str = "general") -> Life:
    return life_of(at, tier).acknowledged(OFFICER).contacted(OFFICER)


def held(life: Life, until: str) -> Life:
    """Put on hold until a review date."""
    review = int(beijing(until).timestamp())
    return life.asked(SideKind.HOLD, "~supervisors/110105", by=OFFICER, until=review).decided()


def extended(life: Life, amount: int, unit: str) -> Life:
    asked = life.asked(SideKind.EXTENSION, "~supervisors/110105", by=OFFICER, amount=amount, unit=unit)
    return asked.decided()


def lives(case: Case) -> list[ClockLife]:
    found, shared = lives_of_case(case, case.events, in_force)
    assert shared == []
    return found


def last(case: Case, kind: str = "handling") -> ClockLife:
    return [life for life in lives(case) if life.kind == kind][-1]


def segments(life: ClockLife) -> list[Segment]:
    return segments_of(life.steps, lambda calendar_id, day: holiday_name(day, "en"))


def told(life: ClockLife, language: Any = "en") -> list[str]:
    return list(Teller(language, lambda _, __, day: holiday_name(day, language)).lines(f"{APPEAL}.1", life))


# --- whatever happens ------------------------------------------------------------------------------

STEPS: dict[str, Callable[[Life], Any]] = {
    "redispatch": lambda life: life.dispatched(GIVEN, by=OPERATOR),
    "acknowledge": lambda life: life.acknowledged(OFFICER),
    "contact": lambda life: life.contacted(OFFICER),
    "return": lambda life: life.returned(OFFICER),
    "uphold": Life.upheld,
    "extend": lambda life: extended(life, 3, "days"),
    "extend a little": lambda life: extended(life, 90, "minutes"),
    "hold": lambda life: held(life, f"{life.now + timedelta(days=12):%Y-%m-%d} 10:00"),
    "resolve": lambda life: life.resolved(OFFICER),
    "survey": Life.surveying,
    "survey late": Life.surveying_late,
    "not resolved": lambda life: life.answered(NO, number=life.case.survey.number if life.case.survey else 0),
    "sweep": Life.swept,
    "an hour": lambda life: life.passing(hours=1, seconds=17),
    "a day": lambda life: life.passing(days=1),
    "a week": lambda life: life.passing(days=7),
}
BEGINNINGS = (
    ("acknowledge", "return", "a day"),
    ("acknowledge", "contact"),
    ("acknowledge", "contact", "hold", "a week"),
    ("acknowledge", "contact", "a day", "extend", "hold"),
    ("acknowledge", "contact", "resolve", "survey", "not resolved"),
)


@st.composite
def any_life(draw: st.DrawFn) -> Life:
    """A life between the Spring Festival and National Day of 2026, of those steps that were possible."""
    start = beijing("2026-02-10 00:00") + timedelta(minutes=draw(st.integers(0, 300 * 1440)))
    tier = draw(st.sampled_from(["general", "complex", "urgent"]))
    given = GIVEN.model_copy(update={"tier": tier})
    life = Life(at=start, timekeeper=KEEPER, tier=tier).dispatched(given)
    for step in (
        *draw(st.sampled_from(BEGINNINGS)),
        *draw(st.lists(st.sampled_from(sorted(STEPS)), max_size=9)),
    ):
        tried = copy.deepcopy(life, {id(KEEPER): KEEPER})
        try:
            STEPS[step](tried)
        except (HotlineError, ClockMisused, StopIteration):
            continue
        life = tried
    return life


@settings(deadline=None, max_examples=150)
@given(any_life())
def test_whatever_happened_the_rules_give_what_stands_on_the_order(life: Life) -> None:
    found = lives(life.case)
    assert {each.kind for each in found if each.stored} == set(life.case.clocks)
    for each in found:
        assert each.trouble is None
        assert not each.differs or each.tier_assumed, (each.kind, each.clock, each.stored, each.recorded)
    for side in life.sides.values():
        assert not any(each.differs for each in lives_of_side(side, in_force))


@settings(deadline=None, max_examples=150)
@given(any_life())
def test_the_segments_of_a_life_follow_each_other_and_add_up_to_its_limit(life: Life) -> None:
    for each in lives(life.case):
        found, clock = segments(each), each.clock
        assert clock is not None
        assert found[0].start == clock.started_at
        for before, after in pairwise(found):
            assert before.end is not None
            assert before.end <= after.start  # a limit that has passed before a pause leaves a gap
            assert before.total <= after.total
        counted = sum((segment.open_time for segment in found), timedelta())
        assert counted == found[-1].total
        if clock.remaining is None:
            assert found[-1].end == clock.due_at or found[-1].state == "paused"
        limit = each.steps[0].limit
        whole = not any(step.what in ("extended", "paused") for step in each.steps)
        if whole and limit is not None and limit.unit != "days":
            assert counted == limit.duration
        if whole and limit is not None and limit.unit == "days":
            assert [s.working_day for s in found if s.working_day] == list(range(1, limit.amount + 1))


# --- examples --------------------------------------------------------------------------------------


def test_a_working_day_limit_is_told_day_by_day_across_national_day() -> None:
    lines = told(last(life_of("2025-09-30 17:00").case))

    assert lines[:7] == [
        f"{APPEAL}.1  handling  rule sla-1/general/handling  7 days  calendar office",
        f"  2025-09-30 Tue 17:00  starts  WorkOrderDispatched  directory {BEIJING.version}",
        "    2025-09-30 Tue 17:00 – 2025-09-30 Tue 18:00  open  1 h  total 1 h",
        "    2025-09-30 Tue 18:00 – 2025-10-01 Wed 00:00  closed",
        "    2025-10-01 Wed 00:00 – 2025-10-04 Sat 00:00  holiday (National Day)",
        "    2025-10-04 Sat 00:00 – 2025-10-06 Mon 00:00  weekend",
        "    2025-10-06 Mon 00:00 – 2025-10-07 Tue 00:00  holiday (Mid-Autumn Festival)",
    ]
    assert [line for line in lines if "working day" in line][:3] == [
        "    2025-10-09 Thu 13:00 – 2025-10-09 Thu 18:00  open  5 h  total 9 h  working day 1",
        "    2025-10-10 Fri 13:00 – 2025-10-10 Fri 18:00  open  5 h  total 17 h  working day 2",
        "    2025-10-11 Sat 13:00 – 2025-10-11 Sat 18:00  make-up day  5 h  total 25 h  working day 3",
    ]
    assert lines[-1] == "  due 2025-10-16 Thu 18:00  as on the order"


def test_dispatch_at_three_in_the_morning_waits_for_the_office() -> None:
    first, second, *_ = segments(last(life_of("2026-03-04 03:00").case))
    assert (first.state, first.end) == ("closed", beijing("2026-03-04 09:00"))
    assert (second.state, second.total) == ("open", timedelta(hours=3))


def test_a_hold_across_a_holiday_is_one_segment_that_counts_nothing() -> None:
    life = held(worked_on("2026-09-29 10:00").until(beijing("2026-09-30 15:00")), "2026-10-09 10:00")
    running = last(life.case)
    assert segments(running)[-1] == Segment(
        start=beijing("2026-09-30 15:01"),
        end=None,
        state="paused",
        name="WorkOrderHeld",
        open_time=timedelta(),
        total=segments(running)[-2].total,
    )
    assert any("paused (on hold)" in line and "– now" in line for line in told(running))
    assert "paused with" in told(running)[-1]

    resumed = last(life.until(beijing("2026-10-09 10:00")).swept().case)
    assert not resumed.differs
    assert [step.what for step in resumed.steps] == ["started", "paused", "resumed"]


def test_holidays_and_make_up_days_are_named() -> None:
    lines = told(last(life_of("2026-09-30 17:00").case), "zh")
    assert any("节假日 (国庆节)" in line for line in lines)
    assert any("2026-10-10 周六" in line and "调休上班" in line for line in lines)
    assert lines[-1] == "  到期 2026-10-15 周四 18:00  与工单所载一致"


def test_an_extension_is_told_where_it_was_granted_and_held_against_its_event() -> None:
    life = extended(worked_on("2026-03-04 10:00"), 2, "days")
    running = last(life.case)
    assert [each.event.name for each in running.recorded] == ["ExtensionGranted"]
    lines = told(running)
    assert any("extended by 2 days" in line for line in lines)
    assert lines[-1].endswith("ExtensionGranted has recorded 2026-03-17 Tue 18:00  the same")


def test_reopening_is_counted_apart_and_leaves_the_first_figures_alone() -> None:
    life = worked_on("2026-03-04 10:00").resolved(OFFICER)
    before = last(life.case)
    life.surveying().answered(NO).passing(days=1)

    first, second = (each for each in lives(life.case) if each.kind == "handling")

    assert (first.steps, first.stored) == (before.steps, None)
    assert first.clock is not None
    assert not first.clock.late(life.now)
    assert second.stored == life.case.clocks["handling"]
    assert "replaced by a later one" in told(first)[0]


def test_a_tier_that_a_later_dispatch_may_have_changed_is_called_assumed() -> None:
    life = life_of("2026-03-04 10:00").returned(OFFICER)
    life.dispatched(GIVEN.model_copy(update={"tier": "complex"}), by=OPERATOR)
    first, second = (each for each in lives(life.case) if each.kind == "handling")
    assert (first.tier_assumed, second.tier_assumed) == (True, False)
    assert "the present one is assumed" in told(first)[0]
    assert not second.differs


def test_the_clock_of_an_assist_is_told_by_its_own_events() -> None:
    life = worked_on("2026-03-04 10:00").asked(SideKind.ASSIST, "110105", by=OFFICER)
    (running,) = lives_of_side(life.sides[2], in_force)
    assert running.stored == life.sides[2].clock
    assert not running.differs
    assert told(running)[0].endswith("assist  rule sla-1/any/assist  5 days  calendar office")


def test_a_provisional_due_time_says_so() -> None:
    lines = told(last(life_of("2026-12-28 10:00").case))
    assert any("2027-01-01 Fri 00:00" in line and "holiday (New Year's Day)" in line for line in lines)
    assert "that year's holidays were not announced yet" in lines[-1]


@pytest.mark.parametrize(
    "change",
    [
        {"due_at": beijing("2026-03-12 18:00")},
        {"paused_at": beijing("2026-03-05 18:00"), "remaining": timedelta(hours=1)},
        {"rule_id": "sla-1/complex/handling"},
        {"calendar_id": "24x7"},
        {"started_at": beijing("2026-03-03 18:00")},
        {"stopped_at": NOON},
    ],
)
def test_a_clock_that_was_changed_by_hand_is_found(change: dict[str, Any]) -> None:
    case = worked_on("2026-03-04 10:00").case
    case.clocks["handling"] = case.clocks["handling"].model_copy(update=change)
    assert any(each.differs for each in lives(case))


def test_a_year_or_a_policy_that_is_not_kept_is_trouble_and_not_a_crash() -> None:
    case = life_of("2026-03-04 10:00").case

    def gone(moment: datetime, policy: str | None, version: str | None) -> Directory:
        raise KeyError("policy sla-1 is in no kept version of the directory")

    found = lives_of_case(case, case.events, gone).lives
    assert all(each.differs for each in found)
    assert "cannot be run again: policy sla-1 is in no kept version" in told(found[0])[-1]
    assert record(found[0], day_name)["trouble"].startswith("policy sla-1")


def test_a_record_has_local_times_and_seconds() -> None:
    life = held(worked_on("2026-03-04 10:00"), "2026-03-20 10:00")
    told = record(last(life.case), day_name)
    left = life.case.clocks["handling"].remaining
    assert left is not None
    assert told["equal"]
    assert told["due_at"] == told["due_at_on_order"] == "2026-03-13T18:00:00+08:00"
    assert told["remaining"] == left.total_seconds()
    assert told["segments"][-1]["end"] is None


def test_what_a_member_has_from_the_order_it_was_merged_into_is_explained_there() -> None:
    leader = worked_on("2026-03-04 10:00").resolved(OFFICER)
    member = Life(at=leader.now, timekeeper=KEEPER, appeal_id="000G40R40M30E209C")
    step: dict[str, Any] = {"at": leader.now, "command_id": "merge"}
    member.case.merge_into(life_of("2026-03-04 10:00").case, by=OPERATOR, **step)
    member.case.merged_into = leader.case.appeal_id
    member.case.open_joint_survey(leader.case, timekeeper=KEEPER, **step)

    found, shared = lives_of_case(member.case, member.case.events, in_force)

    assert [(each.kind, each.differs) for each in found] == [("dispatch", False)]
    assert [clock.kind for clock in shared] == ["response", "handling"]
    line = Teller("en", day_name).shared("X.1", shared[1])
    assert line.endswith("of the order that the appeal was merged into: see there")
