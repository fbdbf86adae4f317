"""Who does what in a demo, when queues are polled, and what a killed run still knows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from hotline.adapters.pictures import redraw
from infrastructure.demo.agenda import LONGEST_S, Agenda, Rounds
from infrastructure.demo.habits import Habits, phone_of
from infrastructure.demo.journal import Journal, Posted
from infrastructure.demo.people import PICTURE, decision_for


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def order(message_id: str, kind: str = "dispatched", token: str | None = "token") -> dict[str, str | None]:
    return {"message_id": message_id, "kind": kind, "work_order_id": "A.1", "reply_token": token}


def test_lots_fall_in_the_stated_shares_and_the_same_each_time() -> None:
    habits = Habits(silent=0.1, phone=0.5)
    citizens = [habits.citizen(1, row) for row in range(4000)]
    assert citizens == [habits.citizen(1, row) for row in range(4000)]
    assert 0.08 < sum(citizen.silent for citizen in citizens) / 4000 < 0.12
    assert 0.46 < sum(citizen.leaves_phone for citizen in citizens) / 4000 < 0.54
    assert citizens != [habits.citizen(2, row) for row in range(4000)]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_none_or_all_is_exact(share: float) -> None:
    habits = Habits(returned=share)
    assert {habits.returns(1, f"order-{number}") for number in range(100)} == {share == 1.0}


def test_every_citizen_has_a_phone_of_their_own() -> None:
    assert len({phone_of(1, row) for row in range(10_000)}) == 10_000


def test_an_operator_follows_the_rules_then_the_place_then_a_lot() -> None:
    districts = ["110101", "110105"]
    services = [{"service_code": "road.damage"}, {"service_code": "road.works"}]
    assert decision_for({"agency_id": "bus"}, districts, 0) == {"agency_id": "bus"}
    assert decision_for({"services": services, "places": ["110105004", "110105"]}, districts, 0) == {
        "agency_id": "110105004",
        "service_code": "road.damage",
        "subdistrict": "110105004",
    }
    assert decision_for({"services": [], "places": []}, districts, 1) == {
        "agency_id": "110105",
        "district": "110105",
    }


def test_an_agenda_hands_a_key_out_once_at_the_earliest_time_agreed(clock: Clock) -> None:
    agenda: Agenda[str] = Agenda(clock)
    agenda.put("a", 5)
    agenda.put("a", 2)
    agenda.put("a", 9)
    assert agenda.take() is None
    clock.now = 3
    assert agenda.take() == "a"
    clock.now = 20
    assert agenda.take() is None


def test_a_queue_is_polled_ever_more_seldom_until_something_comes(clock: Clock) -> None:
    rounds = Rounds(["only"], clock)
    polled_at = []
    for tick in range(600):
        clock.now = tick / 4
        if rounds.take():
            polled_at.append(clock.now)
            rounds.polled("only", found=tick == 240)
    gaps = [after - before for before, after in pairwise(polled_at)]
    after_message = polled_at.index(60.0)
    assert gaps[after_message : after_message + 6] == [0.25, 0.5, 1, 2, 4, 8]
    assert max(gaps) == LONGEST_S


def test_a_queue_where_something_is_expected_comes_before_all_others(clock: Clock) -> None:
    rounds = Rounds([str(number) for number in range(100)], clock)
    clock.now = 14.0
    rounds.expect("99")
    rounds.expect("no queue of ours")
    clock.now = 14.5
    assert rounds.take() == "99"
    assert rounds.take() == "0"


def test_a_journal_knows_after_a_restart_what_was_posted_received_and_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    journal.note(fingerprint="f")
    journal.posted(1, "NUMBER1", "key1")
    journal.posted(2, "NUMBER2", "key2")
    journal.ended(1, "closed")
    journal.refused(3, "400")
    journal.received([order("A:2"), order("A:2")], "bus")
    again = Journal(tmp_path / "run.sqlite")
    assert again.run == "run"
    assert again.fact("fingerprint") == "f"
    assert again.fact("finished") is None
    assert again.appeals() == [
        Posted(1, "NUMBER1", "key1", "closed", None),
        Posted(2, "NUMBER2", "key2", None, None),
        Posted(3, None, None, "refused", "400"),
    ]
    assert set(again.receipts("A.1")) == {("A:2", "bus")}
    assert again.repeats() == 1


def test_a_journal_knows_the_first_order_and_the_token_for_answering(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    journal.received([order("A:2"), order("A:2/copy", "copy", None)], "bus")
    journal.received([order("A:5", token="other")], "tax")
    journal.received([order("A.1/refused/x", "reply_refused", None)], "bus")
    assert journal.first_order("A.1") == "A:2"
    assert journal.reply_token("A.1", "bus") == "token"
    assert journal.reply_token("A.1", "tax") == "other"
    assert journal.reply_token("B.1", "bus") is None


def test_the_picture_of_evidence_is_a_real_one() -> None:
    assert PICTURE.startswith(b"\x89PNG\r\n\x1a\n")
    assert redraw(PICTURE, "image/png").width == 16
