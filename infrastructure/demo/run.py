"""One run: threads that let the simulated people work, until every appeal has come out or nothing moves."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from infrastructure.demo.account import Problem, Seen, judge, judge_all, missing_at
from infrastructure.demo.agencies import Agencies
from infrastructure.demo.agenda import Agenda, Rounds
from infrastructure.demo.casework import Casework
from infrastructure.demo.citizens import COMMENTS, LONGEST_S, Citizens
from infrastructure.demo.habits import Desk, Entry, Habits
from infrastructure.demo.hotline import OUTAGE_S, AgencyQueues, Answer, Hotline, StackSilent, dead_letters
from infrastructure.demo.informants import Informant
from infrastructure.demo.journal import Journal
from infrastructure.demo.rows import Row
from infrastructure.demo.script import Script
from infrastructure.demo.staff import Adjudicators, Operators, Supervisors
from infrastructure.ops.stack import Stack

Json = dict[str, Any]

POSTERS = 4
LOOKERS = 4
AGENCY_HANDS = 8
CASEWORKERS = 2

UNDER_WAY = 400
"""Appeals that have been posted and are not over: as fast as possible, but not faster than the stack."""

STILL_S = 300
"""The run gives up when nothing has moved for so long: longer than an outage that is waited out."""

SETTLE_S = 60
"""How long the account waits for what may still be on its way: a text message, a copy in a queue."""

UNSEEN_S = 10.0
"""After this an appeal that no agency has taken is looked up, to poll its agency's queue."""

AT_THE_DESK_S = 30.0
"""Until the next look at what waits for an operator, who will say which queue to poll."""

AT_ITS_END_S = 3.0
"""The same where the operator may conclude it instead: then nobody else says so."""

NOT_TAKEN = frozenset({"registered", "dispatched"})

AFTER_RESOLVE_S = 5.0
"""After an agency's replies have been sent: they are spaced out, then the survey opens."""

IDLE_S = 0.05


class Settings(NamedTuple):
    """What makes two runs the same."""

    seed: int
    habits: Habits
    speed: float | None


class Progress(NamedTuple):
    """How far the run is."""

    total: int
    posted: int
    over: int
    stages: Counter[str]
    under_way: int


class Outcome(NamedTuple):
    """What a finished run has to show.

    Attributes:
        seconds: from the first post of this session to the last appeal that came out.
        finished: how many came out in this session.
    """

    seen: list[Seen]
    problems: list[Problem]
    dead: dict[str, int]
    seconds: float
    finished: int


