"""When queues are polled in a demo, and what a killed run still knows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from hotline.adapters.pictures import redraw
from infrastructure.demo.agenda import LONGEST_S, Agenda, Rounds
from infrastructure.demo.evidence import PICTURE
from infrastructure.demo.journal import Journal, Posted


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


def test_a_journal_keeps_whole_messages_once_by_appeal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    told = {**order("A:2"), "appeal_id": "A", "text": "转述"}
    journal.keep([told, told], "bus")
    journal.keep([{**told, "message_id": "B:2", "appeal_id": "B"}], "bus")
    assert journal.kept("A") == [told]


def test_the_picture_of_evidence_is_a_real_one() -> None:
    assert PICTURE.startswith(b"\x89PNG\r\n\x1a\n")
    assert redraw(PICTURE, "image/png").width == 16
