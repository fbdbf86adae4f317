"""Moves on the orders on which more happens than handling: looks at each now and then and does what is next."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from infrastructure.demo.acts import (
    ACKNOWLEDGE,
    CONTACT,
    DECIDED_BY_SUPERVISORS,
    Act,
    Others,
    is_followed,
    next_act,
    next_of_repeat,
    open_sides,
    round_of,
)
from infrastructure.demo.agenda import Agenda, Rounds
from infrastructure.demo.evidence import PICTURE
from infrastructure.demo.habits import PLAIN, Entry, pick
from infrastructure.demo.hotline import AgencyQueues, Hotline
from infrastructure.demo.journal import Journal
from infrastructure.demo.script import Script

Json = dict[str, Any]

AFTER_AN_ACT_S = 1.0
WAITING_S = 2.0
"""Until the next look at an order; a message about it brings that forward."""

AGAIN_S = 20.0
"""After this a command is given again, with the same id, when nothing has come of it."""

PATIENCE_S = 90.0
"""For so long somebody is waited for; then the order goes on as any other, and says so."""

SPACING_S = 1

WITH_EVIDENCE = frozenset({"request_extension", "request_hold"})
"""条例 Art 15: with reason and evidence."""


COURSE = "course"
"""Begins the ids of the replies that are given here."""


def command_of(command_id: str) -> str | None:
    """The command of a reply that was given here; None of any other.

    Example:
        >>> command_of("course/request_hold/1"), command_of("5f0c/0")
        ('request_hold', None)
    """
    parts = command_id.split("/")
    return parts[1] if parts[0] == COURSE else None


class Casework:
    """All orders that are followed. Safe for several threads: every command carries the same id each time.

    Attributes:
        requests: by the number of an appeal with an open request for more time or a hold, whose
            supervisors decide about it: the code of a district, or of the city.
    """

    def __init__(
        self, hotline: Hotline, queues: AgencyQueues, journal: Journal, rounds: Rounds, script: Script
    ) -> None:
        self._hotline = hotline
        self._queues = queues
        self._journal = journal
        self._rounds = rounds
        self._script = script
        self._agenda: Agenda[str] = Agenda()
        self._since: dict[str, float] = {}
        self._given_up: set[str] = set()
        self._settled: set[int] = set()
        self._given: dict[tuple[str, str, int], float] = {}
        self.requests: dict[str, str] = {}

    def follow(self, number: str) -> None:
        """Begin with an order."""
        self._since.setdefault(number, time.monotonic())
        self._agenda.put(number, 0)

    def stir(self, number: str) -> None:
        """Something has happened to an order; look at it soon if it is followed."""
        if number in self._since:
            self._agenda.put(number, 0)

    def give_up(self, number: str) -> None:
        """What was asked about an order is refused: let it go on as any other."""
        self._given_up.add(number)
        self.stir(number)

    def settle(self, row: int) -> None:
        """A repeat needs nobody any more: whoever waits for it may go on."""
        self._settled.add(row)

    def decides(self, number: str) -> bool:
        """Whether operators should leave an appeal alone: whether it is a repeat is being decided."""
        row = self._script.row_of(number)
        return row is not None and self._is_unsettled_repeat(row)

    def work(self) -> bool:
        """Look at the order that has been due longest; whether there was one."""
        number = self._agenda.take()
        if number is None:
            return False
        again_s: float | None = WAITING_S
        try:
            again_s = self._look(number)
        finally:
            if again_s is not None:
                self._agenda.put(number, again_s)
        return True

    def _look(self, number: str) -> float | None:
        """Do what is next for an order; in how many seconds to look again, None when its course is over."""
        answer = self._hotline.order(number)
        if not answer.ok:
            return WAITING_S
        self._note_sides(number, answer.body)
        if is_followed(answer.body):
            return AFTER_AN_ACT_S if self._move_on(number, answer.body) else WAITING_S
        if (row := self._script.row_of(number)) is not None:
            self.settle(row)
        return None

    def _note_sides(self, number: str, order: Json) -> None:
        """Let the queues of those who are asked be polled, and supervisors know what waits for them."""
        asked = {}
        for side in open_sides(order):
            self._rounds.expect(side["agency_id"])
            if side["kind"] in DECIDED_BY_SUPERVISORS:
                asked[number] = side["agency_id"].rpartition("/")[2]
        if asked:
            self.requests |= asked
        else:
            self.requests.pop(number, None)

    def _move_on(self, number: str, order: Json) -> bool:
        """Give the next command, once; whether one was given."""
        act = self._next(number, order)
        if act is None:
            return False
        key = (number, act.command, round_of(order))
        now = time.monotonic()
        if now - self._given.get(key, now - AGAIN_S) < AGAIN_S or not self._perform(act, number, order):
            return False
        self._given[key] = now
        return True

    def _next(self, number: str, order: Json) -> Act | None:
        row = self._script.row_of(number)
        late = time.monotonic() - self._since[number] > PATIENCE_S
        if row is not None and self._is_unsettled_repeat(row):
            act = self._next_of_repeat(row, order, late=late)
            if act is not None or not self._is_settled(row):
                return act
        if order["status"] == "merged":
            return None
        asks = PLAIN if late or number in self._given_up else self._script.plan_of(number)
        if asks.entry is Entry.REPEATED and row is not None and order["status"] == "in_progress":
            repeat = self._script.repeat_of(row)
            if repeat is not None and not self._is_settled(repeat):
                return None
        return next_act(order, asks, self._others(order), datetime.now(UTC))

    def _next_of_repeat(self, row: int, order: Json, *, late: bool) -> Act | None:
        """Merge, take apart, or leave the repeat of a row alone."""
        first = self._script.rows[row].repeats
        leader = self._script.number_of(first) if first is not None else None
        answer = self._hotline.order(leader) if leader else None
        if answer is None or not answer.ok:
            return None
        act = next_of_repeat(order, self._script.plan(row), answer.body)
        if act == "settled" or (late and order["status"] != "merged"):
            self.settle(row)
            self.stir(answer.body["appeal_id"])
            return None
        return act

    def _perform(self, act: Act, number: str, order: Json) -> bool:
        """Give a command; whether it was given."""
        if act.by == "agency":
            return self._reply(act, number, order)
        answer = self._hotline.command(
            act.by, act.command, number, act.body, f"demo-{number}-{round_of(order)}"
        )
        if answer.refused:
            self.give_up(number)
        return answer.ok

    def _reply(self, act: Act, number: str, order: Json) -> bool:
        """Let the agency that holds an order answer; it can, once the order has come out of its queue."""
        work_order_id, agency_id = order["work_order_id"], order["agency_id"]
        token = self._journal.reply_token(work_order_id, agency_id)
        if token is None:
            self._rounds.expect(agency_id)
            return False
        actions = (
            [ACKNOWLEDGE, CONTACT] if act.command == "acknowledge" else [self._proven(act, number, order)]
        )
        replies = [
            {
                "schema": "hotline.reply/1",
                "work_order_id": work_order_id,
                "agency_id": agency_id,
                "reply_token": token,
                "command_id": f"{COURSE}/{action['command']}/{round_of(order)}",
                "officer": "demo",
                "action": action,
            }
            for action in actions
        ]
        self._queues.reply([(reply, place * SPACING_S) for place, reply in enumerate(replies)])
        for action in actions:
            self._given[number, action["command"], round_of(order)] = time.monotonic()
        return True

    def _proven(self, act: Act, number: str, order: Json) -> Json:
        if act.command not in WITH_EVIDENCE:
            return act.body
        attachment = self._hotline.upload_evidence(number, order["agency_id"], PICTURE)
        return {**act.body, "attachments": [attachment]} if attachment else act.body

    def _others(self, order: Json) -> Others:
        everybody = [each for each in self._queues.agencies if each != order.get("agency_id")]
        departments = [each for each in everybody if not each.isdecimal()]
        return Others(self._two(everybody, order), self._two(departments, order))

    def _two(self, among: Sequence[str], order: Json) -> list[str]:
        first = pick(self._script.seed, order["appeal_id"], len(among))
        return list(dict.fromkeys((among[first], among[(first + 1) % len(among)])))

    def _is_settled(self, row: int) -> bool:
        return row in self._settled

    def _is_unsettled_repeat(self, row: int) -> bool:
        return self._script.plan(row).entry is Entry.REPEAT and not self._is_settled(row)
