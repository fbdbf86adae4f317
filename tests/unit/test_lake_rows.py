"""Rows of the lake: what an event says in codes, and never anybody's words."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.domain.events import Envelope
from hotline.domain.lake import COLUMNS, day_of, row_of
from infrastructure.lake.questions import facts_view
from tests.template import ROOT, load
from tests.unit.builders_directory import EAST, RIVERSIDE, tiny_directory

CATALOGUE = (ROOT / "events/README.md").read_text(encoding="utf-8")
EVENTS = re.findall(r"^\| `([A-Z][A-Za-z]+)` \|", CATALOGUE, re.MULTILINE)
FACTS = sorted({*re.findall(r"`([a-z_]+)`", CATALOGUE), *COLUMNS, "into"})
PRIVATE = ("张三", "13800138000", "+8613800138000", "tel:13800138000", "My neighbour is loud", "a@b.example")


def envelope(name: str = "WorkOrderClosed", number: int = 7, **data: Any) -> Envelope:
    return Envelope(
        event_id=f"000G40R40M30E209B:{number}",
        name=name,
        occurred_at=datetime(2026, 3, 31, 16, 30, tzinfo=UTC),
        correlation_id="000G40R40M30E209B",
        causation_id="answer",
        actor="operator:op-7",
        data={"appeal_id": "000G40R40M30E209B", "agency_id": RIVERSIDE, "district": EAST, **data},
    )


def test_a_closing_is_told_in_full_by_the_citys_own_day() -> None:
    closed = envelope(outcome="answered", agency=RIVERSIDE, response_in_time=1, handled_in_time=0, reopened=2)
    row = row_of(closed, tiny_directory())
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "event_id": "000G40R40M30E209B:7",
        "appeal_id": "000G40R40M30E209B",
        "order_id": "000G40R40M30E209B",
        "number": 7,
        "name": "WorkOrderClosed",
        "occurred_at": datetime(2026, 3, 31, 16, 30),  # noqa: DTZ001
        "month": "202604",
        "actor": "operator",
        "agency_id": RIVERSIDE,
        "district": EAST,
        "outcome": "answered",
        "response_in_time": 1,
        "handled_in_time": 0,
        "reopened": 2,
        "closed_at": 1774974600,
        **({"agency_group": row["agency_group"]} if row["agency_group"] else {}),
    }
    assert str(day_of(closed, tiny_directory())) == "2026-04-01"
    assert list(row) == list(COLUMNS)


def test_a_correction_tells_what_counts_now_and_what_it_takes_back() -> None:
    before = {"outcome": "answered", "agency": RIVERSIDE, "answers": "ynn", "response_in_time": 1}
    now = {**before, "answers": "yyy", "judged": "reasonable"}
    changed = envelope(
        "SurveyAnswerChanged", answers="yyy", how="phone", was=before, now=now, closed_at=1774970000
    )
    row = row_of(changed, tiny_directory())
    assert (row["answers"], row["was_answers"], row["judged"]) == ("yyy", "ynn", "reasonable")
    assert (row["how"], row["closed_at"], row["response_in_time"]) == ("phone", 1774970000, 1)


def test_an_order_beside_the_lead_order_has_its_own_numbers() -> None:
    beside = envelope("SideOrderDone", kind="assist", agency="lamp-office", in_time=True)
    beside = beside.model_copy(update={"event_id": "000G40R40M30E209B.2:5"})
    row = row_of(beside, tiny_directory())
    assert (row["order_id"], row["number"], row["agency_id"]) == ("000G40R40M30E209B.2", 5, "lamp-office")
    assert (row["kind"], row["in_time"]) == ("assist", 1)


@pytest.mark.parametrize("name", EVENTS)
def test_nothing_private_reaches_the_lake_whatever_an_event_carries(name: str) -> None:
    """Every fact of the catalogue, and some that nobody has thought of, holds somebody's phone or words."""
    for private in PRIVATE:
        planted: dict[str, Any] = dict.fromkeys([*FACTS, "phone", "text", "contact"], private)
        planted |= {"was": dict(planted), "now": dict(planted)}
        row = row_of(envelope(name).model_copy(update={"data": planted}), tiny_directory())
        assert private not in {str(value) for value in row.values()}
        assert not re.search(r"1380013|张|neighbour|@", str(row))


def test_an_event_of_an_agency_that_is_compared_with_others_names_their_group() -> None:
    agencies = tiny_directory().agencies
    for agency_id, agency in agencies.items():
        row = row_of(envelope(agency=agency_id), tiny_directory())
        assert (row["agency_id"], row["agency_group"]) == (agency_id, agency.score_group)


def test_the_catalogue_of_events_was_read() -> None:
    assert {"AppealRegistered", "SideOrderDone", "WorkOrderClosed"} <= set(EVENTS)
    assert {"answers", "note", "numbers"} <= set(FACTS)


def test_the_columns_are_the_same_in_the_code_the_template_the_view_and_the_page() -> None:
    glue = {"varchar": "string", "timestamp": "timestamp", "integer": "int", "bigint": "bigint"}
    table = load().of_type("AWS::Glue::Table")["LakeEvents"]["TableInput"]
    in_template = {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}
    assert in_template == {name: glue[kind] for name, kind in COLUMNS.items()}
    selected = facts_view().partition("SELECT")[2].partition("FROM")[0]
    assert re.findall(r"\w+", selected) == [*COLUMNS, "day"]
    page = (ROOT / "infrastructure/lake/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE)
    assert dict(listed) == {**COLUMNS, "day": "varchar"}
