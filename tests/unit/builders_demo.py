"""A stack for the demo's people that says what a test lets it say, and remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infrastructure.demo.agenda import Rounds
from infrastructure.demo.casework import Casework
from infrastructure.demo.habits import Habits, Plan
from infrastructure.demo.hotline import Answer
from infrastructure.demo.journal import Journal
from infrastructure.demo.rows import Row
from infrastructure.demo.script import Script

Json = dict[str, Any]

NUMBER, OTHER = "000G40R40M30E209B", "000G40R40M30E209C"
SUBDISTRICT, DISTRICT, BUS, TAX = "110101001", "110101", "bus", "tax"
AGENCIES = [DISTRICT, SUBDISTRICT, "110105", BUS, TAX]


def row(number: int = 1, **body: Any) -> Row:
    """An appeal of a file."""
    return Row(
        number,
        {"type": "complaint", "text": f"第{number}盏路灯不亮", "language": "zh-CN", **body},
        None,
        None,
    )


def order(status: str = "in_progress", *events: str, **changes: Any) -> Json:
    """An order as an auditor sees it."""
    names = events or ("AppealRegistered", "WorkOrderDispatched")
    return {
        "work_order_id": f"{NUMBER}.1",
        "appeal_id": NUMBER,
        "kind": "lead",
        "status": status,
        "agency_id": SUBDISTRICT,
        "version": len(names),
        "confidential": False,
        "events": [
            {"number": number, "name": name, "at": "2026-03-02T00:00:00Z", "actor": "system", "facts": {}}
            for number, name in enumerate(names, 1)
        ],
        "sides": [],
        "deliveries": [],
        **changes,
    }


def side(kind: str, status: str = "asked", agency_id: str = BUS, number: int = 2) -> Json:
    """An order beside it, in brief."""
    return {"work_order_id": f"{NUMBER}.{number}", "kind": kind, "status": status, "agency_id": agency_id}


def message(kind: str, **changes: Any) -> Json:
    """A message on an agency's queue."""
    return {
        "message_id": f"{NUMBER}:2",
        "kind": kind,
        "work_order_id": f"{NUMBER}.1",
        "appeal_id": NUMBER,
        "agency_id": SUBDISTRICT,
        "reply_token": "token",
        "status": "dispatched",
        "occurred_at": "2026-03-02T00:00:00Z",
        **changes,
    }


def refusal(command_id: str, problem: str = "transition-not-allowed", **changes: Any) -> Json:
    """What an agency is told when its reply was not carried out."""
    refused = {"command_id": command_id, "problem": problem}
    return message("reply_refused", **{"message_id": f"{NUMBER}.1/refused/x", "refused": refused, **changes})


class FakeHotline:
    """Orders and lists are what the test puts there; commands are kept, and answered with ``answer``."""

    def __init__(self, **orders: Json) -> None:
        self.orders: dict[str, Json] = dict(orders)
        self.waiting: list[Json] = []
        self.candidate: Json = {"services": [], "places": [SUBDISTRICT]}
        self.answers: dict[str, int] = {}
        self.commands: list[tuple[str, str, str, Json, str | None]] = []
        self.decided: list[tuple[str, Json]] = []
        self.open_requests: dict[str, list[Json]] = {}
        self.uploads = 0

    def order(self, number: str, role: str = "auditor") -> Answer:
        found = self.orders.get(number)
        return Answer(200, found) if found else Answer(404, {})

    def queue(self) -> list[Json]:
        return self.waiting

    def disputes(self) -> list[Json]:
        return [item for item in self.waiting if item["status"] == "returned"]

    def candidates(self, appeal_id: str) -> Answer:
        return Answer(200, self.candidate)

    def districts(self) -> list[str]:
        return [DISTRICT, "110105"]

    def command(
        self, role: str, command: str, appeal_id: str, body: Json, idempotency_key: str | None = None
    ) -> Answer:
        self.commands.append((role, command, appeal_id, body, idempotency_key))
        return Answer(self.answers.get(command, 200), {})

    def requests(self, district: str) -> list[Json]:
        return self.open_requests.get(district, [])

    def decide(self, order_id: str, decision: Json, idempotency_key: str) -> Answer:
        self.decided.append((order_id, decision))
        return Answer(200, {})

    def upload_evidence(self, appeal_id: str, agency_id: str, picture: bytes) -> str | None:
        self.uploads += 1
        return f"picture-{self.uploads}"

    def given(self) -> list[tuple[str, str]]:
        """Who gave which command."""
        return [(role, command) for role, command, *_ in self.commands]


class FakeQueues:
    """Queues of a few agencies; replies are kept."""

    def __init__(self) -> None:
        self.agencies = AGENCIES
        self.replies: list[tuple[Json, int]] = []

    def reply(self, replies: Sequence[tuple[Json, int]]) -> None:
        self.replies += replies

    def said(self) -> list[str]:
        """The commands that agencies sent."""
        return [reply["action"]["command"] for reply, _ in self.replies]


class FixedScript(Script):
    """Two appeals, or one and its repeat, with the plans that the test wants."""

    def __init__(self, plans: Mapping[int, Plan], rows: Sequence[Row] = (), **habits: float) -> None:
        super().__init__(rows or [row(1), row(2)], Habits(**{"progress": 0.0, "staged": 0.0, **habits}), 1)
        self._plans = dict.fromkeys(self.rows, Plan()) | dict(plans)
        self.know(1, NUMBER)
        self.know(2, OTHER)


class Office:
    """One casework with all that it needs; ``look`` lets it look at an order once, as if it were time."""

    def __init__(self, script: Script, journal: Journal, hotline: FakeHotline | None = None) -> None:
        self.hotline = hotline or FakeHotline()
        self.queues = FakeQueues()
        self.journal = journal
        self.rounds = Rounds(AGENCIES)
        self.script = script
        self.casework = Casework(self.hotline, self.queues, journal, self.rounds, script)  # type: ignore[arg-type]

    def look(self, number: str = NUMBER) -> None:
        """Somebody looks at an order now."""
        self.casework.follow(number)
        assert self.casework.work()
