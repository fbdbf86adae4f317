"""Events on the bus: ten a call, and only the refused ones again (F27)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotline.adapters.eventbridge import EventBridgeBus
from hotline.domain.case import Change
from hotline.domain.errors import Unavailable
from hotline.domain.events import Envelope
from hotline.use_cases.publish_events import envelopes_of
from tests.unit.builders import Life


class Bus:
    """EventBridge as far as we use it; ``refuse`` lists the places that each call refuses."""

    def __init__(self, *refuse: tuple[int, ...]) -> None:
        self._refuse = list(refuse)
        self.calls: list[list[dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.calls.append(Entries)
        refused = self._refuse.pop(0) if self._refuse else ()
        return {
            "FailedEntryCount": len(refused),
            "Entries": [
                {"ErrorCode": "InternalFailure"} if place in refused else {"EventId": "x"}
                for place in range(len(Entries))
            ],
        }


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def events(number: int) -> list[Envelope]:
    (event,) = envelopes_of(Change(Life().case, 0))
    return [event.model_copy(update={"event_id": f"{event.appeal_id}:{place}"}) for place in range(number)]


def ids(entries: list[dict[str, Any]]) -> list[int]:
    return [int(json.loads(entry["Detail"])["event_id"].partition(":")[2]) for entry in entries]


def test_events_go_out_in_order_ten_a_call() -> None:
    bus = Bus()
    EventBridgeBus(bus, "city").publish(events(23))
    assert [ids(call) for call in bus.calls] == [list(range(10)), list(range(10, 20)), [20, 21, 22]]
    entry = bus.calls[0][0]
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (
        "hotline",
        "AppealRegistered",
        "city",
    )
    assert json.loads(entry["Detail"])["version"] == 1


def test_only_what_was_refused_is_sent_again() -> None:
    bus = Bus((3, 7), (1,))
    EventBridgeBus(bus, "city").publish(events(10))
    assert [ids(call) for call in bus.calls] == [list(range(10)), [3, 7], [7]]


def test_a_bus_that_keeps_refusing_is_reported() -> None:
    with pytest.raises(Unavailable):
        EventBridgeBus(Bus(*[(0,)] * 4), "city").publish(events(1))
