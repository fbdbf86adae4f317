"""A lake small enough to count by hand: ten appeals of the tiny city, nine of them of March 2026.

Times are the city's own. The rows come in no order, and some of them twice, as they do in a lake.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hotline.domain.events import Envelope
from hotline.domain.lake import Row, day_of, row_of
from infrastructure.lake.local import FolderLake, LocalLake
from tests.unit.builders_directory import (
    EAST,
    EAST_ZHONGSHAN,
    RIVERSIDE,
    WEST,
    WEST_ZHONGSHAN,
    tiny_directory,
)

Happening = tuple[str, str, dict[str, Any]]
"""Name, city time, facts."""

_ZONE = ZoneInfo("Asia/Shanghai")


def at(moment: str) -> datetime:
    """A city time such as ``03-31 23:30`` of 2026."""
    return datetime.fromisoformat(f"2026-{moment}:00").replace(tzinfo=_ZONE).astimezone(UTC)


def seconds(moment: str) -> int:
    return int(at(moment).timestamp())


def closing(agency: str, answers: str | None, **changes: Any) -> dict[str, Any]:
    facts = {
        "agency": agency,
        "outcome": "answered",
        "response_in_time": 1,
        "handled_in_time": 1,
        "reopened": 0,
    }
    said = {"answers": answers} if answers else {"outcome": "no_answer"}
    return {**facts, **said, **changes}


def lives() -> dict[str, tuple[dict[str, str], list[Happening]]]:
    """Everything that happened, by order."""
    east = {"district": EAST, "subdistrict": RIVERSIDE, "service_code": "street.noise", "tier": "general"}
    lamp = {**east, "service_code": "street.lamp"}
    west = {"district": WEST, "subdistrict": WEST_ZHONGSHAN, "service_code": "water.outage", "tier": "urgent"}
    riverside, water = {"agency": RIVERSIDE}, {"agency": "waterworks"}
    return {
        "A1": (
            {**east, "agency_id": RIVERSIDE},
            [
                ("AppealRegistered", "03-02 09:00", {}),
                ("WorkOrderDispatched", "03-02 09:10", riverside),
                ("CitizenContacted", "03-02 10:10", {"channel": "phone"}),
                ("WorkOrderResolved", "03-03 09:10", {}),
                ("SurveyOpened", "03-03 09:11", {"trigger": "resolved"}),
                ("WorkOrderClosed", "03-04 09:00", closing(RIVERSIDE, "yyy")),
            ],
        ),
        "A2": (
            {**east, "agency_id": RIVERSIDE},
            [
                ("AppealRegistered", "03-02 12:00", {}),
                ("WorkOrderDispatched", "03-02 12:00", riverside),
                ("CitizenContacted", "03-02 15:00", {"channel": "visit"}),
                ("ClockBreached", "03-09 12:00", {"clock": "handling", "due_at": seconds("03-09 12:00")}),
                ("SurveyOpened", "03-09 12:01", {"trigger": "limit"}),
                ("WorkOrderReopened", "03-10 08:00", {"answers": "ynn"}),
                ("ClockBreached", "03-11 08:00", {"clock": "handling", "due_at": seconds("03-11 08:00")}),
                ("WorkOrderResolved", "03-11 12:00", {}),
                ("SurveyOpened", "03-11 12:01", {"trigger": "resolved"}),
                (
                    "WorkOrderClosed",
                    "03-12 12:00",
                    closing(RIVERSIDE, "yyn", how="phone", handled_in_time=0, reopened=1),
                ),
            ],
        ),
        "A3": (
            {**west, "agency_id": WEST_ZHONGSHAN},
            [
                ("AppealRegistered", "03-31 23:30", {}),
                ("WorkOrderDispatched", "03-31 23:40", {"agency": WEST_ZHONGSHAN}),
                ("WorkOrderResolved", "03-31 23:50", {}),
                ("WorkOrderClosed", "04-01 00:30", closing(WEST_ZHONGSHAN, None, response_in_time=0)),
            ],
        ),
        "A4": (
            {**lamp, "agency_id": RIVERSIDE},
            [
                ("AppealRegistered", "03-05 08:00", {}),
                ("WorkOrderDispatched", "03-05 08:00", {"agency": "lamp-office"}),
                ("WorkOrderReturned", "03-05 12:00", {"agency": "lamp-office", "reason": "not_my_duty"}),
                ("WorkOrderRedispatched", "03-06 08:00", {**riverside, "from": "lamp-office"}),
                ("CitizenContacted", "03-06 10:00", {"channel": "phone"}),
                ("WorkOrderResolved", "03-07 08:00", {}),
                ("SurveyOpened", "03-07 08:01", {"trigger": "resolved"}),
                ("WorkOrderClosed", "03-20 08:00", closing(RIVERSIDE, "yyn")),
                (
                    "SurveyAnswerChanged",
                    "04-02 08:00",
                    {
                        "answers": "yyy",
                        "was": closing(RIVERSIDE, "yyn"),
                        "now": closing(RIVERSIDE, "yyy"),
                        "closed_at": seconds("03-20 08:00"),
                    },
                ),
            ],
        ),
        "A5": (
            {**west, "agency_id": "waterworks"},
            [
                ("AppealRegistered", "03-14 08:00", {}),
                ("WorkOrderDispatched", "03-14 08:00", water),
                ("WorkOrderResolved", "03-14 20:00", {}),
                ("WorkOrderClosed", "03-15 08:00", closing("waterworks", "nnn")),
                (
                    "ExcludedFromAssessment",
                    "03-20 09:00",
                    {
                        "reason": "force_majeure",
                        "was": closing("waterworks", "nnn"),
                        "now": closing("waterworks", "nnn", excluded="force_majeure"),
                        "closed_at": seconds("03-15 08:00"),
                    },
                ),
            ],
        ),
        "A6": (
            {**west, "agency_id": "waterworks"},
            [
                ("AppealRegistered", "03-15 08:00", {}),
                ("WorkOrderDispatched", "03-15 09:00", water),
                ("CitizenContacted", "03-15 13:00", {"channel": "phone"}),
                ("WorkOrderResolved", "03-15 19:00", {}),
                ("WorkOrderClosed", "03-16 08:00", closing("waterworks", "yyy")),
                (
                    "WorkOrderReopened",
                    "03-18 08:00",
                    {
                        "answers": "ynn",
                        "was": closing("waterworks", "yyy"),
                        "closed_at": seconds("03-16 08:00"),
                    },
                ),
                ("WorkOrderResolved", "03-19 09:00", {}),
                (
                    "WorkOrderClosed",
                    "03-21 08:00",
                    closing("waterworks", "nyn", outcome="no_answer", handled_in_time=0, reopened=1),
                ),
            ],
        ),
        "A7": (
            {**east, "agency_id": EAST_ZHONGSHAN},
            [
                ("AppealRegistered", "03-01 08:00", {}),
                ("WorkOrderDispatched", "03-01 08:00", {"agency": EAST_ZHONGSHAN}),
                ("ClockBreached", "03-08 08:00", {"clock": "handling", "due_at": seconds("03-08 08:00")}),
            ],
        ),
        "A8": (
            {**west, "agency_id": "waterworks"},
            [
                ("AppealRegistered", "03-19 08:00", {}),
                ("WorkOrderDispatched", "03-19 08:00", water),
                ("ClockBreached", "03-20 08:00", {"clock": "handling", "due_at": seconds("03-20 08:00")}),
                ("ExtensionGranted", "03-20 09:00", {"side": 2, "due_at": seconds("03-30 09:00")}),
            ],
        ),
        "A9": (
            {"district": EAST},
            [
                ("AppealRegistered", "03-25 08:00", {}),
                ("AppealConcluded", "03-25 09:00", {"outcome": "legal_route"}),
                ("ConclusionContested", "03-26 09:00", {"outcome": "legal_route", "answers": "nnn"}),
                ("AppealConcluded", "03-26 10:00", {"outcome": "legal_route"}),
                (
                    "WorkOrderClosed",
                    "03-29 09:00",
                    {
                        "outcome": "no_answer",
                        "reopened": 0,
                        "conclusion": "legal_route",
                        "contested": ["legal_route"],
                    },
                ),
            ],
        ),
        "A10": (
            {**east, "agency_id": RIVERSIDE},
            [
                ("AppealRegistered", "05-01 08:00", {}),
                ("WorkOrderDispatched", "05-01 08:00", riverside),
                ("WorkOrderResolved", "05-01 20:00", {}),
                ("WorkOrderClosed", "05-02 08:00", closing(RIVERSIDE, "nyn")),
                (
                    "SurveyAnswerChanged",
                    "05-02 09:00",
                    {
                        "answers": "yyn",
                        "was": closing(RIVERSIDE, "nyn"),
                        "now": closing(RIVERSIDE, "yyn"),
                        "closed_at": seconds("05-02 08:00"),
                    },
                ),
                (
                    "DissatisfactionJudged",
                    "05-03 08:00",
                    {
                        "judged": "unreasonable",
                        "was": closing(RIVERSIDE, "yyn"),
                        "now": closing(RIVERSIDE, "yyn", judged="unreasonable"),
                        "closed_at": seconds("05-02 08:00"),
                    },
                ),
            ],
        ),
        "A10.2": (
            {**east, "agency_id": "lamp-office"},
            [
                ("SideOrderAsked", "05-01 09:00", {"kind": "assist", "agency": "lamp-office"}),
                (
                    "SideOrderDone",
                    "05-01 10:00",
                    {"kind": "assist", "agency": "lamp-office", "outcome": "reported", "in_time": 1},
                ),
            ],
        ),
        "A1.2": (
            {**east, "agency_id": "~callbacks"},
            [
                ("SideOrderAsked", "03-05 09:00", {"kind": "verification", "answers": "yyy"}),
                ("CallAttempted", "03-05 10:00", {"kind": "callback", "outcome": "no_answer"}),
                ("CallAttempted", "03-05 18:00", {"kind": "callback", "outcome": "reached"}),
                (
                    "SideOrderDone",
                    "03-05 18:01",
                    {"kind": "verification", "outcome": "agreed", "answers": "yyy"},
                ),
            ],
        ),
        "A2.2": (
            {**east, "agency_id": "~callbacks"},
            [
                ("SideOrderAsked", "03-13 09:00", {"kind": "verification", "answers": "yyn"}),
                (
                    "SideOrderDone",
                    "03-13 10:00",
                    {"kind": "verification", "outcome": "disagreed", "answers": "ynn"},
                ),
            ],
        ),
        "A4.2": (
            {**lamp, "agency_id": "~callbacks"},
            [
                ("SideOrderAsked", "03-21 09:00", {"kind": "verification", "answers": "yyn"}),
                (
                    "SideOrderDone",
                    "03-22 09:00",
                    {"kind": "verification", "outcome": "agreed", "answers": "yyn"},
                ),
            ],
        ),
        "A6.2": (
            {**west, "agency_id": "~callbacks"},
            [
                ("SideOrderAsked", "03-20 09:00", {"kind": "callback"}),
                ("CallAttempted", "03-20 10:00", {"kind": "callback", "outcome": "no_answer"}),
                ("SideOrderDone", "03-20 20:00", {"kind": "callback", "outcome": "unreachable"}),
            ],
        ),
        "A5.2": (
            {**west, "agency_id": "~reviewers/exclusion"},
            [
                ("SideOrderAsked", "03-16 09:00", {"kind": "review", "reason": "force_majeure"}),
                ("SideOrderDone", "03-20 09:00", {"kind": "review", "outcome": "granted"}),
            ],
        ),
    }


def envelopes(copies: int = 1) -> Iterator[Envelope]:
    """The same as events of the bus; of each order so many, with other numbers."""
    for copy in range(copies):
        for order_id, (about, happenings) in lives().items():
            appeal_id, dot, side = order_id.partition(".")
            if copy:
                appeal_id = f"{appeal_id}c{copy}"
            for number, (name, moment, facts) in enumerate(happenings, 1):
                yield Envelope(
                    event_id=f"{appeal_id}{dot}{side}:{number}",
                    name=name,
                    occurred_at=at(moment),
                    correlation_id=appeal_id,
                    causation_id="c",
                    actor="adjudicator:wu" if name == "ExcludedFromAssessment" else "system",
                    data={"appeal_id": appeal_id, **about, **facts},
                )


def lake(folder: Path, copies: int = 1) -> LocalLake:
    """The same in files, some rows twice, asked as every lake is."""
    directory, files = tiny_directory(), FolderLake(folder)
    everything = list(envelopes(copies))
    for batch in (everything[::-1], everything[::3]):
        by_day: dict[date, list[Row]] = {}
        for envelope in batch:
            by_day.setdefault(day_of(envelope, directory), []).append(row_of(envelope, directory))
        for day, rows in by_day.items():
            files.keep_rows(day, rows)
    return LocalLake(folder)
