"""督: urge, supervise, escalate: each rung once, at its moment, to the right superior (条例 Art 20).

The sweep here comes at the very second of each timer, as the minute's sweep does to within a minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotline.domain.actor import Actor, Role
from hotline.domain.calendar import Limit, Window
from hotline.domain.case import Case
from hotline.domain.lifecycle import Status
from hotline.domain.side_orders import SideKind, SideOrder
from hotline.domain.sla import Rung
from hotline.domain.timekeeping import PolicyTimekeeper
from tests.unit.builders import (
    AGENCY,
    NO,
    NOON,
    OFFICER,
    OPERATOR,
    RESOLVE,
    Hotline,
    Life,
    assignment,
    stored,
)
from tests.unit.builders_directory import CITY, EAST, EAST_ZHONGSHAN, RIVERSIDE, beijing, parts_with_ladder
from tests.unit.builders_sla import ROUND_THE_CLOCK, office, policy, term
from tests.unit.builders_sla import beijing as wall_time

OFFICE = office()
DAYTIME = OFFICE.model_copy(update={"calendar_id": "daytime", "windows": (Window.parse("08:00-21:00"),)})
CALENDARS = {each.calendar_id: each for each in (ROUND_THE_CLOCK, OFFICE, DAYTIME)}
SUPERIORS = {AGENCY: EAST, EAST_ZHONGSHAN: EAST, EAST: CITY}
SUPERVISOR = Actor(role=Role.SUPERVISOR, subject="su-1")
JUDGE = Actor(role=Role.ADJUDICATOR, subject="ju-1")
BEIJING = ZoneInfo("Asia/Shanghai")


def superior(agency_id: str, steps: int) -> str | None:
    above: str | None = agency_id
    for _ in range(steps):
        above = SUPERIORS.get(above) if above else None
    return above


def climbing(calendar_id: str = "24x7", *, to_the_city: str = "2 days") -> PolicyTimekeeper:
    """Urge at the warning, supervise at the limit, to the district after one day, to the city after two."""
    rungs = (
        Rung(rung="urge", since="warn", after=term("1 minutes", calendar_id)),
        Rung(rung="supervise", since="breach", after=term("1 minutes", calendar_id)),
        Rung(rung="escalate", since="breach", after=term("1 days", calendar_id)),
        Rung(rung="escalate", since="breach", after=term(to_the_city, calendar_id)),
    )
    return PolicyTimekeeper(policy(ladder=rungs), CALENDARS, superior)


def held(at: datetime = NOON, timekeeper: PolicyTimekeeper | None = None, agency_id: str = AGENCY) -> Life:
    """An order that was dispatched at that moment, and whose agency has only contacted the citizen."""
    life = Life(at=at, timekeeper=timekeeper or climbing()).dispatched(assignment(agency_id))
    officer = Actor(role=Role.AGENCY, subject="zhang", agency_id=agency_id)
    return life.acknowledged(officer).contacted(officer)


def swept(life: Life, until: datetime) -> Life:
    """Let sweeps come by for a while; when the limit passes the citizen is asked, and stays silent."""
    while (timer := life.case.next_timer()) is not None and timer.at <= until:
        life.until(max(timer.at, life.now))
        fired = life.case.fire_timers(life.now, command_id=f"s-{life.now}", timekeeper=life.timekeeper)
        stored(life.case)
        if life.names[-1] == "ClockBreached" and life.case.status is Status.IN_PROGRESS:
            life.surveying_late().passing(minutes=-1)
        if not fired:
            life.passing(seconds=1)
    return life.until(max(until, life.now))


def due(life: Life) -> datetime:
    return life.case.clocks["handling"].due_at


def climbed(case: Case) -> list[tuple[datetime, str, str]]:
    """When which rung was taken, and who was asked."""
    return [
        (event.at, event.facts.get("kind", "urge"), event.facts["agency"])
        for event in case.events
        if event.name == "WorkOrderUrged"
        or (event.name == "SideOrderOpened" and event.facts["kind"] in ("supervision", "escalation"))
    ]


def taken(case: Case) -> list[str]:
    return [what for _, what, _ in climbed(case)]


def asked(life: Life, kind: SideKind, agency_id: str, by: Actor = SUPERVISOR, **terms: Any) -> SideOrder:
    """Somebody asks for something by hand."""
    side = life.case.open_side(
        kind, agency_id, by=by, at=life.now, command_id="ask", timekeeper=life.timekeeper, terms=terms
    )
    stored(life.case)
    return side


def decided(life: Life, side: SideOrder) -> dict[str, Any]:
    """A supervisor grants it; what it means the case has still to be told."""
    told = {"by": SUPERVISOR, "at": life.now, "command_id": "decide"}
    side.decide(True, "n", **told)
    life.case.end_side(side, **told)
    return {**told, "timekeeper": life.timekeeper}


def extended(life: Life, days: int) -> Life:
    side = asked(life, SideKind.EXTENSION, f"~supervisors/{EAST}", OFFICER, amount=days, unit="days")
    life.case.extend(Limit(amount=days, unit="days"), side, **decided(life, side))
    stored(life.case)
    return life


def on_hold(life: Life, until: datetime) -> Life:
    side = asked(life, SideKind.HOLD, f"~supervisors/{EAST}", OFFICER, until=int(until.timestamp()))
    life.case.hold(until, side, **decided(life, side))
    stored(life.case)
    return life


# --- once, at its moment, to the right superior ----------------------------------------------------


def test_each_rung_is_taken_once_at_its_moment_and_goes_to_whom_it_is_for() -> None:
    life = held()
    warned, limit = life.case.clocks["handling"].warn_at, due(life)
    swept(life, limit + timedelta(days=2, hours=20))
    assert climbed(life.case) == [
        (warned + timedelta(minutes=1), "urge", AGENCY),
        (limit + timedelta(minutes=1), "supervision", AGENCY),
        (limit + timedelta(days=1), "escalation", EAST),
        (limit + timedelta(days=2), "escalation", CITY),
    ]
    assert (life.case.rung, life.case.rung_at) == (4, None)


def test_a_rung_is_due_from_the_warning_on_and_not_before_its_moment() -> None:
    life = held()
    assert life.case.rung_at is None
    warned = life.case.clocks["handling"].warn_at
    swept(life, warned)
    assert (life.case.rung_at, taken(life.case)) == (warned + timedelta(minutes=1), [])
    assert life.case.next_timer() == (life.case.rung_at, "ladder.climb")


def test_a_second_sweep_in_the_same_second_climbs_nothing() -> None:
    life = held()
    swept(life, due(life) + timedelta(days=1))
    before = life.case.version
    assert not life.case.fire_timers(life.now, command_id="again", timekeeper=life.timekeeper)
    assert life.case.version == before


def test_a_sweep_that_comes_after_days_takes_every_rung_that_was_missed_once_and_in_order() -> None:
    life = held()
    life.until(due(life) + timedelta(days=5)).swept().swept()
    assert taken(life.case) == ["urge", "supervision", "escalation", "escalation"]
    assert [who for _, what, who in climbed(life.case) if what == "escalation"] == [EAST, CITY]


def test_a_tier_without_a_ladder_is_left_to_people() -> None:
    life = held(timekeeper=PolicyTimekeeper(policy(), CALENDARS, superior))
    swept(life, due(life) + timedelta(days=2))
    assert taken(life.case) == []


# --- never at night --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dispatched", "supervised"),
    [
        ("2026-03-03 03:00", "2026-03-10 08:01"),
        ("2026-03-03 20:59", "2026-03-10 21:00"),
        ("2026-03-03 21:00", "2026-03-11 08:01"),
        ("2026-03-06 22:00", "2026-03-16 08:01"),
        ("2026-02-10 10:00", "2026-02-24 08:01"),
    ],
    ids=["night", "last minute of the day", "evening", "friday night", "spring festival"],
)
def test_a_limit_that_passes_at_night_is_followed_up_in_the_morning(dispatched: str, supervised: str) -> None:
    life = held(wall_time(dispatched), climbing("daytime"))
    swept(life, due(life) + timedelta(days=12))
    assert (wall_time(supervised), "supervision", AGENCY) in climbed(life.case)


def test_no_hour_of_dispatch_leads_to_a_rung_at_night_or_on_a_holiday() -> None:
    timekeeper = climbing("daytime")
    for hour in range(0, 24 * 21, 5):
        life = held(wall_time("2026-02-01 00:00") + timedelta(hours=hour), timekeeper)
        swept(life, due(life) + timedelta(days=20))
        moments = [at.astimezone(BEIJING) for at, _, _ in climbed(life.case)]
        assert len(moments) == 4
        for moment in moments:
            assert (8, 0) <= (moment.hour, moment.minute) <= (21, 0)
            assert DAYTIME.is_working_day(moment.date())


def test_what_is_urgent_is_followed_up_at_three_in_the_night() -> None:
    life = held(wall_time("2026-03-03 03:00"), climbing("24x7"))
    swept(life, due(life) + timedelta(days=2))
    assert climbed(life.case)[1] == (wall_time("2026-03-10 03:01"), "supervision", AGENCY)


def test_what_an_outage_has_missed_waits_for_the_morning_and_is_found_again() -> None:
    hotline = Hotline(parts_with_ladder(DAYTIME.model_dump(mode="json")), at=wall_time("2026-03-09 12:00"))
    appeal_id = hotline.in_progress()
    limit = hotline.case(appeal_id).clocks["handling"].due_at
    assert limit == wall_time("2026-03-16 12:00")
    hotline.clock.at = limit + timedelta(seconds=1)
    assert hotline.sweep().fired == 1
    assert taken(hotline.case(appeal_id)) == ["urge"]
    version = hotline.case(appeal_id).version
    hotline.clock.at = wall_time("2026-03-17 03:00")  # no sweep came since
    assert hotline.sweep().fired == 1, "the rung is put off"
    assert hotline.case(appeal_id).version == version
    hotline.clock.at = wall_time("2026-03-17 07:59")
    assert hotline.sweep().fired == 0
    hotline.clock.at = wall_time("2026-03-17 08:00")
    assert hotline.sweep().fired == 1
    assert taken(hotline.case(appeal_id)) == ["urge", "supervision"]


# --- whose fault it is not -------------------------------------------------------------------------


def test_nobody_is_pressed_for_an_order_that_was_returned_and_the_ladder_goes_on_when_it_comes_back() -> None:
    life = Life(timekeeper=climbing()).dispatched().returned()
    swept(life, life.now + timedelta(days=20))
    assert taken(life.case) == []
    life.case.uphold("n", by=JUDGE, at=life.now, command_id="u", timekeeper=life.timekeeper)
    stored(life.case)
    limit = due(life)
    swept(life, limit + timedelta(hours=1))
    assert climbed(life.case)[-1] == (limit + timedelta(minutes=1), "supervision", AGENCY)


def test_nobody_is_pressed_during_a_hold_and_the_ladder_goes_on_after_its_review_date() -> None:
    life = held()
    swept(life, life.case.clocks["handling"].warn_at + timedelta(hours=1))
    review = life.now + timedelta(days=60)
    on_hold(life, review)
    swept(life, review - timedelta(seconds=1))
    assert taken(life.case) == ["urge"]
    swept(life, review)
    assert life.case.status is Status.IN_PROGRESS
    limit = due(life)
    assert limit > review
    swept(life, limit + timedelta(hours=1))
    assert climbed(life.case)[1:] == [(limit + timedelta(minutes=1), "supervision", AGENCY)]


def test_nobody_is_pressed_for_what_is_done() -> None:
    life = held()
    limit = due(life)
    swept(life, life.case.clocks["handling"].warn_at)
    life.resolved().surveying()
    swept(life, limit + timedelta(days=2))
    assert taken(life.case) == []


def test_an_answer_after_the_limit_ends_the_ladder() -> None:
    life = held()
    limit = due(life)
    swept(life, limit + timedelta(hours=1))
    life.resolved()
    swept(life, limit + timedelta(days=30))
    assert taken(life.case) == ["urge", "supervision"]


# --- what moves the ladder, and what begins it anew ------------------------------------------------


def test_an_extension_before_the_warning_moves_every_rung() -> None:
    life = extended(held(), days=3)
    warned, limit = life.case.clocks["handling"].warn_at, due(life)
    assert limit == NOON + timedelta(days=10)
    swept(life, limit + timedelta(days=1))
    assert climbed(life.case) == [
        (warned + timedelta(minutes=1), "urge", AGENCY),
        (limit + timedelta(minutes=1), "supervision", AGENCY),
        (limit + timedelta(days=1), "escalation", EAST),
    ]


def test_an_extension_after_the_urging_moves_the_rest_and_urges_no_second_time() -> None:
    life = held()
    old_limit = due(life)
    swept(life, old_limit - timedelta(hours=2))
    limit = due(extended(life, days=3))
    swept(life, limit - timedelta(seconds=1))
    assert taken(life.case) == ["urge"]
    swept(life, limit + timedelta(hours=1))
    assert climbed(life.case)[1:] == [(limit + timedelta(minutes=1), "supervision", AGENCY)]


def test_another_agency_begins_at_the_foot_and_with_its_own_superior() -> None:
    life = Life(timekeeper=climbing()).dispatched().acknowledged()
    side = asked(life, SideKind.ESCALATION, EAST)
    life.returned().case.cancel_idle([side], at=life.now, command_id="nobody-needs-it")
    life.dispatched(assignment(EAST_ZHONGSHAN), by=OPERATOR)
    assert (life.case.rung, life.case.escalated) == (0, 0)
    life.until(due(life) + timedelta(days=1)).swept()
    assert climbed(life.case)[-3:] == [
        (life.now, "urge", EAST_ZHONGSHAN),
        (life.now, "supervision", EAST_ZHONGSHAN),
        (life.now, "escalation", EAST),
    ]


def test_an_order_that_the_citizen_sends_back_begins_at_the_foot() -> None:
    life = held()
    swept(life, due(life) + timedelta(days=1))
    life.answered(NO)
    assert (life.case.status, life.case.rung, life.case.rung_at) == (Status.IN_PROGRESS, 0, None)
    limit = due(life)
    swept(life, limit + timedelta(days=1))
    assert taken(life.case) == ["urge", "supervision", "escalation", "urge", "urge", "escalation"]
    assert climbed(life.case)[-1] == (limit + timedelta(days=1), "escalation", CITY)


def test_the_second_escalation_comes_although_silence_has_sent_the_order_back_meanwhile() -> None:
    life = held(timekeeper=climbing(to_the_city="5 days"))
    limit = due(life)
    swept(life, limit + timedelta(days=6))
    assert "WorkOrderReopened" in life.names
    assert climbed(life.case)[-2:] == [
        (limit + timedelta(days=1), "escalation", EAST),
        (limit + timedelta(days=5), "escalation", CITY),
    ]


# --- by hand ---------------------------------------------------------------------------------------


def test_what_a_supervisor_does_by_hand_counts_as_no_rung() -> None:
    life = held()
    life.case.urge(None, by=SUPERVISOR, at=life.now, command_id="by-hand")
    asked(life, SideKind.SUPERVISION, AGENCY)
    asked(life, SideKind.ESCALATION, EAST)
    assert life.case.rung == 0
    limit = due(life)
    swept(life, limit + timedelta(days=2))
    assert life.case.rung == 4
    assert climbed(life.case)[-3:] == [
        (limit + timedelta(minutes=1), "urge", AGENCY),
        (limit + timedelta(days=1), "escalation", CITY),
        (limit + timedelta(days=2), "urge", AGENCY),
    ], "the agency has a supervision already, the district was asked, nobody is above the city"


def test_an_agency_that_has_nobody_above_it_is_urged_again() -> None:
    life = held(agency_id=CITY)
    swept(life, due(life) + timedelta(days=2))
    assert taken(life.case) == ["urge", "supervision", "urge", "urge"]
    assert all(who == CITY for _, _, who in climbed(life.case))


def test_no_rung_is_lost_from_the_index_when_another_could_not_be_taken() -> None:
    hotline = Hotline(parts_with_ladder())
    appeal_id = hotline.in_progress()
    case = hotline.case(appeal_id)
    for agency_id, kind in ((RIVERSIDE, SideKind.SUPERVISION), (EAST, SideKind.ESCALATION)):
        timekeeper = PolicyTimekeeper.of(hotline.directories.current())
        case.open_side(
            kind, agency_id, by=SUPERVISOR, at=hotline.clock(), command_id="x", timekeeper=timekeeper
        )
    hotline.cases.save(case)
    limit = case.clocks["handling"].due_at
    for passed in (timedelta(hours=-1), timedelta(minutes=1), timedelta(days=1), timedelta(days=2)):
        hotline.clock.at = limit + passed
        hotline.sweep()
    assert taken(hotline.case(appeal_id))[2:] == ["urge", "urge", "escalation", "urge"]


# --- F35 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["answer first", "sweep first"])
def test_an_answer_in_the_last_second_is_in_time_whoever_comes_first(order: str) -> None:
    life = held()
    life.until(due(life))
    if order == "sweep first":
        life.swept()
    life.resolved()
    life.swept().surveying().answered()
    assert "ClockBreached" not in life.names
    assert life.case.events[-1].facts["handled_in_time"] == 1


def test_an_answer_that_was_given_in_time_stays_in_time_even_when_the_sweep_has_overtaken_it() -> None:
    life = held()
    limit = due(life)
    swept(life, limit + timedelta(minutes=2))
    life.case.resolve("n", by=OFFICER, at=limit, command_id="answered-in-the-last-second")
    stored(life.case)
    life.answered()
    assert life.case.events[-1].facts["handled_in_time"] == 1
    assert not life.case.clocks["handling"].late(life.now)


def test_a_rung_that_fires_as_the_officer_answers_loses_or_wins_whole() -> None:
    hotline = Hotline(parts_with_ladder())
    appeal_id = hotline.in_progress()
    hotline.clock.at = hotline.case(appeal_id).clocks["handling"].warn_at + timedelta(minutes=1)
    hotline.cases.before_save.append(lambda: hotline.act(appeal_id, RESOLVE))
    assert hotline.sweep().passed_over == 1
    assert hotline.sweep().fired == 0
    assert hotline.names(appeal_id)[-1] == "WorkOrderResolved"
    assert taken(hotline.case(appeal_id)) == []


# --- the policy that ships -------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["emergency", "urgent", "general", "complex"])
def test_by_the_policy_that_ships_both_escalations_fire_whenever_the_order_was_dispatched(tier: str) -> None:
    timekeeper = PolicyTimekeeper.of(beijing())
    for day in range(0, 90, 3):
        at = wall_time("2026-01-02 03:00") + timedelta(days=day, hours=day % 24)
        life = Life(at=at, timekeeper=timekeeper).dispatched(
            assignment("110101001", tier=tier, district="110101", subdistrict="110101001")
        )
        officer = Actor(role=Role.AGENCY, subject="zhang", agency_id="110101001")
        life.acknowledged(officer).contacted(officer)
        swept(life, due(life) + timedelta(days=21))
        assert taken(life.case)[:4] == ["urge", "supervision", "escalation", "escalation"], (tier, at)
        assert [who for _, what, who in climbed(life.case) if what == "escalation"] == ["110101", "110000"]
        if tier in ("general", "complex"):
            assert all(_is_day(moment) for moment, _, _ in climbed(life.case)), (tier, at)


def _is_day(moment: datetime) -> bool:
    return 8 <= moment.astimezone(BEIJING).hour <= 21
