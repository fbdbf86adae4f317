"""Every question of the reports against a lake that was counted by hand (``builders_lake``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotline.domain.tallies import COUNT_NAMES
from infrastructure.lake.local import LocalLake
from infrastructure.lake.questions import filled, question, questions
from tests.unit.builders_directory import EAST, EAST_ZHONGSHAN, RIVERSIDE, WEST, WEST_ZHONGSHAN
from tests.unit.builders_lake import lake

MARCH: dict[str, Any] = {
    "first": "2026-03-01",
    "last": "2026-03-31",
    "as_of": "2026-04-30",
    "since": "2025-03-01",
    "now": "2026-03-31 16:00:00",
    "district": "*",
    "agency": "*",
    "by": "month",
    "most": 10,
}
HOUR, DAY = 3600, 86400


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalLake]:
    with lake(tmp_path_factory.mktemp("lake")) as opened:
        yield opened


def ask(found: LocalLake, name: str, **changes: Any) -> list[dict[str, Any]]:
    answer = found.ask(filled(question(name).text, {**MARCH, **changes}))
    return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def only(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    (row,) = [row for row in rows if row.items() >= wanted.items()]
    return row


def test_a_month_of_the_city_is_counted_as_by_hand(found: LocalLake) -> None:
    assert only(ask(found, "views"), level="city") == {
        "level": "city",
        "bucket": "202603",
        "district": None,
        "agency_id": None,
        "registered": 9,
        "dispatched": 9,  # one of them again
        "returned": 1,
        "contacts": 4,
        "reported_done": 7,
        "overdue": 4,
        "sent_back": 2,
        "closed": 4,  # not the one closed in April, the excluded, the hotline's own, the first closing of A6
        "excluded": 1,
        "answered": 4,
        "unanswered": 0,
        "unreasonable": 0,
        "contacted_in_time": 4,
        "contact_confirmed": 3,  # the citizen of A6 denies it
        "contacted": 3,
        "resolved": 4,
        "resolved_first_time": 2,
        "satisfied": 2,  # A4 was changed to satisfied in April
        "handled_in_time": 2,
        "reopened": 2,
        "reopenings": 2,
    }


@pytest.mark.parametrize("by", ["month", "week", "service", "place"])
def test_districts_and_agencies_add_up_to_the_city(found: LocalLake, by: str) -> None:
    rows = ask(found, "views", by=by)
    counts = [name for name in rows[0] if name not in ("level", "bucket", "district", "agency_id")]
    for city in (row for row in rows if row["level"] == "city"):
        for level in ("district", "agency"):
            parts = [row for row in rows if row["level"] == level and row["bucket"] == city["bucket"]]
            assert [sum(part[name] for part in parts) for name in counts] == [city[name] for name in counts]


def test_a_week_begins_on_its_monday_in_the_citys_time(found: LocalLake) -> None:
    weeks = {
        row["bucket"]: row["registered"] for row in ask(found, "views", by="week") if row["level"] == "city"
    }
    assert weeks == {
        "2026-02-23": 1,  # Sunday, 1 March
        "2026-03-02": 3,
        "2026-03-09": 2,  # Saturday and Sunday, 14 and 15 March
        "2026-03-16": 1,
        "2026-03-23": 1,
        "2026-03-30": 1,  # 31 March, half past eleven at night
    }


def test_services_and_places_are_counted(found: LocalLake) -> None:
    services = {
        row["bucket"]: row["registered"]
        for row in ask(found, "views", by="service", district=EAST)
        if row["level"] == "city"
    }
    places = {
        row["bucket"]: row["registered"] for row in ask(found, "views", by="place") if row["level"] == "city"
    }
    assert services == {"street.noise": 3, "street.lamp": 1, None: 1}
    assert places == {RIVERSIDE: 4, WEST_ZHONGSHAN: 4, None: 1}


def test_a_report_can_be_about_one_agency(found: LocalLake) -> None:
    rows = ask(found, "views", agency="waterworks")
    assert {row["agency_id"] for row in rows} == {None, "waterworks"}
    assert only(rows, level="city")["closed"] == only(rows, level="agency")["closed"] == 1


def test_a_correction_counts_from_its_day_on_and_in_the_month_of_the_closing(found: LocalLake) -> None:
    before = only(ask(found, "tallies", as_of="2026-03-31"), agency_id=RIVERSIDE)
    after = only(ask(found, "tallies"), agency_id=RIVERSIDE)
    assert (before["satisfied"], after["satisfied"]) == (1, 2)
    assert {row["month"] for row in ask(found, "tallies", last="2026-04-30")} == {"202603", "202604"}


def test_tallies_have_every_count_that_a_scorecard_has(found: LocalLake) -> None:
    not_in_the_lake = {"assists_called", "summons_called"}
    assert set(ask(found, "tallies")[0]) == {"month", "agency_id", *COUNT_NAMES} - not_in_the_lake


def test_the_longest_overdue_is_still_open(found: LocalLake) -> None:
    (row,) = ask(found, "overdue")  # A8 has been extended, A2 is done
    assert (row["order_id"], row["agency_id"], row["late_seconds"]) == (
        "A7",
        EAST_ZHONGSHAN,
        23 * DAY + 16 * HOUR,
    )
    assert [row["order_id"] for row in ask(found, "overdue", last="2026-03-10")] == ["A7"]
    assert {row["order_id"] for row in ask(found, "overdue", last="2026-03-09")} == {"A2", "A7"}


def test_the_longest_lateness_is_of_the_last_limit(found: LocalLake) -> None:
    (row,) = ask(found, "lateness")
    assert (row["order_id"], row["late_seconds"]) == ("A2", 4 * HOUR)


def test_returns_and_redo(found: LocalLake) -> None:
    rows = ask(found, "returns")
    city, lamps = only(rows, level="city"), only(rows, agency_id="lamp-office")
    assert (city["dispatched"], city["returned"], city["closed"], city["reopened"]) == (9, 1, 4, 2)
    assert (lamps["dispatched"], lamps["returned"]) == (1, 1)


def test_how_many_citizens_were_asked_and_how_they_answered(found: LocalLake) -> None:
    city = only(ask(found, "coverage"), level="city")
    assert [city[name] for name in ("asked", "closed", "answered")] == [4, 4, 4]
    assert [city[name] for name in ("by_web", "by_phone", "earlier")] == [
        2,
        1,
        1,
    ]  # A6 is silent the second time
    april = only(ask(found, "coverage", first="2026-04-01", last="2026-04-30"), level="city")
    assert (april["closed"], april["answered"], april["unanswered"]) == (1, 0, 1)


def test_half_and_nine_in_ten_waited_no_longer(found: LocalLake) -> None:
    rows = ask(found, "durations")
    contact = only(rows, level="city", until="contact")  # 1, 2, 3 and 4 hours; A4's from its second dispatch
    assert [contact[name] for name in ("orders", "p50_seconds", "p90_seconds")] == [4, 2 * HOUR, 4 * HOUR]
    result = only(rows, level="city", until="result")  # 12 h, 1 d, 2 d, 4 d, 9 d; A6 once, to its last "done"
    assert [result[name] for name in ("orders", "p50_seconds", "p90_seconds")] == [5, 2 * DAY, 9 * DAY]
    assert only(rows, level="district", district=WEST, until="result")["longest_seconds"] == 4 * DAY


def test_what_was_excluded_is_told_with_its_reason(found: LocalLake) -> None:
    assert ask(found, "exclusions") == [
        {"level": "city", "agency_id": None, "reason": "force_majeure", "orders": 1},
        {"level": "agency", "agency_id": "waterworks", "reason": "force_majeure", "orders": 1},
    ]


def test_what_reviewers_decided(found: LocalLake) -> None:
    rows = [(row["what"], row["inbox"], row["decision"], row["times"]) for row in ask(found, "reviews")]
    assert rows == [
        ("ExcludedFromAssessment", None, "force_majeure", 1),
        ("SideOrderAsked", "~reviewers/exclusion", None, 1),
        ("SideOrderDone", "~reviewers/exclusion", "granted", 1),
    ]


def test_a_second_call_that_heard_otherwise_is_a_disagreement(found: LocalLake) -> None:
    (row,) = ask(found, "verification")
    assert (row["calls"], row["heard"], row["agreed"], row["disagreed"]) == (3, 3, 2, 1)
    assert (row["on_contact"], row["on_resolution"], row["on_satisfaction"]) == (0, 1, 0)


def test_how_calls_ended(found: LocalLake) -> None:
    assert [(row["what"], row["outcome"], row["times"]) for row in ask(found, "calls")] == [
        ("attempt", "no_answer", 2),
        ("attempt", "reached", 1),
        ("task", "unreachable", 1),
    ]


def test_channels(found: LocalLake) -> None:
    assert [(row["what"], row["channel"], row["times"]) for row in ask(found, "channels")] == [
        ("registered", "unknown", 9),
        ("contacted", "phone", 3),
        ("contacted", "visit", 1),
        ("answered", "link", 4),
        ("answered", "phone", 1),
    ]


def test_answers_of_the_hotlines_own(found: LocalLake) -> None:
    assert ask(found, "conclusions") == [{"conclusion": "legal_route", "told": 2, "contested": 1}]


@pytest.mark.parametrize("name", questions())
def test_a_time_without_events_is_no_error(found: LocalLake, name: str) -> None:
    times = {"first": "2020-01-01", "last": "2020-01-31", "as_of": "2020-01-31", "since": "2019-01-01"}
    for row in ask(found, name, **times):
        assert not any(value for value in row.values() if isinstance(value, int)), row