class Run:
    """Replays the rows of a file through a stack, and what repeats them."""

    def __init__(self, stack: Stack, journal: Journal, rows: Sequence[Row], settings: Settings) -> None:
        self._stack = stack
        self._journal = journal
        self._settings = settings
        self._script = script = Script(rows, settings.habits, settings.seed)
        self._rows = script.rows
        self.hotline = hotline = Hotline(stack)
        queues = AgencyQueues(stack)
        self._rounds = rounds = Rounds(queues.agencies)
        departments = [agency_id for agency_id in queues.agencies if not agency_id.isdecimal()]
        self.citizens = Citizens(hotline, journal, script, departments)
        self._casework = casework = Casework(hotline, queues, journal, rounds, script)
        self._operators = Operators(hotline, rounds, script, casework, departments)
        self._adjudicators = Adjudicators(hotline, rounds, script)
        self._supervisors = Supervisors(hotline, script, casework)
        self._agencies = Agencies(hotline, queues, journal, rounds, script, casework)
        self._agenda: Agenda[int] = Agenda()
        self._lock = threading.Lock()
        self._receipts: dict[int, tuple[str, str]] = {}
        self._status: dict[int, str] = {}
        self._over: set[int] = set()
        self._looks: Counter[int] = Counter()
        self._unposted_repeats = [row for row in self._rows.values() if row.repeats is not None]
        self._posting = self._to_post()
        self._moved_at = time.monotonic()
        self._trouble: BaseException | None = None

    # ------------------------------------------------------------------ from outside

    def replay(self, show: Callable[[Progress], None]) -> Outcome:
        """Let everybody work until all is over or nothing moves, then draw up the account.

        Raises:
            StackSilent: the stack went away and did not come back.
        """
        if self._journal.fact("dead_before") is None:
            self._journal.note(dead_before=dead_letters(self._stack))
        self._take_up()
        before = len(self._over)
        began = self._moved_at = time.monotonic()
        threads = [threading.Thread(target=self._repeat, args=(work,)) for work in self._workers()]
        for thread in threads:
            thread.start()
        try:
            while not (self._finished() or self._still() or self._trouble):
                show(self.progress())
                time.sleep(0.2)
            seconds = self._moved_at - began
            show(self.progress())
            seen, problems = self._account()
        finally:
            self.hotline.stop.set()
            for thread in threads:
                thread.join()
        if self._trouble:
            raise self._trouble
        return Outcome(seen, problems, self._newly_dead(), seconds, len(self._over) - before)

    def progress(self) -> Progress:
        """How far it is."""
        with self._lock:
            stages = Counter(self._status.values())
            return Progress(
                total=len(self._rows),
                posted=len(self._status),
                over=len(self._over),
                stages=stages,
                under_way=len(self._status) - len(self._over),
            )

    # ------------------------------------------------------------------ work of the threads

    def _workers(self) -> Iterator[Callable[[], bool]]:
        """Each does one thing and says whether there was anything to do."""
        yield from [self._post] * POSTERS
        yield from [self._look] * LOOKERS
        yield from [self._serve_agency] * AGENCY_HANDS
        yield from [self._casework.work] * CASEWORKERS
        yield self._operate
        yield self._supervise

    def _repeat(self, work: Callable[[], bool]) -> None:
        """Work until the run is over. An outage of AWS is waited out; anything else ends the run."""
        failing_since: float | None = None
        while not self.hotline.stop.is_set():
            try:
                worked = work()
                failing_since = None
            except (ClientError, BotoCoreError) as error:
                failing_since = failing_since or time.monotonic()
                if time.monotonic() - failing_since > OUTAGE_S:
                    self._give_up(StackSilent(f"the queues did not answer for {OUTAGE_S} s: {error}"))
                worked = False
                self.hotline.stop.wait(1)
            except BaseException as error:
                self._give_up(error)
                return
            if not worked:
                self.hotline.stop.wait(IDLE_S)

    def _post(self) -> bool:
        with self._lock:
            row = next(self._posting, None)
        if row is None:
            return False
        with self._script.posting():
            posted = self.citizens.post(row)
            if posted.number is not None and posted.secret_key is not None:
                self._know(row.number, posted.number, posted.secret_key, "registered")
        if posted.number is None:
            self._set(row.number, "refused")
            self._end(row.number)
            return True
        if row.repeats is not None:
            self._casework.follow(posted.number)
        self._agenda.put(row.number, 0 if self.citizens.withdraws(row.number) else UNSEEN_S)
        return True

    def _to_post(self) -> Iterator[Row | None]:
        """Rows as their time comes; None while it has not."""
        speed = self._settings.speed
        waiting = [row for row in self._rows.values() if row.repeats is None]
        if speed:
            waiting.sort(key=lambda row: row.at.timestamp() if row.at else 0.0)
        first = next((row.at for row in waiting if row.at), None)
        began = time.monotonic()
        for row in waiting:
            yield from self._repeats_to_post()
            if row.number in self._status:
                continue
            while not self._is_time(row.at, first, began):
                yield from self._repeats_to_post()
                yield None
            yield row
        while self._unposted_repeats:
            yield from self._repeats_to_post()
            yield None

    def _repeats_to_post(self) -> Iterator[Row]:
        """Repeats of what somebody has decided about: before that, the rules could not know what they repeat."""
        for row in list(self._unposted_repeats):
            status = self._status.get(row.repeats) if row.repeats is not None else None
            if row.number in self._status or status not in (None, "registered"):
                self._unposted_repeats.remove(row)
                if row.number not in self._status:
                    yield row

    def _is_time(self, at: datetime | None, first: datetime | None, began: float) -> bool:
        if len(self._status) - len(self._over) >= UNDER_WAY:
            return False
        if not self._settings.speed or at is None or first is None:
            return True
        return time.monotonic() - began >= (at - first).total_seconds() / self._settings.speed

    def _look(self) -> bool:
        """Look at one appeal: as staff until an agency has it, then with its citizen's eyes."""
        row = self._agenda.take()
        if row is None:
            return False
        if row not in self._over:
            waits = self._status[row] in NOT_TAKEN and not self.citizens.withdraws(row)
            self._agenda.put(row, self._find_agency(row) if waits else self._visit(row))
        return True

    def _visit(self, row: int) -> float:
        """Let the citizen look and act; in how many seconds to look again."""
        number, secret_key = self._receipts[row]
        status, then = self.citizens.look(self._rows[row], number, secret_key, self._looks[row])
        self._looks[row] += 1
        if status is not None:
            self._set(row, status)
        if then != "ended":
            return then
        self._end(row)
        return LONGEST_S

    def _find_agency(self, row: int) -> float:
        """See to it that the queue of the agency that has been given this order is polled soon."""
        answer = self.hotline.order(self._receipts[row][0])
        if not answer.ok:
            return LONGEST_S
        order = answer.body
        self._set(row, order["status"])
        if order["status"] not in NOT_TAKEN:
            return 0
        if order["status"] == "registered":
            return AT_ITS_END_S if self._script.plan(row).desk is Desk.CONCLUDE else AT_THE_DESK_S
        for agency_id in (order["agency_id"], order.get("copy_to")):
            if agency_id:
                self._rounds.expect(agency_id)
        return LONGEST_S

    def _serve_agency(self) -> bool:
        agency_id = self._rounds.take()
        if agency_id is None:
            return False
        try:
            messages = self._agencies.work(agency_id)
        except BaseException:
            self._rounds.polled(agency_id, found=False)
            raise
        for message in messages:
            row = self._script.row_of(message["appeal_id"])
            if row is not None and row not in self._over and message["kind"] in ("dispatched", "reopened"):
                self._set(row, "with an agency")
                self._agenda.put(row, AFTER_RESOLVE_S)
        return bool(messages)

    def _operate(self) -> bool:
        ripe = self._operators.work()
        if self._operators.sees_returns:
            ripe += self._adjudicators.work()
        if ripe == 0:
            self.hotline.stop.wait(1)
        return True

    def _supervise(self) -> bool:
        if self._supervisors.work() == 0:
            self.hotline.stop.wait(0.5)
        return True

    # ------------------------------------------------------------------ what is known

    def _take_up(self) -> None:
        """Know again what an earlier session of this run did."""
        for posted in self._journal.appeals():
            if posted.ended:
                self._status[posted.row] = posted.ended
                self._over.add(posted.row)
                self._casework.settle(posted.row)
            if posted.number and posted.secret_key:
                self._know(posted.row, posted.number, posted.secret_key, posted.ended or "registered")
                if not posted.ended:
                    self._agenda.put(posted.row, 0)
                    if self._script.plan(posted.row).scripted:
                        self._casework.follow(posted.number)

    def _know(self, row: int, number: str, secret_key: str, status: str) -> None:
        with self._lock:
            self._receipts[row] = (number, secret_key)
            self._script.know(row, number)
            self._status[row] = status
            self._moved_at = time.monotonic()

    def _set(self, row: int, status: str) -> None:
        with self._lock:
            if self._status.get(row) != status:
                self._status[row] = status
                self._moved_at = time.monotonic()

    def _end(self, row: int) -> None:
        with self._lock:
            self._over.add(row)
            self._moved_at = time.monotonic()
            status = self._status[row]
        self._journal.ended(row, status)
        self._casework.settle(row)

    def _give_up(self, trouble: BaseException) -> None:
        with self._lock:
            self._trouble = self._trouble or trouble
        self.hotline.stop.set()

    def _finished(self) -> bool:
        return len(self._over) == len(self._rows)

    def _still(self) -> bool:
        moving = len(self._status) > len(self._over)
        return moving and time.monotonic() - self._moved_at > STILL_S

    # ------------------------------------------------------------------ the account

    def _account(self) -> tuple[list[Seen], list[Problem]]:
        """Look everything up; look again at what is not in order yet, for it may still be on its way."""
        end = time.monotonic() + SETTLE_S
        refusals = {each.row: each.detail for each in self._journal.appeals() if each.ended == "refused"}

        def see(row: int) -> Seen:
            return self._see(row, refusals.get(row))

        with ThreadPoolExecutor(LOOKERS * 2) as pool:
            seen = dict(zip(self._rows, pool.map(see, self._rows), strict=True))
            while not self._trouble and time.monotonic() < end:
                under_way = [row for row, each in seen.items() if _may_still_come(each)]
                if not under_way or self._still():
                    break
                time.sleep(1)
                seen |= dict(zip(under_way, pool.map(see, under_way), strict=True))
        return list(seen.values()), judge_all(seen.values())

    def _see(self, row: int, refusal: str | None) -> Seen:
        citizen, plan = self.citizens.who(row), self._script.plan(row)
        if row not in self._receipts:
            return Seen(row, citizen, None, refusal, plan=plan)
        number, _ = self._receipts[row]
        order = _found(self.hotline.order(number))
        asked = [side["work_order_id"] for side in (order or {}).get("sides", ())]
        sides = [side for each in asked if (side := _found(self.hotline.side(each))) is not None]
        received = frozenset(
            receipt for each in (f"{number}.1", *asked) for receipt in self._journal.receipts(each)
        )
        for each in (order, *sides):
            for agency_id in missing_at(each, received):
                self._rounds.expect(agency_id)
        return Seen(
            row,
            citizen,
            number,
            order=order,
            received=received,
            texts=self.citizens.texts(self._rows[row], number),
            plan=plan,
            sides=tuple(sides),
            informant=self._informant(row) if plan.entry is Entry.CONFIDENTIAL else None,
            told=tuple(self._journal.kept(number)),
        )

    def _informant(self, row: int) -> Informant:
        return Informant.of(self.citizens.body(self._rows[row]), COMMENTS[False])

    def _newly_dead(self) -> dict[str, int]:
        before = self._journal.fact("dead_before")
        now = dead_letters(self._stack)
        return {name: dead - before.get(name, 0) for name, dead in now.items() if dead > before.get(name, 0)}


def _found(answer: Answer) -> Json | None:
    return answer.body if answer.ok else None


def _may_still_come(seen: Seen) -> bool:
    return any(problem.kind in ("undelivered", "stuck") for problem in judge(seen))
